"""JATS source: from an article's bytes to its XML tree, with what had to be repaired, or one clear refusal.

The DOCTYPE is taken away before the parser sees the text, so that no DTD and no entity of the document's own is
ever read; the named characters of HTML and ISO sets (&nbsp;, &ndash;) are put in from Python's own table.
Repairs are those with one possible outcome. What needs a guess (a tag that is never closed) is refused.
"""

import codecs
import html.entities
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lxml import etree

from schemas.errors import ArticleError
from schemas.first_bytes import kind_of

_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CHARACTERS = {name[:-1]: text for name, text in html.entities.html5.items() if name.endswith(";")}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PREFIXES = {
    "xlink": "http://www.w3.org/1999/xlink",
    "mml": "http://www.w3.org/1998/Math/MathML",
    "ali": "http://www.niso.org/schemas/ali/1.0/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "hwp": "http://schema.highwire.org/Journal",
    "oasis": "http://www.niso.org/standards/z39-96/ns/oasis-exchange/table",
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_XML_NUMBER = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_NAMED = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&([A-Za-z][\w.-]*);", re.DOTALL)
_ANY_NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;|#)[A-Za-z]")
_RAW_AMPERSAND = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|(&)(?!#\d+;|#x[0-9a-fA-F]+;|[A-Za-z][\w.-]*;)", re.DOTALL)
_RAW_LESS_THAN = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|(<)(?![A-Za-z_:/!?])", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_TAG = re.compile(r"""<[A-Za-z_][^\s<>/]*(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_VALUE = re.compile(r"""(=\s*(?:"[^"]*"|'[^']*'))(?P<glued>(?=[A-Za-z_:]))?""")
_FIRST_TAG = re.compile(r"<([A-Za-z_][^\s<>/]*)")
_USED_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_SUBSET_TOKEN = re.compile(r"""<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|\]\s*>""", re.DOTALL)
_ENTITY = re.compile(
    r"""<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[^\s"'>]+)\s+
        (?:(?P<external>SYSTEM|PUBLIC)\b(?P<where>[^>]*)|"(?P<double>[^"]*)"|'(?P<single>[^']*)')""",
    re.VERBOSE,
)

_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_END_CHARACTERS = 1000

Repair = Callable[[str], str]


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
    text, more = _body(whole, where)
    repairs += more
    lines_before = whole.count("\n") - text.count("\n")
    refusal: ArticleError | None = None
    for name, repair in (("", None), *_REPAIRS):
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
    start, _ = _skip_prolog(text)
    found = _FIRST_TAG.match(text, start)
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
    root = _FIRST_TAG.match(text)
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


def _body(text: str, where: str) -> tuple[str, list[str]]:
    """Return `text` from its root on, without declaration and DOCTYPE, named characters put in."""
    repairs = []
    if not text.startswith("<"):
        repairs.append("leading characters")
        text = text[max(text.find("<"), 0) :]
    start, doctype = _skip_prolog(text)
    entities = _own_entities(doctype, where)
    declaration = _DECLARATION.search(text, 1, max(start, 1))
    repairs += ["declaration not first"] if declaration else []
    text = text[start:]
    if not text.startswith("<") or text[1:5].lower() == "html" or doctype[:14].lower() == "<!doctype html":
        raise ArticleError("not_jats", f"begins with {text[:60]!r}", where=where)
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        if text.rfind(opening) > text.rfind(closing):
            raise ArticleError("xml_malformed", f"{opening} is never closed", where=where)
    if _ANY_NAMED.search(text):
        text, named = _with_characters(text, entities, where)
        repairs += ["named characters"] if named else []
    return text, repairs


def _skip_prolog(text: str) -> tuple[int, str]:
    """Return where the root begins, and the DOCTYPE before it."""
    place, doctype = 0, ""
    while True:
        if found := _BEFORE_ROOT.match(text, place):
            place = found.end()
        elif text[place : place + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, place)
            place, doctype = end, text[place:end]
        else:
            return place, doctype


def _doctype_end(text: str, start: int) -> int:
    place = start
    while place < len(text):
        char = text[place]
        if char in "\"'":
            place = text.find(char, place + 1)
            if place < 0:
                return len(text)
        elif char == ">":
            return place + 1
        elif char == "[":
            return _subset_end(text, place + 1)
        place += 1
    return len(text)


def _subset_end(text: str, start: int) -> int:
    for found in _SUBSET_TOKEN.finditer(text, start):
        if found[0].startswith("]"):
            return found.end()
    return len(text)


def _own_entities(doctype: str, where: str) -> set[str]:
    """Return the names that the document defines for itself; they are never expanded."""
    names = set()
    for found in _ENTITY.finditer(doctype):
        if found["external"] and "NDATA" in found["where"]:
            continue
        value = found["double"] or found["single"] or ""
        if found["parameter"] or found["external"] or re.search(r"&(?!#)|%\w", value):
            detail = f"declares the entity {found['name']}, which reads more than itself"
            raise ArticleError("xml_hostile", detail, where=where)
        names.add(found["name"])
    return names


def _with_characters(text: str, own: set[str], where: str) -> tuple[str, bool]:
    changed = False

    def put_in(found: re.Match[str]) -> str:
        nonlocal changed
        name = found[1]
        if name is None or name in _XML_NAMES:
            return found[0]
        changed = True
        if name in _CHARACTERS:
            return "".join(f"&#{ord(char)};" for char in _CHARACTERS[name])
        if name in own:
            raise ArticleError("xml_hostile", f"uses its own entity &{name};", where=where)
        return f"&amp;{name};"

    return _NAMED.sub(put_in, text), changed


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
    first = _FIRST_TAG.search(text)
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


_REPAIRS: tuple[tuple[str, Repair], ...] = (
    ("control characters", _without_control),
    ("comments with two hyphens", _without_comments),
    ("raw ampersands", _with_ampersands),
    ("raw less-than signs", _with_less_than),
    ("missing space between attributes", _with_spaces),
    ("undeclared prefixes", _with_prefixes),
    ("several documents in one", _as_one_document),
)
