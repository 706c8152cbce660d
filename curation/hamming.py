"""Hamming: all pairs of hashes within a distance, exactly, without comparing all with all.

Of two hashes that differ in at most `d` bits, cut into `d // (e + 1) + 1` bands, one band differs in at most `e` (the
pigeonhole principle). So only hashes are compared that share a band, or share it once `e` of its bits are flipped; how
many bands there are, and how many bits of each are looked at, is chosen by the work that is to be expected.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from math import comb
from os import cpu_count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
"""[hash] of 64 bits, or [hash, word] of more."""
_Ids = npt.NDArray[np.int32]
_Places = npt.NDArray[np.int64]

_WORD = 64
_MOST_WIDTH = 16
_MOST_HASHES, _MOST_KEYS = 2_000_000, 40_000_000
"""Of an index: a key takes 12 bytes, and 16 more while it is made."""
_ROWS, _COLUMNS = 128, 2048
"""Compared at a time: what that needs stays in a processor's second cache."""
_GATHERED = 1 << 17
_FEW = 1 << 13
"""Comparisons in a bucket below which gathering those of many is faster than a round for each."""
_ROUND, _GATHER, _SORTED = 25_000, 3.5, 14
"""Comparisons in a round that cost as much as the round itself, as one that is gathered, and as sorting a key."""


class Near(NamedTuple):
    """Pairs of hashes by their places; within one set each pair once, `one` < `other`."""

    one: _Ids
    other: _Ids
    distance: npt.NDArray[np.uint8]


class Plan(NamedTuple):
    """How hashes are cut."""

    bands: int
    flips: int
    """Bits of a band that may differ."""
    width: int
    """Bits of a band that are looked at."""


class Share(NamedTuple):
    """A part of a join that can be done apart from the others: one band of some hashes."""

    start: int
    stop: int
    """Which of the hashes are held."""
    asked: int | None
    """So many of the first ones are looked for among them; None: those that are held."""
    distance: int
    plan: Plan
    band: int


def near_pairs(hashes: Hashes, max_distance: int, plan: Plan | None = None) -> Iterator[Near]:
    """Yield all pairs of `hashes` that differ in at most `max_distance` bits, each once, in no order."""
    words = words_of(hashes)
    for share in shares_within(words, max_distance, plan):
        yield from near_in(share, words, words)


def near_between(queries: Hashes, hashes: Hashes, max_distance: int, plan: Plan | None = None) -> Iterator[Near]:
    """Yield all pairs of one of `queries` and one of `hashes` that differ in at most `max_distance` bits, each once."""
    asked, words = words_of(queries), words_of(hashes)
    for share in shares_between(asked, words, max_distance, plan):
        yield from near_in(share, words, asked)


def shares_within(words: Hashes, max_distance: int, plan: Plan | None = None) -> Iterator[Share]:
    """Yield the shares of `near_pairs`."""
    for start, stop in _lots(len(words)):
        for asked in (None, start):
            yield from _shares(words, (start, stop), asked, max_distance, plan)


def shares_between(asked: Hashes, words: Hashes, max_distance: int, plan: Plan | None = None) -> Iterator[Share]:
    """Yield the shares of `near_between`."""
    for lot in _lots(len(words)):
        yield from _shares(words, lot, len(asked), max_distance, plan)


def _shares(
    words: Hashes, lot: tuple[int, int], asked: int | None, distance: int, plan: Plan | None
) -> Iterator[Share]:
    held = lot[1] - lot[0]
    count = held if asked is None else asked
    if not (count and held) or distance < 0:
        return
    plan = plan or planned(count, held, words.shape[1] * _WORD, distance)
    yield from (Share(*lot, asked, distance, plan, band) for band in range(plan.bands))


def near_in(share: Share, words: Hashes, asked: Hashes) -> Iterator[Near]:
    """Yield the pairs of one share that those before it don't have."""
    held = words[share.start : share.stop]
    queries = held if share.asked is None else asked[: share.asked]
    band = _Band(held, queries, share.distance, share.plan, share.band, is_one_set=share.asked is None)
    before, own = np.int32(share.start), np.int32(share.start if share.asked is None else 0)
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        for near in band.pairs(pool):
            yield Near(near.one + own, near.other + before, near.distance)


def _lots(count: int) -> Iterator[tuple[int, int]]:
    """Yield the hashes in lots whose index is not too large."""
    for start in range(0, count, _MOST_HASHES):
        yield start, min(start + _MOST_HASHES, count)


def words_of(hashes: Hashes) -> Hashes:
    """Return hashes as [hash, word]."""
    return np.ascontiguousarray(hashes.reshape(len(hashes), -1) if len(hashes) else hashes.reshape(0, 1), np.uint64)


def planned(asked: int, held: int, bits: int, distance: int) -> Plan:
    """Return the plan with the least work to be expected of hashes that are evenly spread."""
    plans = [
        Plan(bands, flips, width)
        for flips in range(3)
        for bands in [min(distance, bits - 1) // (flips + 1) + 1]
        for width in range(1, min(bits // bands, _MOST_WIDTH) + 1)
        if held * _variants(width, flips) <= _MOST_KEYS
    ]
    return min(plans, key=lambda plan: _work(plan, asked, held))


def _variants(width: int, flips: int) -> int:
    return sum(comb(width, count) for count in range(flips + 1))


def _work(plan: Plan, asked: int, held: int) -> float:
    keys = held * _variants(plan.width, plan.flips)
    rounds = min(2**plan.width, asked, keys) * _ROUND
    compared = asked * keys / 2**plan.width
    return float(plan.bands * (min(rounds + compared, _GATHER * compared) + _SORTED * (asked + keys)))


class _Buckets(NamedTuple):
    """Hashes in the order of a band's value, and where each value's begin."""

    ids: _Ids
    hashes: Hashes
    starts: _Places


class _Index(NamedTuple):
    """For each value of a band the hashes that have it, or have it once bits are flipped."""

    ids: _Ids
    hashes: Hashes
    starts: _Places


@dataclass(frozen=True)
class _Band:
    """One band of all hashes: finds the pairs that no band before it has found."""

    held: Hashes
    asked: Hashes
    distance: int
    plan: Plan
    band: int
    is_one_set: bool

    def pairs(self, pool: ThreadPoolExecutor) -> Iterator[Near]:
        held, asked = self._buckets(self.held), self._buckets(self.asked)
        index = _index(held, self.plan, is_one_set=self.is_one_set)
        compared = np.diff(index.starts) * np.diff(asked.starts)
        large = np.array_split(np.flatnonzero(compared >= _FEW), 8 * (cpu_count() or 1))
        small = _halved(np.flatnonzero((compared > 0) & (compared < _FEW)), compared)
        tasks = [(self._in_rounds, values) for values in large] + [(self._gathered, values) for values in small]
        for found in pool.map(lambda task: list(task[0](task[1], index, asked)), tasks):
            yield from found

    def _buckets(self, hashes: Hashes) -> _Buckets:
        values = self._values(hashes, self.band)
        order = np.argsort(values, kind="stable").astype(np.int32)  # a radix sort, for 16 bits
        starts = np.zeros((1 << self.plan.width) + 1, np.int64)
        np.cumsum(np.bincount(values, minlength=1 << self.plan.width), out=starts[1:])
        return _Buckets(order, hashes[order], starts)

    def _values(self, hashes: Hashes, band: int) -> npt.NDArray[np.uint16]:
        """Return the bits of each hash in a band that are looked at."""
        word, shift = divmod(band * (hashes.shape[1] * _WORD) // self.plan.bands, _WORD)
        values = hashes[:, word] >> np.uint64(shift)
        if shift + self.plan.width > _WORD:
            values = values | (hashes[:, word + 1] << np.uint64(_WORD - shift))
        return (values & np.uint64((1 << self.plan.width) - 1)).astype(np.uint16)

    def _in_rounds(self, values: _Places, index: _Index, asked: _Buckets) -> Iterator[Near]:
        """Compare all with all of each bucket."""
        for value in values:
            within = slice(index.starts[value], index.starts[value + 1])
            others, ids = index.hashes[within], index.ids[within]
            for top in range(asked.starts[value], asked.starts[value + 1], _ROWS):
                rows = asked.hashes[top : min(top + _ROWS, asked.starts[value + 1])]
                for left in range(0, len(others), _COLUMNS):
                    apart = _apart(rows[:, None], others[None, left : left + _COLUMNS])
                    row, column = np.nonzero(apart <= self.distance)
                    if len(row):
                        yield self._new(asked.ids[top + row], ids[left + column])

    def _gathered(self, values: _Places, index: _Index, asked: _Buckets) -> Iterator[Near]:
        """Compare the members of many buckets, pair by pair."""
        sizes = np.diff(asked.starts)[values]
        places = spans(asked.starts[values], sizes)
        others = np.repeat(np.diff(index.starts)[values], sizes)
        other = spans(np.repeat(index.starts[values], sizes), others)
        apart = _apart(np.repeat(asked.hashes[places], others, axis=0), index.hashes[other])
        near = np.flatnonzero(apart <= self.distance)
        one = places[np.searchsorted(np.cumsum(others), near, side="right")]
        yield self._new(asked.ids[one], index.ids[other[near]])

    def _new(self, one: _Ids, other: _Ids) -> Near:
        """Return the pairs that no band before this has found, each once."""
        is_new = self._is_told_once(one, other)
        for band in range(self.band):
            differ = self._values(self.asked[one], band) ^ self._values(self.held[other], band)
            is_new &= np.bitwise_count(differ) > self.plan.flips
        one, other = one[is_new], other[is_new]
        if self.is_one_set:
            one, other = np.minimum(one, other), np.maximum(one, other)
        return Near(one, other, _apart(self.asked[one], self.held[other]).astype(np.uint8))

    def _is_told_once(self, one: _Ids, other: _Ids) -> npt.NDArray[np.bool_]:
        """Return which pairs aren't met again the other way round: within one set those of one bucket are."""
        if not self.is_one_set:
            return np.ones(len(one), bool)
        first, second = self._values(self.asked[one], self.band), self._values(self.held[other], self.band)
        return np.asarray((first != second) | (one < other))


def _index(held: _Buckets, plan: Plan, *, is_one_set: bool) -> _Index:
    """Return the index; within one set it leads from a value to higher ones only, so that pairs are met once."""
    flipped = [bits for count in range(plan.flips + 1) for bits in combinations(range(plan.width), count)]
    masks = np.array([sum(1 << bit for bit in bits) for bits in flipped])
    values = np.arange(1 << plan.width)[:, None]
    near = (values ^ masks).ravel()
    sizes = np.diff(held.starts)[near]
    if is_one_set:
        sizes[near < np.repeat(values.ravel(), len(masks))] = 0
    starts = np.zeros((1 << plan.width) + 1, np.int64)
    np.cumsum(sizes.reshape(-1, len(masks)).sum(axis=1), out=starts[1:])
    places = spans(held.starts[near], sizes)
    return _Index(held.ids[places], held.hashes[places], starts)


def _halved(values: _Places, compared: _Places) -> list[_Places]:
    """Return the values in lots of about `_GATHERED` comparisons."""
    ends = np.cumsum(compared[values])
    cuts = np.searchsorted(ends, np.arange(_GATHERED, ends[-1] if len(ends) else 0, _GATHERED))
    return [lot for lot in np.split(values, cuts) if len(lot)]


def spans(first: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the numbers of all spans, one span after the other."""
    ends = np.cumsum(sizes)
    numbers = np.repeat(first - (ends - sizes), sizes)
    numbers += np.arange(len(numbers))
    return numbers


def _apart(one: Hashes, other: Hashes) -> npt.NDArray[np.integer]:
    """Return in how many bits hashes differ; the last axis holds their words."""
    counts = np.bitwise_count(one ^ other)
    apart: npt.NDArray[np.integer] = counts[..., 0] if counts.shape[-1] == 1 else counts.sum(axis=-1, dtype=np.uint16)
    return apart
