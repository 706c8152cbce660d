"""Bins: which pairs of features say the same of two pictures, and how many of them do.

A pair of features says how one picture would have to be turned, scaled and shifted to lie on the other. What is said is
counted in bins, four times with other edges, so that what nearly agrees is together in one of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.local_features import STEP

_TURNS, _PARTS = 24, 8
"""Bins of direction in a full turn, and of place in the longer side of a picture."""
_PLACES = 1 << 9
_LEVELS = 32
_OF_A_PAIR = _TURNS * _LEVELS * _PLACES**2

_Numbers = npt.NDArray[np.int64]


class Keys(NamedTuple):
    """Features of many pictures, in any order."""

    bits: npt.NDArray[np.uint64]
    picture: npt.NDArray[np.int32]
    places: npt.NDArray[np.float32]
    """[feature, (x, y)] as parts of the longer side."""
    directions: npt.NDArray[np.float32]
    levels: npt.NDArray[np.int32]


class Bins(NamedTuple):
    """Pairs of pictures, each with the votes of its fullest bin, and the pairs of features in it."""

    one: _Numbers
    other: _Numbers
    votes: _Numbers
    members: _Numbers
    """Places of the pairs of features that were given."""
    of: _Numbers
    """For each member, the row of its pair of pictures."""


def fullest_bins(keys: Keys, sides: npt.NDArray[np.float32], one: _Numbers, other: _Numbers, least: int) -> Bins:
    """Return the pairs of pictures of which `least` pairs of features say the same, whichever way the bins lie."""
    asked, pairs, pair = _of_many(keys.picture[one].astype(np.int64) * len(sides) + keys.picture[other], least)
    votes, way_of, fullest = (np.zeros(len(pairs), np.int64) for _ in range(3))
    every = list(_said(keys, sides, (one[asked], other[asked]), pair))
    for way, said in enumerate(every):
        most, value = _most_of_each(said)
        better = most > votes
        votes[better], way_of[better], fullest[better] = most[better], way, value[better]
    is_member = np.zeros(len(pair), bool)
    for way, said in enumerate(every):
        is_member |= (way_of[pair] == way) & (said == fullest[pair])
    enough = votes >= least
    members = np.flatnonzero(is_member & enough[pair])
    told, row = pairs[enough], np.cumsum(enough) - 1
    return Bins(told // len(sides), told % len(sides), votes[enough], asked[members], row[pair[members]])


def _of_many(pairs: _Numbers, least: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Return the pairs of features of pairs of pictures that have `least` of them, these pairs, and whose each is."""
    found, pair, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    many = counts >= least
    asked = np.flatnonzero(many[pair])
    return asked, found[many], (np.cumsum(many) - 1)[pair[asked]]


def _said(
    keys: Keys, sides: npt.NDArray[np.float32], features: tuple[_Numbers, _Numbers], pair: _Numbers
) -> Iterator[_Numbers]:
    """Yield, for each way in which the bins lie, the bin of each pair of features; its pair leads the number."""
    one, other = features
    turn, level = keys.directions[one] - keys.directions[other], keys.levels[one] - keys.levels[other]
    scale = np.float32(STEP) ** level * sides[keys.picture[other]] / sides[keys.picture[one]]
    across, down = _centre(keys, one, other, np.deg2rad(turn), scale)
    for shift in (0.0, 0.5):
        turns = np.floor((turn % 360) / (360 / _TURNS) + shift).astype(np.int64) % _TURNS
        right, below = (np.floor(place * _PARTS + shift).astype(np.int64) % _PLACES for place in (across, down))
        for above in (0, 1):
            levels = (level + _LEVELS + above) // 2
            yield (((pair * _TURNS + turns) * _LEVELS + levels) * _PLACES + right) * _PLACES + below


def _most_of_each(said: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Return, for each pair of pictures, the count of its fullest bin, and the first such bin."""
    same, count = np.unique(said, return_counts=True)
    starts = np.flatnonzero(np.diff(same // _OF_A_PAIR, prepend=-1))
    if not len(starts):
        return count, same
    most = np.maximum.reduceat(count, starts)
    full = np.flatnonzero(count == np.repeat(most, np.diff(starts, append=len(same))))
    return most, same[full[np.searchsorted(full, starts)]]


def _centre(
    keys: Keys, one: _Numbers, other: _Numbers, turn: npt.NDArray[np.float32], scale: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return where in the one the centre of the other would lie, in parts of the one's longer side."""
    right, below = 0.5 - keys.places[other, 0], 0.5 - keys.places[other, 1]
    cosine, sine = np.cos(turn) * scale, np.sin(turn) * scale
    return (
        keys.places[one, 0] + cosine * right - sine * below,
        keys.places[one, 1] + sine * right + cosine * below,
    )
