"""IDR tables: the tab- and comma-separated files that curators wrote, whatever the program they were saved from.

Seen in studies of IDR: a byte order mark, Latin-1, carriage returns as line ends, trailing tabs, quoted cells of
several lines, a quote that is never closed, columns of one name, and annotation files packed with gzip.
"""

import csv
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from schemas.errors import ArchiveError

MOST_BYTES = 256 << 20
"""Of one table, unpacked; the largest seen has 4 MB."""
_MOST_LINES_IN_A_CELL = 60
_CELL = re.compile(r'"((?:[^"]|"")*)"(?=\t|\Z)|([^\t]*)')
_CLOSED = re.compile(r'(?:^|(?<=\t))"(?:[^"]|"")*"(?=\t|\Z)')
_OPEN = re.compile(r'(?:^|\t)"')
_KEYED = re.compile(
    r'"?(?:#|Study |Screen |Experiment |Protocol |Phenotype |Library |Assay |Raw |Processed |Comment\[)'
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_GZIP = b"\x1f\x8b"


def text_of(blob: bytes, where: str) -> str:
    """Return the text of a table.

    Raises:
        ArchiveError: it is no text, or packed and broken, or too large.
    """
    blob = _unpacked(blob, where) if blob.startswith(_GZIP) else blob
    if blob.startswith((b"\xff\xfe", b"\xfe\xff")):
        return blob.decode("utf-16", errors="replace")
    if b"\0" in blob:
        raise ArchiveError("not_a_table", "holds bytes that no text has", where=where)
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        return blob.decode("latin-1")


def _unpacked(blob: bytes, where: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(blob, MOST_BYTES + 1)
    except zlib.error as error:
        raise ArchiveError("archive_broken", str(error), where=where) from error
    if len(text) > MOST_BYTES:
        raise ArchiveError("archive_bomb", f"unpacks to more than {MOST_BYTES} bytes", where=where)
    if not unpacker.eof:
        raise ArchiveError("archive_broken", "the packed file ends early", where=where)
    return text


def study_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of a study file, cell by cell in their columns, without those at the end that are empty."""
    lines = re.split(r"\r\n|\r|\n", text)
    at = 0
    while at < len(lines):
        line, at = _whole_line(lines, at)
        cells = [_bare(cell) for cell in _cells(line)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield cells


def _whole_line(lines: list[str], at: int) -> tuple[str, int]:
    """Return the row that begins at a line, with the lines of its quoted cell, and where the next one begins."""
    line = lines[at]
    for end in range(at + 1, min(at + _MOST_LINES_IN_A_CELL, len(lines))):
        if not _OPEN.search(_CLOSED.sub("", line)):
            return line, end
        if _KEYED.match(lines[end]):
            break  # a quote that nobody closed must not swallow the rows below
        line = f"{line}\n{lines[end]}"
    return (line, at + line.count("\n") + 1) if not _OPEN.search(_CLOSED.sub("", line)) else (lines[at], at + 1)


def _cells(line: str) -> list[str]:
    """Return the cells of a row; tabs within a quoted cell part nothing."""
    cells: list[str] = []
    at = 0
    while at <= len(line):
        found = _CELL.match(line, at)
        assert found is not None
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end() + 1
    return cells


def _bare(cell: str) -> str:
    return " ".join(cell.strip().strip('"').split())


class Row(NamedTuple):
    """A row of an annotation file; `number` is its line in the file, the header's is 1."""

    number: int
    header: list[str]
    cells: list[str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return every column with its cell, in order: names of columns repeat."""
        return list(zip(self.header, self.cells, strict=False))

    def get(self, *names: str) -> str:
        """Return the first cell that isn't empty of the columns `names`, in their order; "" without one."""
        found = (value for name in names for key, value in self.pairs if key.lower() == name and value)
        return next(found, "")


def annotation_rows(text: str, where: str) -> Iterator[Row]:
    """Yield the rows of an annotation file; what separates its cells, the header tells.

    Raises:
        ArchiveError: it is no table.
    """
    header_line = text.lstrip("\ufeff\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=header_line.count)
    whole = text if "\n" in text else text.replace("\r", "\n")
    # Line by line: a StringIO takes four bytes for each character.
    reader = csv.reader((line[0] for line in _LINE.finditer(whole)), delimiter=delimiter)
    header: list[str] = []
    try:
        for cells in reader:
            if not header:
                header = [cell.strip() for cell in cells]
            elif any(cell.strip() for cell in cells):
                yield Row(reader.line_num, header, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise ArchiveError("not_a_table", f"line {reader.line_num}: {error}", where=where) from error
