"""Votes: which pictures may hold parts of each other, by features that lie alike in both.

A feature is kept as 64 of its 256 bits, with its place, direction and level. Two that share some of the bytes and
differ in few bits say how one picture would have to be turned, scaled and shifted to lie on the other; pictures about
which several pairs of features say the same are proposed. Features that are everywhere (letters, ticks, the rims of
round cells) say nothing and are passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.feature_tables import alike, tables
from curation.laid_features import LEAST_LAID, laid
from curation.local_features import Features
from curation.vote_bins import Keys, fullest_bins
from pipeline.pace import in_pace
from pipeline.processes import cores

MOST = 800
"""Features of a picture that have a vote."""
LEAST_VOTES = 5
_ASKED = 40_000
"""Features whose likes are looked for at a time."""
_AT_ONCE = 4
"""Threads."""
_COUNTED = 2_000_000
"""Pairs of features counted at a time, and those of the last picture."""

_Numbers = npt.NDArray[np.int64]


class Votes(NamedTuple):
    """Pairs of pictures, `one` < `other`, and how many pairs of features say the same of them."""

    one: _Numbers
    other: _Numbers
    votes: _Numbers
    laid: _Numbers
    """How many features a single turning, scaling and shifting lays on each other; 0 where it wasn't asked."""


class Least(NamedTuple):
    """What a pair of pictures needs."""

    votes: int
    laid: int = 0
    """0: it isn't asked."""


PROPOSED = Least(LEAST_VOTES, LEAST_LAID)
"""What is worth a look at the pixels."""


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


def votes(keys: Keys, sides: npt.NDArray[np.float32], least: Least = PROPOSED, folder: Path | None = None) -> Votes:
    """Return the pairs of pictures that enough pairs of features speak for, and that enough of these lay alike.

    The features of a picture lie together. Pairs of features are held of some pictures at a time: of chance alone there
    are more of them than memory holds, a few for every two pictures. Large tables of features lie in `folder`.
    """
    held = tables(keys.bits, folder)
    with ThreadPoolExecutor(min(_AT_ONCE, cores())) as pool:  # numpy lets go of the interpreter meanwhile
        lots = list(_by_picture(keys.picture, _ASKED))
        found = pool.map(lambda lot: counted(keys, sides, *alike(keys, held, lot), least), lots)
        told = _together(in_pace(found, len(lots), "looking for parts of pictures in others, lots of features"))
    order = np.lexsort((told.other, told.one))
    return Votes(*(column[order] for column in told))


def _together(found: Iterable[Votes]) -> Votes:
    none = Votes(*(np.zeros(0, np.int64) for _ in Votes._fields))
    return Votes(*(np.concatenate(column) for column in zip(none, *found, strict=True)))


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
