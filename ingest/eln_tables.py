"""ELN tables: a table of an entry as one paragraph, a line a row, its pictures with the words of their cells."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ingest.eln_blocks import Block, Inline, said, text_of_blocks, tidy


class Reading(NamedTuple):
    """How an element becomes blocks."""

    whole: Callable[[Any], list[Block]]
    inside: Callable[[Any], list[Block]]


def table_blocks(table: Any, read: Reading) -> list[Block]:  # noqa: ANN401  (lxml has no public name for it)
    """Return a table as one block: a line a row, bars between cells; a picture has the words of its cell, or below."""
    rows = [*_rows(table, read)]
    words = [[" ".join(text_of_blocks(cell).split()) for cell in row] for row in rows]
    captions = [block for each in table.findall("caption") for block in read.inside(each)]
    lines = [text_of_blocks(captions), *(" | ".join(row).strip() for row in words if any(row))]
    pictures = [*_worded(captions, text_of_blocks(captions))]
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            pictures += _worded(cell, words[down][across] or _below(rows, words, down, across))
    text = "\n".join(line for line in lines if line)
    return [Block(text, tuple(pictures))] if text or pictures else []


def _worded(blocks: list[Block], words: str) -> Iterator[Inline]:
    for block in blocks:
        yield from (each if each.words else each._replace(words=words) for each in block.pictures)


def _rows(table: Any, read: Reading) -> Iterator[list[list[Block]]]:  # noqa: ANN401
    """Yield the rows of a table, each a list of cells; what stands outside of rows or cells is one by itself."""
    for child in _parts(table):
        if isinstance(child, str):
            yield [[Block(child)]]
        elif child.tag == "tr":
            yield [_cell(each, read) for each in _parts(child)]
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child, read)
        elif child.tag not in ("caption", "colgroup", "col"):
            yield [read.whole(child)]


def _parts(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield the children of an element, and the words between them."""
    yield from filter(None, [tidy(said(element.text))])
    for child in element:
        yield child
        yield from filter(None, [tidy(said(child.tail))])


def _cell(part: Any, read: Reading) -> list[Block]:  # noqa: ANN401
    if isinstance(part, str):
        return [Block(part)]
    return read.inside(part) if part.tag in ("td", "th") else read.whole(part)


def _below(rows: list[list[list[Block]]], words: list[list[str]], down: int, across: int) -> str:
    """Return the words of the cell under a picture, where that holds no picture of its own."""
    for row in (down + 1, down - 1):
        if 0 <= row < len(rows) and across < len(rows[row]) and not any(block.pictures for block in rows[row][across]):
            return words[row][across]
    return ""
