"""ELN text: the HTML or Markdown of an entry as clean paragraphs, each with the pictures that stand in it.

No script, style, comment or form comes through; a table is kept as lines of cells, a list as lines of items.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_BLOCKS = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul""".split()  # noqa: SIM905
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset(
    """script style head title meta link noscript template iframe object embed svg canvas audio video button input
    textarea datalist math-field""".split()  # noqa: SIM905
)
_HTML = re.compile(
    r"<(?:/?(?:p|div|br|h[1-6]|ul|ol|li|table|span|strong|em|b|i|img|a|sub|sup|figure|body|html))\b", re.IGNORECASE
)
_MOST_DIGITS = 9
_MAX_DEPTH = 60
"""Below it only the words of what nests are taken."""
_SPACES = re.compile(r"[^\S\n]+")
_POWER = re.compile(r"[+\u2212-]?\d+")


class Inline(NamedTuple):
    """A picture that stands in a text."""

    src: str
    words: str = ""
    """Its own caption, or those of its table cell; "" where it has none."""


class Block(NamedTuple):
    """A paragraph, heading, list item or table."""

    text: str
    """"" where only pictures stand in it."""
    pictures: tuple[Inline, ...] = ()
    is_heading: bool = False


@dataclass
class _Writer:
    """Gathers words until a block ends."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    pictures: list[Inline] = field(default_factory=list)

    def end(self, *, is_heading: bool = False) -> None:
        """Make a block of what has been gathered."""
        text = _tidy("".join(self.words))
        if text or self.pictures:
            self.blocks.append(Block(text, tuple(self.pictures), is_heading and bool(text)))
        self.words.clear()
        self.pictures.clear()


def blocks_of(source: str, media_type: str = "") -> list[Block]:
    """Return the paragraphs of a text: HTML where it looks so or is said to be, Markdown where it is said to be."""
    source = "".join(char for char in source if char in "\t\n\r" or char >= " ").replace("\x7f", "")
    if _HTML.search(source) and "markdown" not in media_type.lower():
        return _html_blocks(source)
    if "markdown" in media_type.lower():
        return _html_blocks(_rendered(source))
    if "html" in media_type.lower():
        return _html_blocks(source)
    paragraphs = (_tidy(part) for part in re.split(r"\n\s*\n", source))
    return [Block(text) for text in paragraphs if text]


def text_of_blocks(blocks: Iterable[Block]) -> str:
    """Return the words of blocks, a blank line between two."""
    return "\n\n".join(block.text for block in blocks if block.text)


def _rendered(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _html_blocks(source: str) -> list[Block]:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return []  # nothing but comments and spaces
    etree.strip_elements(root, *_SILENT, with_tail=False)
    return _one(root, 0)


def _write(element: Any, writer: _Writer, depth: int) -> None:  # noqa: ANN401  (lxml has no public name for it)
    """Write an element, without what follows it."""
    name = element.tag if isinstance(element.tag, str) else ""
    if depth > _MAX_DEPTH:
        writer.words.append(_said(element.text_content(), is_pre=False))
    elif name == "img":
        writer.pictures += [Inline(src) for src in [element.get("src")] if src]
    elif name == "br":
        writer.words.append("\n")
    elif name == "select":
        writer.words.append(" ".join(option.text_content() for option in element.iter("option") if _chosen(option)))
    elif name in _BLOCKS:
        _write_block(element, name, writer, depth)
    else:
        _write_inline(element, name, writer, depth)


def _chosen(option: Any) -> bool:  # noqa: ANN401
    return option.get("selected") is not None


def _write_block(element: Any, name: str, writer: _Writer, depth: int) -> None:  # noqa: ANN401
    writer.end()
    if name == "table":
        writer.blocks += _table(element, depth)
        return
    if name in ("ul", "ol"):
        writer.blocks += _list(element, depth)
        return
    _write_inside(element, writer, depth)
    if name == "figure":
        _caption_pictures(element, writer, depth)
    writer.end(is_heading=name in _HEADINGS)


def _write_inline(element: Any, name: str, writer: _Writer, depth: int) -> None:  # noqa: ANN401
    before = "".join(writer.words)[-1:]
    if name == "sup" and before.isdigit() and _POWER.fullmatch(element.text_content().strip()):
        writer.words.append("^")
    _write_inside(element, writer, depth)


def _write_inside(element: Any, writer: _Writer, depth: int) -> None:  # noqa: ANN401
    is_pre = element.tag == "pre"
    writer.words.append(_said(element.text, is_pre=is_pre))
    for child in element:
        _write(child, writer, depth + 1)
        writer.words.append(_said(child.tail, is_pre=is_pre))


def _said(text: str | None, *, is_pre: bool) -> str:
    if not text:
        return ""
    return text if is_pre else re.sub(r"\s+", " ", text)


def _list(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return a list as one block: a line an item, what nests in it further in; a picture has the words of its item."""
    first = element.get("start", "1")
    number = int(first) if first.isdecimal() and len(first) <= _MOST_DIGITS else 1
    lines, pictures = [], []
    for child in element:
        inside = _inside(child, depth) if child.tag == "li" else [*_one(child, depth)]
        text = "\n".join(block.text for block in inside if block.text)
        marker = f"{number}. " if element.tag == "ol" else "- "
        number += child.tag == "li"
        if text:
            lines.append(f"{marker if child.tag == 'li' else '  '}{text.replace(chr(10), chr(10) + '  ')}")
        pictures += [each if each.words else each._replace(words=text) for block in inside for each in block.pictures]
    return [Block("\n".join(lines), tuple(pictures))] if lines or pictures else []


def _one(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = _Writer()
    _write(element, writer, depth + 1)
    writer.end()
    return writer.blocks


def _caption_pictures(figure: Any, writer: _Writer, depth: int) -> None:  # noqa: ANN401
    """Give the pictures of a figure its caption, which was written as the last block."""
    captions = figure.findall("figcaption")
    words = "\n".join(text_of_blocks(_inside(caption, depth)) for caption in captions)
    if not words:
        return
    for at in range(len(writer.blocks) - 1, max(-1, len(writer.blocks) - 1 - 2 * len(figure)), -1):
        block = writer.blocks[at]
        writer.blocks[at] = block._replace(pictures=tuple(each._replace(words=words) for each in block.pictures))


def _inside(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = _Writer()
    _write_inside(element, writer, depth + 1)
    writer.end()
    return writer.blocks


def _table(table: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return a table as one block: a line a row, bars between cells; a picture has the words of its cell, or below."""
    rows = [[_inside(cell, depth) for cell in row if cell.tag in ("td", "th")] for row in _rows(table)]
    words = [[" ".join(text_of_blocks(cell).split()) for cell in row] for row in rows]
    caption = [text_of_blocks(_inside(each, depth)) for each in table.findall("caption")]
    lines = [*caption, *(" | ".join(row).strip() for row in words if any(row))]
    pictures = [
        picture if picture.words else picture._replace(words=said or _below(rows, words, down, across))
        for down, row in enumerate(rows)
        for across, cell in enumerate(row)
        for said in [words[down][across]]
        for block in cell
        for picture in block.pictures
    ]
    text = "\n".join(line for line in lines if line)
    return [Block(text, tuple(pictures))] if text or pictures else []


def _rows(table: Any) -> Iterator[Any]:  # noqa: ANN401
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _below(rows: list[list[list[Block]]], words: list[list[str]], down: int, across: int) -> str:
    """Return the words of the cell under a picture, where that holds no picture of its own."""
    for row in (down + 1, down - 1):
        if 0 <= row < len(rows) and across < len(rows[row]) and not any(block.pictures for block in rows[row][across]):
            return words[row][across]
    return ""
