"""Mask COCO index: a COCO file as a small database, so that one image's objects are found without the others'.

The file is read as a stream: memory doesn't grow with it. The index lies in the cache, named by the file's path, size
and time, and is absent or whole.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ingest.json_stream import entries_in
from ingest.mask_pairs import MaskError

MAX_FILE_BYTES = 8 << 30
_MAX_SIDE_PX = 1 << 17
_COLUMNS = """
CREATE TABLE images (id TEXT NOT NULL, name TEXT NOT NULL, base TEXT NOT NULL, width_px INTEGER, height_px INTEGER);
CREATE TABLE faults (name TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE objects (image TEXT NOT NULL, said TEXT NOT NULL);
CREATE TABLE classes (id TEXT PRIMARY KEY, name TEXT NOT NULL);
"""
_DOUBLED = "SELECT id FROM images GROUP BY id HAVING count(*) > 1"
_TELL_DOUBLED = f"""
INSERT INTO faults SELECT name, 'mask_ambiguous', 'several images have the id ' || id
|| ', so which one an object lies on is unclear' FROM images WHERE id IN ({_DOUBLED}) ORDER BY rowid;
DELETE FROM images WHERE id IN ({_DOUBLED});
"""  # noqa: S608  (made of this file's own words)
_READ_OF_OBJECT = ("id", "category_id", "iscrowd", "segmentation")


class Listed(NamedTuple):
    """An image as a COCO file lists it."""

    id: str
    name: str
    """With its folders, where the file gives them."""
    width_px: int
    height_px: int


class Fault(NamedTuple):
    """An image that a COCO file lists in a way that can't be used."""

    name: str
    """Empty where the file gives none."""
    reason: str
    detail: str


class CocoIndex:
    """What a COCO file says, image by image."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def images(self) -> list[Listed]:
        """Return every image, in the file's order."""
        return [Listed(*row) for row in self._rows("SELECT id, name, width_px, height_px FROM images ORDER BY rowid")]

    def faults(self) -> list[Fault]:
        """Return the images that can't be used, in the file's order."""
        return [Fault(*row) for row in self._rows("SELECT name, reason, detail FROM faults ORDER BY rowid")]

    def called(self, base: str) -> list[Listed]:
        """Return the images whose name without folders is `base`."""
        columns = "id, name, width_px, height_px"
        return [Listed(*row) for row in self._rows(f"SELECT {columns} FROM images WHERE base = ?", base)]  # noqa: S608

    def objects(self, image: str) -> list[dict[str, Any]]:
        """Return the objects of an image, in the file's order."""
        return [json.loads(said) for (said,) in self._rows("SELECT said FROM objects WHERE image = ?", image)]

    def classes(self) -> dict[str, str]:
        """Return the name of each class by its id."""
        return dict(self._rows("SELECT id, name FROM classes"))

    def _rows(self, query: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return connection.execute(query, values).fetchall()


def index_of(path: Path, cache: Path) -> CocoIndex:
    """Return the index of the COCO file at `path`, made where the cache has none.

    Raises:
        MaskError: the file is no COCO file, or too large.
    """
    about = path.stat()
    if about.st_size > MAX_FILE_BYTES:
        raise MaskError("coco_too_large", f"{about.st_size} bytes, more than {MAX_FILE_BYTES}")
    mark = hashlib.sha256(f"{path.resolve()}\0{about.st_size}\0{about.st_mtime_ns}\0{_COLUMNS}".encode()).hexdigest()[
        :32
    ]
    place = (cache / f"coco-{mark}.sqlite").absolute()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(f".{place.name}.{os.getpid()}")
        half.unlink(missing_ok=True)
        try:
            _fill(path, half)
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
    return CocoIndex(place)


def _fill(path: Path, place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_COLUMNS}")
        try:
            for key, entry in entries_in(path, _ROWS):
                _put(connection, key, entry)
        except ValueError as error:
            raise MaskError("coco_unreadable", f"is no whole JSON: {error}") from error
        connection.executescript(f"CREATE INDEX images_by_id ON images (id); {_TELL_DOUBLED}")
        if not connection.execute("SELECT 1 FROM images UNION ALL SELECT 1 FROM faults LIMIT 1").fetchone():
            raise MaskError("coco_unreadable", "lists no image under `images`")
        connection.execute("CREATE INDEX images_by_base ON images (base)")
        connection.execute("CREATE INDEX objects_by_image ON objects (image)")


def _put(connection: sqlite3.Connection, key: str, entry: object) -> None:
    said = _fault_in(entry) if key == "images" else None
    if said is not None:
        row = (_name_of(entry), "coco_unreadable", said)
        connection.execute("INSERT INTO faults VALUES (?, ?, ?)", [_utf8(value) for value in row])
    elif isinstance(entry, dict):
        query, row_of = _ROWS[key]
        connection.execute(query, [_utf8(value) for value in row_of(entry)])


def _utf8(value: str | int) -> str | int:
    """Return a text without the halves of characters that JSON can spell and no file can hold."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _fault_in(entry: object) -> str | None:
    """Return what is wrong with an image's entry; None where it can be used."""
    if not isinstance(entry, dict):
        return f"an entry under `images` is no mapping: {str(entry)[:60]}"
    number = entry.get("id")
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        return f"an image has no id: {str(entry)[:120]}"
    if not isinstance(entry.get("file_name"), str):
        return f"the image with the id {str(number)[:60]} has no file_name"
    for side in ("width", "height"):
        if not _is_side(entry.get(side)):
            said = f"{str(entry.get(side))[:60]!r}" if side in entry else "missing"
            return f"the {side} of the image with the id {str(number)[:60]} is {said}, not 1 to {_MAX_SIDE_PX} pixels"
    return None


def _name_of(entry: object) -> str:
    name = entry.get("file_name") if isinstance(entry, dict) else None
    return name.replace("\\", "/").removeprefix("./") if isinstance(name, str) else ""


def _image(one: dict[str, Any]) -> tuple[str, str, str, int, int]:
    name = _name_of(one)
    return str(one["id"]), name, name.rpartition("/")[2], int(one["width"]), int(one["height"])


def _is_side(side: object) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 0 < side <= _MAX_SIDE_PX


def _class(one: dict[str, Any]) -> tuple[str, str]:
    return str(one.get("id")), str(one.get("name") or "")


def _object(one: dict[str, Any]) -> tuple[str, str]:
    return str(one.get("image_id")), json.dumps({key: one[key] for key in _READ_OF_OBJECT if key in one})


_ROWS: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]]]] = {
    "images": ("INSERT INTO images VALUES (?, ?, ?, ?, ?)", _image),
    "categories": ("INSERT OR REPLACE INTO classes VALUES (?, ?)", _class),
    "annotations": ("INSERT INTO objects VALUES (?, ?)", _object),
}
"""Where the entries under a key of the file go; some sets have a mapping where others have a list."""
