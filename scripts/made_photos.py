"""Made photographs: cut from free ones and printed as articles print them: grey, in rows, with arrows and words."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.made_plots import font_of, words

Shots = Sequence[Image.Image]
_LONGEST_PX = 420


def shown(rng: np.random.Generator, taken: Shots, *, is_photo: bool = True) -> Image.Image:
    """Return one picture, or a row or grid of up to six, cut from those `taken`; slices of heads stay upright."""
    count = int(rng.choice([1, 1, 1, 2, 3, 4, 6]))
    across = 1 if count == 1 else int(rng.choice([n for n in (1, 2, 3, 4, 6) if count % n == 0]))
    first = _cut(rng, taken, is_photo=is_photo)
    look = _look(rng) if is_photo else "as it is"
    tiles = [first, *(_cut(rng, taken, is_photo=is_photo).resize(first.size) for _ in range(count - 1))]
    gap = int(rng.choice([0, 1, 3, 6]))
    wide, tall = first.size
    ground = "white" if is_photo or rng.random() < 0.5 else "black"
    sheet = Image.new("RGB", (across * (wide + gap) - gap, (count // across) * (tall + gap) - gap), ground)
    for n, tile in enumerate(tiles):
        sheet.paste(_written(rng, _developed(rng, tile, look)), (n % across * (wide + gap), n // across * (tall + gap)))
    return sheet


def _cut(rng: np.random.Generator, taken: Shots, *, is_photo: bool) -> Image.Image:
    whole = taken[int(rng.integers(len(taken)))]
    share = rng.uniform(0.3, 1) if is_photo else rng.uniform(0.75, 1)
    width, height = (max(40, int(side * min(1, share * rng.uniform(0.75, 1.3)))) for side in whole.size)
    width, height = min(width, whole.width), min(height, whole.height)
    left, top = int(rng.integers(whole.width - width + 1)), int(rng.integers(whole.height - height + 1))
    cut = whole.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    cut.thumbnail((_LONGEST_PX, _LONGEST_PX))
    return cut


def _look(rng: np.random.Generator) -> str:
    return str(rng.choice(["as it is", "grey", "tinted", "dim", "flat"], p=[0.55, 0.2, 0.08, 0.09, 0.08]))


def _developed(rng: np.random.Generator, tile: Image.Image, look: str) -> Image.Image:
    """Return a picture with another light: gain, colour of the light, a vignette, the noise of a camera."""
    levels = np.asarray(tile.convert("L").convert("RGB") if look in {"grey", "tinted"} else tile, float)
    if look == "tinted":  # as a satellite's or an old print's
        levels = levels * rng.uniform(0.5, 1, 3)
    if look == "flat":
        levels = levels.mean((0, 1)) * 0.5 + levels * 0.5
    gain = rng.uniform(0.3, 0.6) if look == "dim" else rng.uniform(0.85, 1.15)
    levels = levels * gain * (rng.uniform(0.93, 1.07, 3) if look != "grey" else 1)
    if rng.random() < 0.2:
        y, x = np.mgrid[-1 : 1 : levels.shape[0] * 1j, -1 : 1 : levels.shape[1] * 1j]
        levels = levels * (1 - rng.uniform(0.1, 0.5) * (x**2 + y**2) / 2)[..., None]
    if rng.random() < 0.5:
        levels = levels + rng.normal(0, rng.uniform(0.5, 8), levels.shape)
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 1.6)))) if rng.random() < 0.2 else image


def _written(rng: np.random.Generator, tile: Image.Image) -> Image.Image:
    """Return a picture with what authors lay over it: names of places, arrows, a ruler, a frame."""
    pen, ink = ImageDraw.Draw(tile), str(rng.choice(["white", "black", "yellow", "red"]))
    size = min(tile.size)
    for _ in range(int(rng.choice([0, 0, 1, 2, 5]))):
        at = rng.uniform((0.05, 0.05), (0.8, 0.9)) * tile.size
        pen.text(tuple(at), words(rng, 1), fill=ink, font=font_of(size * rng.uniform(0.04, 0.1)))
        if rng.random() < 0.5:
            end = at + rng.normal(0, size * 0.12, 2)
            pen.line([tuple(at), tuple(end)], fill=ink, width=int(rng.integers(1, 5)))
    if rng.random() < 0.15:
        x, y = tile.width * 0.75, tile.height * 0.92
        pen.line([(x, y), (x + tile.width * 0.18, y)], fill=ink, width=int(rng.integers(2, 5)))
    return tile
