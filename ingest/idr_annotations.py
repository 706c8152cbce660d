"""IDR annotations: the rows of a study's annotation files, found by the picture that they speak of.

A row names its picture by dataset and image name, by file name, or by plate and well; what a picture is called here
may have another extension, and a plate or dataset may be its folder or the beginning of its name.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ingest.connector import Files
from ingest.idr_table import Row, annotation_rows, text_of
from schemas.errors import ArchiveError

TABLE = re.compile(r"(?:.*/)?[\w.-]*annotation\.csv(?:\.gz)?", re.IGNORECASE)
_EXTENSIONS = re.compile(
    r"(?:\.(?:companion|ome|tiff?|png|jpe?g|gif|webp|bmp|jp2|zarr|dv|lsm|czi|nd2|ims|lif|flex|pattern|screen))+$"
)
_WELL = re.compile(r"(?P<row>[a-z]{1,2})0*(?P<column>[1-9]\d?)")
_PART = re.compile(r"(?:screen|experiment)[a-z0-9]*", re.IGNORECASE)


class Table(NamedTuple):
    """An annotation file; `part` is its screen or experiment as the study file calls it: experimentA."""

    name: str
    part: str | None
    row_count: int
    """How many rows it has."""


class Match(NamedTuple):
    """What is known of where a picture belongs."""

    part: str | None
    table: Table | None = None
    row: Row | None = None
    """None where no row names the picture, or several do and nothing tells them apart."""

    @property
    def group(self) -> str | None:
        """Return the plate or dataset."""
        return (self.row.get("plate", "dataset name") or None) if self.row else None


class Annotations:
    """What the annotation files of one study say of its pictures; of a file of any length only their rows are kept."""

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self._found: dict[tuple[str, ...], list[tuple[Table, Row]]] = {}

    def add(self, name: str, rows: Iterable[Row], wanted: Collection[tuple[str, ...]]) -> None:
        """Add a file; kept are the rows that one of the keys `wanted` means."""
        parts = _PART.findall(name.rpartition("/")[2]) or _PART.findall(name.rpartition("/")[0])
        kept, count = [], 0
        for row in rows:
            count += 1
            keys = set(_keys(row)).intersection(wanted)
            kept += [(key, row) for key in keys]
        table = Table(name, parts[0] if parts else None, count)
        self.tables.append(table)
        for key, row in kept:
            self._found.setdefault(key, []).append((table, row))

    def match(self, picture: str) -> Match:
        """Return the one row that speaks of the picture of that name, with the part of the study it lies in."""
        for key in keys_of(picture):
            found = self._found.get(key, [])
            if len(found) == 1:
                table, row = found[0]
                return Match(table.part, table, row)
            if found:
                break
        return Match(next((one for one in picture.split("/")[:-1] if _PART.fullmatch(one)), None))


def read_annotations(files: Files, pictures: Iterable[str]) -> Annotations:
    """Return what the annotation files among `files` say of `pictures`.

    Raises:
        ArchiveError: one of them can't be read.
    """
    wanted = {key for picture in pictures for key in keys_of(picture)}
    read = Annotations()
    for name in files.names():
        if TABLE.fullmatch(name):
            text = text_of(files.read(name), name)
            if not text.strip():
                raise ArchiveError("not_a_table", "the file is empty", where=name)
            read.add(name, annotation_rows(text, name), wanted)
    return read


def _keys(row: Row) -> Iterator[tuple[str, ...]]:
    """Yield what a picture that a row speaks of may be called."""
    files = [part.strip().rpartition("/")[2] for part in row.get("image file").split(";")]
    stems = {_stem(name.lower()) for name in (row.get("image name"), *files) if name}
    dataset, plate, well = row.get("dataset name").lower(), row.get("plate").lower(), _well(row.get("well").lower())
    for stem in stems:
        yield ("name", stem)
        if dataset:
            yield ("in", dataset, stem)
    if plate and well:
        yield ("well", plate, well)


def keys_of(picture: str) -> Iterator[tuple[str, ...]]:
    """Yield what a row may call a picture, the surest first."""
    *folders, base = picture.lower().split("/")
    stem = _stem(base)
    for folder in reversed(folders):
        yield ("in", folder, stem)
        yield ("well", folder, _well(re.split(r"[_-]", stem)[0]))
    steps = [found.start() for found in re.finditer(r"[_-]", stem)]
    for at in reversed(steps):
        yield ("well", stem[:at], _well(re.split(r"[_-]", stem[at + 1 :])[0]))
    yield ("name", stem)


def _stem(base: str) -> str:
    """Return a file's name without the extensions of pictures, in lower case.

    >>> _stem("cell0003.companion.ome"), _stem("a.b_thr.tif")
    ('cell0003', 'a.b_thr')
    """
    return _EXTENSIONS.sub("", base)


def _well(name: str) -> str:
    """Return a well without the zeros that some write: a01 is a1; "" for what is none."""
    found = _WELL.fullmatch(name)
    return f"{found['row']}{found['column']}" if found else ""
