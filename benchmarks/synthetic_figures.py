"""Synthetic figures: compound figures of given micrographs, drawn plots and schemes, with exact boxes and letters.

    python -m benchmarks.synthetic_figures MICROGRAPHS OUT [--layouts FILE.csv] [--count 100] [--seed 0]

MICROGRAPHS is a folder of pictures, FILE.csv has a line a panel of real figures: figure, left, top, right, bottom.
Writes OUT/<number>.png and OUT/panels.jsonl: what a detector can be trained on, or judged by.
"""

import argparse
import io
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from benchmarks.figure_contents import DRAWN, channels, micrograph, with_inset
from benchmarks.figure_layouts import PANEL, Box, Layout, grid, nested, real_layouts, row

GUTTERS_PX = (0, 2, 4, 8, 15, 30)
BACKGROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "grey": (128, 128, 128), "cream": (246, 241, 225)}
FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf", "DejaVuSerif-Bold.ttf", "LiberationSans-Bold.ttf",
         "LiberationSans-Regular.ttf", "LiberationSerif-Bold.ttf")  # fmt: skip
_SIDES_PX = (500, 1500)


class MadePanel(NamedTuple):
    """A panel as it was laid: its box without a letter that stands outside."""

    box: Box
    label: str | None
    letter_box: Box | None
    inset: Box | None = None


class Made(NamedTuple):
    """A figure whose panels are known."""

    pixels: npt.NDArray[np.uint8]
    panels: tuple[MadePanel, ...]
    gutter_px: int
    background: str
    letters: str


class Lettering(NamedTuple):
    """How the panels of one figure are named."""

    place: str
    pattern: str
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    is_lower: bool
    height_px: int

    def word(self, at: int) -> str:
        letter = chr(ord("a") + at % 26)
        return self.pattern.format(letter if self.is_lower else letter.upper())


def lettering(rng: random.Random, place: str, side_px: int) -> Lettering:
    """Return a way to name panels, with a letter fit for panels whose shorter side is `side_px`."""
    height = max(11, min(36, int(side_px * rng.uniform(0.09, 0.16))))
    try:
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont = ImageFont.truetype(rng.choice(FONTS), height)
    except OSError:  # a machine without these fonts has the one that Pillow brings
        font = ImageFont.load_default(height)
    pattern = rng.choice(("{}", "{}", "{}", "({})", "{})", "{}."))
    return Lettering(place, pattern, font, rng.random() < 0.4, height)


def made(
    micrographs: Sequence[Image.Image],
    layout: tuple[Layout, float],
    rng: random.Random,
    *,
    gutter_px: int,
    background: str,
) -> Made:
    """Return one figure of a layout with its aspect."""
    tree, aspect = layout
    longer = rng.randint(*_SIDES_PX)
    size = (longer, max(120, int(longer / aspect))) if aspect > 1 else (max(120, int(longer * aspect)), longer)
    rim = rng.choice((0, gutter_px))
    canvas = Image.new("RGB", size, BACKGROUNDS[background])
    cells = list(tree.boxes((rim, rim, size[0] - rim, size[1] - rim), gutter_px))
    least = min(min(right - left, bottom - top) for left, top, right, bottom in cells)
    places = ("none", "inside", "outside") if gutter_px else ("none", "inside")
    style = lettering(rng, rng.choice(places), least)
    brush = _Brush(canvas, micrographs, style, rng)
    panels = [_panel(brush, cell, style.word(at)) for at, cell in enumerate(cells)]
    if rng.random() < 0.5:
        file = io.BytesIO()
        canvas.save(file, "JPEG", quality=rng.randint(75, 95))
        canvas = Image.open(file)
    return Made(np.asarray(canvas), tuple(panels), gutter_px, background, style.place)


class _Brush(NamedTuple):
    """What a panel is drawn with."""

    canvas: Image.Image
    micrographs: Sequence[Image.Image]
    style: Lettering
    rng: random.Random


def _panel(brush: _Brush, cell: Box, word: str) -> MadePanel:
    left, top, right, bottom = cell
    place, height = brush.style.place, brush.style.height_px
    box = (left, top + round(1.5 * height), right, bottom) if place == "outside" else cell
    inset = _fill(brush, box)
    if place == "none":
        return MadePanel(box, None, None, inset)
    shift = 0 if place == "outside" else height // 3
    return MadePanel(box, word.strip("(). "), _write(brush, word, (left + shift, top + shift)), inset)


def _write(brush: _Brush, word: str, spot: tuple[int, int]) -> Box:
    """Write on the canvas, on a patch where the picture beneath is uneven, and return where."""
    pen = ImageDraw.Draw(brush.canvas)
    left, top, right, bottom = (int(side) for side in pen.textbbox(spot, word, font=brush.style.font))
    under = np.asarray(brush.canvas.crop((left, top, right, bottom)).convert("L"))
    is_dark = under.mean() < 128
    if brush.style.place == "inside" and (under.min() < 60 or under.max() > 195) and np.ptp(under) > 30:
        pen.rectangle((left - 3, top - 3, right + 3, bottom + 3), fill="black" if is_dark else "white")
    pen.text(spot, word, fill="white" if is_dark else "black", font=brush.style.font)
    return left, top, right, bottom


def _fill(brush: _Brush, box: Box) -> Box | None:
    """Draw what a panel shows, and return where its inset lies, if it has one."""
    size, rng = (box[2] - box[0], box[3] - box[1]), brush.rng
    if min(size) >= 60 and rng.random() >= 0.65:
        brush.canvas.paste(rng.choice(DRAWN)(size, rng), box[:2])
        return None
    picture, is_large = rng.choice(brush.micrographs), min(size) > 150
    if brush.style.place != "none" and is_large and rng.random() < 0.15:
        _strip(brush.canvas, box, channels(picture, _tile(size), 3, rng))
        return None
    shown, place = micrograph(picture, size, rng), None
    if is_large and rng.random() < 0.15:
        shown, (left, top, right, bottom) = with_inset(shown, rng)
        place = (left + box[0], top + box[1], right + box[0], bottom + box[1])
    brush.canvas.paste(shown, box[:2])
    return place


def _tile(size: tuple[int, int]) -> tuple[int, int]:
    return ((size[0] - 4) // 3, size[1]) if size[0] >= size[1] else (size[0], (size[1] - 4) // 3)


def _strip(canvas: Image.Image, box: Box, tiles: Sequence[Image.Image]) -> None:
    """Paste the channels of one field, which are one lettered panel, two pixels apart."""
    is_row = box[2] - box[0] >= box[3] - box[1]
    ImageDraw.Draw(canvas).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill="white")
    for at, tile in enumerate(tiles):
        step = (box[2] - box[0] - tile.width, 0) if is_row else (0, box[3] - box[1] - tile.height)
        canvas.paste(tile, (box[0] + step[0] * at // 2, box[1] + step[1] * at // 2))


def layouts(file: Path | None, rng: random.Random) -> list[tuple[Layout, float]]:
    """Return layouts after real figures where a file has them, and by rule."""
    ruled = [(grid(rng.randint(2, 5), rng.randint(1, 4)), rng.uniform(0.7, 1.6)) for _ in range(40)]
    ruled += [(nested(rng), rng.uniform(0.8, 1.4)) for _ in range(20)]
    ruled += [(row(*[PANEL] * rng.randint(3, 5)), rng.uniform(2.5, 4)) for _ in range(10)]
    ruled += [(PANEL, rng.uniform(0.7, 1.5)) for _ in range(10)]
    return ruled + (rng.sample(found, min(400, len(found))) if file and (found := real_layouts(file)) else [])


def figures(
    micrographs: Sequence[Image.Image], shapes: Sequence[tuple[Layout, float]], rng: random.Random
) -> Iterator[Made]:
    """Yield figures without end, every gutter on every background in turn."""
    while True:
        for gutter_px in GUTTERS_PX:
            for background in BACKGROUNDS:
                yield made(micrographs, rng.choice(shapes), rng, gutter_px=gutter_px, background=background)


def pictures(folder: Path) -> list[Image.Image]:
    """Return the pictures under a folder, in the order of their names; label masks are left out."""
    files = sorted(file for file in folder.rglob("*.png") if file.parent.name != "masks")
    return [Image.open(file).convert("RGB") for file in files]


def main() -> None:
    """Write figures and their panels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("micrographs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--layouts", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    drawn = figures(pictures(asked.micrographs), layouts(asked.layouts, rng), rng)
    with (asked.out / "panels.jsonl").open("w", encoding="utf-8") as lines:
        for number, figure in zip(range(asked.count), drawn, strict=False):
            name = f"{number:05}.png"
            Image.fromarray(figure.pixels).save(asked.out / name)
            panels = [panel._asdict() for panel in figure.panels]
            told = {"gutter_px": figure.gutter_px, "background": figure.background, "letters": figure.letters}
            lines.write(json.dumps({"image": name, "panels": panels, **told}) + "\n")


if __name__ == "__main__":
    main()
