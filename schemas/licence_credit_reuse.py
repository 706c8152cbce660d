"""Licence credit reuse: the ways to say where a picture was before."""

import re
from typing import Final

from schemas.licence_credit_form import Form
from schemas.licence_credit_hoards import HOARD_WORDS
from schemas.licence_credit_letters import UPPER
from schemas.licence_credit_makers import ART
from schemas.licence_credit_words import ARTWORK, CITED, NO_NAME, NUMBERS, OWN, PERSON, PICTURES, PLACE_IN_WORK, SOURCE

_HOW = (
    r"(?:,? (?:and|or|y|et|und|e) [\w\-]+|,? (?:in part|with (?:\w+ ){0,2}(?:modifications?|changes?|alterations?)"
    r"|(?:by|with) (?:the )?(?:kind )?permission|under [^;()]{2,60}?(?= from ))|,? (?:slightly|freely|directly"
    r"|partly)| \([^()]{2,60}\)|,|,? (?:modified|redrawn))*+"
)
_FROM = r"(?:from|after|out of|based on|d'apr\u00e8s|de|du|des|del|do|da|dal|dalla|a partir de|nach|aus|von|par|por):?"
_REUSED = (
    r"(?i:re-?printed|re-?produced|re-?published|re-?used|re-?drawn|adapted|adopted|modified|copied|borrowed|excerpted"
    r"|simplified|drawn|traced|ver\u00e4ndert|modifiziert|adaptiert|umgezeichnet|adapt\u00e9e?s?|modifi\u00e9e?s?"
    r"|reproduite?s?|redessin\u00e9e?s?|(?:modific|adapt|redibuj)ad[oa]s?|reproducid[oa]s?|reproduzid[oa]s?"
    r"|(?:modificat|adattat|riprodott|ridisegnat)[oaie])"
)
_PRINTED = r"(?i:re-?printed|re-?produced|re-?published)"
_TAKEN = (
    r"(?i:taken|obtained|retrieved|downloaded|extracted|derived|cropped|sourced|entnommen|tir\u00e9e?s?|extraite?s?"
    r"|tomad[oa]s?|extra\u00edd[oa]s?|retirad[oa]s?|tratt[oaie]|inspired by)"
)
_PUBLISHED = r"(?:published|printed|appeared|reproduced|shown|presented)"
_BEFORE = r"(?:originally|previously|first|before|elsewhere|already)"
_SOURCES = rf"(?:Source|source|Sources|sources|Quelle|Fuente|Fonte) ?: ?(?!{OWN})"
_SOURCES_HINTS = "source:|sources:|source :|sources :|quelle|fuente|fonte"

_VERBS = (
    "print|produced|publish|reused|re-used|drawn|adapt|adopt|modifi|copied|borrowed|excerpted|simplified|traced"
    "|ver\u00e4ndert|gezeichnet|adapt\u00e9|reprodu|redessin|redibuj|riprodott|ridisegnat"
)
_WORKS = (
    "et al|th ed|nd ed|rd ed|st ed|\u0438 \u0434\u0440|ref|rif|http|www|doi|colleagues|co-workers|coworkers| vol|[|("
    "|15|16|17|18|19|20"
)
_KEPT = (
    "atlas|archive|museum|website|commons|repositor|librar|galler|journal|thesis|book|collection|cdc|nasa|esa|ni|us"
    "|noaa|who"
)
_ANY_SOURCE = (
    f"{_WORKS}|{_KEPT}|{HOARD_WORDS}|anatomy|wiki|google|stock|getty|flickr|earlier|previous|published|original"
    f"|of |by |.com|.org|.net|.edu"
    '|.gov|"|\u201c'
)

_YEARS = "|".join(
    ["et al", "\u0438 \u0434\u0440", "[", *(f"{mark}{ten}" for mark in ("(", ", ") for ten in range(180, 203))]
)
_SAME_PICTURE = "|".join(
    f"{same} {picture}"
    for same in ("same", "identical")
    for picture in (
        "image",
        "figure",
        "picture",
        "photo",
        "micrograph",
        "drawing",
        "panel",
        "illustration",
        "diagram",
        "map",
    )
)
_TITLED = rf"(?!{NO_NAME}){UPPER}\w*"
_JOURNAL = r"(?:J|Proc|Nat|Annu|Ann|Rev|Am|Br|Eur|Int|Curr|Mol|Exp|Arch|Bull|Trans|Philos)\. (?:R\. )?[A-Z]\w+"

REUSED: Final = (
    Form(
        rf"{_REUSED}{_HOW} {_FROM} (?:{SOURCE}|(?:\d{{1,3}}|{UPPER}[a-z][\w'\-]+)(?=[.;,)]|$))",
        _VERBS,
        subject="not another",
    ),
    Form(
        rf"{_REUSED}{_HOW} (?:from|of) (?:the )?{UPPER}[^.;()]{{2,60}}\(\d",
        _VERBS,
        "(",
        subject="not another",
    ),
    Form(
        (
            r"(?i:reproduction|(?:modified|adapted|redrawn|updated|simplified|edited|coloured|colored) (?:version"
            r"|copy))"
            rf" (?:of|from) {SOURCE}"
        ),
        "reproduction|version|copy",
        subject="not another",
    ),
    Form(
        rf"{PLACE_IN_WORK}{CITED}[^.;,]{{0,12}},? (?:is |are )?(?:{_PRINTED}|redrawn|adapted)\b",
        "printed|produced|published|redrawn|adapted",
    ),
    Form(
        rf"from which (?:this|the|these) {PICTURES} (?:is|was|are|were|has been|have been) \w+",
        "from which",
    ),
    Form(
        (
            rf"{_PRINTED}{_HOW} from (?:the )?{_TITLED}\.?(?: (?:of|the|in|and|for|{UPPER}\w*)\.?){{1,8}}(?=[.;,)]"
            rf"|$|(?<=\.))"
        ),
        "print|produced|publish",
        subject="not another",
    ),
    Form(
        rf"(?:[Ff]rom|[Ii]n):? (?:the )?{_JOURNAL}",
        " j. | proc. | nat. | annu. | ann. | rev. | am. | br. | eur. | int. | curr. | mol. | exp. | arch. "
        "| bull. | trans. | philos. ",
        "from |from: |in ",
        subject="picture",
        ends=True,
    ),
    Form(
        rf"(?i:modified|adapted|redrawn|re-drawn|simplified|altered) (?:according to|following) {CITED}",
        "modifi|adapt|drawn|simplified|altered",
        "according to|following",
        subject="not another",
    ),
    Form(
        (
            rf"(?:[Dd]rawn according to {CITED}|[Aa]ccording to {CITED}[^.;]{{0,4}},? (?:slightly )?(?:modified"
            rf"|redrawn|altered)(?=[.;,)]|$| by| from))"
        ),
        "modified|redrawn|altered|drawn according",
        "according to",
        subject="picture",
    ),
    Form(
        (
            rf"(?:[Ss]ame|[Ii]dentical) (?i:{PICTURES}) (?:as |to )?(?:that |the one )?(?:in |of "
            rf"|from )?(?:{PLACE_IN_WORK})?{CITED}"
        ),
        _SAME_PICTURE,
    ),
    Form(
        rf"(?:[Ss]ame as|[Ii]dentical (?:to|with)) (?:in )?{PLACE_IN_WORK}{CITED}",
        "same as |identical to |identical with ",
        _YEARS,
        subject="picture",
    ),
    Form(
        (
            rf"[Oo]riginal(?: (?i:{PICTURES}|publication|source))?(?: (?:is|was|were) (?:published|printed|shown"
            rf"|drawn|made)?)?(?: (?:from|in|by)|:) ?{CITED}"
        ),
        "original",
        _WORKS,
    ),
    Form(rf"Originally (?:in|by) {CITED}", "originally", _WORKS, subject="picture", ends=True),
    Form(rf"{CITED}[^.;]{{0,4}} for (?:the )?original (?i:{PICTURES})", "for original|for the original"),
    Form(
        rf"(?:[Ff]ig(?:ure)?|[Pp]late|[Ss]cheme)s?\.? ?[\w.\-]{{1,6}} (?:of|in|from|by) {CITED}",
        _YEARS,
        "fig|plate|scheme",
        subject="picture",
        ends=True,
    ),
    Form(
        rf"[:\-] ?(?!{OWN}){CITED}(?=[.;,)]|$)",
        _YEARS,
        ":| - ",
        before=re.compile(
            rf"(?:\b{ART}|(?:^|[.;,(]) ?(?:\(?[A-Za-z]\)[,:]? )?(?:[Ff]igure"
            rf"|(?:\w+ )?[Pp]anels?(?: [A-Za-z]\b(?:(?:,| and|-) ?[A-Za-z]\b){{0,6}})?))$"
        ),
    ),
    Form(
        rf"{_TAKEN} (?:{_FROM} )?{SOURCE}",
        "taken|obtained|retrieved|downloaded|extracted|derived|cropped|sourced|entnommen|tir\u00e9|extrait|tomad"
        "|extra\u00edd"
        "|retirad|tratt|inspired",
        _ANY_SOURCE,
        subject="picture",
    ),
    Form(
        rf"(?i:based (?:up)?on|bas\u00e9e? sur|basad[oa] en) {SOURCE}",
        "based on|based upon|bas\u00e9|basad",
        subject="picture",
        ends=True,
    ),
    Form(
        rf"(?:from|From|aus|Aus|da|Da|dal|Dal):? {SOURCE}",
        "from |from: |aus |da |dal ",
        _ANY_SOURCE,
        subject="picture",
        ends=True,
    ),
    Form(
        rf"(?:after|After|nach|Nach|d'apr\u00e8s|D'apr\u00e8s|secondo|Secondo) (?:{CITED}|{ARTWORK})",
        "after |nach |apr\u00e8s |secondo ",
        f"{_WORKS}|of |by |in ",
        subject="not another",
        ends=True,
    ),
    Form(
        (
            rf"(?i:{_BEFORE} {_PUBLISHED}|{_PUBLISHED} {_BEFORE})\b(?: elsewhere)? ?(?:[(\[]|,? ?(?:in|as"
            rf"|by) (?:(?:the|an?|our)"
            rf" )?(?:\w+ )?(?:{UPPER}|{CITED}|\[)|{SOURCE})"
        ),
        "original|previous|first|before|elsewhere|already",
        "publish|print|appear|produced|shown|present",
        subject="picture",
    ),
    Form(
        rf"(?:been )?{_PUBLISHED} in {SOURCE}",
        "published in|printed in|appeared in|produced in|shown in|presented in",
        subject="picture",
    ),
    Form(rf"{_SOURCES}{SOURCE}", _SOURCES_HINTS, subject="not another"),
    Form(
        rf"{_SOURCES}(?:{PERSON}|(?!{NUMBERS}){UPPER}[\w.\-]*(?: [\w\-]+){{1,6}}?(?=[.;)]|$))",
        _SOURCES_HINTS,
        subject="picture",
    ),
)
