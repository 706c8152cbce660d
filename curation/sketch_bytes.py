"""Sketch bytes: the sketch of a panel as a column of `2-panels` holds it, 14 bytes a feature.

A version, whether the hash says little, the side of the grids of frequencies, how many grids there are (of light, and
of edges), the longer side of what the features lie on, their count (-1: not asked for); the grids as float32; then of
all features the bits that vote (64 of 256), places (in 65,535ths of that side), directions (in 256ths of a turn) and
levels. Little-endian, as numpy says it.
"""

import struct

import numpy as np

from curation.duplicates import Sketch
from curation.local_features import Features

VERSION = 2
_HEAD = struct.Struct("<BBBBfi")
_TURN, _PLACE = 256 / 360, 65535
_VOTING_BYTES = 8


def packed(sketch: Sketch) -> bytes:
    """Return a sketch as bytes; what its features lack for votes is left out."""
    found, grids = sketch.features, [grid for grid in (sketch.low, sketch.edges) if grid is not None]
    low = np.stack(grids).astype("<f4").tobytes()
    count = -1 if found is None else len(found.bits)
    head = _HEAD.pack(VERSION, sketch.says_little, sketch.low.shape[0], len(grids), sketch.side_px, count)
    if found is None:
        return head + low
    places = np.clip(np.rint(found.places / sketch.side_px * _PLACE), 0, _PLACE).astype("<u2")
    directions = (np.rint(found.directions * _TURN).astype(np.int64) % 256).astype(np.uint8)
    columns = (found.bits[:, :_VOTING_BYTES], places, directions, found.levels.astype(np.uint8))
    return b"".join([head, low, *(np.ascontiguousarray(column).tobytes() for column in columns)])


def unpacked(blob: bytes) -> Sketch:
    """Return the sketch that `packed` made bytes of; of its features only what votes.

    Raises:
        ValueError: they are of another version, or no sketch.
    """
    try:
        version, says_little, side, grids, side_px, count = _HEAD.unpack_from(blob)
        if version != VERSION:
            raise ValueError(f"a sketch of version {version}, not {VERSION}")
        low = np.frombuffer(blob, "<f4", grids * side * side, _HEAD.size).reshape(grids, side, side)
        start = _HEAD.size + low.nbytes
        features = None if count < 0 else _features(blob[start:], count, side_px)
    except struct.error as error:
        raise ValueError(f"no sketch: {error}") from error
    return Sketch(low[0], bool(says_little), features, side_px, low[1] if grids > 1 else None)


def _features(blob: bytes, count: int, side_px: float) -> Features:
    bits = np.frombuffer(blob, np.uint8, count * _VOTING_BYTES).reshape(count, _VOTING_BYTES)
    at = bits.nbytes
    places = np.frombuffer(blob, "<u2", 2 * count, at).reshape(count, 2)
    directions = np.frombuffer(blob, np.uint8, count, at + places.nbytes)
    levels = np.frombuffer(blob, np.uint8, count, at + places.nbytes + count)
    return Features(
        places.astype(np.float32) * np.float32(side_px / _PLACE),
        bits,
        directions.astype(np.float32) / np.float32(_TURN),
        levels.astype(np.int32),
        np.zeros(count, np.float32),
    )
