"""Licence words: the patterns by which addresses, codes and sentences name a licence, restrict or deny it.

All patterns read plain text: lower case, one kind of dash, single spaces (see `plain`).
"""

import re
from typing import Final
from urllib.parse import unquote

from schemas.licence_terms import SPDX

_INVISIBLE: Final = dict.fromkeys("\u200b\ufeff\u00ad\u2060", "")
_SHOWN: Final = str.maketrans(_INVISIBLE | {"\u00a0": " "})
_PLAIN: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212_", "-") | {"\u2019": "'"})

# How articles write NC, ND and SA; spelling is taken loosely, because what is missed here would be permitted.
_NC = r"nc|non? ?-? ?comm?erc[a-z]*"
_ND = r"nd|non? ?-? ?deriv[a-z]*(?: works?)?"
_SA = r"sa|share? ?-? ?a?like"
_ELEMENT = rf"(?:[ \-/+,.(&]*(?:and )?(?:{_NC}|{_ND}|{_SA}))"
_END = r"(?=$|[^a-z]|licen[cs]e)"
_NUMBER = r"(?P<version>\d\.\d|[34])(?![\d.]*\d)"
_VERSION = (
    rf"(?:[ \-,()]*(?:public )?(?:licen[cs]e)?[ \-,()]*(?:international|unported|generic)?[ \-,()]*"
    rf"(?:version|v\.?)? ?{_NUMBER})?"
)

CC_URL: Final = re.compile(
    r"(?:https?: ?//)?(?:www\.)?creative ?commons\.org ?/ ?(?:licen[cs]es?/ ?(?:cc-?)?|(?=by\b))"
    r"(?P<kind>[a-z][a-z0-9+]*(?:-[a-z+]+| ?- ?(?:nc|nd|sa)\b)*)"
    r"(?: ?/ ?(?P<version>\d(?:\.\d)?)(?![\d.]*\d)(?:/(?:[a-z]{2,3}\b|scotland|legalcode|deed)(?:[.\-][a-z\-]+)?)*)?/?"
)
CC_CODE: Final = re.compile(
    rf"(?<!\b\d )(?<!\b\d\d )(?:\b|(?<= a)(?=cc-))cc[ \-:(]*(?P<kind>by{_ELEMENT}*|{_ELEMENT}+){_END}"
    rf"(?:[ \-,()]*(?:licen[cs]e )?(?:v|version)?\.? ?{_NUMBER})?"
)
CC_NAMES: Final = (
    re.compile(rf"\bcreative ?commons\b[^.;]{{0,40}}?\b(?P<kind>attribution{_ELEMENT}*|{_ELEMENT}+){_END}{_VERSION}"),
    re.compile(
        rf"\bcreative ?commons(?: licen[cs]e)?[ :(,\-]*(?P<kind>by{_ELEMENT}*)(?=$|[ \-]*\d|[ )]*licen|\)){_VERSION}"
    ),
    re.compile(
        rf"\b(?P<kind>attribution{_ELEMENT}*){_END}[ \-,(]*(?:{_NUMBER})?[^.;]{{0,30}}?\bcreative ?commons licen[cs]e"
    ),
    re.compile(rf"\b(?P<kind>attribution{_ELEMENT}*) {_NUMBER} (?:international|unported|generic)"),
)
NO_KIND: Final = re.compile(r"(?:publicdomain|zero|0$|cc0)")
"""What stands where an address names its kind, and is found by `OTHERS`."""

_CC_SITE = r"(?:https?: ?//)?(?:www\.)?creative ?commons\.org ?/ ?"
OTHERS: Final = tuple(
    (license_, re.compile(pattern))
    for license_, pattern in (
        ("CC0-1.0", _CC_SITE + r"(?:publicdomain/zero|licen[cs]es/(?:cc0|zero))(?:/1\.0)?/?"),
        ("CC0-1.0", r"\bcc ?-? ?(?:0|zero)(?=$|[^a-z0-9]|licen[cs]e)|\bcreative ?commons zero\b"),
        ("CC0-1.0", r"\bcreative ?commons[^.;]{0,20} public domain (?:dedication|waiver)"),
        ("CC-PDM-1.0", _CC_SITE + r"publicdomain/mark(?:/1\.0)?/?"),
        ("CC-PDM-1.0", r"\bpublic domain mark\b|\bcc-pdm\b"),
        ("CC-PDDC", _CC_SITE + r"licen[cs]es/publicdomain/?"),
        ("CC-PDDC", r"\bcreative ?commons public domain declaration"),
        ("PDDL-1.0", r"\bpddl\b|opendatacommons\.org/licen[cs]es/pddl|\bopen data commons public domain"),
        ("ODC-By-1.0", r"\bodc-by\b|opendatacommons\.org/licen[cs]es/by\b"),
        ("MIT", r"\bmit licen[cs]e|opensource\.org/licen[cs]es?/mit\b|spdx\.org/licenses/mit\b"),
        ("Apache-2.0", r"\bapache(?:[ \-]software)?(?:[ \-]licen[cs]e)?,?[ \-](?:version |v\.? ?)?2(?:\.0)?\b"),
        ("Apache-2.0", r"apache\.org/licenses/license-2"),
        ("BSD-2-Clause", r"\bbsd[ \-]2-clause|\b2-clause bsd|opensource\.org/licen[cs]es?/bsd-2"),
        ("BSD-3-Clause", r"\bbsd[ \-]3-clause|\b3-clause bsd|opensource\.org/licen[cs]es?/bsd-3"),
    )
)
CODES: Final = {license_.lower(): license_ for license_ in SPDX}
"""What is a licence only when nothing stands beside it: "MIT" is also a university."""

RESERVED: Final = re.compile(
    r"\ball rights (?:are )?reserved|\bno re-?use\b"
    r"|\bmay not be (?:copied|redistributed|re-?used|reproduced)(?:(?!commercial)[^.;]){0,60}"
    r"without[^.;]{0,30}permission"
)

_BEFORE = re.compile(
    r"\b(?:not|never|neither|nor|cannot|no longer|previously|formerly|outside|exclud\w+|exempt\w*"
    r"|rather than|instead of|other than|without|except(?:ing)?(?! (?:for )?(?:where|as|when|if|otherwise)))\b|n't\b"
)
_AFTER = re.compile(
    r"[^.;]{0,40}?\b(?:(?:does|do|shall|will|is|are|has) not|doesn't|isn't) (?:appl|cover|exten|includ|valid|been)"
)
_CLAUSE = re.compile(
    r"[.!?](?=[ a-z]|$)|;|\bbut\b|\bhowever\b|(?:,|\band) (?:it )?(?:is|are|was|has been)\b(?! (?:not|no)\b)"
)
_CLAUSE_CHARACTERS = 90

_AND_ALSO = r"(?: (?:use|purpose)s?)?[ ,(]*(?:and|or|and/or|as well as|/|&)[ )]*(?:for )?"
_BOTH_USES = re.compile(
    rf"\bcommercial(?:ly)?{_AND_ALSO}non ?-? ?commercial(?:ly)?"
    rf"|\bnon ?-? ?commercial(?:ly)?{_AND_ALSO}commercial(?:ly)?"
)
_NO_COMMERCE = re.compile(
    r"\bnon? ?-? ?commercial|\b(?:not|cannot|never|no)\b[^.;]{0,40}\bcommercial(?:ly)?\b"
    r"|\bcommercial (?:re-?)?(?:use|purpose)s?\b[^.;]{0,30}(?:\brequires?\b|\bneeds?\b|\bnot\b|prohibit|forbid|exclu)"
    r"|\bfor commercial (?:re-?)?use,? (?:please )?(?:contact|ask|write)|\bexcluding commercial"
)
_NO_CHANGES = re.compile(
    r"\bnon? ?-? ?deriv|\bno (?:modification|adaptation|alteration|change)s?\b|\bunchanged and in whole|\bunadapted\b"
    r"|\bnot (?:be )?(?:altered|modified|changed|adapted|transformed)|\bnot\b[^.;]{0,40}\b(?:share|distribute) adapt"
    r"|(?<!with or )\bwithout (?:any )?(?:modification|adaptation|alteration|change)"
)

_CONSENT = (
    r"(?! (?:of|from|by) (?:the |all )*(?:patient|participant|subject|parent|famil|guardian|volunteer|ethic|animal))"
)
_AROUND_CHARACTERS = 80
_REUSED = re.compile(
    r"\b(?:reproduced|reprinted|republished|reused)\b[^.;]{0,40}\b(?:from|permission|courtesy)\b"
    r"|\b(?:adapted|modified|redrawn|taken|reused) from (?:(?:the )?(?:ref|reference|fig|figure)s?\b|\[?\d+\b"
    r"|[\w'-]+(?: [\w'-]+)? (?:et al|and [\w'-]+,? \(?\d{4}))"
    r"|\bused under licen[cs]e\b|\bobtained with permission\b|\bgetty images\b|\bshutterstock\b|\bwikimedia\b"
    r"|\b(?:adapted|modified|redrawn|taken|obtained|used|provided|shown)\b(?!\s+without)[^.;]{0,160}"
    rf"\bwith (?:the )?(?:kind )?permission\b{_CONSENT}"
    r"|(?:^|[.(;:] ?)(?:(?:figure|image|panels?|photo\w*|illustration)[ \w]{0,12} )?(?:is |are |was |were )?"
    r"(?:adapted|modified|redrawn|taken) from\b"
    r"|\b(?:adapted|modified) from (?:previously )?published"
    rf"|\bwith (?:the )?(?:kind )?permission\b{_CONSENT} (?:of|from|by)\b|\bcourtesy of\b"
)
_NOTICE = re.compile(r"(?:\u00a9|\(c\)|\bcopyright\b|\bcopywrite\b)(?P<owner>[^;]{0,100})")
_OWNER = re.compile(
    r"\b(?:elsevier|springer|nature|wiley|macmillan|cell press|informa|sage|thieme|karger|ieee|iop|aaas|mdpi|pnas|acs"
    r"|rsc|getty|shutterstock|biorender|press|society|academy|association|institute?|institution|university|museum"
    r"|foundation|college|hospital|publish\w*|verlag|group|ltd|limited|inc|gmbh|llc|corporation|company"
    r"|taylor (?:&|and) francis|copyright holder|national library|federation|union|chemical|physics|sciences?)\b"
)
_OWN = re.compile(
    r"\bauthors?\b|\bauthor\(s\)|\blicensee\b|\bposted by\b|\bet al\b|\bthis (?:pre-?print|article|work)\b"
)


DOUBTFUL = re.compile(
    r"\bpersonal use only\b|\btext and data mining only\b|-style licen|\blike cc\b|\bsimilar to cc\b|\bis not granted\b"
    r"|\bafter an embargo\b|\bfor a fee\b|\bto publish under\b|\bauthors who choose\b|\bonly the abstract\b"
    r"|\bmodification is not permitted\b|\bwithout derivative|\bexcept for commercial\b|\bnon-?com\b|\bnon-?profit\b"
    r"|utilisation commerciale|n[ao\u00e3]o comercial|sin ?derivad|\bcommercial rights reserved\b"
    r"|\bexcept (?:the )?images\b"
    r"|\bnot figures\b|\bwith written permission of\b|\bpeer review reports? (?:is|are)\b"
)
"""Words beside a licence that take back what it gives, or say that it is not this work's: in doubt there is none."""


def shown(text: str) -> str:
    """Return `text` on one line, without what can't be seen."""
    return " ".join(text.translate(_SHOWN).split())


def plain(text: str) -> str:
    """Return `text` as the patterns read it."""
    one_line = shown(text)
    readable = unquote(one_line) if "%2F" in one_line.upper() else one_line
    return readable.translate(_PLAIN).lower()


def flags(kind: str) -> frozenset[str]:
    """Return which of NC, ND and SA the words of `kind` name."""
    rest = kind.replace("and ", " ")
    pairs = (("NC", "nc|commerc|comerc"), ("ND", "nd|deriv"), ("SA", "sa|share?"))
    return frozenset(flag for flag, pattern in pairs if re.search(pattern, rest))


def is_kind(kind: str) -> bool:
    """Return whether `kind`, from an address, is made of the elements of today's licences."""
    return set(re.split(r" ?- ?", kind)) <= {"by", "nc", "nd", "sa"}


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether `text` says that the licence named at `start`:`end` is not the work's."""
    clause = _CLAUSE.split(text[max(0, start - _CLAUSE_CHARACTERS) : start])[-1]
    return bool(_BEFORE.search(clause) or _AFTER.match(text, end))


def restrictions(text: str) -> set[str]:
    """Return NC or ND where the sentences of `text` forbid commercial use or changes."""
    single = _BOTH_USES.sub(" ", text)
    pairs = (("NC", _NO_COMMERCE), ("ND", _NO_CHANGES))
    return {flag for flag, pattern in pairs if pattern.search(single)}


def names_another(text: str) -> str:
    """Return the words of `text` that say that the work is somebody else's; "" where none do."""
    reused = _REUSED.search(text)
    if reused:
        return text[reused.start() : reused.end() + _AROUND_CHARACTERS].strip()
    notices = (found for found in _NOTICE.finditer(text) if _OWNER.search(found["owner"]))
    return next((found[0].strip() for found in notices if not _OWN.search(found["owner"])), "")
