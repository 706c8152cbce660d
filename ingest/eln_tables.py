"""ELN tables: a table of an entry as one paragraph, a line a row, its pictures with the words that label them.

A picture has the words of its cell; else the labels of its row, and the head of its column after them; else the words
of the cell below or above.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ingest.eln_blocks import Block, Inline, said, text_of_blocks, tidy


class Reading(NamedTuple):
    """How an element becomes blocks."""

    whole: Callable[[Any], list[Block]]
    inside: Callable[[Any], list[Block]]


class _Cell(NamedTuple):
    """A cell of a table."""

    blocks: list[Block]
    words: str
    is_head: bool = False

    @property
    def pictured(self) -> bool:
        return any(block.pictures for block in self.blocks)


_Rows = list[list[_Cell]]


def table_blocks(table: Any, read: Reading) -> list[Block]:  # noqa: ANN401  (lxml has no public name for it)
    """Return a table as one block: a line a row, bars between cells; each picture with the words that label it."""
    rows = [*_rows(table, read)]
    captions = [block for each in table.findall("caption") for block in read.inside(each)]
    written = [[cell.words for cell in row] for row in rows]
    lines = [text_of_blocks(captions), *(" | ".join(row).strip() for row in written if any(row))]
    pictures = [*_worded(captions, text_of_blocks(captions))]
    for row, labels in zip(rows, _labels(rows), strict=True):
        for across in labels:
            pictures += _worded(row[across].blocks, row[across].words or labels[across])
    text = "\n".join(line for line in lines if line)
    return [Block(text, tuple(pictures))] if text or pictures else []


def _worded(blocks: list[Block], words: str) -> Iterator[Inline]:
    for block in blocks:
        yield from (each if each.words else each._replace(words=words) for each in block.pictures)


def _rows(table: Any, read: Reading) -> Iterator[list[_Cell]]:  # noqa: ANN401
    """Yield the rows of a table, each a list of cells; what stands outside of rows or cells is one by itself."""
    for child in _parts(table):
        if isinstance(child, str):
            yield [_cell(child, read)]
        elif child.tag == "tr":
            yield [_cell(each, read) for each in _parts(child)]
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child, read)
        elif child.tag not in ("caption", "colgroup", "col"):
            yield [_cell(child, read)]


def _parts(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield the children of an element, and the words between them."""
    yield from filter(None, [tidy(said(element.text))])
    for child in element:
        yield child
        yield from filter(None, [tidy(said(child.tail))])


def _cell(part: Any, read: Reading) -> _Cell:  # noqa: ANN401
    if isinstance(part, str):
        return _Cell([Block(part)], part)
    blocks = read.inside(part) if part.tag in ("td", "th") else read.whole(part)
    around = part.getparent().getparent()
    is_head = part.tag == "th" or (part.tag == "td" and around is not None and around.tag == "thead")
    return _Cell(blocks, " ".join(text_of_blocks(blocks).split()), is_head)


def _labels(rows: _Rows) -> Iterator[dict[int, str]]:
    """Yield of each row the words that label its pictures, by place."""
    heads = dict[int, dict[int, str]]()
    for down, row in enumerate(rows):
        shown = [at for at, cell in enumerate(row) if cell.pictured]
        own, columns = _beside(row, shown), heads.setdefault(len(row), {})
        if not shown:
            columns |= {at: cell.words for at, cell in enumerate(row) if cell.is_head and cell.words}
        found = dict[int, str]()
        for at in shown:
            head = columns.get(at, "") if at in own else ""
            beside = "" if head or (at in own and len(shown) == 1) else _below(rows, down, at)
            found[at] = " | ".join(filter(None, (own.get(at, ""), head, beside)))
        yield found


def _beside(row: list[_Cell], shown: list[int]) -> dict[int, str]:
    """Return the labels of a row by the places of its pictures, which are `shown`.

    Where labels and pictures take turns, each has those before it, or those behind it where the row ends with one.
    """
    labels = [at for at, cell in enumerate(row) if cell.words and not cell.pictured]
    if not shown or not labels:
        return {}
    if not any(shown[0] < at < shown[-1] for at in labels) or labels[0] < shown[0] < shown[-1] < labels[-1]:
        return dict.fromkeys(shown, " | ".join(row[at].words for at in labels))
    step = 1 if labels[-1] < shown[-1] else -1
    found, said = dict[int, str](), list[str]()
    for at in range(len(row))[::step]:
        if row[at].pictured:
            found |= {at: " | ".join(said[::step])} if said else {}
            said.clear()
        elif row[at].words:
            said.append(row[at].words)
    return found


def _below(rows: _Rows, down: int, across: int) -> str:
    """Return the words of the cell under a picture, or above it, where that holds no picture of its own."""
    for row in (down + 1, down - 1):
        if 0 <= row < len(rows) and across < len(rows[row]) and not rows[row][across].pictured:
            return rows[row][across].words
    return ""
