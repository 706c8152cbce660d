"""Store: the parts of a stage on disk, each written whole or not at all, each knowing what it was made from.

A part is up to four Parquet files of one number: the rows in the stage's folder, and beside them what left
it in `dropped/`, `held/` and `failed/` (a file without rows isn't written). The rows' file comes last; its footer
carries a `Stamp`. So a part whose stamp is the expected one stands there whole.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.footer_sums import PLACE, is_footer_right, sum_footer
from pipeline.workspace import blaming, writing
from schemas.errors import WorkspaceError
from schemas.features import arrow_schema
from schemas.records import Dropped, Failed, Held, Outcome, Record

_KEY = b"bricks"
_ROW_GROUP_BYTES = 4 << 20
_ROW_GROUP_ROWS = 1024
SIDES: dict[str, type[Dropped]] = {"dropped": Dropped, "held": Held, "failed": Failed}
"""Where what left a part stands, beside its rows."""

Row = TypeVar("Row", bound=Record)


@dataclass(frozen=True)
class Counts:
    """The sum of a part or stage: found + created = kept + dropped + failed + held."""

    found: int = 0
    created: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.found + other.found,
            self.created + other.created,
            self.kept + other.kept,
            dict(sorted((Counter(self.dropped) + Counter(other.dropped)).items())),
            dict(sorted((Counter(self.failed) + Counter(other.failed)).items())),
            dict(sorted((Counter(self.held) + Counter(other.held)).items())),
        )


@dataclass(frozen=True)
class Stamp:
    """What a part was made from and what came of it."""

    stage: str
    base: str
    """Fingerprint of stage version, manifest slice and inputs."""
    decided: tuple[str, ...]
    """The decisions that were replayed on this part's ids."""
    counts: Counts
    extra: dict[str, Any]
    """What the stage notes for those that read the part."""

    @property
    def fingerprint(self) -> str:
        """Return what this part is, for the fingerprints of those made from it."""
        return fingerprint(self.base, self.decided)


def fingerprint(*parts: object) -> str:
    """Return a digest of JSON-able values; equal values give equal digests."""
    said = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def part_path(folder: Path, number: int) -> Path:
    """Return where part `number` of the stage in `folder` lies."""
    return folder / f"part-{number:05d}.parquet"


def part_numbers(folder: Path) -> list[int]:
    """Return the numbers of the parts that stand in `folder`."""
    return sorted(int(path.stem.removeprefix("part-")) for path in folder.glob("part-*.parquet"))


def read_stamp(folder: Path, number: int) -> Stamp | None:
    """Return the stamp of a part, or None where the part is absent or not readable as ours."""
    path = part_path(folder, number)
    try:
        there = path.stat()
    except OSError:
        return None
    return _stamp_in(path, (there.st_ino, there.st_size, there.st_mtime_ns))


@lru_cache(maxsize=1 << 16)  # all parts are looked at again and again: too few would be none
def _stamp_in(path: Path, file: tuple[int, int, int]) -> Stamp | None:
    """Return the stamp in a footer; a part that is written anew is another `file`, and is read anew."""
    try:
        said = pq.read_metadata(path).metadata[_KEY] if is_footer_right(path) else b""
    except (OSError, KeyError, TypeError, pa.ArrowException, ValueError):
        return None
    return _stamp(said)


def _stamp(said: bytes) -> Stamp | None:
    try:
        values = json.loads(said)
        counts = Counts(**values.pop("counts"))
        return Stamp(**{**values, "decided": tuple(values["decided"])}, counts=counts)
    except (KeyError, TypeError, ValueError):  # a damaged footer
        return None


class _Sheet:
    """One Parquet file in the making: rows are gathered to row groups, the file appears when it is closed."""

    def __init__(self, path: Path, model: type[Record]) -> None:
        self._path, self._schema = path, arrow_schema(model)
        self._bulky = "blob" in self._schema.names
        self._half = path.with_name(f".{path.name}.{os.getpid()}")
        self._gathered: list[dict[str, Any]] = []
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, row: Record) -> None:
        self._gathered.append(row.model_dump())
        self._bytes += sum(len(getattr(held, "blob", b"")) for held in (row, getattr(row, "mask", None)))
        if self._bytes >= _ROW_GROUP_BYTES or len(self._gathered) >= _ROW_GROUP_ROWS:
            self._flush()

    def _open(self) -> pq.ParquetWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Pictures are compressed already, and neither dictionaries nor statistics help to find one.
        # Sums of the pages: what a disk changes under a picture is told, not published.
        options: dict[str, Any] = {
            "write_page_checksum": True,
            "compression": "none" if self._bulky else "zstd",
            "use_dictionary": not self._bulky,
        }
        return pq.ParquetWriter(self._half, self._schema, write_statistics=not self._bulky, **options)

    def _flush(self) -> None:
        with writing(self._path):
            self._writer = self._writer or self._open()
            if self._gathered:
                self._writer.write_table(pa.Table.from_pylist(self._gathered, schema=self._schema))
        self._gathered, self._bytes = [], 0

    def finish(self, stamp: bytes) -> None:
        self._flush()
        assert self._writer is not None
        with writing(self._path):
            self._writer.add_key_value_metadata({_KEY: stamp, **PLACE})
            self._writer.close()
            sum_footer(self._half)
            if self._bulky:  # what came over the network must outlive a power cut; the rest is made again
                with self._half.open("rb") as handle:
                    os.fsync(handle.fileno())

    def appear(self) -> None:
        self._half.replace(self._path)

    def abandon(self) -> None:
        if self._writer is not None:
            with suppress(OSError):  # what it still holds is thrown away, also on a full disk
                self._writer.close()
        self._half.unlink(missing_ok=True)


@dataclass(frozen=True)
class Order:
    """What a part shall be made into."""

    folder: Path
    number: int
    model: type[Record]
    base: str


def write_part(
    order: Order,
    outcomes: Iterable[Outcome],
    *,
    found: int | None = None,
    note: Callable[[], tuple[Sequence[str], dict[str, Any]]] = lambda: ((), {}),
) -> Counts:
    """Write a part from what its stage yields, streaming, and return its sum.

    `found` is the number of rows the stage was given; None where it brings the first ones. `note` is asked at
    the end for the decisions that were replayed and for the stamp's `extra`.
    """
    name = part_path(order.folder, order.number).name
    rows = _Sheet(order.folder / name, order.model)
    sides = {side: _Sheet(order.folder / side / name, model) for side, model in SIDES.items()}
    tally: dict[str, Counter[str]] = {"kept": Counter(), **{side: Counter() for side in SIDES}}
    try:
        for outcome in outcomes:
            side, reason = side_of(outcome)
            tally[side][reason] += 1
            sides.get(side, rows).add(outcome)
        counts = _sum(tally, found)
        decided, extra = note()
        stamp = Stamp(order.folder.name, order.base, tuple(decided), counts, extra)
        _put(order, rows, {side: sides[side] for side in SIDES if tally[side]}, stamp)
    finally:
        for sheet in (rows, *sides.values()):
            sheet.abandon()
    return counts


def side_of(outcome: Outcome) -> tuple[str, str]:
    """Return where an outcome goes (kept, dropped, held or failed) and under which reason or queue."""
    if isinstance(outcome, Held):
        return "held", outcome.queue
    if isinstance(outcome, Failed):
        return "failed", outcome.reason
    return ("dropped", outcome.reason) if isinstance(outcome, Dropped) else ("kept", "")


def _sum(tally: dict[str, Counter[str]], found: int | None) -> Counts:
    total = sum(sum(counter.values()) for counter in tally.values())
    known = total if found is None else found
    if total < known:
        raise WorkspaceError(f"{known} rows went in and {total} came out", mend="This is a bug: please report it.")
    sides = {side: dict(sorted(tally[side].items())) for side in SIDES}
    return Counts(found=known, created=total - known, kept=tally["kept"][""], **sides)


def _put(order: Order, rows: _Sheet, sides: dict[str, _Sheet], stamp: Stamp) -> None:
    """Let the files of a part appear, the rows' file last: until then the stamps differ, and no part is whole."""
    said = json.dumps(asdict(stamp), sort_keys=True).encode()
    for sheet in (rows, *sides.values()):
        sheet.finish(said)
    name = part_path(order.folder, order.number).name
    for side in SIDES.keys() - sides.keys():
        (order.folder / side / name).unlink(missing_ok=True)
    for sheet in (*sides.values(), rows):
        sheet.appear()


def is_whole(folder: Path, number: int, stamp: Stamp) -> bool:
    """Return whether all files of a part stand there that its stamp speaks of."""
    name = part_path(folder, number).name
    wanted = {side for side in SIDES if getattr(stamp.counts, side)}
    there = {side for side in SIDES if (folder / side / name).is_file()}
    return wanted == there and all(read_stamp(folder / side, number) == stamp for side in wanted)


def remove_part(folder: Path, number: int) -> None:
    """Remove a part; its rows' file goes first, so that what is left never looks whole."""
    path = part_path(folder, number)
    path.unlink(missing_ok=True)
    for side in SIDES:
        (folder / side / path.name).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove the halves that killed processes left."""
    for half in [*folder.glob(".part-*"), *folder.glob("*/.part-*")]:
        half.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    mend = "Remove it and run `bricks run MANIFEST`: it is made again."
    with (
        blaming(path, OSError, pa.ArrowException, UnicodeDecodeError, mend=mend),
        pq.ParquetFile(path, memory_map=True, pre_buffer=False, page_checksum_verification=True) as parquet,
    ):
        yield parquet


def read_rows(
    path: Path,
    columns: Sequence[str] | None = None,
    batch: int = 64,
    *,
    where: tuple[str, object] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file as dicts, holding `batch` rows at a time; none if the file is absent.

    `where` gives a column and the one value that is wanted of it.

    Raises:
        WorkspaceError: it is damaged; so say all that read a part.
    """
    if not path.is_file():
        return
    with _opened(path) as parquet:
        groups = [at for at in range(parquet.num_row_groups) if _may_hold(parquet, at, where)]
        for rows in parquet.iter_batches(batch, groups, columns=columns, use_threads=False):
            wanted = rows if where is None else rows.filter(pc.equal(rows[where[0]], where[1]))
            yield from wanted.to_pylist()


def read_row_groups(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the row groups of a file, in its order, with these columns; all if none are named."""
    with _opened(path) as parquet:
        for group in range(parquet.num_row_groups):
            yield parquet.read_row_group(group, columns=columns and list(columns), use_threads=False)


def _may_hold(parquet: pq.ParquetFile, group: int, where: tuple[str, object] | None) -> bool:
    """Return False where a row group's statistics rule the wanted value out."""
    if where is None:
        return True
    statistics = parquet.metadata.row_group(group).column(parquet.schema_arrow.names.index(where[0])).statistics
    return statistics is None or not statistics.has_min_max or statistics.min <= where[1] <= statistics.max


def read_models(path: Path, model: type[Row], batch: int = 64) -> Iterator[Row]:
    """Yield the rows of a file as records."""
    return (model.model_validate(row) for row in read_rows(path, batch=batch))


def read_side(folder: Path, side: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (part number, row) of everything in `dropped`, `held` or `failed` of a stage."""
    for number in part_numbers(folder):
        for row in read_rows(part_path(folder / side, number)):
            yield number, row


def part_ids(folder: Path, number: int) -> set[str]:
    """Return the ids of everything that a part kept, dropped or held."""
    paths = [part_path(folder, number), *(part_path(folder / side, number) for side in ("dropped", "held"))]
    return {row["id"] for path in paths for row in read_rows(path, ["id"], batch=4096)}


def read_rows_at(path: Path, positions: Iterable[int], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows at `positions`, in ascending order, reading only the row groups that hold them."""
    wanted = sorted(set(positions))
    with _opened(path) as parquet:
        start = 0
        for group in range(parquet.num_row_groups):
            end = start + parquet.metadata.row_group(group).num_rows
            here = [at - start for at in wanted if start <= at < end]
            if here:
                rows = parquet.read_row_group(group, columns=list(columns), use_threads=False)
                yield from rows.take(here).to_pylist()
            start = end


def column_bytes(path: Path, column: str) -> int:
    """Return how many bytes the values of a top-level column take, as the footer says."""
    with _opened(path) as parquet:
        told = parquet.metadata
    at = told.schema.names.index(column)
    return sum(told.row_group(group).column(at).total_uncompressed_size for group in range(told.num_row_groups))
