"""Drawn bars: pictures with a scale bar of known length, and pictures with what may be taken for one.

A picture is drawn four times too large where ends shall fall between pixels, and shrunk. Backgrounds are the
micrographs of a folder at many sizes, and made ones: noise, texture as in electron micrographs, blobs as in
fluorescence, gradients, plain black and white.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

Pixels = npt.NDArray[np.uint8]

LEAST_PX = 12.0
_FINE = 4
_COLOURS = ((255, 255, 255), (255, 255, 255), (0, 0, 0), (0, 0, 0), (255, 255, 0), (255, 0, 0), (0, 255, 255))
_VISIBLE = 60
"""Grey levels by which whoever draws a bar sees to it that it stands out."""
MADE = ("noise", "texture", "blobs", "gradient", "black", "white")
DECOYS = ("frame", "gutter", "axes", "arrow", "underline", "bands", "lanes", "strips", "step", "text")


class Drawn(NamedTuple):
    """A picture, and the bar in it: left, top, right, bottom in px."""

    pixels: Pixels
    box: tuple[float, float, float, float] | None
    style: str


def made_ground(kind: str, size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Return a background of (height, width) that no microscope took."""
    rows, columns = size
    if kind in ("black", "white"):
        return np.full((rows, columns, 3), 0 if kind == "black" else 255, np.uint8)
    if kind == "gradient":
        ramp = np.linspace(rng.uniform(0, 120), rng.uniform(130, 255), columns)
        grey = np.broadcast_to(ramp, size) + np.linspace(0, rng.uniform(-60, 60), rows)[:, None]
    elif kind == "noise":
        grey = rng.normal(rng.uniform(60, 190), rng.uniform(5, 35), size)
    elif kind == "texture":
        rough = ndimage.gaussian_filter(rng.normal(0, 1, size), rng.uniform(1, 3))
        grey = 130 + rough / rough.std() * rng.uniform(20, 45) + rng.normal(0, 8, size)
    else:
        spots = ndimage.gaussian_filter((rng.random(size) > 0.9995).astype(np.float32), rng.uniform(3, 9))
        grey = 10 + spots / max(float(spots.max()), 1e-9) * 230 + rng.normal(0, 4, size)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    if kind == "blobs":
        picture = picture * np.array([(0.1, 1, 0.1), (1, 0.1, 0.1), (1, 1, 1)][int(rng.integers(3))])
    return picture.clip(0, 255).astype(np.uint8)


def taken_ground(path: Path, width: int) -> Pixels:
    """Return a micrograph at a width, its long side cut at 1500 px."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
        height = max(64, round(picture.height * width / picture.width))
        return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))[:1500]


def with_bar(ground: Pixels, rng: np.random.Generator) -> Drawn | None:
    """Return a picture with one bar drawn on it, or None where no colour would be seen."""
    rows, columns = ground.shape[:2]
    length = max(LEAST_PX, float(np.exp(rng.uniform(np.log(0.03), np.log(0.6)))) * columns)
    thick = float(min(rng.integers(1, 13), max(1, int(length / 4)), max(1, rows // 20)))
    if rng.random() < 0.5:
        length = round(length)
    left, top = _place(ground, length, thick, rng)
    under = ground[int(top) - 3 : int(top + thick) + 4, int(left) : int(left + length) + 1].reshape(-1, 3)
    colour = _seen(under, rng)
    if colour is None:
        return None
    style = str(rng.choice(["plain", "plain", "plain", "ticks", "outlined"]))
    image = _drawn(ground, (left, top, left + length, top + thick), colour, style)
    if rng.random() < 0.6:
        _write(image, (left, top, left + length, top + thick), colour, rng)
    return Drawn(np.asarray(image), (left, top, left + length, top + thick), style)


def _place(ground: Pixels, length: float, thick: float, rng: np.random.Generator) -> tuple[float, float]:
    rows, columns = ground.shape[:2]
    room_x, room_y = columns - length - 16, rows - thick - 16
    if rng.random() < 0.75:  # near a corner, as most are
        x = rng.uniform(0, 0.15) * room_x
        y = rng.uniform(0, 0.15) * room_y
        x, y = (x if rng.random() < 0.5 else room_x - x), (y if rng.random() < 0.2 else room_y - y)
    else:
        x, y = rng.uniform(0, room_x), rng.uniform(0, room_y)
    return (8 + x if rng.random() < 0.5 else float(round(8 + x))), float(round(8 + y))


def _seen(under: Pixels, rng: np.random.Generator) -> tuple[int, int, int] | None:
    colours = [_COLOURS[i] for i in rng.permutation(len(_COLOURS))]
    for colour in colours:
        away = np.abs(under.astype(np.int16) - colour).max(axis=1)
        if np.percentile(away, 5) > _VISIBLE:
            return colour
    return None


def _drawn(
    ground: Pixels, box: tuple[float, float, float, float], colour: tuple[int, int, int], style: str
) -> Image.Image:
    image = Image.fromarray(ground)
    left, top, right, bottom = box
    x, y = int(left) - 4, int(top) - 40
    size = (int(right - left) + 10, int(bottom - top) + 80)
    patch = Image.new("L", (size[0] * _FINE, size[1] * _FINE))
    pen = ImageDraw.Draw(patch)

    def fill(x0: float, y0: float, x1: float, y1: float) -> None:
        edges = [
            round((x0 - x) * _FINE),
            round((y0 - y) * _FINE),
            round((x1 - x) * _FINE) - 1,
            round((y1 - y) * _FINE) - 1,
        ]
        pen.rectangle(edges, fill=255)

    if style == "outlined":
        fill(left - 1, top - 1, right + 1, bottom + 1)
        other = tuple(255 - value for value in colour)
        image.paste(other, (x, y), patch.resize(size, Image.Resampling.BOX))
        pen.rectangle([0, 0, *patch.size], fill=0)
    fill(*box)
    if style == "ticks":
        tick = max(1.0, min(bottom - top, 4.0))
        reach = min(2 * (bottom - top) + 2, (right - left) / 4)
        fill(left, top - reach, left + tick, bottom + reach)
        fill(right - tick, top - reach, right, bottom + reach)
    image.paste(colour, (x, y), patch.resize(size, Image.Resampling.BOX))
    return image


def _write(
    image: Image.Image, box: tuple[float, float, float, float], colour: tuple[int, int, int], rng: np.random.Generator
) -> None:
    words = f"{rng.choice([1, 2, 5, 10, 20, 50, 100, 200, 500])} {rng.choice(['µm', 'nm', 'mm'])}"
    font = ImageFont.load_default(float(rng.uniform(9, 28)))
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = box
    wide, high = pen.textbbox((0, 0), words, font=font)[2:]
    y = top - high - 4 if rng.random() < 0.6 else bottom + 2
    pen.text(((left + right - wide) / 2, y), words, fill=colour, font=font)


def with_decoys(ground: Pixels, kinds: Sequence[str], rng: np.random.Generator) -> Pixels:
    """Return a picture without a bar, with things drawn on it that a careless eye takes for one."""
    image = Image.fromarray(ground)
    for kind in kinds:
        _draw_decoy(image, kind, rng)
    return np.asarray(image)


def _draw_decoy(image: Image.Image, kind: str, rng: np.random.Generator) -> None:
    pen, (wide, high) = ImageDraw.Draw(image), image.size
    ink = tuple(int(v) for v in _COLOURS[int(rng.integers(4))])
    thick = int(rng.integers(1, 7))
    x, y = int(rng.uniform(0.15, 0.5) * wide), int(rng.uniform(0.15, 0.8) * high)
    if kind == "frame":
        pen.rectangle([x, y // 2, x + wide // 4, y // 2 + high // 5], outline=ink, width=thick)
    elif kind == "gutter":
        pen.rectangle([0, y, wide, y + thick], fill=ink)
        pen.rectangle([x, 0, x + thick, high], fill=ink)
    elif kind == "axes":
        _draw_axes(pen, (x, y, x + wide // 3), ink)
    elif kind == "arrow":
        pen.line([x, y, x + 60, y], fill=ink, width=thick)
        pen.polygon([(x + 60, y - 3 * thick - 2), (x + 60, y + 3 * thick + 2), (x + 66 + 5 * thick, y)], fill=ink)
    elif kind == "bands":
        _draw_bands(image, (x, y), rng)
    elif kind == "lanes":
        for lane in range(5):
            pen.text((x + lane * 40, y), f"L{lane}", fill=ink, font=ImageFont.load_default(14))
    elif kind == "strips":
        pen.rectangle([0, high - 14, wide, high], fill=ink)
    elif kind == "step":
        pen.rectangle([x, y, x + wide // 5, min(high, y + 60)], fill=ink)
    else:
        font = ImageFont.load_default(float(rng.uniform(12, 60)))
        pen.text((x, y), "The HEFT of Zebra" if kind == "text" else "E 12", fill=ink, font=font)


def _draw_axes(pen: ImageDraw.ImageDraw, place: tuple[int, int, int], ink: tuple[int, ...]) -> None:
    x, y, end = place
    pen.line([x, y, end, y], fill=ink, width=2)
    pen.line([x, y - 100, x, y], fill=ink, width=2)
    for tick in range(x, end, max(8, (end - x) // 6)):
        pen.line([tick, y, tick, y + 6], fill=ink, width=2)


def _draw_bands(image: Image.Image, place: tuple[int, int], rng: np.random.Generator) -> None:
    picture = np.asarray(image).astype(np.float32)
    dark = np.zeros(picture.shape[:2], np.float32)
    for lane in range(4):
        y, x = place[1] + int(rng.integers(-20, 20)), place[0] + lane * 50
        dark[y : y + 8, x : x + 36] = rng.uniform(0.5, 0.95)
    faded = picture * (1 - ndimage.gaussian_filter(dark, 2.0))[:, :, None]
    image.paste(Image.fromarray(faded.clip(0, 255).astype(np.uint8)))


def as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Return what is left of a picture after JPEG."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))
