"""Feature tables: features of many pictures in the order of some of their bytes, and which of them are alike.

Two features that differ in few of their 64 bits share some of the eight bytes. The more features there are, the more
bytes are asked to be the same: what is compared by chance would grow with their square. A table takes thirteen bytes a
feature at most; the large ones lie in files that only the system caches.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.hamming import spans
from curation.vote_bins import Keys
from pipeline.pace import in_pace

_FEW, _MANY = 1_000_000, 4_000_000
"""Features up to which two of their eight bytes must be the same to be compared, and three; of more it is four."""
_TWO_BYTES = ((0, 1), (2, 3), (4, 5), (6, 7))
_THREE_BYTES = tuple((byte, (byte + 1) % 8, (byte + 3) % 8) for byte in range(8))
"""Any two bytes stand together in at most one: a few wrong bits spoil few of them."""
_FOUR_BYTES = (
    (0, 1, 2, 3), (0, 1, 4, 5), (0, 1, 6, 7), (2, 3, 4, 5), (2, 3, 6, 7), (4, 5, 6, 7), (0, 2, 4, 6),
    (0, 2, 5, 7), (0, 3, 4, 7), (0, 3, 5, 6), (1, 2, 4, 7), (1, 2, 5, 6), (1, 3, 4, 6), (1, 3, 5, 7),
)  # fmt: skip
"""Any three bytes stand together in exactly one (the Steiner system S(3, 4, 8))."""
MAX_DISTANCE = 10
"""Of 64 bits: two in three features of a picture and of its copy at half the size are nearer."""
EVERYWHERE = 200
"""Features that share these bytes, beyond which they say nothing."""
_IN_MEMORY = 8_000_000
"""Features of which a table isn't put into files, and that are sorted at a time."""
_PLACE_BITS = 32
_PLACE = np.uint64((1 << _PLACE_BITS) - 1)
_PAIRS = 1_000_000
"""Pairs of features compared at a time."""

_Numbers = npt.NDArray[np.int64]


class Table(NamedTuple):
    """Features that share some of their bytes with others, bucket by bucket."""

    place: npt.NDArray[np.uint32]
    """Of each feature in the others, from 1; 0 where it shares these bytes with none, or with too many."""
    order: npt.NDArray[np.uint32]
    """Which feature it is."""
    start: npt.NDArray[np.uint32]
    """Where its bucket starts."""
    size: npt.NDArray[np.uint8]
    """Of its bucket."""


def tables(bits: npt.NDArray[np.uint64], folder: Path | None = None) -> list[Table]:
    """Return the tables in which features that are alike are found together; files of large ones lie in `folder`."""
    bytes_of = _TWO_BYTES if len(bits) <= _FEW else _THREE_BYTES if len(bits) <= _MANY else _FOUR_BYTES
    return list(in_pace((_table(bits, places, folder) for places in bytes_of), len(bytes_of), "tables of features"))


def _table(bits: npt.NDArray[np.uint64], places: tuple[int, ...], folder: Path | None) -> Table:
    place, held, count = np.zeros(len(bits), np.uint32), [], 0
    for low, high in _ranges(bits, places):
        order, start, size = _buckets(*_within(bits, places, low, high))
        place[order] = np.arange(count + 1, count + 1 + len(order), dtype=np.uint32)
        held.append((order, start + np.uint32(count), size))
        count += len(order)
    columns = [place, *map(np.concatenate, zip(*held, strict=True))]
    return Table(*(_mapped(column, folder) if len(bits) > _IN_MEMORY else column for column in columns))


def _mapped(column: npt.NDArray[Any], folder: Path | None) -> npt.NDArray[Any]:
    """Return a column out of a file without a name, mapped into memory; the mapping outlives the handle."""
    if not len(column):
        return column
    with TemporaryFile(dir=folder) as file:
        column.tofile(file)
        file.flush()
        return np.memmap(file, column.dtype, "r", shape=column.shape)


def _buckets(
    values: npt.NDArray[np.uint64], numbers: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return the features of buckets that say something, where the bucket of each starts, and its size."""
    values |= numbers
    values.sort()
    starts = np.flatnonzero(np.diff(values >> np.uint64(_PLACE_BITS), prepend=~np.uint64(0)))
    sizes = np.diff(starts, append=len(values))
    telling = (sizes > 1) & (sizes <= EVERYWHERE)
    order = (values[np.repeat(telling, sizes)] & _PLACE).astype(np.uint32)
    kept = sizes[telling]
    start = np.repeat((np.cumsum(kept) - kept).astype(np.uint32), kept)
    return order, start, np.repeat(kept.astype(np.uint8), kept)


def _values(bits: npt.NDArray[np.uint64], places: tuple[int, ...]) -> npt.NDArray[np.uint64]:
    """Return the bytes at `places` as one number."""
    values = np.zeros(len(bits), np.uint64)
    for place in places:
        values = values << np.uint64(8) | bits >> np.uint64(8 * place) & np.uint64(255)
    return values


def _first_byte(bits: npt.NDArray[np.uint64], places: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    return _values(bits, places[:1]).astype(np.uint8)


def _ranges(bits: npt.NDArray[np.uint64], places: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield ranges of the first byte of which each has about as many features as are sorted at a time."""
    low, held = 0, 0
    for byte, count in enumerate(np.bincount(_first_byte(bits, places), minlength=256).tolist()):
        if held and held + count > _IN_MEMORY:
            yield low, byte
            low, held = byte, 0
        held += count
    yield low, 256


def _within(
    bits: npt.NDArray[np.uint64], places: tuple[int, ...], low: int, high: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the values, and the numbers, of the features whose first byte is at least `low` and below `high`."""
    first = _first_byte(bits, places)
    numbers = np.flatnonzero((first >= low) & (first <= high - 1))
    return _values(bits[numbers], places) << np.uint64(_PLACE_BITS), numbers.astype(np.uint64)


def alike(keys: Keys, held: Sequence[Table], lot: slice) -> tuple[_Numbers, _Numbers]:
    """Return the pairs of features that are alike, each once, whose lower picture is one of a lot's."""
    found = [np.zeros(0, np.int64), *(pairs for table in held for pairs in _in_buckets(keys, table, lot))]
    told = np.concatenate(found)
    # Sorted as one number each: numpy's own `unique`, of rows or of numbers, takes fifty times as long.
    told.sort()
    told = told[np.diff(told, prepend=-1) > 0]
    return np.divmod(told, np.int64(max(1, len(keys.bits))))


def _in_buckets(keys: Keys, table: Table, lot: slice) -> Iterator[_Numbers]:
    """Yield alike pairs as one number each: the lower picture's times how many there are, and the other's."""
    asked = np.flatnonzero(table.place[lot])
    at = table.place[lot][asked] - np.uint32(1)
    starts, sizes = table.start[at].astype(np.int64), table.size[at].astype(np.int64)
    cuts = np.searchsorted(np.cumsum(sizes), np.arange(_PAIRS, sizes.sum(), _PAIRS))
    for these in np.split(np.arange(len(sizes)), cuts):
        low = np.repeat(asked[these] + lot.start, sizes[these])
        high = table.order[spans(starts[these], sizes[these])].astype(np.int64)
        apart = keys.picture[low] < keys.picture[high]
        low, high = low[apart], high[apart]
        near = np.bitwise_count(keys.bits[low] ^ keys.bits[high]) <= MAX_DISTANCE
        yield low[near] * len(keys.bits) + high[near]
