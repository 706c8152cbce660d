"""Quiet corners: how much goes on in a panel's pixels under a box, so that what is drawn covers no letter."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.pixels import PIXEL_COLUMNS, Pixels, crop, decode8, on_white, pixels_of
from schemas.errors import PixelError
from schemas.records import Box

FIGURE_COLUMNS = ("blob", *PIXEL_COLUMNS)
"""What is read of a row of `1-figures`."""

Grey = npt.NDArray[np.float32]


def panel_grey(figure: Mapping[str, Any], box: Box) -> Grey | None:
    """Return a panel's pixels in grey [row, column]; None where the row has no picture, or one that can't be read."""
    if not figure.get("blob"):
        return None
    try:
        return crop(_grey(figure["blob"], pixels_of(figure)), box).astype(np.float32)
    except PixelError:
        return None


@lru_cache(maxsize=1)
def _grey(blob: bytes, pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Return a figure in grey, decoded once for all its panels, which come one after the other."""
    from PIL import Image

    return np.asarray(on_white(Image.fromarray(decode8(blob, pixels))).convert("L"))


def edges_under(grey: Grey, box: Box) -> float:
    """Return the mean square of the steps between neighbours in a box: letters count for more than noise does."""
    part = crop(grey, box)  # type: ignore[arg-type]  # any samples can be cropped
    return float(np.square(np.diff(part, axis=0)).mean() + np.square(np.diff(part, axis=1)).mean())
