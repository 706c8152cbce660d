"""Table files: the rows of one table of a benchmark, whatever its kind; each file is read by itself.

`datasets`, asked for a whole folder, reads one kind of file and takes names for splits; it is asked for one file. JSON,
CSV, TSV and ZIP are read here: rows needn't have one schema, and a line that can't be read costs only itself.
"""

import csv
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp", ".jp2"})
TEXTS = frozenset({".csv", ".tsv", ".json", ".jsonl"})
TABLES = TEXTS | {".parquet", ".arrow", ".tar", ".zip", ".h5", ".hdf5", ".lance"}
_BATCH_ROWS = 32
_MOST_CELL = 2**31 - 1
_MOST_BYTES = 2**30
"""Of a picture in a ZIP, unpacked."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class TextTable:
    """A file of JSON, JSON lines, CSV or TSV: read anew each time, since its rows may be more than memory holds."""

    path: Path

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Values | Exception]:
        """Yield the rows; an error in place of each that can't be read, and of all that follow where none can."""
        try:
            yield from self._rows()
        except (OSError, ValueError, RecursionError, csv.Error) as error:
            yield error

    def __getitem__(self, number: int) -> Values | Exception:
        return next(islice(self, number, None), IndexError("the file has changed"))

    def _rows(self) -> Iterator[Values | Exception]:
        suffix = self.path.suffix.lower()
        if suffix == ".json" and (whole := _whole_json(self.path)) is not None:
            yield from map(_as_row, whole)
        elif suffix in {".json", ".jsonl"}:
            with self.path.open("rb") as lines:
                yield from (_of_line(line) for line in lines if line.strip())
        else:
            with self.path.open(encoding="utf-8-sig", newline="") as lines, _long_cells():
                yield from csv.DictReader(lines, dialect="excel-tab" if suffix == ".tsv" else "excel", restkey="more")


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be long while the block lasts: the limit is one for all readers of a process."""
    before = csv.field_size_limit(_MOST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@dataclass(frozen=True)
class ZipTable:
    """The pictures of a ZIP, a row each, and an error in place of each table in it."""

    path: Path

    def __len__(self) -> int:
        return sum(1 for _ in self._rows(range(0)))

    def __iter__(self) -> Iterator[Values | Exception]:
        yield from self._rows(None)

    def __getitem__(self, number: int) -> Values | Exception:
        return next(islice(self._rows(range(number, number + 1)), number, None), IndexError("the file has changed"))

    def _rows(self, wanted: range | None) -> Iterator[Values | Exception]:
        """Yield the rows; of those that aren't wanted only that they are there."""
        try:
            with ZipFile(self.path) as archive:
                told = [one for one in archive.infolist() if Path(one.filename).suffix.lower() in PICTURES | TABLES]
                for at, one in enumerate(told):
                    yield _unzipped(archive, one) if wanted is None or at in wanted else {}
        except (OSError, BadZipFile, ValueError) as error:
            yield error


@dataclass(frozen=True)
class ArrowTable:
    """What `datasets` makes of any other file, mapped into memory."""

    rows: Any

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Values]:
        for batch in self.rows.with_format("arrow").iter(_BATCH_ROWS):
            yield from batch.to_pylist()

    def __getitem__(self, number: int) -> Values:
        row: Values = self.rows.with_format("arrow")[number].to_pylist()[0]
        return row


class Unread(tuple[Exception]):
    """A file that can't be opened: one error in place of its rows."""

    __slots__ = ()


Table = TextTable | ZipTable | ArrowTable | Unread


def opened(path: Path, cache: Path) -> Table:
    """Return the table in a file; what `datasets` makes of it is kept in `cache`."""
    if path.suffix.lower() in TEXTS:
        return TextTable(path)
    if path.suffix.lower() == ".zip":
        return ZipTable(path)
    import datasets

    datasets.disable_progress_bars()
    try:
        loaded = datasets.load_dataset(str(_alone(path, cache)), cache_dir=str(cache))
        return ArrowTable(datasets.concatenate_datasets([loaded[split] for split in sorted(loaded)]))
    except Exception as error:  # noqa: BLE001  each of its many readers raises errors of its own
        said = " ".join(f"{error.__cause__ or error}".split())
        return Unread([ValueError(said)])


def _unzipped(archive: ZipFile, one: ZipInfo) -> Values | Exception:
    if Path(one.filename).suffix.lower() in TABLES:
        return ValueError(f"{one.filename} is a table in a ZIP: unpack it")
    if one.file_size > _MOST_BYTES:
        return ValueError(f"{one.filename} is larger than {_MOST_BYTES} bytes")
    try:
        return {"image": {"bytes": archive.read(one), "path": one.filename}}
    except (OSError, BadZipFile, RuntimeError, ValueError, EOFError, zlib.error) as error:  # also: has a password
        return ValueError(f"{one.filename}: {error}")


def _alone(path: Path, cache: Path) -> Path:
    """Return a folder that holds nothing but a link to the file, by a name that means nothing to `datasets`.

    It goes by the link's own age: the link of a file that hasn't changed stays, and so does what was made of it.
    """
    at = path.stat()
    told = sha256(os.fsencode(path.absolute()) + f"\0{at.st_size} {at.st_mtime_ns}".encode())
    folder = cache / "alone" / told.hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / f"data{path.suffix.lower()}"
    if not link.is_symlink():
        link.symlink_to(path.absolute())
    return folder.absolute()


def _whole_json(path: Path) -> list[Any] | None:
    """Return the things of a file that is one list or one object; None where it holds lines.

    Raises:
        ValueError: it is neither.
    """
    content = path.read_bytes()
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        json.loads(content.lstrip().partition(b"\n")[0])
        return None
    return said if isinstance(said, list) else [said]


def _of_line(line: bytes) -> Values | Exception:
    try:
        return _as_row(json.loads(line))
    except (ValueError, RecursionError) as error:
        return error if isinstance(error, ValueError) else ValueError("is nested too deep")


def _as_row(said: Any) -> Values:  # noqa: ANN401
    return said if isinstance(said, dict) else {"value": said}
