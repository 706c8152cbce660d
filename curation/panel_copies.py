"""Panel copies: one panel at the few small sizes that its features are measured on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
MIDDLE_PX, SMALL_PX = 480, 160
"""Longest sides: letters of a usual figure are still told apart at the first, scenes at the second."""
_LINES = 40
"""Rows, and columns, that are read at full size: what noise, flat areas and steps are like."""


@dataclass(frozen=True)
class Copies:
    """A panel, reduced: grey and colour, and the steps between neighbours along some of its full-size lines."""

    colour: Bytes
    """Red, green, blue, longest side at most MIDDLE_PX."""
    grey: Plane
    small: Plane
    """Grey, longest side at most SMALL_PX."""
    steps: npt.NDArray[np.int16]
    shape: tuple[int, int]


def copies_of(pixels: Bytes) -> Copies:
    """Return the copies of a panel of uint8, grey or colour."""
    if pixels.dtype != np.uint8 or pixels.ndim not in {2, 3} or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(f"a panel is uint8, H x W or H x W x 3, not {pixels.dtype} of shape {pixels.shape}")
    if min(pixels.shape[:2]) < 1:
        raise ValueError(f"a panel of shape {pixels.shape} has no pixels")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    middle = _reduced(image, MIDDLE_PX).convert("RGB")
    grey = middle.convert("L")
    return Copies(
        colour=np.asarray(middle),
        grey=np.asarray(grey, np.float32),
        small=np.asarray(_reduced(grey, SMALL_PX), np.float32),
        steps=_steps(pixels),
        shape=(pixels.shape[0], pixels.shape[1]),
    )


def _reduced(image: Image.Image, longest_px: int) -> Image.Image:
    factor = -(-max(image.size) // longest_px)
    across, down = (min(factor, side) for side in image.size)
    return image.reduce((across, down)) if factor > 1 else image


def _steps(pixels: Bytes) -> npt.NDArray[np.int16]:
    green = pixels if pixels.ndim == 2 else pixels[..., 1]
    rows = green[:: max(1, green.shape[0] // _LINES)].astype(np.int16)
    columns = green[:, :: max(1, green.shape[1] // _LINES)].astype(np.int16)
    return np.concatenate([np.diff(rows, axis=1).ravel(), np.diff(columns, axis=0).ravel()])
