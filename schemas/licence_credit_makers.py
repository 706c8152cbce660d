"""Licence credit makers: the ways to say who made, took or gave a picture."""

import re
from typing import Final

from schemas.licence_credit_form import Form, either
from schemas.licence_credit_letters import UPPER
from schemas.licence_credit_words import BODY, CITED, OWN, PERSON, PICTURES

_ART_WORDS = (
    "photo|photos|photograph|photographs|image|images|picture|pictures|illustration|illustrations|drawing|drawings"
    "|artwork|artworks|art|painting|paintings|graphic|graphics|graphic design|artist's impression|artist's view"
    "|micrograph|micrographs|photomicrograph|photomicrographs|sketch|sketches|schematic|cartoon|map|map tiles|map data"
    "|base map|basemap|imagery|diagram|scheme|rendering|animation still|watercolour|watercolor|etching|engraving|design"
    "|foto|fotos|fotografia|fotograf\u00eda|abbildung|bild|zeichnung|imagen|imagem|immagine|dibujo|desenho|disegno"
    "|dessin|ilustraci\u00f3n|illustrazione"
)
ART: Final = either(_ART_WORDS)
_ART_NAMELY = "|".join(f"{word}{mark}" for word in _ART_WORDS.split("|") for mark in (":", " :", " -", " courtesy"))
_SHOWN_AS = (
    "photo|foto|image|picture|illustration|drawing|artwork|artist|art by|painting|graphic|design by|map|micrograph"
    "|sketch|schem|cartoon|diagram|rendering|animation still|watercolo|etching|engraving"
    "|bild|zeichnung|imagen|imagem|immagine|dibujo|desenho|disegno|dessin|ilustraci|illustrazion"
)
"""Hints of ART."""
_GIFTS = "provided|supplied|contributed|donated|shared|lent|loaned|given|made available"
_GIVEN = (
    rf"(?:{_GIFTS})(?: to us)? by|{either(_GIFTS)} by(?![^.;]{{0,80}}, (?:the|an?|these|all|we|cells)\b)"
    r"|cedid[oa]s? por|fournie?s? par|gifts? (?:of|from)"
)
_MADE = r"(?:(?:were |was )?(?:taken|drawn|made|captured|painted)|of(?: (?!\w\w+ed\b)[\w\-]+,?){1,8}?)?"
_DRAWN = either(
    "drawn|sketched|painted|illustrated|designed|photographed|created|made|prepared|rendered|engraved|taken|captured"
    "|recorded"
)
_GAVE = (
    "took|drew|made|painted|sketched|provided|supplied|contributed|donated|shared|gave|sent|prepared|designed|captured"
    "|photographed|lent"
)
_WHAT = "the|this|these|that|his|her|their|all|our|panel|fig|us "
_GAVE_WHAT = "|".join(f" {verb} {what}" for verb in _GAVE.split("|") for what in _WHAT.split("|"))
_THIS = (
    rf"(?:(?:the|this|these|that|his|her|their|all|an?|our) (?:[\w\-]+ ){{0,2}}{PICTURES}|[Pp]anels? [A-Za-z]|[Ff]ig)\b"
)
_NO_METHOD = r"(?! (?:analys|process|acquisi|stack|set\b|data|legend|quality|sequenc))"
_GERUNDS = (
    r"(?:providing|sharing|supplying|giving|contributing|drawing|making|taking|preparing|designing|sending|lending"
    r"|permission to \w+|(?:the )?use of)(?: us with)? "
)
_UNPUBLISHED = r"(?:(?:[Uu]npublished|[Pp]ersonal communication|[Cc]ourtesy)(?: of|,|;) ?)?"
_KIN = r"(?:(?:his|her|their|our|my|the) (?:[\w\-]+ ){1,2})?"
_NO_DEVICE = r"(?! (?:\w+ )?(?:camera|microscop|software|system|detector|scanner|confocal|objective|rendering))"
_ARTIST = r"(?:(?:the|his|her) (?:\w+ )?(?:artist|illustrator|photographer|colleague) )?"
_SINCE = r"(?: in \d{4})?"

MAKERS: Final = (
    Form(
        (
            rf"(?:[Tt]hanks?|[Tt]hanks to|grateful to|indebted to|acknowledge) (?:the )?(?:{PERSON}"
            rf"|{UPPER})[^.;]{{0,60}}?"
            rf" for (?:(?:kindly )?{_GERUNDS})?{_THIS}{_NO_METHOD}"
        ),
        "thank|grateful to|indebted to|acknowledge",
    ),
    Form(
        rf" (?:{_GAVE}) (?:us (?:with )?)?{_THIS}{_NO_METHOD}",
        _GAVE_WHAT,
        before=re.compile(rf"(?<![\w\-]){PERSON}(?:,? \w+ly)?$"),
        is_reuse=False,
    ),
    Form(
        rf"{_DRAWN}{_SINCE} by (?!{OWN}){_KIN}{PERSON}(?<!'s)(?![\w'\-]){_NO_DEVICE}",
        "drawn|sketched|painted|illustrated|designed|photographed|created|made|prepared|rendered|engraved|taken"
        "|captured"
        "|recorded",
        " by ",
        subject="picture",
        is_reuse=False,
    ),
    Form(
        (
            rf"(?i:courtesy|cortes[i\u00ed]a)(?: (?:and [\w ]+ )?(?:of|from|de|del|do|da)\b| ?:"
            rf"| (?={PERSON}))(?! ?{OWN})(?! (?:an? |the )?(?i:transgenic|patients?|donor))"
        ),
        "courtesy|cortes",
        subject="picture",
        is_reuse=False,
    ),
    Form(
        (
            rf"(?:{_GIVEN}) (?!{OWN})(?:the )?(?!Channel|Camera|Detector|Fig|Panel)(?:{UPPER}|[a-z]+ (?:of|at) {UPPER}"
            rf"|authors of )"
        ),
        "provided|supplied|contributed|donated|shared|lent by|loaned|given by|made available|cedid|fourni|gift",
        subject="picture",
        is_reuse=False,
    ),
    Form(
        (
            rf"(?i:(?:{PICTURES} credits?|cr\u00e9dits? photos?|bildnachweis|bildquelle|(?:photographer|artist"
            rf"|illustrator)s?(?=:)))"
            rf"(?![\w\-])(?!:? ?{OWN})(?! (?:assign|card|score|network))"
        ),
        "credit|cr\u00e9dit|nachweis|bildquelle|photographer|artist|illustrator",
        is_reuse=False,
    ),
    Form(
        rf"(?:^|[.;()] ?)[Cc]redits?(?: ?[:\-] ?| to )(?:\(?[A-Za-z]\)?[,:]? )?(?!{OWN}){UPPER}",
        "credit",
        is_reuse=False,
    ),
    Form(
        (
            rf"[:\-](?<!\w-) ?(?:by )?(?!{OWN}){_UNPUBLISHED}(?:(?:{UPPER}[A-Za-z]+[/,] ?)?{PERSON}|{BODY})"
            r"(?=[^.;]{0,60}(?:[.;)]|$))"
        ),
        _ART_NAMELY,
        ":| - ",
        before=re.compile(rf"\b{ART}(?: courtesy)? ?$"),
        is_reuse=False,
    ),
    Form(
        rf"(?:[:\-] ?| by )(?!{OWN})(?:(?:{UPPER}\. ?){{1,3}}{UPPER}[\w'\-]+|{PERSON}(?=[.;)]|$))",
        "figure:|figure :|figure by|figure -|fig.:|fig:|fig. by",
        before=re.compile(r"(?:^|[.;(]) ?(?:\(?[A-Za-z]\)[,:]? )?[Ff]ig(?:ure|\.)?$"),
        is_reuse=False,
    ),
    Form(
        rf"[Uu]npublished (?:\w+ )?(?i:{PICTURES})(?:,| of| by| from| courtesy of) {PERSON}",
        "unpublished",
        is_reuse=False,
    ),
    Form(
        (
            rf"(?:[Pp]hotos?|[Ff]otos?|[Pp]hotographs?|[Pp]ictures?|[Mm]icrographs?,|[Pp]hotographs?,"
            rf"|[Ii]mages?,) (?:{PERSON}(?=[.;,)]|$| and )|{BODY})"
        ),
        "photo |photos |foto |fotos |photograph |photographs |picture |pictures |micrograph,|micrographs,"
        "|photograph,|photographs,"
        "|image,|images,",
        is_reuse=False,
    ),
    Form(
        rf"(?:[Ss]ketched|[Pp]ainted|[Ii]llustrated|[Ee]ngraved){_SINCE} by (?!{OWN}){_KIN}{PERSON}",
        "sketched|painted|illustrated|engraved",
        " by ",
        is_reuse=False,
    ),
    Form(
        rf" (?:by|di|de|von) (?!{OWN})(?:{_ARTIST}{PERSON}(?<!'s)(?![\w'\-]){_NO_DEVICE}|{CITED}|{BODY})",
        _SHOWN_AS,
        " by | di | de | von ",
        before=re.compile(
            rf"\b(?:{ART} ?{_MADE}|[Pp]hotographed|(?:[Dd]rawings?|[Ii]llustrations?|[Pp]hotographs?) (?:is|are))$"
        ),
        is_reuse=False,
    ),
    Form(
        rf"{UPPER}[\w\-]+'s (?:original )?(?:drawing|illustration|sketch|engraving|painting)s?\b",
        "s drawing|s illustration|s sketch|s engraving|s painting|s original",
    ),
)
