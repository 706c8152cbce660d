"""Votes: which pictures may hold parts of each other, by features that lie alike in both.

A feature is kept as 64 of its 256 bits, with its place, direction and level. Two that share some of the bytes and
differ in few bits say how one picture would have to be turned, scaled and shifted to lie on the other; pictures about
which several pairs of features say the same are proposed. Features that are everywhere (letters, ticks, the rims of
round cells) say nothing and are passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.hamming import spans
from curation.laid_features import LEAST_LAID, laid
from curation.local_features import Features
from curation.vote_bins import Keys, fullest_bins
from pipeline.processes import cores

MOST = 800
"""Features of a picture that have a vote."""
LEAST_VOTES = 5
_FEW = 1_000_000
"""Features up to which two of their eight bytes must be the same to be compared; of more it is three."""
_TWO_BYTES = ((0, 1), (2, 3), (4, 5), (6, 7))
_THREE_BYTES = tuple((byte, (byte + 1) % 8, (byte + 3) % 8) for byte in range(8))
"""Any two bytes stand together in at most one: a few wrong bits spoil few of them."""
MAX_DISTANCE = 10
"""Of 64 bits: two in three features of a picture and of its copy at half the size are nearer."""
EVERYWHERE = 200
"""Features that share these bytes, beyond which they say nothing."""
_PLACE_BITS = 40
"""Of a feature's number, beside at most 24 of its value."""
_ASKED = 40_000
"""Features whose likes are looked for at a time."""
_AT_ONCE = 4
"""Threads: each takes some ten bytes for every feature while it sorts them."""
_PAIRS = 1_000_000
"""Pairs of features compared at a time."""
_COUNTED = 2_000_000
"""Pairs of features counted at a time, and those of the last picture."""

_Numbers = npt.NDArray[np.int64]


class Votes(NamedTuple):
    """Pairs of pictures, `one` < `other`, and how many pairs of features say the same of them."""

    one: _Numbers
    other: _Numbers
    votes: _Numbers
    laid: _Numbers
    """Of these, how many a single turning, scaling and shifting lays on each other; 0 where it wasn't asked."""


class Least(NamedTuple):
    """What a pair of pictures needs."""

    votes: int
    laid: int = 0
    """0: it isn't asked."""


def keys_of(found: Sequence[tuple[Features, float]]) -> Keys:
    """Return the features of pictures, each given with its longer side in px."""
    chosen = [features.best(MOST) for features, _ in found]
    counts = [len(features.bits) for features in chosen]
    return Keys(
        np.concatenate([np.ascontiguousarray(each.bits[:, :8]).view(np.uint64).ravel() for each in chosen]),
        np.repeat(np.arange(len(found), dtype=np.int32), counts),
        np.concatenate([each.places / side for each, (_, side) in zip(chosen, found, strict=True)]),
        np.concatenate([each.directions for each in chosen]),
        # levels are counted from the whole picture, so that a side of 1 means the same everywhere
        np.concatenate([each.levels for each in chosen]),
    )


def votes(keys: Keys, sides: npt.NDArray[np.float32], least: int = LEAST_VOTES) -> Votes:
    """Return the pairs of pictures that at least so many pairs of features speak for, and that some of these lay alike.

    The features of a picture lie together. Pairs of features are held of some pictures at a time: of chance alone there
    are more of them than memory holds, a few for every two pictures.
    """
    with ThreadPoolExecutor(min(_AT_ONCE, cores())) as pool:  # numpy lets go of the interpreter meanwhile
        bytes_of = _TWO_BYTES if len(keys.bits) <= _FEW else _THREE_BYTES
        tables = list(pool.map(lambda places: _table(keys.bits, places), bytes_of))
        lots = _by_picture(keys.picture, _ASKED)
        wanted = Least(least, LEAST_LAID)
        found = pool.map(lambda lot: counted(keys, sides, *_alike(keys, tables, lot), wanted), lots)
        told = _together(found)
    order = np.lexsort((told.other, told.one))
    return Votes(*(column[order] for column in told))


def _together(found: Iterable[Votes]) -> Votes:
    none = Votes(*(np.zeros(0, np.int64) for _ in Votes._fields))
    return Votes(*(np.concatenate(column) for column in zip(none, *found, strict=True)))


class _Table(NamedTuple):
    """Features in the order of some of their bytes, the values that occur, and where those of each begin."""

    places: tuple[int, ...]
    order: npt.NDArray[np.uint32]
    values: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.uint32]


def _values(bits: npt.NDArray[np.uint64], places: tuple[int, ...]) -> npt.NDArray[np.uint32]:
    """Return the bytes at `places` as one number."""
    values = np.zeros(len(bits), np.uint32)
    for place in places:
        values = values << np.uint32(8) | (bits >> np.uint64(8 * place) & np.uint64(255)).astype(np.uint32)
    return values


def _table(bits: npt.NDArray[np.uint64], places: tuple[int, ...]) -> _Table:
    placed = _values(bits, places).astype(np.uint64) << np.uint64(_PLACE_BITS)
    placed |= np.arange(len(bits), dtype=np.uint64)
    placed.sort()
    order = (placed & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.uint32)
    values = (placed >> np.uint64(_PLACE_BITS)).astype(np.uint32)
    starts = np.flatnonzero(np.diff(values, prepend=~values[:1]))
    return _Table(places, order, values[starts], np.append(starts, len(values)).astype(np.uint32))


def _alike(keys: Keys, tables: Sequence[_Table], lot: slice) -> tuple[_Numbers, _Numbers]:
    """Return the pairs of features that are alike, each once, whose lower picture is one of a lot's."""
    found = [np.zeros(0, np.int64), *(pairs for table in tables for pairs in _in_buckets(keys, table, lot))]
    told = np.concatenate(found)
    # Sorted as one number each: numpy's own `unique`, of rows or of numbers, takes fifty times as long.
    told.sort()
    told = told[np.diff(told, prepend=-1) > 0]
    return np.divmod(told, np.int64(max(1, len(keys.bits))))


def _in_buckets(keys: Keys, table: _Table, lot: slice) -> Iterator[_Numbers]:
    """Yield alike pairs as one number each: the lower picture's times how many there are, and the other's."""
    values = _values(keys.bits[lot], table.places)
    asked = np.argsort(values, kind="stable")  # what is looked at together lies together
    held = np.searchsorted(table.values, values[asked])
    starts = table.starts[held].astype(np.int64)
    sizes = table.starts[held + 1] - starts
    sizes[sizes > EVERYWHERE] = 0
    cuts = np.searchsorted(np.cumsum(sizes), np.arange(_PAIRS, sizes.sum(), _PAIRS))
    for these in np.split(np.arange(len(sizes)), cuts):
        low = np.repeat(asked[these] + lot.start, sizes[these])
        high = table.order[spans(starts[these], sizes[these])].astype(np.int64)
        alike = keys.picture[low] < keys.picture[high]
        low, high = low[alike], high[alike]
        alike = np.bitwise_count(keys.bits[low] ^ keys.bits[high]) <= MAX_DISTANCE
        yield low[alike] * len(keys.bits) + high[alike]


def counted(keys: Keys, sides: npt.NDArray[np.float32], one: _Numbers, other: _Numbers, least: Least) -> Votes:
    """Return the pairs of pictures of which enough pairs of features say the same, and enough of these are laid alike.

    The pairs of features that have one first picture come together.
    """
    lots = _by_picture(keys.picture[one], _COUNTED)
    told = _together(_counted_of(keys, sides, one[lot], other[lot], least) for lot in lots)
    order = np.lexsort((told.other, told.one))
    return Votes(*(column[order] for column in told))


def _counted_of(keys: Keys, sides: npt.NDArray[np.float32], one: _Numbers, other: _Numbers, least: Least) -> Votes:
    bins = fullest_bins(keys, sides, one, other, least.votes)
    found = laid(keys, sides, one, other, bins) if least.laid else np.zeros(len(bins.votes), np.int64)
    kept = found >= least.laid
    return Votes(bins.one[kept], bins.other[kept], bins.votes[kept], found[kept])


def _by_picture(pictures: npt.NDArray[np.int32], at_once: int) -> Iterator[slice]:
    """Yield lots of about so many features or pairs, none of which parts a picture."""
    ends, start = np.append(np.flatnonzero(np.diff(pictures)) + 1, len(pictures)), 0
    while start < len(pictures):
        end = int(ends[min(int(np.searchsorted(ends, start + at_once)), len(ends) - 1)])
        yield slice(start, end)
        start = end
