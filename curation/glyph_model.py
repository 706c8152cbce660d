"""Glyph model: how likely a small mark is each letter, by a network of two layers that scripts/train_glyphs.py trains.

What the network sees of a mark is its form (`curation.glyph_forms`).
"""

from functools import cache
from importlib import resources
from io import BytesIO
from string import ascii_letters

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]

CLASSES = [*ascii_letters, ""]
"""Letters, and what is none: digits, words, blobs."""
_AT_ONCE = 16
"""Forms in one product: larger ones are spread over threads, which costs more than it saves."""


@cache
def _weights() -> dict[str, Values]:
    packed = resources.files("curation").joinpath("glyphs.npz").read_bytes()
    with np.load(BytesIO(packed)) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files}


def likelihoods(forms: Values, weights: dict[str, Values] | None = None) -> Values:
    """Return for each form how likely it is each of `CLASSES`."""
    known = weights or _weights()
    flat = forms.reshape(-1, len(known["in"]))
    parts = [flat[at : at + _AT_ONCE] @ known["in"] for at in range(0, max(1, len(flat)), _AT_ONCE)]
    scores = np.maximum(np.concatenate(parts) + known["in_bias"], 0) @ known["out"] + known["out_bias"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
