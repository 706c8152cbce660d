"""ELN RSpace: the document XML that RSpace puts beside a crate which says little of what was written."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ingest.eln_blocks import Block
from ingest.eln_text import blocks_of
from schemas.records import Fact

_ORIGIN = "eln"
_SAYS_NOTHING = frozenset({"", "null"})


class RspaceDocument(NamedTuple):
    """What a document of RSpace says."""

    name: str
    blocks: tuple[Block, ...]
    facts: tuple[Fact, ...]


def read_rspace(xml: bytes) -> RspaceDocument | None:
    """Return what a document says; None where the XML is something else, or can't be read without guessing."""
    from lxml import etree

    if b"<archivalDocument" not in xml[:4096] or b"<!DOCTYPE" in xml[:4096]:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(xml, parser=parser)
    except etree.XMLSyntaxError:
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    fields = root.findall("listFields/field")
    blocks = [block for each in fields if _kind(each) == "TEXT" for block in _text_blocks(each)]
    facts = [fact for each in fields if _kind(each) != "TEXT" for fact in _facts(each)]
    return RspaceDocument(_said(root, "name"), tuple(blocks), tuple(facts))


def _kind(element: Any) -> str:  # noqa: ANN401  (lxml has no public name for it)
    return _said(element, "fieldType")


def _said(element: Any, name: str) -> str:  # noqa: ANN401
    return (element.findtext(name) or "").strip()


def _text_blocks(element: Any) -> Iterator[Block]:  # noqa: ANN401
    """Yield the name of a field as a heading, and its paragraphs."""
    blocks = blocks_of(_said(element, "fieldData"), "text/html")
    name = _said(element, "fieldName")
    if blocks and name:
        yield Block(name, is_heading=True)
    yield from blocks


def _facts(element: Any) -> Iterator[Fact]:  # noqa: ANN401
    written = _said(element, "fieldData")
    values = [value for _, value in parse_qsl(written)] if _kind(element) == "CHOICE" else [written]
    for value in values:
        if value not in _SAYS_NOTHING:
            yield Fact(name=_said(element, "fieldName") or "field", value=value, origin=_ORIGIN)
