"""Sample tables: rows of the view `segmentation` in Parquet or Arrow, one at a time; a few megabytes are held."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import UsageError

COLUMNS = ("image", "raw", "mask", "instances")
"""What is read of a row."""


class _Blocks(NamedTuple):
    """Where each block of rows of a file begins, and how many rows the file has."""

    first: tuple[int, ...]
    rows: int


def names_in(file: Path, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield these columns of each row; the others aren't read.

    Raises:
        UsageError: the file can't be read, or lacks one of them.
    """
    try:
        table = _names(file, columns)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise UsageError(
            f"is no table of masks: {error}.", where=str(file), mend="Fetch or publish it again."
        ) from error
    yield from zip(*(table[name].to_pylist() for name in columns), strict=True)


@lru_cache(maxsize=64)
def columns_in(file: Path) -> frozenset[str]:
    """Return what a table's columns are called."""
    if file.suffix == ".parquet":
        return frozenset(pq.read_schema(file).names)
    with pa.memory_map(str(file)) as mapped:
        return frozenset(pa.ipc.open_stream(mapped).schema.names)


def originals_in(file: Path) -> dict[str, str]:
    """Return the sha256 of the original, by id, of rows that hold one as `raw`, their `image` being a rendering."""
    wanted = ("id", "source_sha256", "raw_format")
    if not columns_in(file).issuperset(wanted):
        return {}
    return {key: digest for key, digest, form in names_in(file, wanted) if form is not None}


def tables_in(folder: Path) -> list[Path]:
    """Return the tables of a view: Parquet files, else what `datasets` saves, a folder a split."""
    return sorted(folder.glob("*.parquet")) or sorted(folder.glob("*/data-*.arrow"))


def _names(file: Path, columns: Sequence[str]) -> pa.Table:
    if file.suffix == ".parquet":
        return pq.read_table(file, columns=list(columns))
    with pa.memory_map(str(file)) as mapped:
        return pa.ipc.open_stream(mapped).read_all().select(list(columns))


def row_of(file: Path, row: int, columns: tuple[str, ...] = COLUMNS) -> dict[str, Any]:
    """Return some columns of the row with this number, counted from 0."""
    blocks = _blocks(file)
    block = max(at for at, first in enumerate(blocks.first) if first <= row)
    held: dict[str, Any] = _block(file, block, columns).slice(row - blocks.first[block], 1).to_pylist()[0]
    return held


@lru_cache(maxsize=64)
def _blocks(file: Path) -> _Blocks:
    if file.suffix == ".parquet":
        told = pq.read_metadata(file)
        counts = [told.row_group(at).num_rows for at in range(told.num_row_groups)]
    else:
        with pa.memory_map(str(file)) as mapped:
            counts = [batch.num_rows for batch in pa.ipc.open_stream(mapped)]
    first, total = [], 0
    for count in counts:
        first.append(total)
        total += count
    return _Blocks(tuple(first), total)


@lru_cache(maxsize=1)
def _block(file: Path, block: int, columns: tuple[str, ...]) -> pa.Table:
    """Return a row group of Parquet, or a batch of Arrow; the last one is kept, since rows come one after the other."""
    if file.suffix == ".parquet":
        with pq.ParquetFile(file) as parquet:
            return parquet.read_row_group(block, columns=list(columns), use_threads=False)
    with pa.memory_map(str(file)) as mapped:
        for at, batch in enumerate(pa.ipc.open_stream(mapped)):
            if at == block:
                return pa.Table.from_batches([batch]).select(list(columns))
    raise IndexError(block)
