"""Licence credit forms: the verbs and phrases by which a caption gives its picture to somebody else."""

import re
from typing import Final, Literal, NamedTuple

import ahocorasick

from schemas.licence_credit_words import (
    ARTWORK,
    BODY,
    CITED,
    HOARDS,
    NUMBERS,
    OWN,
    PATIENTS,
    PERSON,
    PICTURES,
    PLACE_IN_WORK,
    SOURCE,
    STOCK,
    STOCK_WORDS,
    UPPER,
)

Subject = Literal["any", "not another", "picture"]
"""What stands before a form for it to speak of the picture: anything; no other thing; a word for pictures, or none."""


class Form(NamedTuple):
    """One way to credit a picture."""

    pattern: re.Pattern[str]
    hints: str
    """One of these, parted by "|", stands in every text, in lower case, that the pattern finds something in."""
    more: str = ""
    """And one of these."""
    subject: Subject = "any"
    is_reuse: bool = True
    """False where it tells who made or gave the picture, which may stand under the article's licence."""
    ends: bool = False
    """True where, without a subject, it must end its sentence: "After Roe (2010), cells were cut" is no credit."""
    before: re.Pattern[str] | None = None
    """What the clause before it ends in: such a pattern begins behind what every caption has, its"
    " words for pictures."""


def _either(words: str) -> str:
    """Return a pattern for any of `words` in lower case or with a capital; each begins with a letter, which is fast."""
    return f"(?:{'|'.join(form for word in words.split('|') for form in (word, word.capitalize()))})"


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
_PERMITS = r"(?:by|with|under|through) (?:the )?(?:kind |written |full |generous |prior )*permissions?\b"
_GRANTED = (
    rf"(?: ?[.;,)\]]|$| (?={UPPER})| (?:of|from|by|granted by) (?:the )?(?:{UPPER}|{CITED}|(?:publisher|copyright"
    r"|journal|editor|museum|author|owner|rights|photographer|artist|creator|ref)))"
)
_ABROAD = (
    r"mit (?:\w+ )?genehmigung|avec (?:l'(?:aimable )?autorisation|la permission)|con (?:el |la )?(?:permiso"
    r"|autorizaci\u00f3n)|com (?:a )?(?:permiss\u00e3o|autoriza\u00e7\u00e3o)"
    r"|per gentile concessione|con (?:il )?permesso"
)
_GIVEN = (
    r"(?:provided|supplied|contributed|donated|shared|lent|loaned|made available)(?: to us)? by|cedid[oa]s? por"
    r"|fournie?s? par|gifts? (?:of|from)"
)
_ART = _either(
    "photo|photos|photograph|photographs|image|images|picture|pictures|illustration|illustrations|drawing|drawings"
    "|artwork|artworks|art|painting|paintings|graphic|graphics|graphic design|artist's impression|artist's view"
    "|micrograph|micrographs|photomicrograph|photomicrographs|sketch|schematic|cartoon|map|map tiles|map data|base map"
    "|foto|fotos|fotografia|fotograf\u00eda|abbildung|bild|zeichnung|imagen|imagem|immagine|dibujo|desenho|disegno"
    "|dessin|ilustraci\u00f3n|illustrazione"
)
_NAMELY = r"(?: ?:| -) ?"
_MADE = r"(?:(?:were |was )?(?:taken|drawn|made|captured|painted)|of(?: (?!\w\w+ed\b)[\w\-]+,?){1,8}?)?"
_THE_YEAR = r"(?:\d{4}(?:[,.]|-\d{4})? ?)?"

_SOURCES = rf"(?:Source|source|Sources|sources|Quelle|Fuente|Fonte) ?: ?(?!{OWN})"
_SOURCES_HINTS = "source:|sources:|source :|sources :|quelle|fuente|fonte"

_VERBS = (
    "print|produced|publish|reused|re-used|drawn|adapt|adopt|modifi|copied|borrowed|excerpted|simplified|traced"
    "|ver\u00e4ndert|gezeichnet|adapt\u00e9|reprodu|redessin|redibuj|riprodott|ridisegnat"
)
_WORKS = "et al|ref|rif|http|www|doi|colleagues|co-workers|coworkers| vol|[|(|15|16|17|18|19|20"
_KEPT = (
    "atlas|archive|museum|website|commons|repositor|librar|galler|journal|thesis|book|collection|cdc|nasa|esa|ni|us"
    "|noaa|who"
)
_SHOWN_AS = (
    "photo|foto|image|picture|illustration|drawing|art|painting|graphic|design|map|micrograph|sketch|schematic|cartoon"
    "|bild|zeichnung|imagen|imagem|immagine|dibujo|desenho|disegno|dessin|ilustraci|illustrazion"
)
_ANY_SOURCE = (
    f"{_WORKS}|{_KEPT}|wiki|google|stock|getty|flickr|earlier|previous|published|original|of |by |.com|.org|.net|.edu"
    '|.gov|"|\u201c'
)

FORMS: Final = (
    Form(
        re.compile(rf"{_REUSED}{_HOW} {_FROM} (?:{SOURCE}|(?:\d{{1,3}}|{UPPER}[a-z][\w'\-]+)(?=[.;,)]|$))"),
        _VERBS,
        subject="not another",
    ),
    Form(
        re.compile(
            rf"{_PRINTED}{_HOW} from (?:the )?{UPPER}\w+(?: (?:of|the|in|and|for|{UPPER}\w*)){{1,8}}(?=[.;,)]|$)"
        ),
        "print|produced|publish",
        subject="not another",
    ),
    Form(
        re.compile(rf"{_REUSED}{_HOW} (?:from|of) (?:the )?{UPPER}[^.;()]{{2,60}}\(\d"),
        _VERBS,
        "(",
        subject="not another",
    ),
    Form(
        re.compile(
            r"(?i:reproduction|(?:modified|adapted|redrawn|updated|simplified|edited|coloured|colored) (?:version"
            r"|copy))"
            rf" (?:of|from) {SOURCE}"
        ),
        "reproduction|version|copy",
        subject="not another",
    ),
    Form(
        re.compile(rf"{PLACE_IN_WORK}{CITED}[^.;,]{{0,12}},? (?:is |are )?(?:{_PRINTED}|redrawn|adapted)\b"),
        "printed|produced|published|redrawn|adapted",
    ),
    Form(
        re.compile(rf"from which (?:this|the|these) {PICTURES} (?:is|was|are|were|has been|have been) \w+"),
        "from which",
    ),
    Form(
        re.compile(rf"{_TAKEN} (?:{_FROM} )?{SOURCE}"),
        "taken|obtained|retrieved|downloaded|extracted|derived|cropped|sourced|entnommen|tir\u00e9|extrait|tomad"
        "|extra\u00edd"
        "|retirad|tratt|inspired",
        _ANY_SOURCE,
        subject="picture",
    ),
    Form(
        re.compile(rf"(?i:based (?:up)?on|bas\u00e9e? sur|basad[oa] en) {SOURCE}"),
        "based on|based upon|bas\u00e9|basad",
        subject="picture",
        ends=True,
    ),
    Form(
        re.compile(rf"(?:from|From|aus|Aus|da|Da|dal|Dal) {SOURCE}"),
        "from |aus |da |dal ",
        _ANY_SOURCE,
        subject="picture",
        ends=True,
    ),
    Form(
        re.compile(rf"(?:after|After|nach|Nach|d'apr\u00e8s|D'apr\u00e8s|secondo|Secondo) (?:{CITED}|{ARTWORK})"),
        "after |nach |apr\u00e8s |secondo ",
        f"{_WORKS}|of |by |in ",
        subject="not another",
        ends=True,
    ),
    Form(re.compile(rf"(?i:{_PERMITS})(?!{PATIENTS}){_GRANTED}"), "permission", subject="not another"),
    Form(
        re.compile(rf"(?i:{_ABROAD})\b(?!{PATIENTS})"),
        "genehmigung|autorisation|permission|permiso|autoriza|permiss\u00e3o|concessione|permesso",
        subject="not another",
    ),
    Form(
        re.compile(
            rf"[Pp]ermission to (?:re\w+|use|adapt|publish) [^.;]{{2,60}} (?:granted|given|obtained) (?:by"
            rf"|from)(?!{PATIENTS})"
            rf" (?:the )?(?:{UPPER}|publisher)"
        ),
        "permission to",
    ),
    Form(
        re.compile(
            rf"(?:[Tt]hank|grateful to|indebted to) (?:the )?(?:{PERSON}|{UPPER})[^.;]{{0,60}}? for (?:providing "
            rf"|permission to"
            rf" \w+ |(?:the )?use of )?(?:the|this|these|his|her|their|an?) (?:[\w\-]+ ){{0,2}}{PICTURES}\b"
            r"(?! (?:analysis|processing))"
        ),
        "thank|grateful to|indebted to",
    ),
    Form(
        re.compile(
            r"\u00a9(?:(?<!\w.)|(?<=[Pp]hoto.)|(?<=[Ii]mage.))(?! ?\()"
            rf" ?(?!{_THE_YEAR}(?:by )?(?i:(?:the )?authors?\b))(?:by |the )?(?:\d|{UPPER})"
        ),
        "\u00a9",
    ),
    Form(re.compile(rf"\([cC]\)(?= ?\d{{4}},? (?:by )?[A-Z]) ?(?!{_THE_YEAR}(?:by )?(?i:(?:the )?authors?\b))"), "(c)"),
    Form(
        re.compile(
            rf"(?i:copy(?:right|write)(?: holders?| owners?)?)[:,]? (?:\u00a9 ?|\([cC]\) ?|by |of |held by )*(?!{OWN})"
            rf"(?:\(?\d{{4}}\b(?!.{{0,3}}(?i:the authors))|{UPPER})"
        ),
        "copyright|copywrite",
    ),
    Form(
        re.compile(r"(?i:copyrighted (?:material|image|work|figure|photograph|by)|all rights reserved)\b"),
        "copyrighted|all rights reserved",
    ),
    Form(
        re.compile(rf"{UPPER}[\w\-]+'s (?:original )?(?:drawing|illustration|sketch|engraving|painting)s?\b"),
        "s drawing|s illustration|s sketch|s engraving|s painting|s original",
    ),
    Form(re.compile(rf"{STOCK}\b(?!-)"), STOCK_WORDS),
    Form(re.compile(rf"{_ART}{_NAMELY}{HOARDS}"), _SHOWN_AS, "wiki|google|flickr|openstreetmap|scidraw"),
    Form(
        re.compile(
            rf"(?i:courtesy|cortes[i\u00ed]a)(?: (?:and [\w ]+ )?(?:of|from|de|del|do|da)\b| ?:"
            rf"| (?={PERSON}))(?! ?{OWN})"
        ),
        "courtesy|cortes",
        subject="picture",
        is_reuse=False,
    ),
    Form(
        re.compile(
            rf"(?:{_GIVEN}) (?!{OWN})(?:the )?(?!Channel|Camera|Detector|Fig|Panel)(?:{UPPER}|[a-z]+ (?:of|at) {UPPER})"
        ),
        "ed by|ed to us by|lent by|available by|cedid|fourni|gift",
        subject="picture",
        is_reuse=False,
    ),
    Form(
        re.compile(
            rf"(?i:{_BEFORE} {_PUBLISHED}|{_PUBLISHED} {_BEFORE})\b(?: elsewhere)? ?(?:[(\[]|,? ?(?:in|as"
            rf"|by) (?:(?:the|an?|our)"
            rf" )?(?:\w+ )?(?:{UPPER}|{CITED}|\[)|{SOURCE})"
        ),
        "publish|print|appear|produced|shown|present",
        "original|previous|first|before|elsewhere|already",
        subject="picture",
    ),
    Form(
        re.compile(rf"(?:been )?{_PUBLISHED} in {SOURCE}"),
        "published in|printed in|appeared in|produced in|shown in|presented in",
        subject="picture",
    ),
    Form(
        re.compile(
            rf"(?i:(?:{PICTURES} credits?|cr\u00e9dits? photos?|bildnachweis|bildquelle|(?:photographer|artist"
            rf"|illustrator)s?(?=:)))"
            rf"(?![\w\-])(?!:? ?{OWN})"
        ),
        "credit|cr\u00e9dit|nachweis|bildquelle|photographer|artist|illustrator",
        is_reuse=False,
    ),
    Form(
        re.compile(rf"(?:^|[.;(] ?)[Cc]redits?(?: ?[:\-] ?| to )(?:\(?[A-Za-z]\)?[,:]? )?(?!{OWN}){UPPER}"),
        "credit",
        is_reuse=False,
    ),
    Form(
        re.compile(rf"[:\-](?<!\w-) ?(?:by )?(?!{OWN})(?:{PERSON}|{BODY})(?=[^.;]{{0,60}}(?:[.;)]|$))"),
        _SHOWN_AS,
        ":| - ",
        before=re.compile(rf"\b{_ART}(?: courtesy)? ?$"),
        is_reuse=False,
    ),
    Form(re.compile(rf"(?:Photo|photo|Foto|foto) {PERSON}(?=[.;,)]|$)"), "photo |foto ", is_reuse=False),
    Form(
        re.compile(rf" (?:by|di|de|von) (?!{OWN})(?:{PERSON}(?<!'s)(?![\w'\-])|{CITED})"),
        _SHOWN_AS,
        " by | di | de | von ",
        before=re.compile(rf"\b(?:{_ART} ?{_MADE}|[Pp]hotographed)$"),
        is_reuse=False,
    ),
    Form(re.compile(rf"{_SOURCES}{SOURCE}"), _SOURCES_HINTS, subject="not another"),
    Form(
        re.compile(
            rf"{_SOURCES}(?:{PERSON}|(?!{NUMBERS}){UPPER}[\w.\-]*(?: [\w\-]+){{1,6}}?(?=[.;)]|$))",
        ),
        _SOURCES_HINTS,
        subject="picture",
    ),
)


def _automaton() -> ahocorasick.Automaton:
    """Return what finds all hints in one pass: most captions have none, and are looked at no longer."""
    forms: dict[str, list[Form]] = {}
    for form in FORMS:
        for hint in form.hints.split("|"):
            forms.setdefault(hint, []).append(form)
    found = ahocorasick.Automaton()
    for hint, theirs in forms.items():
        found.add_word(hint, theirs)
    found.make_automaton()
    return found


_HINTED: Final = _automaton()


def forms_in(lowered: str) -> list[Form]:
    """Return the forms that may stand in a text, given in lower case."""
    hinted = {id(form): form for _, forms in _HINTED.iter(lowered) for form in forms}
    return [form for form in hinted.values() if any(word in lowered for word in form.more.split("|"))]
