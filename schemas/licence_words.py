"""Licence words: the codes and names by which a text names a licence, and how a text is made readable for them.

All patterns read plain text: lower case, one kind of dash, single spaces (see `readable`).
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.licence_terms import SPDX

_UNSEEN: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\u00b7]")
_ADDRESS_BREAKS: Final = (
    (re.compile(r"\b(https?) ?: ?// ?", re.IGNORECASE), r"\1://"),
    (re.compile(r"\bcreative ?commons ?\. ?org\b(?: ?/ ?(?=licen|by\b|public))?", re.IGNORECASE), ""),
    (re.compile(r"(?<=commons\.org/)(licen[cs]es?) ?/ ?(?=[bn])", re.IGNORECASE), r"\1/"),
    (re.compile(r"(?<=es/)(?:by|n[cd]|sa)(?:(?: ?- ?| )(?:n[cd]|sa)\b)+", re.IGNORECASE), "-"),
    (re.compile(r"(?<=es/)((?:by|n[cd]|sa)[a-z\-]*)(?: ?/ ?| )(?=\d\.\d)", re.IGNORECASE), r"\1/"),
)
"""Spaces where an address was broken over lines, and what stands there instead."""
_BROKEN_ADDRESS: Final = re.compile(
    r"https?(?: ?: ?// | ?: //| ://)|commons(?: ?\. | \.org|\.org / ?|\.org/ "
    r"|\.org/licen[cs]es?(?: /| ?/ |/[a-z\-]* [/\-\dns]))"
    r"|creative commons\.",
    re.IGNORECASE,
)


class Named(NamedTuple):
    """A licence that a text names."""

    license: str | None
    """A whole SPDX id; None for Creative Commons, whose id is composed."""
    flags: frozenset[str] | None
    """NC, ND, SA of a Creative Commons licence; None beside no `license`: one that cannot be read."""
    version: str | None
    url: str | None
    start: int
    end: int
    grants: bool = True
    """False where it stands in somebody's address: there it may warn, but gives nothing."""


# How articles write NC, ND and SA; spelling is taken loosely, because what is missed here would be permitted.
_NC = r"n(?:c|\.? ?c\b\.?)|non? ?-? ?comm?er[a-z]*"
_ND = r"n(?:d|\.? ?d\b\.?)|non? ?-? ?der[a-z]*(?: works?)?"
_SA = r"s(?:a|\.? ?a\b\.?)|share? ?-? ?a? ?-? ?like"
_ELEMENT = rf"(?:[ \-/+,.(&:]*+(?:(?:and|with) )?(?:{_NC}|{_ND}|{_SA}))"
_END = r"(?:(?![^\W\d_])|(?=licen[cs]))"
PORTS: Final = (
    r"(?:at|au|be|br|bg|ca|cat|ch|cl|cn|co|cr|cz|de|dk|ec|ee|eg|es|fi|fr|gr|gt|hk|hr|hu|ie|igo|il|in|it|jp|kr|lu|mk|mt"
    r"|mx|my|nl|no|nz|pe|ph|pl|pr|pt|ro|rs|scotland|se|sg|si|th|tw|ug|uk|us|ve|vn|za)"
)
"""The jurisdictions to which licences were ported; they permit what the unported licence does."""
_TRAIL = (
    r"(?:[ \-,()\"'/:]*+(?:public|copyright|licen[cs]e[sd]?|deed|international|unported|generic|universal|igo"
    r"|no mirror sites|version|vers?\.?|v\.?)(?![a-z]))*+"
    rf"(?:[ \-,():]*+(?P<version>\d++(?:\.\d++)*+)(?:-{PORTS}\b|[ ,]*+(?:igo|international|unported)\b)?)?"
    rf"(?P<more>(?:{_ELEMENT}(?![a-z]))*)"
)
_GAP = (
    r"(?:[ \-,:()\"'/]|licen[cs]es?\b|public\b|copyright\b|international\b|unported\b|generic\b|the\b|cc\b|v?\d\.\d)*+"
)
_CODE: Final = re.compile(
    r"cc(?:(?<![^\W_]cc)|(?<=\bacc)(?=-))(?<!\d cc)(?P<gap>[ \-:(/]*+)"
    rf"(?P<kind>(?:by|attribution){_ELEMENT}*|(?:nc|nd|sa)(?![a-z]){_ELEMENT}*){_END}{_TRAIL}"
)
_NAMES: Final = (
    re.compile(
        rf"creative[ \-]?commons\b{_GAP}(?P<kind>attribution{_ELEMENT}*|by{_ELEMENT}+|{_ELEMENT}+){_END}{_TRAIL}"
    ),
    re.compile(
        rf"creative[ \-]?commons(?: licen[cs]e)?[ :(,\-]++(?P<kind>by{_ELEMENT}*)"
        rf"(?=$|[ \-]*\d|[ )]*licen|[).,;]){_TRAIL}"
    ),
)
_BARE: Final = re.compile(
    rf"attribution(?<![^\W_]attribution)(?P<kind>{_ELEMENT}+{_END}|(?=[ \-,(]*+\d\.\d[ ,)]*+(?:internat|unport|gener))"
    r"|(?=[ \-,(]*+(?:\d\.\d)?[ ,)]*+(?:international |unported |generic )?creative ?commons licen[cs]e))"
    rf"{_TRAIL}"
)
_STRANGE: Final = re.compile(r"[\-+/&](?!(?:licen[cs]|igo\b|type\b|based\b|article|no mirror))[^\W\d_]")
_STRANGE_WORD: Final = re.compile(r" (?!(?:CC|OR|AND|THE|FOR|IGO|US|UK|IS|IN|AS|IF|TO)\b)[A-Z]{1,3}\b(?!\.)")
"""What stands on a code's heels and is no element: some licence, but which?"""

_OTHERS: Final = tuple(
    (hint, license_, re.compile(pattern))
    for hint, license_, pattern in (
        ("cc", "CC0-1.0", r"cc(?<![^\W_]cc) ?-? ?(?:0|zero)(?=$|[^a-z0-9.]|\.(?!\d)|licen[cs]e)(?: ?1\.0)?"),
        ("zero", "CC0-1.0", r"creative ?commons zero\b"),
        (
            "domain",
            "CC0-1.0",
            r"creative ?commons(?: \(?cc0\)?)?(?: 1\.0)?(?: universal)? public domain (?:dedication|waiver)",
        ),
        ("domain", "CC-PDM-1.0", r"\bpublic domain mark\b"),
        ("pdm", "CC-PDM-1.0", r"\bcc-pdm\b"),
        ("domain", "CC-PDDC", r"creative ?commons public domain declaration"),
        ("pddl", "PDDL-1.0", r"\bpddl\b"),
        ("domain", "PDDL-1.0", r"\bopen data commons public domain"),
        ("odc", "ODC-By-1.0", r"\bodc-by\b"),
        ("mit ", "MIT", r"\bmit licen[cs]e"),
        (
            "apache",
            "Apache-2.0",
            r"\bapache(?:[ \-]software)?(?:[ \-]licen[cs]e)?,?[ \-](?:version |v\.? ?)?2(?:\.0)?\b",
        ),
        ("bsd", "BSD-2-Clause", r"\bbsd[ \-]2-clause|\b2-clause bsd"),
        ("bsd", "BSD-3-Clause", r"\bbsd[ \-]3-clause|\b3-clause bsd"),
    )
)
CODES: Final = {license_.lower(): license_ for license_ in SPDX}
"""What is a licence only when nothing stands beside it: "MIT" is also a university."""


def shown(text: str) -> str:
    """Return `text` on one line, without what can't be seen."""
    return " ".join((text if text.isascii() else _UNSEEN.sub("", text)).split())


def readable(text: str) -> str:
    """Return `text` with one spelling of every character, and addresses in one piece; lower case is as long."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).replace("\u2019", "'")
        text = text.replace("\u0130", "I")  # the one letter whose small form is two characters long
    text = shown(text).replace("_", "-")
    if _BROKEN_ADDRESS.search(text):
        for broken, whole in _ADDRESS_BREAKS:
            text = broken.sub(whole if len(whole) > 1 else lambda found, by=whole: _joined(found[0], by), text)
    return text


def _joined(broken: str, by: str) -> str:
    return re.sub(r" ?- ?| ", by, broken)


def names(plain: str, written: str) -> Iterator[Named]:
    """Yield the licences that words of `plain` name; `written` is the same text before it was lowered."""
    if "cc" in plain:
        yield from (_named(found, written) for found in _CODE.finditer(plain) if _is_code(found, written))
    if "creative" in plain:
        yield from (_named(found, written) for pattern in _NAMES for found in pattern.finditer(plain))
    if "attribution" in plain:
        yield from (_named(found, written) for found in _BARE.finditer(plain))
    for hint, license_, pattern in _OTHERS:
        if hint in plain:
            for found in pattern.finditer(plain):
                yield Named(license_, None, None, None, found.start(), found.end())


def _is_code(found: re.Match[str], written: str) -> bool:
    """Return whether a bare "CC BY" is the licence: "a few cc by mouth" is a dose."""
    said = written[found.start() : found.end()]
    if (
        found["gap"] != " "
        or found["version"]
        or said.startswith("CC BY")
        or not re.fullmatch("cc (?:by|n[cd]|sa)", found[0])
    ):
        return True
    return found["kind"] == "by" and not re.match(r" [a-z]", found.string[found.end() :][:2])


def _named(found: re.Match[str], written: str) -> Named:
    strange = bool(_STRANGE.match(found.string, found.end()))
    strange = strange or bool(not found["version"] and _STRANGE_WORD.match(written, found.end()))
    known = None if strange else flags(f"{found['kind']} {found['more']}")
    return Named(None, known, _version(found), None, found.start(), found.end())


def _version(found: re.Match[str]) -> str | None:
    """Return the version that stands behind a name; a lone number is one only where it must be."""
    number = found["version"]
    if not number or "." in number:
        return full_version(number)
    told = found.string[max(found.start(), found.start("version") - 8) : found.start("version")]
    sure = number in {"3", "4"} or re.search(r"(?:-|\bv\.? ?|vers?\.? ?|version )$", told)
    return full_version(number) if len(number) == 1 and sure else None


def full_version(written: str | None) -> str | None:
    """Return a version with its decimal; 2.1 exists only as ports (Japan, Spain, Australia, Canada) of 2.0.

    >>> full_version("3"), full_version("2.1"), full_version(None)
    ('3.0', '2.0', None)
    """
    number = {"2.1": "2.0"}.get(written or "", written)
    return f"{number}.0" if number and "." not in number else number


def flags(kind: str) -> frozenset[str]:
    """Return which of NC, ND and SA the words of `kind` name."""
    rest = kind.replace("and ", " ")
    pairs = (("NC", r"n\.? ?c|comm?er"), ("ND", r"n\.? ?d|der"), ("SA", r"s\.? ?a|share?"))
    return frozenset(flag for flag, pattern in pairs if re.search(pattern, rest))
