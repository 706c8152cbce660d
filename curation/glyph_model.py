"""Glyph model: how likely a small mark is each letter, by a network of two layers that scripts/train_glyphs.py trains.

A mark is a grey crop turned so that ink is 1 and ground 0. Its form is what the network sees: the mark in the middle
of a square of `SIDE` pixels, its aspect kept.
"""

from functools import cache
from importlib import resources
from io import BytesIO
from string import ascii_letters

import numpy as np
import numpy.typing as npt
from PIL import Image

Values = npt.NDArray[np.float32]

SIDE = 16
CLASSES = [*ascii_letters, ""]
"""Letters, and what is none: digits, words, blobs."""
_CUT = 0.35
"""Ink below this part of the mark's darkest is fringe."""


def form(ink: Values) -> Values | None:
    """Return a mark as the network sees it; None where there is none."""
    strong = float(ink.max(initial=0))
    if strong < 0.1:
        return None
    rows, columns = np.flatnonzero(ink.max(axis=1) > _CUT * strong), np.flatnonzero(ink.max(axis=0) > _CUT * strong)
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / strong
    scale = SIDE / max(tight.shape)
    size = (max(1, round(tight.shape[1] * scale)), max(1, round(tight.shape[0] * scale)))
    small = np.asarray(
        Image.fromarray(tight).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    )
    square = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


@cache
def _weights() -> dict[str, Values]:
    packed = resources.files("curation").joinpath("glyphs.npz").read_bytes()
    with np.load(BytesIO(packed)) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files}


def likelihoods(forms: Values, weights: dict[str, Values] | None = None) -> Values:
    """Return for each form how likely it is each of `CLASSES`."""
    known = weights or _weights()
    hidden = np.maximum(forms.reshape(len(forms), -1) @ known["in"] + known["in_bias"], 0)
    scores = hidden @ known["out"] + known["out_bias"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
