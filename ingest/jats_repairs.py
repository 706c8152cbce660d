"""JATS repairs: what makes an article's XML readable that its maker got wrong, each with one possible outcome."""

import re
from collections.abc import Callable

from ingest.jats_prolog import FIRST_TAG

_PREFIXES = {
    "xlink": "http://www.w3.org/1999/xlink",
    "mml": "http://www.w3.org/1998/Math/MathML",
    "ali": "http://www.niso.org/schemas/ali/1.0/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "hwp": "http://schema.highwire.org/Journal",
    "oasis": "http://www.niso.org/standards/z39-96/ns/oasis-exchange/table",
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_XML_NUMBER = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_RAW_AMPERSAND = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|(&)(?!#\d+;|#x[0-9a-fA-F]+;|[A-Za-z][\w.-]*;)", re.DOTALL)
_RAW_LESS_THAN = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|(<)(?![A-Za-z_:/!?])", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_TAG = re.compile(r"""<[A-Za-z_][^\s<>/]*(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_VALUE = re.compile(r"""(=\s*(?:"[^"]*"|'[^']*'))(?P<glued>(?=[A-Za-z_:]))?""")
_USED_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")

Repair = Callable[[str], str]


def _without_control(text: str) -> str:
    return _NOT_XML_NUMBER.sub("", _NOT_XML.sub("", text))


def _without_comments(text: str) -> str:
    """Take away every comment where one holds "--", which XML forbids and publishers write."""
    return _COMMENT.sub("", text) if any("--" in found[1] for found in _COMMENT.finditer(text)) else text


def _with_ampersands(text: str) -> str:
    return _RAW_AMPERSAND.sub(lambda found: "&amp;" if found[1] else found[0], text)


def _with_less_than(text: str) -> str:
    return _RAW_LESS_THAN.sub(lambda found: "&lt;" if found[1] else found[0], text)


def _with_spaces(text: str) -> str:
    return _TAG.sub(lambda tag: _VALUE.sub(lambda value: value[1] + (" " * (value["glued"] is not None)), tag[0]), text)


def _with_prefixes(text: str) -> str:
    """Declare on the root the prefixes that are used and not declared there."""
    first = FIRST_TAG.search(text)
    if first is None:
        return text
    end = text.find(">", first.end())
    used = set(_USED_PREFIX.findall(text)) & _PREFIXES.keys()
    missing = sorted(prefix for prefix in used if f"xmlns:{prefix}=" not in text[first.end() : end])
    added = "".join(f' xmlns:{prefix}="{_PREFIXES[prefix]}"' for prefix in missing)
    return text[: first.end()] + added + text[first.end() :]


def _as_one_document(text: str) -> str:
    """Put several documents, written one after the other, under one root."""
    if not re.search(r"</(?:\w+:)?article>\s*\S", text):
        return text
    inner = re.sub(r"<\?xml\s[^>]*\?>|<!DOCTYPE[^>\[]*>", "", text)
    return f"<articles>{inner}</articles>"


REPAIRS: tuple[tuple[str, Repair], ...] = (
    ("control characters", _without_control),
    ("comments with two hyphens", _without_comments),
    ("raw ampersands", _with_ampersands),
    ("raw less-than signs", _with_less_than),
    ("missing space between attributes", _with_spaces),
    ("undeclared prefixes", _with_prefixes),
    ("several documents in one", _as_one_document),
)
