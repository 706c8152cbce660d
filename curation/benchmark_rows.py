"""Benchmark rows: what a set holds, row by row: each picture below its folder, and each row of each table, once.

Rows have names: the picture's file, or "table's file/number". Pictures come as the bytes that lie there, so one that
can't be decoded costs only itself; so does a table. A row of `metadata.*` has the name of its picture.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from errno import EACCES, EINVAL, ENOENT
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from curation.table_files import PICTURES, TABLES, Table, Values, opened

_SAVED = frozenset({"dataset_dict.json", "dataset_info.json", "dataset_infos.json", "state.json"})
"""What `datasets` says of the tables that it wrote."""
_MOST_JSON, _DEEPEST = 4_000_000, 40
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"BM", b"RIFF", b"\x00\x00\x00\x0cjP")
"""What the bytes of pictures begin with, in a column that doesn't say that it holds pictures."""


class Row(NamedTuple):
    """A row of a set."""

    name: str
    pictures: tuple[tuple[str, bytes | OSError], ...]
    """Each with its name, and its bytes or why they can't be read."""
    values: Mapping[str, Any]
    """All else that the row says."""
    error: str | None = None
    """Why nothing of it can be read."""


@dataclass(frozen=True)
class BenchmarkSet:
    """A folder that holds a set; what `datasets` makes of it is kept in `cache`."""

    folder: Path
    cache: Path

    def __len__(self) -> int:
        return len(self._loose) + sum(map(len, self._tables.values()))

    def rows(self) -> Iterator[Row]:
        """Yield all rows, in order."""
        for path, name in self._loose.items():
            yield Row(name, ((name, _read(path)),), {"file": name})
        for name, table in self._tables.items():
            yield from (self._row(name, at, values) for at, values in enumerate(table))

    def picture(self, name: str) -> bytes | OSError:
        """Return the bytes of a picture by the name that `rows` gave it, or why they can't be read."""
        for table, rows in self._tables.items():
            number = name.removeprefix(f"{table}/").partition("/")[0]
            if name.startswith(f"{table}/") and number.isdecimal() and int(number) < len(rows):
                found = dict(self._row(table, int(number), rows[int(number)]).pictures)
                return found.get(name, FileNotFoundError(ENOENT, "is gone since it was hashed"))
        return _read(self._files.get(name, self.folder / name))

    @cached_property
    def _loose(self) -> dict[Path, str]:
        return {path: name for name, path in self._files.items() if path.suffix.lower() in PICTURES}

    @cached_property
    def _files(self) -> dict[str, Path]:
        """All files by their names, which needn't be UTF-8 on disk; what begins with a dot is no part of a set."""
        found = {path.relative_to(self.folder): path for path in sorted(self.folder.rglob("*")) if path.is_file()}
        return {
            printable(part.as_posix()): Path(os.path.normpath(path))
            for part, path in found.items()
            if not any(one.startswith(".") for one in part.parts)
        }

    @cached_property
    def _tables(self) -> dict[str, Table]:
        paths = self._files.items()
        return {
            name: opened(path, self.cache)
            for name, path in paths
            if path.suffix.lower() in TABLES and path.name not in _SAVED
        }

    def _row(self, table: str, number: int, values: Values | Exception) -> Row:
        name, pictures = f"{table}/{number}", list[tuple[str, bytes | OSError]]()
        if isinstance(values, Exception):
            return Row(name, (), {}, " ".join(str(values).split()) or type(values).__name__)
        joined = [(key, self._beside(table, file)) for key, file in _file_names(table, values)]
        pictures += ((f"{name}/{key}", self._read_within(path)) for key, path in joined if path not in self._loose)
        said = {key: self._without_pictures(value, f"{name}/{key}", pictures) for key, value in _told(values)}
        picture = next((self._loose[path] for _, path in joined if path in self._loose), None)
        return Row(picture or name, tuple(pictures), said)

    def _beside(self, table: str, file: str) -> Path:
        return Path(os.path.normpath(self._files[table].parent / file))

    def _read_within(self, path: Path) -> bytes | OSError:
        """Return the bytes of a file that a row names; a set has no business elsewhere on this machine."""
        place = Path(os.path.normpath(path.absolute()))  # a link leads into the Hub's store of files
        if not any(place.is_relative_to(home.absolute()) for home in (self.folder, self.cache)):
            return PermissionError(EACCES, "lies outside of the set")
        return _read(place)

    def _without_pictures(self, value: Any, name: str, pictures: list[tuple[str, bytes | OSError]]) -> Any:  # noqa: ANN401
        """Return what a value says beside pictures, which are put into `pictures`; JSON in a text is unpacked."""
        if isinstance(value, bytes):
            if value.startswith(_MAGIC):
                pictures.append((name, value))
            return None
        if isinstance(value, Mapping):
            if set(value) == {"bytes", "path"}:
                return self._picture_of(value, name, pictures)
            return {key: self._without_pictures(inner, f"{name}/{key}", pictures) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._without_pictures(inner, f"{name}/{at}", pictures) for at, inner in enumerate(value)]
        return _unpacked(value) if isinstance(value, str) else value

    def _picture_of(
        self, value: Mapping[str, Any], name: str, pictures: list[tuple[str, bytes | OSError]]
    ) -> str | None:
        path = value["path"]
        if isinstance(value["bytes"], bytes):
            pictures.append((name, value["bytes"]))
        elif path:
            pictures.append((name, self._read_within(self.folder / path)))
        return Path(path).name if path else None


def _told(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what the set says, without what `datasets` says of where it lay."""
    return ((key, value) for key, value in values.items() if not key.startswith("__"))


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error
    except ValueError as error:  # no name that a file can have
        return OSError(EINVAL, str(error))


def _unpacked(text: str) -> Any:  # noqa: ANN401
    if text[:1] in {"{", "["} and len(text) <= _MOST_JSON:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return said if _is_shallow(said, _DEEPEST) else text
    return text


def _is_shallow(said: Any, levels: int) -> bool:  # noqa: ANN401
    inner = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inner)


def _file_names(table: str, values: Values) -> Iterator[tuple[str, str]]:
    """Yield the files that a row of `metadata.*` names, each with the place where it does."""
    for key, value in values.items() if Path(table).stem == "metadata" else ():
        if key.endswith(("file_name", "file_names")):
            files = value if isinstance(value, list) else [value]
            yield from ((f"{key}/{at}", file) for at, file in enumerate(files) if isinstance(file, str) and file)


def printable(text: str) -> str:
    """Return a text as UTF-8 can hold it: a file's name may be any bytes, and JSON halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def texts_in(value: object) -> Iterator[str]:
    """Yield all texts within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)
