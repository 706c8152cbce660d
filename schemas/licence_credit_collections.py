"""Licence credit collections: the ways to say that a picture, a map or a drawing is out of a collection."""

import re
from typing import Final

from schemas.licence_credit_form import Form
from schemas.licence_credit_hoards import (
    EARTH,
    EARTH_WORDS,
    HOARD_WORDS,
    HOARDS,
    PATHWAY_MAP,
    SITES,
    STOCK,
    STOCK_WORDS,
)
from schemas.licence_credit_letters import UPPER
from schemas.licence_credit_makers import ART
from schemas.licence_credit_words import OWN, PICTURES

_ON_OFFER = (
    r"(?:[Cc]lip ?arts?|[Ii]cons?|[Pp]ictograms?|[Ss]ilhouettes?|[Gg]raphic(?:al)? elements?"
    r"|[Vv]ector (?:graphics?|art)"
    r"|[Ss]ymbols|[Gg]raphics)"
)
_MAPPED = r"(?:imagery|satellite|aerial|base ?map|base layer|map tiles|map tiles|background (?:imagery|image|map))"

COLLECTIONS: Final = (
    Form(rf"{STOCK}\b(?!-)", STOCK_WORDS),
    Form(r"[Gg]oogle map\b(?= of|[.;,)]|$)", "google map"),
    Form(PATHWAY_MAP.pattern, "kegg|reactome|wikipathways"),
    Form(
        rf"(?: ?: | - |, ?)(?:{EARTH}|{HOARDS})",
        f"{HOARD_WORDS}|{EARTH_WORDS}",
        ":| - |,",
        before=re.compile(rf"\b{ART}$"),
    ),
    Form(
        (
            rf"{EARTH}(?:'s)? (?:\w+ )?(?i:images?|imagery|views?|maps?|photos?|photographs?|screen ?shots?"
            rf"|pictures?|tiles)\b"
        ),
        EARTH_WORDS,
    ),
    Form(
        (
            rf"\((?:(?i:from|source|image|map|via|\u00a9) ?:? ?)?(?:{EARTH}|{SITES}|(?:CDC|NIAID|NIH|WHO|ESO"
            rf"|ESA)\b)[^()]{{0,30}}\)"
        ),
        f"{EARTH_WORDS}|{HOARD_WORDS}| cdc|(cdc|niaid| nih|(nih| eso|(eso| esa|(esa",
        "(",
        subject="picture",
    ),
    Form(
        rf"(?:from|From|by|By|courtesy of|using|on) (?:the )?(?:{EARTH}|(?:{UPPER}\w+ ){{1,3}}(?:Survey|Society))",
        f"{EARTH_WORDS}|geographic society",
        "from |by |of |using |on ",
        subject="picture",
        ends=True,
    ),
    Form(
        (
            rf"(?:created|made|generated|drawn|produced|prepared|plotted|downloaded|rendered|taken) (?:with|using"
            rf"|in|from|on) (?:the )?{EARTH}"
        ),
        EARTH_WORDS,
        subject="picture",
    ),
    Form(
        (
            rf"(?i:{_MAPPED}(?: (?:image|imagery|picture|photo|photograph|map)s?)?) ?(?::|\(|from"
            rf"|by) ?(?:the )?(?:{UPPER}|\u00a9)"
        ),
        "imagery|satellite|aerial|base map|basemap|base layer|map tiles|background image|background map",
        ":|(|from|by",
        subject="picture",
    ),
    Form(
        (
            rf"(?:[Dd]ownloaded|[Rr]etrieved) from (?!{OWN}|the EMD|EMD|the Electron|the P(?:DB|rotein)|PDB"
            rf"|Protein)(?:the )?{UPPER}(?!ig\b)"
        ),
        "downloaded|retrieved",
        subject="picture",
    ),
    Form(
        (
            rf"{_ON_OFFER}(?: (?:(?:is|are|was|were) )?(?:made|designed|created|drawn|taken|provided))? (?:from|by"
            rf"|courtesy of) (?:the )?(?!{OWN})(?:{UPPER}|www|http)"
        ),
        "clip art|cliparts|clipart|icons |icon |pictogram|silhouette|graphic element|graphical element"
        "|vector graphic|vector art|symbols from|symbols by|symbols courtesy|graphics from|graphics by"
        "|graphics courtesy",
        "from|by|courtesy",
    ),
    Form(
        rf"(?i:{PICTURES}) (?:is |are |was |were )?(?:in the public domain|(?:from|of) the public domain)",
        "public domain",
    ),
)
