"""Votes: which pictures may hold parts of each other, by features that lie alike in both.

A feature is kept as 64 of its 256 bits, with its place, direction and level. Two that share some of the bytes and
differ in few bits say how one picture would have to be turned, scaled and shifted to lie on the other; pictures about
which several pairs of features say the same are proposed. Features that are everywhere (letters, ticks, the rims of
round cells) say nothing and are passed over.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.hamming import spans
from curation.local_features import STEP, Features

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
_SORTED = 1 << 22
"""Features sorted at a time."""
_TURNS, _PARTS = 24, 8
"""Bins of direction in a full turn, and of place in the longer side of a picture."""
_PLACES = 1 << 9
_PAIRS = 4_000_000
"""Pairs of features compared at a time."""

_Numbers = npt.NDArray[np.int64]


class Keys(NamedTuple):
    """Features of many pictures, in any order."""

    bits: npt.NDArray[np.uint64]
    picture: npt.NDArray[np.int32]
    places: npt.NDArray[np.float32]
    """[feature, (x, y)] as parts of the longer side."""
    directions: npt.NDArray[np.float32]
    levels: npt.NDArray[np.int32]


class Votes(NamedTuple):
    """Pairs of pictures, `one` < `other`, and how many pairs of features say the same of them."""

    one: _Numbers
    other: _Numbers
    votes: _Numbers


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
    """Return the pairs of pictures that at least so many pairs of features speak for."""
    one, other = _alike(keys)
    return counted(keys, sides, one, other, least)


def _alike(keys: Keys) -> tuple[_Numbers, _Numbers]:
    """Return the pairs of features of two pictures that are alike, each once."""
    found = [np.zeros((0, 2), np.int64)]
    code = np.ascontiguousarray(keys.bits).view(np.uint8).reshape(-1, 8)
    for places in _TWO_BYTES if len(code) <= _FEW else _THREE_BYTES:
        for some in _lots(code[:, places[0]]):
            values = np.zeros(len(some), np.uint64)
            for place in places:
                values = values << np.uint64(8) | code[some, place]
            found.extend(_in_buckets(keys, values << np.uint64(_PLACE_BITS) | some.astype(np.uint64)))
    both = np.unique(np.concatenate(found), axis=0)
    return both[:, 0], both[:, 1]


def _lots(first: npt.NDArray[np.uint8]) -> Iterator[_Numbers]:
    """Yield the features in lots, those with one first byte together."""
    count = min(256, -(-len(first) // _SORTED))
    edges = np.linspace(0, 256, count + 1).astype(int) if count else [0]
    for low, high in pairwise(edges):
        yield np.flatnonzero((first >= low) & (first < high))


def _in_buckets(keys: Keys, placed: npt.NDArray[np.uint64]) -> Iterator[_Numbers]:
    """Yield the alike pairs among some features, [pair, (of the lower picture, of the higher)].

    `placed` holds a value and a feature each.
    """
    placed.sort()
    order = (placed & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.int64)
    starts = np.flatnonzero(np.diff((placed >> np.uint64(_PLACE_BITS)).astype(np.int64), prepend=-1))
    sizes = np.diff(starts, append=len(order))
    useful = (sizes > 1) & (sizes <= EVERYWHERE)
    starts, sizes = starts[useful], sizes[useful]
    lots = np.cumsum(sizes * (sizes - 1) // 2) // _PAIRS
    for lot in range(int(lots[-1]) + 1 if len(lots) else 0):
        first, second = _pairs(starts[lots == lot], sizes[lots == lot])
        one, other = order[first], order[second]
        first_picture, second_picture = keys.picture[one], keys.picture[other]
        turned, alike = first_picture > second_picture, first_picture != second_picture
        low, high = np.where(turned, other, one), np.where(turned, one, other)
        alike &= np.bitwise_count(keys.bits[low] ^ keys.bits[high]) <= MAX_DISTANCE
        yield np.stack([low[alike], high[alike]], axis=1)


def _pairs(starts: _Numbers, sizes: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Return all pairs of places in each of the buckets."""
    place = spans(starts, sizes)
    after = np.repeat(starts + sizes, sizes) - place - 1
    return np.repeat(place, after), spans(place + 1, after)


def counted(keys: Keys, sides: npt.NDArray[np.float32], one: _Numbers, other: _Numbers, least: int) -> Votes:
    """Return the pairs of pictures of which so many pairs of features say the same, whichever way the bins lie."""
    first, second = keys.picture[one].astype(np.int64), keys.picture[other].astype(np.int64)
    turn = keys.directions[one] - keys.directions[other]
    scale = np.float32(STEP) ** (keys.levels[one] - keys.levels[other])
    across, down = _centre(keys, one, other, np.deg2rad(turn), scale * sides[second] / sides[first])
    best: dict[int, int] = {}
    pairs, pair = np.unique(first * len(sides) + second, return_inverse=True)
    for shift in (0.0, 0.5):
        turns = np.floor((turn % 360) / (360 / _TURNS) + shift).astype(np.int64) % _TURNS
        places = [np.floor(place * _PARTS + shift).astype(np.int64) % _PLACES for place in (across, down)]
        for level in (0, 1):
            levels = (keys.levels[one] - keys.levels[other] + 32 + level) // 2
            said = (((pair * _TURNS + turns) * 32 + levels) * _PLACES + places[0]) * _PLACES + places[1]
            same, count = np.unique(said, return_counts=True)
            many = count >= least
            for key, votes_ in zip(
                (same[many] // (_TURNS * 32 * _PLACES**2)).tolist(), count[many].tolist(), strict=True
            ):
                best[key] = max(best.get(key, 0), votes_)
    told = np.array(sorted(best.items()), np.int64).reshape(-1, 2)
    told[:, 0] = pairs[told[:, 0]]
    return Votes(told[:, 0] // len(sides), told[:, 0] % len(sides), told[:, 1])


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
