"""JATS source: from an article's bytes to its XML tree, with what had to be repaired, or one clear refusal.

Repairs are those with one possible outcome. What needs a guess (a tag that is never closed) is refused.
"""

import codecs
import re
from typing import Any, NamedTuple

from lxml import etree

from ingest.jats_prolog import FIRST_TAG, from_root, skip_prolog
from ingest.jats_repairs import REPAIRS
from schemas.errors import ArticleError
from schemas.first_bytes import kind_of

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_END_CHARACTERS = 1000


class Source(NamedTuple):
    """An XML tree and the repairs that made it readable."""

    root: etree._Element
    repairs: tuple[str, ...]


def read_xml(xml: bytes, *, where: str) -> Source:
    """Return the tree of `xml`; nothing but `xml` is read for it.

    Raises:
        ArticleError: `xml_empty`, `xml_encoding`, `xml_hostile`, `xml_truncated`, `xml_malformed` or `not_jats`.
    """
    if not xml.strip(b" \t\r\n\x00"):
        raise ArticleError("xml_empty", "the file holds no character", where=where)
    if kind := kind_of(xml):
        raise ArticleError("not_jats", f"is {kind}, and must be an article's XML or package", where=where)
    whole, repairs = _decoded(xml, where)
    text, more = from_root(whole, where)
    repairs += more
    lines_before = whole.count("\n") - text.count("\n")
    refusal: ArticleError | None = None
    for name, repair in (("", None), *REPAIRS):
        repaired = repair(text) if repair else text
        if repair and repaired == text:
            continue
        text, repairs = repaired, [*repairs, *([name] if name else [])]
        try:
            return Source(_parsed(text, lines_before, where), tuple(repairs))
        except ArticleError as error:
            refusal = error
    assert refusal
    raise refusal


def root_name(head: bytes) -> str | None:
    """Return the local name of the first element in `head`, the beginning of a file; None where there is none."""
    codec = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    text = head.decode(codec, errors="replace").lstrip("\ufeff")
    start, _ = skip_prolog(text)
    found = FIRST_TAG.match(text, start)
    return found[1].rpartition(":")[2] if found else None


def _parsed(text: str, lines_before: int, where: str) -> etree._Element:
    """Return the root of `text`, which `lines_before` lines of the file preceded: so its lines have their numbers."""
    parser = etree.XMLParser(
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(("\n" * lines_before + text).encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        said = _said(parser, error)
        reason = "xml_malformed" if _ends(text) else "xml_truncated"
        raise ArticleError(reason, said, where=where) from error


def _ends(text: str) -> bool:
    """Return whether the root's end tag stands at the end of `text`."""
    root = FIRST_TAG.match(text)
    return root is None or bool(re.search(rf"</{re.escape(root[1])}\s*>[^<]*$", text[-_END_CHARACTERS:]))


def _said(parser: etree.XMLParser, error: etree.XMLSyntaxError) -> str:
    """Return the first of the parser's complaints that it could not live with."""
    log: Any = parser.error_log
    fatal = next((entry for entry in log if entry.level_name == "FATAL"), None)
    return f"{fatal.message.strip()}, line {fatal.line}" if fatal else str(error)


def _decoded(xml: bytes, where: str) -> tuple[str, list[str]]:
    for bom, codec in _BOMS:
        if xml.startswith(bom):
            return _strictly(xml[len(bom) :], codec, where), []
    found = _DECLARED.match(xml[:500])
    declared = found[1].decode("ascii").lower() if found else "utf-8"
    try:
        text = xml.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(xml, declared, where)
    honest = declared in {"utf-8", "utf8", "us-ascii", "ascii"} or text.isascii()
    return text, [] if honest else [f"encoding: declared {declared}, is utf-8"]


def _not_utf8(xml: bytes, declared: str, where: str) -> tuple[str, list[str]]:
    if declared in {"utf-8", "utf8", "us-ascii", "ascii"}:
        if _UTF8_SEQUENCE.search(xml):
            raise ArticleError("xml_encoding", "declared utf-8, is a mixture of encodings", where=where)
        return _strictly(xml, "cp1252", where), [f"encoding: declared {declared}, is windows-1252"]
    return _strictly(xml, declared, where), []


def _strictly(xml: bytes, codec: str, where: str) -> str:
    try:
        return xml.decode(codec)
    except (UnicodeDecodeError, LookupError) as error:
        raise ArticleError("xml_encoding", str(error), where=where) from error
