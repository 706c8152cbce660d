"""Panel drawing: what was found in a figure, drawn over it for eyes."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from curation.figure_panels import FoundPanel

_COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000")
_BAR = "#ffe119"


def drawn(pixels: npt.NDArray[np.uint8], panels: Sequence[FoundPanel]) -> bytes:
    """Return a PNG of a figure (H x W or H x W x 3), each panel with a frame, its name, its kind and its insets."""
    picture = Image.fromarray(pixels).convert("RGB")
    pen, line_px = ImageDraw.Draw(picture), max(2, min(picture.size) // 250)
    font = ImageFont.load_default(size=max(12, min(picture.size) // 45))
    for number, panel in enumerate(panels):
        colour = _COLOURS[number % len(_COLOURS)]
        left, top, right, bottom = panel.box
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=line_px)
        words = f"{panel.label or '?'} {panel.kind} {panel.kind_confidence:.2f}"
        place = (left + 2 * line_px, top + 2 * line_px)
        pen.rectangle(pen.textbbox(place, words, font=font), fill="white")
        pen.text(place, words, fill=colour, font=font)
        for inset_left, inset_top, inset_right, inset_bottom in panel.insets:
            pen.rectangle((inset_left, inset_top, inset_right - 1, inset_bottom - 1), outline=colour, width=line_px)
        if panel.scale_bar:
            bar_left, bar_top, bar_right, bar_bottom = panel.scale_bar.box
            frame = (bar_left - line_px, bar_top - line_px, bar_right + line_px, bar_bottom + line_px)
            pen.rectangle(frame, outline=_BAR, width=line_px)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
