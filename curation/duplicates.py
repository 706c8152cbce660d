"""Duplicates: which pictures are copies, turned, cut out of or laid into each other, with the evidence.

Hashes, asked for in all orientations, and votes of local features propose pairs; the pixels confirm them. Only a
confirmed pair is an edge, and clusters are what edges join, so they don't depend on the order of the pictures.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from curation.band_tasks import Joining
from curation.confirm import Compared, Confirmed, View, compared
from curation.hamming import Near
from curation.hashing import Frequencies, hash_words
from curation.local_features import Features
from curation.orientations import ORIENTATIONS, Orientation, oriented_frequencies
from curation.votes import votes
from pipeline.union import join, root_of
from schemas.manifest_sections import Dedup

if TYPE_CHECKING:
    from curation.gathered_sketches import Sketches

_PARTNERS = 24
"""Of a picture, by votes."""
_ASKED_AT_ONCE = 16_000_000
"""Hashes, at about 40 bytes each."""
_HERE = Joining()
_NEGATIVE = -0.5
"""Cosine between the light of two pictures with the same edges, below which one is the other's negative."""


class Sketch(NamedTuple):
    """What is known of a picture before its pixels are looked at again."""

    low: Frequencies
    """Of its hash."""
    says_little: bool
    """Whether it is too flat for its hash to tell it from others."""
    features: Features | None
    """None where crops aren't asked for."""
    side_px: float
    """The longer side of what the features lie on."""
    edges: Frequencies | None = None
    """Of the hash of its edges; None where only its light is compared."""


class Edge(NamedTuple):
    """Two pictures that are the same, `one` < `other`, and how that is known."""

    one: int
    other: int
    distance: int
    """Bits in which their hashes differ, in the orientation in which they are the same."""
    found: Confirmed
    by_review: bool = False
    """True where a reviewer says so."""


class Doubtful(NamedTuple):
    """Two pictures of which the pixels nearly say something else than they do; `found` is None where they differ."""

    one: int
    other: int
    distance: int
    compared: Compared


class Proposal(NamedTuple):
    """In which orientation of the other two pictures may be the same, and their hashes' distance in it."""

    orientation: Orientation
    distance: int
    by_hash: bool


_Way = tuple[Orientation, int, int, int]
"""How the other is to be turned, two pictures by their places, and bits between their hashes then."""


def compared_pair(one: int, other: int, proposed: Proposal, look: Callable[[int], View]) -> Compared:
    """Return what the pixels say of two pictures; `look` returns a picture as it is compared."""
    return compared(look(one), look(other), proposed.orientation, as_wholes=proposed.by_hash)


def proposals(sketches: "Sketches", settings: Dedup, joining: Joining = _HERE) -> dict[tuple[int, int], Proposal]:
    """Return the pairs of rows whose pixels should be looked at, and in which orientation."""
    if len(sketches.light) < 2:
        return {}
    proposed: dict[tuple[int, int], Proposal] = {}
    for orientation, one, other, distance in chain(
        _by_light(sketches, settings, joining), _by_edges(sketches, settings, joining)
    ):
        known = proposed.get((one, other))
        if known is None or distance < known.distance:
            proposed[one, other] = Proposal(orientation, distance, by_hash=True)
    if settings.crops:
        words = hash_words(sketches.light)
        for one, other in _by_votes(sketches, joining.folder):
            apart = int(np.bitwise_count(words[one] ^ words[other]).sum())
            proposed.setdefault((one, other), Proposal(ORIENTATIONS[0], apart, by_hash=False))
    return proposed


def _by_light(sketches: "Sketches", settings: Dedup, joining: Joining) -> Iterator[_Way]:
    """Yield the pairs with near hashes."""
    telling = np.flatnonzero(~sketches.says_little)
    for way, one, other, distance in _near(sketches.light[telling], settings, ORIENTATIONS, joining):
        yield way, int(telling[one]), int(telling[other]), distance


def _by_edges(sketches: "Sketches", settings: Dedup, joining: Joining) -> Iterator[_Way]:
    """Yield the pairs whose edges have near hashes; their light says whether one is the other's negative."""
    if sketches.edges is None:
        return
    low, telling = sketches.light, np.flatnonzero(~sketches.says_little)
    upright = tuple(way for way in ORIENTATIONS if not way.inverted)
    for way, first, second, _ in _near(sketches.edges[telling], settings, upright, joining):
        one, other = int(telling[first]), int(telling[second])
        turned = oriented_frequencies(low[other], way)
        shown = way._replace(inverted=settings.orientations and _alike(low[one], turned) < _NEGATIVE)
        words = hash_words(np.stack([low[one], oriented_frequencies(low[other], shown)]))
        yield shown, one, other, int(np.bitwise_count(words[0] ^ words[1]).sum())


def _alike(one: Frequencies, other: Frequencies) -> float:
    """Return the cosine between the frequencies of two pictures, without their mean."""
    first, second = one.ravel()[1:].astype(np.float64), other.ravel()[1:].astype(np.float64)
    return float(first @ second) / max(1e-9, float(np.linalg.norm(first) * np.linalg.norm(second)))


def _near(low: Frequencies, settings: Dedup, ways: Sequence[Orientation], joining: Joining) -> Iterator[_Way]:
    """Yield the pairs with near hashes, the picture as it is first, and how the other is to be turned."""
    words = hash_words(low)
    for lot in joining.within(words, settings.max_distance):
        for one, other, distance in zip(lot.one.tolist(), lot.other.tolist(), lot.distance.tolist(), strict=True):
            yield ORIENTATIONS[0], one, other, distance
    turned = [way for way in ways if settings.orientations and not way.is_plain]
    at_once = max(1, _ASKED_AT_ONCE // max(1, len(words)))  # an index of all is made for each time
    for start in range(0, len(turned), at_once):
        some = turned[start : start + at_once]
        asked = np.concatenate([hash_words(oriented_frequencies(low, way)) for way in some])
        yield from _turned_back(joining.between(asked, words, settings.max_distance), len(words), some)


def _turned_back(lots: Iterable[Near], count: int, ways: Sequence[Orientation]) -> Iterator[_Way]:
    """Yield the pairs of which the first was turned: `count` hashes were, in each of the ways."""
    for lot in lots:
        for place, other, distance in zip(lot.one.tolist(), lot.other.tolist(), lot.distance.tolist(), strict=True):
            way, one = divmod(place, count)
            if one < other:  # what undoes a way is asked for too, so the other half says the same
                yield _undone(ways[way]), one, other, distance


def _undone(orientation: Orientation) -> Orientation:
    """Return what undoes an orientation: turned by 90 degrees, mirroring changes its axis."""
    if not orientation.swapped:
        return orientation
    return orientation._replace(mirrored=orientation.upside_down, upside_down=orientation.mirrored)


def _by_votes(sketches: "Sketches", folder: Path | None) -> Iterator[tuple[int, int]]:
    """Yield the pairs that features propose, of each picture those of which most is laid on each other."""
    told = votes(sketches.keys, sketches.sides_px, folder=folder)
    taken: dict[int, int] = defaultdict(int)
    for at in np.lexsort((told.other, told.one, -told.votes, -told.laid)):
        one, other = int(told.one[at]), int(told.other[at])
        if min(taken[one], taken[other]) < _PARTNERS:
            taken[one] += 1
            taken[other] += 1
            yield one, other


def clusters(count: int, found: Iterable[Edge]) -> list[list[int]]:
    """Return the pictures that edges join, each cluster and all of them in order; pictures alone are left out."""
    parent = list(range(count))
    for edge in found:
        join(parent, edge.one, edge.other)
    members: dict[int, list[int]] = defaultdict(list)
    for at in range(count):
        members[root_of(parent, at)].append(at)
    return [members[root] for root in sorted(members) if len(members[root]) > 1]
