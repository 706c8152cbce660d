"""ELN text: the HTML or Markdown of an entry as clean paragraphs, each with the pictures that stand in it.

No script, style, comment or form comes through; a table is kept as lines of cells, a list as lines of items.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ingest.eln_html import BLOCKS, is_html, parsed

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_DEPTH = 60
"""Below it only the words and pictures of what nests are taken."""
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
    is_caption: bool = False
    """Whether it is that of a `<figure>`, whose pictures have it as their words."""


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
    if "markdown" not in media_type.lower() and is_html(source):
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
    root = parsed(source)
    return [] if root is None else _one(root, 0)


def _write(element: Any, writer: _Writer, depth: int) -> None:  # noqa: ANN401  (lxml has no public name for it)
    """Write an element, without what follows it."""
    name = element.tag if isinstance(element.tag, str) else ""
    if depth > _MAX_DEPTH:
        writer.words.append(_said(element.text_content(), is_pre=False))
        writer.pictures += [Inline(src) for image in element.iter("img") for src in [image.get("src")] if src]
    elif name == "img":
        writer.pictures += [Inline(src) for src in [element.get("src")] if src]
    elif name == "br":
        writer.words.append("\n")
    elif name == "select":
        writer.words.append(" ".join(option.text_content() for option in element.iter("option") if _chosen(option)))
    elif name in BLOCKS:
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
    if name == "figure":
        writer.blocks += _figure(element, depth)
        return
    if name == "figcaption" and next(element.iterancestors("figure"), None) is not None:
        writer.blocks += [block._replace(is_caption=True) for block in _inside(element, depth)]
        return
    _write_inside(element, writer, depth)
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
    number = _first_number(element)
    lines, pictures = [_loose(element.text)], []
    for child in element:
        inside = _inside(child, depth) if child.tag == "li" else [*_one(child, depth)]
        text = "\n".join(block.text for block in inside if block.text)
        marker = f"{number}. " if element.tag == "ol" else "- "
        number += child.tag == "li"
        if text:
            lines.append(f"{marker if child.tag == 'li' else '  '}{text.replace(chr(10), chr(10) + '  ')}")
        lines.append(_loose(child.tail))
        pictures += [each if each.words else each._replace(words=text) for block in inside for each in block.pictures]
    lines = [line for line in lines if line]
    return [Block("\n".join(lines), tuple(pictures))] if lines or pictures else []


def _first_number(element: Any) -> int:  # noqa: ANN401
    first = element.get("start", "1").strip()
    return int(first) if re.fullmatch(r"-?\d{1,9}", first) else 1


def _loose(text: str | None) -> str:
    """Return the words that stand between items or cells, where none should."""
    return _tidy(_said(text, is_pre=False))


def _one(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = _Writer()
    _write(element, writer, depth + 1)
    writer.end()
    return writer.blocks


def _figure(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return the blocks of a figure; its caption is the words of its pictures, and of no other."""
    blocks = _inside(element, depth)
    captions = [each for each in element.iter("figcaption") if next(each.iterancestors("figure")) is element]
    words = "\n".join(filter(None, (text_of_blocks(_inside(caption, depth)) for caption in captions)))
    return [_captioned(block, words) for block in blocks] if words else blocks


def _captioned(block: Block, words: str) -> Block:
    pictures = (each if each.words else each._replace(words=words) for each in block.pictures)
    return block._replace(pictures=tuple(pictures))


def _inside(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = _Writer()
    _write_inside(element, writer, depth + 1)
    writer.end()
    return writer.blocks


def _table(table: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return a table as one block: a line a row, bars between cells; a picture has the words of its cell, or below."""
    rows = [*_rows(table, depth)]
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


def _rows(table: Any, depth: int) -> Iterator[list[list[Block]]]:  # noqa: ANN401
    """Yield the rows of a table, each a list of cells; what stands outside of rows or cells is one by itself."""
    for child in _parts(table):
        if isinstance(child, str):
            yield [[Block(child)]]
        elif child.tag == "tr":
            yield [_cell(each, depth) for each in _parts(child)]
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child, depth)
        elif child.tag not in ("caption", "colgroup", "col"):
            yield [_one(child, depth)]


def _parts(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield the children of an element, and the words between them."""
    yield from filter(None, [_loose(element.text)])
    for child in element:
        yield child
        yield from filter(None, [_loose(child.tail)])


def _cell(part: Any, depth: int) -> list[Block]:  # noqa: ANN401
    if isinstance(part, str):
        return [Block(part)]
    return _inside(part, depth) if part.tag in ("td", "th") else _one(part, depth)


def _below(rows: list[list[list[Block]]], words: list[list[str]], down: int, across: int) -> str:
    """Return the words of the cell under a picture, where that holds no picture of its own."""
    for row in (down + 1, down - 1):
        if 0 <= row < len(rows) and across < len(rows[row]) and not any(block.pictures for block in rows[row][across]):
            return words[row][across]
    return ""
