"""Benchmark rows: what a set holds, row by row, whatever it is: a folder of pictures, or anything `datasets` loads.

Rows have names: the file's, or "split/number" (with the configuration first where there are several). Pictures come as
the bytes that lie there, so one that can't be decoded costs only itself.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from errno import EACCES
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import UsageError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp", ".jp2"})
_TABLES = frozenset({".parquet", ".arrow", ".csv", ".tsv", ".json", ".jsonl", ".tar", ".zip", ".h5", ".hdf5", ".lance"})
_SAVED = ("dataset_dict.json", "state.json")
"""What `save_to_disk` writes beside the shards."""
_BATCH_ROWS = 32
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


@dataclass(frozen=True)
class BenchmarkSet:
    """A folder that holds a set; what `datasets` makes of it is kept in `cache`."""

    folder: Path
    cache: Path

    def __len__(self) -> int:
        return len(self._loose) + sum(len(table) for _, table in self._tables)

    def rows(self) -> Iterator[Row]:
        """Yield all rows, in order.

        Raises:
            UsageError: nothing can be made of the folder.
        """
        yield from map(self._of_file, self._loose)
        for name, table in self._tables:
            at = 0
            for batch in table.with_format("arrow").iter(_BATCH_ROWS):
                for values in batch.to_pylist():
                    yield self._row(f"{name}/{at}", values)
                    at += 1

    def picture(self, name: str) -> bytes | OSError:
        """Return the bytes of a picture by the name that `rows` gave it, or why they can't be read."""
        for table, rows in self._tables:
            number = name.removeprefix(f"{table}/").partition("/")[0]
            if name.startswith(f"{table}/") and number.isdecimal() and int(number) < len(rows):
                values = rows.with_format("arrow")[int(number)].to_pylist()[0]
                return dict(self._row(f"{table}/{number}", values).pictures)[name]
        return _read(self.folder / name)

    @cached_property
    def _loose(self) -> list[Path]:
        """The pictures that no table has."""
        if any(table.info.builder_name == "imagefolder" for _, table in self._tables):
            return []
        return [path for path in self._files if path.suffix.lower() in SUFFIXES]

    @cached_property
    def _files(self) -> list[Path]:
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in found if not any(part.startswith(".") for part in path.relative_to(self.folder).parts)]

    @property
    def _tables(self) -> list[tuple[str, Any]]:
        """The splits, where the folder is more than pictures."""
        return self._opened[0]

    @property
    def not_loaded(self) -> str | None:
        """Why of a folder of pictures nothing but these can be read; None where all can."""
        return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[list[tuple[str, Any]], str | None]:
        if not any(path.suffix.lower() in _TABLES or path.name in _SAVED for path in self._files):
            return [], None
        try:
            return list(_loaded(self.folder, self.cache)), None
        except UsageError as error:
            if any(path.suffix.lower() in SUFFIXES for path in self._files):
                return [], error.what
            raise

    def _of_file(self, path: Path) -> Row:
        name = path.relative_to(self.folder).as_posix()
        return Row(name, ((name, _read(path)),), {"file": name})

    def _row(self, name: str, values: Mapping[str, Any]) -> Row:
        pictures: list[tuple[str, bytes | OSError]] = []
        said = {key: self._without_pictures(value, f"{name}/{key}", pictures) for key, value in _told(values)}
        return Row(name, tuple(pictures), said)

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


def _loaded(folder: Path, cache: Path) -> Iterator[tuple[str, Any]]:
    """Yield the splits of all configurations of a folder, each with its name."""
    import datasets

    datasets.disable_progress_bars()
    try:
        if any((folder / name).is_file() for name in _SAVED):
            yield from _splits(datasets.load_from_disk(str(folder)), "")
            return
        configs = datasets.get_dataset_config_names(str(folder))
        for config in sorted(configs):
            loaded = datasets.load_dataset(str(folder), config, cache_dir=str(cache))
            yield from _splits(loaded, f"{config}/" if len(configs) > 1 else "")
    except Exception as error:  # each of its many readers raises errors of its own
        said = " ".join(f"{error} {error.__cause__ or ''}".split())[:300]
        mend = "Give a folder of pictures, or one that `datasets.load_dataset` reads."
        raise UsageError(f"can't be loaded: {said}", where=str(folder), mend=mend) from error


def _splits(loaded: Any, config: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(loaded, Mapping):
        yield from ((f"{config}{split}", loaded[split]) for split in sorted(loaded))
    else:
        yield f"{config}{loaded.split or 'all'}", loaded


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
