"""Picture hits: which panels are pictures of a benchmark: hashes and corners propose them, a second look confirms."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.benchmark import Benchmark
from curation.confirm import View
from curation.duplicates import Proposal, Sketch
from curation.hamming import Hashes, Near, near_between
from curation.hashing import Frequencies, hash_words
from curation.orientations import ORIENTATIONS, Orientation, oriented_frequencies
from curation.second_look import is_worth_a_look, score_by_list, score_by_pixels, seen_in
from curation.shared_corners import Corners
from schemas.manifest_sections import Dedup

_VIEWS = 48
"""Of a benchmark's pictures that are held, at 5 MB each at most: what many panels are like is decoded once."""
_NEAREST = 24
"""Pictures near to a panel by hash that are looked at."""


class Traces(NamedTuple):
    """What finds a panel in a benchmark."""

    at: int
    """Its place: what `look` is asked for, and what a hit names."""
    sketch: Sketch | None = None
    """None where there is none; other checks still speak."""
    file_sha256: str = ""
    """Of its figure's file, as the source gave it."""
    pixels_sha256: str = ""
    """By `curation.hash_rows.pixels_digest`, where it is known."""
    ids: frozenset[str] = frozenset()
    """By `curation.source_ids.panel_ids`."""
    texts: tuple[str, ...] = ()


Look = Callable[[Sequence[int]], Iterable[tuple[int, View]]]
"""Yields panels as they are compared, with their places, one after the other; one that can't be read is missing."""
Scored = tuple[int, str, float]
"""A panel's place, a check and its score."""


class Words(NamedTuple):
    """Frequencies of panels whose hashes tell them from others, and the panels' places."""

    at: npt.NDArray[np.int64]
    light: Frequencies
    edges: Frequencies


def words_of(lot: Sequence[Traces]) -> Words:
    """Return the frequencies of those panels of a lot whose hashes tell them from others."""
    told = [(panel.at, panel.sketch) for panel in lot if panel.sketch is not None and not panel.sketch.says_little]
    at = np.array([at for at, _ in told], np.int64)
    return Words(at, _stacked([one.low for _, one in told]), _stacked([edges_in(one) for _, one in told]))


class Pair(NamedTuple):
    """A panel and a picture of a benchmark that may be the same."""

    panel: int
    """Its place."""
    at: int
    """Of the benchmark's sketch."""
    proposed: Proposal
    rank: tuple[int, int]
    """Near hashes first, then many votes."""


class Pictures:
    """The pictures of a benchmark, ready to be asked for panels."""

    def __init__(self, benchmark: Benchmark, settings: Dedup) -> None:
        self.benchmark, self._settings = benchmark, settings
        self._telling = np.array([at for at, one in enumerate(benchmark.sketches) if not one.says_little], np.int64)
        self._ways = ORIENTATIONS if settings.orientations else ORIENTATIONS[:1]
        sketches = [benchmark.sketches[at] for at in self._telling]
        self._light = _stacked([sketch.low for sketch in sketches])
        self._turned = _turned(self._light, self._ways)
        self._upright = tuple(way for way in self._ways if not way.inverted)
        self._turned_edges = _turned(_stacked([edges_in(sketch) for sketch in sketches]), self._upright)
        self._view = lru_cache(maxsize=_VIEWS)(lambda at: seen_in(benchmark, at))
        self._corners = Corners(benchmark.sketches if settings.crops else ())

    def proposed(self, words: Words, by_corners: Iterable[Pair]) -> dict[int, list[Pair]]:
        """Return the pairs that hashes and corners propose, by the panels' places."""
        of_panel: dict[int, list[Pair]] = defaultdict(list)
        for pair in (*self._by_hash(words), *by_corners):
            of_panel[pair.panel].append(pair)
        return of_panel

    def _by_hash(self, panels: Words) -> Iterator[Pair]:
        """Yield of each panel the pictures with the nearest hashes, in whichever orientation is nearest."""
        near_of: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        for panel, picture, rank in chain(self._near_light(panels), self._near_edges(panels)):
            nearest = near_of[panel]
            nearest[picture] = min(nearest.get(picture, rank), rank)
            if len(nearest) > 4 * _NEAREST:
                near_of[panel] = dict(_nearest(nearest))
        for panel, nearest in near_of.items():
            for picture, (distance, way) in _nearest(nearest):
                proposed = Proposal(self._ways[way], distance, by_hash=True)
                yield Pair(int(panels.at[panel]), int(self._telling[picture]), proposed, (distance, way))

    def _near_light(self, panels: Words) -> Iterator[tuple[int, int, tuple[int, int]]]:
        """Yield panels and telling pictures with near hashes: their places, and (bits apart, way)."""
        for near in self._near(self._turned, hash_words(panels.light)) if self._may_be_near(panels) else ():
            ways, pictures = np.divmod(near.one, max(1, len(self._telling)))
            columns = (near.other, pictures, near.distance, ways)
            for panel, picture, distance, way in zip(*(column.tolist() for column in columns), strict=True):
                yield panel, picture, (distance, way)

    def _near_edges(self, panels: Words) -> Iterator[tuple[int, int, tuple[int, int]]]:
        """Yield those whose edges have near hashes, with what their light says then: it may be a negative."""
        for near in self._near(self._turned_edges, hash_words(panels.edges)) if self._may_be_near(panels) else ():
            ways, pictures = np.divmod(near.one, max(1, len(self._telling)))
            for panel, picture, way in zip(near.other.tolist(), pictures.tolist(), ways.tolist(), strict=True):
                shown = [one for one in self._ways if one._replace(inverted=False) == self._upright[way]]
                light = np.stack([oriented_frequencies(self._light[picture], one) for one in shown])
                apart = np.bitwise_count(hash_words(light) ^ hash_words(panels.light[panel : panel + 1])).sum(axis=1)
                best = int(np.argmin(apart))
                yield panel, picture, (int(apart[best]), self._ways.index(shown[best]))

    def _may_be_near(self, panels: Words) -> bool:
        return len(panels.at) > 0 and len(self._telling) > 0

    def _near(self, held: Hashes, asked: Hashes) -> Iterator[Near]:
        return near_between(held, asked, self._settings.max_distance)

    def by_corners(self, lot: Sequence[Traces], pool: Executor) -> Iterator[Pair]:
        """Yield the pictures that share corners with panels of a lot."""
        panels = [(panel.at, panel.sketch) for panel in lot if panel.sketch is not None]
        sketches, pictures = [sketch for _, sketch in panels], self.benchmark.sketches
        voted = list(self._corners.partners(sketches, pool))
        worth = pool.map(lambda one: is_worth_a_look(sketches[one.panel], pictures[one.picture]), voted)
        for one, is_worth in zip(voted, worth, strict=True):
            if is_worth:
                proposed = Proposal(ORIENTATIONS[0], self._settings.bits, by_hash=False)
                yield Pair(panels[one.panel][0], one.picture, proposed, (self._settings.bits, -one.votes))

    def judged(self, panel: View, pairs: Iterable[Pair]) -> list[tuple[str, float]]:
        """Return the checks that the first confirmed picture fires, with their scores."""
        for pair in sorted(pairs, key=lambda pair: (pair.rank, pair.at)):
            if self.benchmark.held is None:
                score = score_by_list(panel, self.benchmark, pair.at, pair.proposed, self._settings.bits)
                if score is not None:
                    return [("hash", score)]
                continue
            picture = self._view(pair.at)
            share = None if picture is None else score_by_pixels(panel, picture, pair.proposed)
            if share is not None:
                near = [("hash", 1 - pair.proposed.distance / self._settings.bits)] if pair.proposed.by_hash else []
                return [("pixels", share), *near]
        return []


def edges_in(sketch: Sketch) -> Frequencies:
    """Return the frequencies of a sketch's edges; those of its light where it has none."""
    return sketch.low if sketch.edges is None else sketch.edges


def _stacked(low: Sequence[Frequencies]) -> Frequencies:
    return np.stack(low).astype(np.float32) if low else np.zeros((0, 8, 8), np.float32)


def _turned(low: Frequencies, ways: Sequence[Orientation]) -> Hashes:
    """Return the hashes of all pictures in one orientation, then in the next."""
    if not len(low):
        return np.zeros((0, 1), np.uint64)
    return np.concatenate([hash_words(oriented_frequencies(low, way)) for way in ways])


def _nearest(found: Mapping[int, tuple[int, int]]) -> list[tuple[int, tuple[int, int]]]:
    """Return the pictures of the lowest distances, each with its rank."""
    return sorted(found.items(), key=lambda one: (one[1], one[0]))[:_NEAREST]
