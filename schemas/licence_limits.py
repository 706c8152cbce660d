"""Licence limits: the words that narrow what a licence gives to NC or ND, or take it back.

The patterns read plain text (see `schemas.licence_words`) without addresses.
"""

import re
from typing import Final

_AND_ALSO = r"(?: (?:use|purpose)s?)?[ ,(]*(?:and|or|and/or|as well as|/|&)[ )]*(?:for )?"
_BOTH_USES: Final = re.compile(
    rf"\bcommercial(?:ly)?{_AND_ALSO}non ?-? ?commercial(?:ly)?"
    rf"|\bnon ?-? ?commercial(?:ly)?{_AND_ALSO}commercial(?:ly)?"
)
_FORBIDDEN = r"(?:\bnot\b|prohibit|forbid|exclu|reserved|\brequires? |\bneeds? |\bbelongs? |\bmust )"
_NO_COMMERCE: Final = re.compile(
    r"\bnon? ?-? ?comm?er|\b(?:not|cannot|never|no)\b[^.;]{0,40}\bcommercial(?:ly)?\b"
    rf"|\bcommercial (?:re-?)?(?:use|user|purpose|right|exploitation|copie|reprint)s?\b[^.;]{{0,30}}{_FORBIDDEN}"
    r"|\bfor commercial (?:re-?)?use,? (?:please )?(?:contact|ask|write)"
    r"|\b(?:excluding|except (?:for|when|if|where)[^.;]{0,20}) ?commercial"
    r"|\b(?:sans|pas d'|ni) ?(?:une )?utilisation commerciale|\bn[a\u00e3]o[ \-]?comercial|\bnicht[ \-]?kommerziell"
    r"|\bkeine kommerzielle|\bniet[ \-]commerci|\u975e\u5546\u4e1a|\u975e\u5546\u696d|\u975e\u55b6\u5229"
)
_COMMERCE: Final = re.compile(r"om(?:m?er|erc)|\u975e")
_MAY_NOT = r"\b(?:(?:may|can|must|shall|should|do|does|you) not|cannot|don't|never)\b"
_CHANGE = r"(?:modif\w+|adapt(?:ation|ed)\w*|alter(?:ation|ed)\w*|chang\w+|transform\w*|deriv(?:ative|s\b)\w*"
_CHANGE += r"|translat\w+|remix\w*)"
_NO_CHANGES: Final = re.compile(
    rf"\bnon? ?-? ?deriv|\bno {_CHANGE}|\bunchanged and in whole|\bun(?:adapted|modified|altered)\b|\bverbatim\b"
    rf"|{_MAY_NOT}(?: \w+){{0,4}} {_CHANGE}|\bnot (?:be )?{_CHANGE}|\bnot\b[^.;]{{0,40}}\b(?:share|distribute) adapt"
    r"|(?<!with or )\bwithout (?:any )?(?:modification|adaptation|alteration|change)"
    rf"|\b{_CHANGE}(?: \w+)? (?:is|are) (?:not|prohibit|forbid)|\b{_CHANGE} (?:requires?|needs?) "
    r"|\b(?:sin|sem|sans|non|geen|keine) ?-?(?:obras? |opere |oeuvres? )?(?:deriv|d\u00e9riv|afgeleid|bearbeitung)"
    r"|\bpas de modification|\u7981\u6b62\u6f14\u7ece|\u6539\u5909\u7981\u6b62"
)
_CHANGES: Final = re.compile(
    r"d[e\u00e9]riv|modif|adapt|alter|chang|transl|transf|remix|verbatim|afgel|bearb|\u7981|\u6539"
)
"""What stands in every text that speaks of commerce or of changes."""

_REUSED = r"(?:copied|redistributed|re-?used|reproduced)"
_RESERVED: Final = tuple(
    (hint, re.compile(pattern))
    for hint, pattern in (
        ("reserved", r"\ball rights (?:are )?reserved"),
        ("no re", r"\bno re-?use\b"),
        ("reproduction", r"\bno (?:unauthori[sz]ed )?reproduction(?: or \w+)? (?:is|without|allowed|permitted)\b"),
        ("may not be", rf"\bmay not be {_REUSED}(?:(?!commercial)[^.;]){{0,60}}without[^.;]{{0,30}}permission"),
    )
)
_PATIENTS = r"(?:from|of|by) (?:the |all |each )*(?:patient|particip|parent|subject)"
_NEEDED: Final = re.compile(rf"\b(?<!no )permission (?:is|must be) (?:required|obtained)\b(?! {_PATIENTS})")
_OF_REUSE: Final = re.compile(r"\bre-?(?:us|produc|print|publish)|\bcop(?:y|ied|ies)|\bholder|\bpublisher|\bowner")
_FOR_COMMERCE: Final = re.compile(r"(?<!not )\bfor (?:any )?commercial\b|\bcommercial (?:re-?)?use\b[^.;,]*$|\bif\b")

_USE = (
    r"(?:re-?us(?:e|ed|ing)|us(?:e|ed|ing)|cop(?:y|ied|ying)|re-?produc\w+|(?:re-?)?distribut\w+|re-?publish\w*"
    r"|shar(?:e|ed|ing)|mining|machine learning)"
)
_FORBIDS: Final = re.compile(
    rf"{_MAY_NOT}(?: \w+){{0,4}} {_USE}\b|\bno (?:parts?|portions?) [^.;]{{0,40}}\b{_USE}\b|\bno (?:\w+ )?{_USE}\b"
    rf"|\bnot for (?:\w+ )?(?:re-?)?(?:{_USE}|publication|sale)\b"
    rf"|\b{_USE}\b[^.;,]{{0,40}}\b(?:not (?:permitted|allowed)|prohibited|forbidden)\b"
)
_OF_SOMETHING_ELSE: Final = re.compile(
    rf"commercial|{_CHANGE}|\blogos?\b|\bemblems?\b|\bnames?\b|\btrade ?marks?\b|\bcomply\b|\bnot require|\bnot need"
    r"|\bif\b|\bno (?:permission|restriction|limit)|\btechnological\b|\bshould be no\b|\bshould not be\b|\bnot only\b"
)
"""What stands in a clause that forbids not reuse as such, or says it of a logo, or forbids it nobody."""

_SOME = r"(?:personal|educational|academic|research|teaching|private|scholarly|non-?profit|internal|study)"
_DOUBTFUL: Final = tuple(
    (hint, re.compile(pattern))
    for hint, pattern in (
        (" only", rf"\b{_SOME}(?: use| purposes?)? only\b|\btext and data mining only\b"),
        ("ly for", rf"\b(?:only|solely|exclusively) for {_SOME}"),
        ("for ", rf"\bfor {_SOME}(?: study| use| purposes?)?(?= ?(?:[.;,)]|$| only))|\bfor (?:members|subscribers)\b"),
        (
            "only",
            r"\bonly (?:for|to|in|by|within|available)\b[^.;]*(?:_|\b(?:us(?:e|ers)|access|members|subscribers)\b)",
        ),
        ("only", r"_[^.;_]{0,40}\bonly(?= ?(?:[.;,)]|$))"),
        ("subscri", r"\b(?:for|to) subscribers|\bsubscription"),
        ("open", r"\bnot (?:an? )?open[ -]access\b"),
        ("closed", r"\bclosed[ -]access\b"),
        ("similar to", r"\bsimilar to cc\b"),
        ("granted", r"\bis not granted\b"),
        ("embargo", r"\bafter an embargo\b"),
        ("for a fee", r"\bfor a fee\b"),
        ("non", r"\bnon-?com\b|\bnon-?profit\b"),
        ("profit", r"\bnot-for-profit\b"),
        ("rights reserved", r"\bcommercial rights reserved\b"),
        ("written permission", r"\bwith written permission of\b"),
        ("restrictions", r"\b(?:additional|further) restrictions\b"),
    )
)
"""Words beside a licence that take back what it gives: in doubt there is none."""


def restrictions(text: str) -> set[str]:
    """Return NC or ND where the sentences of `text` forbid commercial use or changes."""
    found = set()
    if _COMMERCE.search(text) and _NO_COMMERCE.search(_BOTH_USES.sub(" ", text)):
        found.add("NC")
    if _CHANGES.search(text) and _NO_CHANGES.search(text):
        found.add("ND")
    return found


def is_taken_back(text: str) -> bool:
    """Return whether `text`, its licences struck out, reserves all rights, forbids reuse, or gives it to some only."""
    doubtful = any(hint in text and pattern.search(text) for hint, pattern in _DOUBTFUL)
    return doubtful or is_reserved(text) or _asks_permission(text) or _forbids(text)


def is_reserved(text: str) -> bool:
    """Return whether `text` reserves all rights, whether it names a licence or not."""
    reserved = any(hint in text and pattern.search(text) for hint, pattern in _RESERVED)
    return reserved or bool(_OF_REUSE.search(text) and _asks_permission(text))


def _asks_permission(text: str) -> bool:
    """Return whether permission is asked, and not for commercial use only, which a licence with NC says as well."""
    for needed in _NEEDED.finditer(text) if "permission" in text else ():
        before = re.split(r"[.;,]", text[max(0, needed.start() - 80) : needed.start()])[-1]
        if not _FOR_COMMERCE.search(before) and not _FOR_COMMERCE.match(text, needed.end() + 1):
            return True
    return False


def _forbids(text: str) -> bool:
    for found in _FORBIDS.finditer(text):
        start = max(text.rfind(".", 0, found.start()), text.rfind(";", 0, found.start())) + 1
        clause = re.split(r"[.;]", text[start : found.end() + 80])[0]
        if not _OF_SOMETHING_ELSE.search(clause):
            return True
    return False
