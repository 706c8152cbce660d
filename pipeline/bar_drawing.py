"""Bar drawing: a scale bar with its length above it in a black box, where that fits into a picture, and the picture."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.panel_records import ScaleBar
from schemas.records import Box

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_LEAST_LETTERS_PX, _LETTERS_SHARE = 14, 1 / 25
"""Of the shorter side."""
_MOST_HEIGHT = 1 / 3
"""Of the picture's, for the box."""
_MICRO = "µ"
_WHITE = (255, 255, 255)


class _Layout(NamedTuple):
    """Measures in px of a bar with its words."""

    letters: int
    words_width: int
    pad: int
    thick: int

    @property
    def height(self) -> int:
        """Return that of the box: words and what hangs below their line, bar, and room between and around."""
        return self.letters + self.letters // 2 + self.thick + 2 * self.pad


def bars_that_fit(size: tuple[int, int], length_px: int, length_um: float) -> Iterator[ScaleBar]:
    """Yield a bar for each corner of a picture of `size` (width, height) into which bar and length fit."""
    width, height = size
    bar = _layout(size, length_um)
    inner, edge = max(length_px, bar.words_width), max(2, min(size) // 50)
    wide = inner + 2 * bar.pad
    if wide + 2 * edge > width or bar.height > _MOST_HEIGHT * height:
        return
    for top in (height - edge - bar.height, edge):
        for left in (edge, width - edge - wide):
            first, last = left + bar.pad + (inner - length_px) // 2, top + bar.height - bar.pad
            box = (first, last - bar.thick, first + length_px, last)
            yield ScaleBar(box=box, length_px=length_px, length_um=length_um)


def black_box(size: tuple[int, int], bar: ScaleBar) -> Box:
    """Return the box round a bar and its length, in px of the picture."""
    left, _, right, bottom = bar.box
    laid = _layout(size, bar.length_um or 0)
    inner = max(right - left, laid.words_width)
    first, last = left - (inner - (right - left)) // 2 - laid.pad, bottom + laid.pad
    return (first, last - laid.height, first + inner + 2 * laid.pad, last)


def with_bar(picture: npt.NDArray[np.uint8], bar: ScaleBar) -> npt.NDArray[np.uint8]:
    """Return a copy of a picture [row, column] or [row, column, 3] with a bar that fits, in white on black."""
    from PIL import Image, ImageDraw

    size = (picture.shape[1], picture.shape[0])
    laid, (left, top, right, bottom) = _layout(size, bar.length_um or 0), black_box(size, bar)
    drawn = Image.fromarray(picture.copy())
    white, black = (_WHITE, (0, 0, 0)) if picture.ndim == 3 else (255, 0)
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=black)
    draw.rectangle((*bar.box[:2], bar.box[2] - 1, bar.box[3] - 1), fill=white)
    words_left = (left + right - laid.words_width) // 2
    _write(draw, (words_left, top + laid.pad + laid.letters), _words(bar.length_um or 0), laid.letters, white)
    return np.asarray(drawn)


def _words(length_um: float) -> str:
    return f"{length_um:g} {_MICRO}m"


def _layout(size: tuple[int, int], length_um: float) -> _Layout:
    letters = max(_LEAST_LETTERS_PX, round(_LETTERS_SHARE * min(size)))
    width = round(_font(letters).getlength(_spelt(_words(length_um))))
    return _Layout(letters, width, max(4, letters // 3), max(3, letters // 4))


@lru_cache(maxsize=8)
def _font(letters_px: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.load_default(letters_px)  # type: ignore[return-value]  # with FreeType, which every wheel has


def _spelt(words: str) -> str:
    """Return words as Pillow's own font has letters for: it has no µ, so a u is drawn and given its stem."""
    return words.replace(_MICRO, "u")


def _write(draw: "ImageDraw", at: tuple[int, int], words: str, letters_px: int, fill: int | tuple[int, ...]) -> None:
    """Write words whose line begins at a point."""
    font, (left, line) = _font(letters_px), at
    draw.text(at, _spelt(words), fill=fill, font=font, anchor="ls")
    before = left + font.getlength(words.partition(_MICRO)[0])
    u, (u_left, _) = font.getmask2("u", anchor="ls", start=(before % 1, 0))
    stem_left, thick = int(before) + u_left + u.getbbox()[0], max(1, round(letters_px / 12))
    draw.rectangle((stem_left, line - letters_px // 4, stem_left + thick - 1, line + letters_px // 4), fill=fill)
