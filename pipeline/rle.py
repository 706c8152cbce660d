"""RLE: COCO's compressed run lengths, from a string to counts and back."""

from collections.abc import Iterator

import numpy as np

from pipeline.strokes import Ints, Strokes, run_lengths
from schemas.errors import PixelError

MAX_COUNT_CHARS = 7
"""Of a count in COCO's string, 5 bits each: 35 bits hold any image we read."""


def counts_of(text: str) -> Ints:
    """Return the run lengths in COCO's string, of background first.

    pycocotools has no way to them but a picture of each object, and these strings come from strangers.
    A count is written in base 32, the lowest digit first; from the fourth on it is what the one before the last adds.

    Raises:
        PixelError: mask_corrupt.
    """
    digits = np.frombuffer(text.encode(), np.uint8).astype(np.int64) - ord("0")
    last = np.flatnonzero((digits & 0x20) == 0)
    if not last.size or last[-1] != len(digits) - 1 or digits.min() < 0 or digits.max() > 0x3F:
        raise PixelError("mask_corrupt", f"runs of pixels that can't be read: {text[:20]!r}")
    first = np.append(0, last[:-1] + 1)
    chars = last - first + 1
    if chars.max() > MAX_COUNT_CHARS:
        raise PixelError("mask_corrupt", "a run of more pixels than any image has")
    place = 5 * (np.arange(len(digits)) - np.repeat(first, chars))
    counts: Ints = np.add.reduceat((digits & 0x1F) << place, first)
    counts -= (digits[last] & 0x10 != 0).astype(np.int64) << 5 * chars
    for begin in (1, 2):
        counts[begin::2] = np.cumsum(counts[begin::2])
    return counts


def texts_of(strokes: Strokes) -> Iterator[str]:
    """Yield COCO's string for each object."""
    from pycocotools import mask as coco

    height, width = strokes.height_px, strokes.width_px
    for counts in run_lengths(strokes):
        yield coco.frPyObjects({"size": [height, width], "counts": counts}, height, width)["counts"].decode()
