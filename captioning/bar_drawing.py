"""Bar drawing: a scale bar of known length on the rendering of a panel whose scale is known, with its length beside."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from captioning.question_options import chance, shuffled
from schemas.records import ScaleBar

Rgb = npt.NDArray[np.uint8]

USUAL_UM = tuple(float(f"{mantissa}e{decade}") for decade in range(-3, 5) for mantissa in (1, 2, 5))
"""Lengths that bars are drawn with."""
_SHORTEST, _LONGEST = 0.1, 0.4
"""Of the width, from and to."""
_LEAST_SIDE_PX = 100


class Barred(NamedTuple):
    """A picture with a bar."""

    rgb: Rgb
    bar: ScaleBar


def with_bar(rgb: Rgb, microns_per_pixel: float, *key: object) -> Barred | None:
    """Return a copy of a picture [row, column, colour] with a bar in a lower corner; None where no bar fits well.

    The bar ends at whole pixels: its length is that of a usual length rounded to half a pixel, so a scale measured on
    it is off by a twentieth at most.
    """
    height, width = rgb.shape[:2]
    fits = [um for um in USUAL_UM if _SHORTEST * width <= um / microns_per_pixel <= _LONGEST * width]
    if not fits or min(height, width) < _LEAST_SIDE_PX:
        return None
    length_um = shuffled(fits, *key, "length")[0]
    length_px, thick_px, edge_px = round(length_um / microns_per_pixel), max(2, height // 80), max(4, width // 30)
    left = edge_px if chance(*key, "corner") < 0.5 else width - edge_px - length_px
    box = (left, height - edge_px - thick_px, left + length_px, height - edge_px)
    return Barred(_drawn(rgb, box, f"{length_um:g} µm"), ScaleBar(box=box, length_px=length_px, length_um=length_um))


def _drawn(rgb: Rgb, box: tuple[int, int, int, int], text: str) -> Rgb:
    """Return a copy with the bar and its length above it, white on dark ground and black on light."""
    from PIL import Image, ImageDraw, ImageFont

    left, top, right, bottom = box
    letters_px = max(10, rgb.shape[0] // 25)
    ground = rgb[max(0, top - 2 * letters_px) : bottom, left:right]
    colour = (255, 255, 255) if float(ground.mean()) < 128 else (0, 0, 0)
    picture = Image.fromarray(rgb.copy())
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)
    middle = ((left + right) / 2, top - letters_px / 3)
    draw.text(middle, text, fill=colour, font=ImageFont.load_default(letters_px), anchor="mb")
    return np.asarray(picture)
