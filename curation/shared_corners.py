"""Shared corners: which of a benchmark's pictures may hold parts of a panel, or lie in it, by features that lie alike.

The same votes as between the pictures of a folder (`curation.votes`), but of panels against benchmark only; its
features are put in order once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.duplicates import Sketch
from curation.feature_tables import EVERYWHERE, MAX_DISTANCE
from curation.hamming import spans
from curation.vote_bins import Keys
from curation.votes import LEAST_VOTES, Least, counted, keys_of

_QUARTERS, _QUARTER_BITS = 4, 16
_PARTNERS = 24
"""Of a panel, by votes."""
_LOT = 2_000
"""Pictures of a benchmark that are put in order together: of more, every bit of a feature would be everywhere."""
_ASKED, _COMPARED = 256, 250_000
"""Panels asked at a time, and pairs of features compared at a time."""
_Numbers = npt.NDArray[np.int64]


class Voted(NamedTuple):
    """A panel and a picture, by their places, and how many pairs of features say the same of them."""

    panel: int
    picture: int
    votes: int


class _Quarter(NamedTuple):
    """Features in the order of a quarter of their bits, and where each value's begin."""

    order: npt.NDArray[np.int32]
    bits: npt.NDArray[np.uint64]
    """In this order."""
    starts: _Numbers


@dataclass(frozen=True)
class _Lot:
    keys: Keys
    sides: npt.NDArray[np.float32]
    quarters: tuple[_Quarter, ...]

    def votes(self, asked: Keys, sides: npt.NDArray[np.float32]) -> Iterator[Voted]:
        """Yield the pairs that enough pairs of features speak for."""
        pairs = [np.zeros(0, np.int64)]
        for quarter, ordered in enumerate(self.quarters):
            pairs.extend(self._alike(asked, _quarter_of(asked.bits, quarter), ordered))
        both = np.unique(np.concatenate(pairs))
        one, other = both // len(self.keys.bits), both % len(self.keys.bits)
        shifted = self.keys._replace(picture=self.keys.picture + np.int32(len(sides)))
        keys = _joined(asked, shifted)
        told = counted(keys, np.concatenate([sides, self.sides]), one, other + len(asked.bits), Least(LEAST_VOTES))
        for panel, picture, votes in zip(told.one, told.other, told.votes, strict=True):
            yield Voted(int(panel), int(picture) - len(sides), int(votes))

    def _alike(self, asked: Keys, values: npt.NDArray[np.uint16], held: _Quarter) -> Iterator[_Numbers]:
        sizes = np.diff(held.starts)[values]
        sizes[sizes > EVERYWHERE] = 0
        order = np.argsort(values, kind="stable")  # what is looked at together lies together
        ends = np.cumsum(sizes[order])
        for these in np.split(order, np.searchsorted(ends, np.arange(_COMPARED, ends[-1], _COMPARED))):
            first = np.repeat(these, sizes[these])
            places = spans(held.starts[values[these]], sizes[these])
            alike = np.flatnonzero(np.bitwise_count(asked.bits[first] ^ held.bits[places]) <= MAX_DISTANCE)
            yield first[alike] * len(self.keys.bits) + held.order[places[alike]]


def _quarter_of(bits: npt.NDArray[np.uint64], quarter: int) -> npt.NDArray[np.uint16]:
    return (bits >> np.uint64(quarter * _QUARTER_BITS)).astype(np.uint16)


def _joined(one: Keys, other: Keys) -> Keys:
    return Keys(
        np.concatenate([one.bits, other.bits]),
        np.concatenate([one.picture, other.picture]),
        np.concatenate([one.places, other.places]),
        np.concatenate([one.directions, other.directions]),
        np.concatenate([one.levels, other.levels]),
    )


def _in_order(bits: npt.NDArray[np.uint64], quarter: int) -> _Quarter:
    values = _quarter_of(bits, quarter)
    order = np.argsort(values, kind="stable").astype(np.int32)
    starts = np.zeros((1 << 16) + 1, np.int64)
    np.cumsum(np.bincount(values, minlength=1 << 16), out=starts[1:])
    return _Quarter(order, bits[order], starts)


def _keys(sketches: Sequence[Sketch]) -> tuple[Keys, npt.NDArray[np.float32], list[int]]:
    """Return the features of sketches that have some, their sides, and which sketches these are."""
    having = [at for at, sketch in enumerate(sketches) if sketch.features is not None and len(sketch.features.bits)]
    found = [(sketches[at].features, sketches[at].side_px) for at in having]
    told = [(features, side) for features, side in found if features is not None]
    return keys_of(told), np.array([side for _, side in told], np.float32), having


class Corners:
    """The features of a benchmark's sketches, ready to be asked."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._lots: list[tuple[_Lot, list[int]]] = []
        for start in range(0, len(sketches), _LOT):
            these = sketches[start : start + _LOT]
            if any(sketch.features is not None and len(sketch.features.bits) for sketch in these):
                keys, sides, having = _keys(these)
                quarters = tuple(_in_order(keys.bits, quarter) for quarter in range(_QUARTERS))
                self._lots.append((_Lot(keys, sides, quarters), [start + at for at in having]))

    def partners(self, panels: Sequence[Sketch], pool: Executor) -> Iterator[Voted]:
        """Yield the pictures that may share parts with panels, of each panel those with the most votes."""
        starts = range(0, len(panels), _ASKED) if self._lots else ()
        found = pool.map(lambda start: self._voted(panels[start : start + _ASKED]), starts)
        for start, told in zip(starts, found, strict=True):
            yield from (one._replace(panel=start + one.panel) for one in told)

    def _voted(self, panels: Sequence[Sketch]) -> list[Voted]:
        if not any(panel.features is not None and len(panel.features.bits) for panel in panels):
            return []
        keys, sides, having = _keys(panels)
        found = [
            Voted(having[voted.panel], place[voted.picture], voted.votes)
            for lot, place in self._lots
            for voted in lot.votes(keys, sides)
        ]
        taken, kept = Counter[int](), []
        for voted in sorted(found, key=lambda voted: (voted.panel, -voted.votes, voted.picture)):
            taken[voted.panel] += 1
            if taken[voted.panel] <= _PARTNERS:
                kept.append(voted)
        return kept
