"""Made stains: sections under a bright field, coloured as dyes absorb light, drawn from a seed."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from scripts.demo_optics import Plane, Size, clouds
from scripts.made_bodies import blur

_DYES = {
    "haematoxylin": (0.65, 0.70, 0.29),
    "eosin": (0.07, 0.95, 0.25),
    "dab": (0.27, 0.57, 0.78),
    "aniline blue": (0.80, 0.55, 0.12),
    "schiff": (0.18, 0.90, 0.38),
    "silver": (0.60, 0.62, 0.65),
    "safranin": (0.15, 0.85, 0.55),
    "fast green": (0.85, 0.25, 0.40),
}
"""How strongly each dye takes up red, green and blue light (after Ruifrok and Johnston, 2001, and by judgement)."""
_PAIRS = (
    ("haematoxylin", "eosin"), ("haematoxylin", "eosin"), ("haematoxylin", "eosin"), ("haematoxylin", "dab"),
    ("dab", "haematoxylin"), ("safranin", "aniline blue"), ("haematoxylin", "schiff"), ("silver", "safranin"),
    ("safranin", "fast green"), ("haematoxylin", "haematoxylin"),
)  # fmt: skip


def stained(rng: np.random.Generator, size: Size) -> Image.Image:
    """Return one field of a section: nuclei in one dye, what lies between in another, gaps white."""
    names = _PAIRS[rng.integers(len(_PAIRS))]
    first, second = (np.abs(np.array(_DYES[name]) + rng.normal(0, 0.06, 3)) for name in names)
    ground, gaps = _matrix(rng, size), _gaps(rng, size)
    nuclei = _nuclei(rng, size) * gaps
    strong, weak = rng.uniform(0.7, 1.8), rng.uniform(0.25, 1.1)
    density = (nuclei * strong)[..., None] * first + (ground * gaps * weak * (1 - 0.6 * nuclei))[..., None] * second
    light = rng.uniform(0.88, 1.0) * np.exp(-density) + rng.normal(0, rng.uniform(0.002, 0.02), (*density.shape[:2], 1))
    return Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))


def _matrix(rng: np.random.Generator, size: Size) -> Plane:
    """Return fibres, or a haze, or both: noise drawn out along one direction."""
    width, height = size
    long = (max(4, int(width / rng.uniform(1, 9))), max(4, int(height / rng.uniform(1, 9))))
    fibres = _even(blur(clouds(rng, long, rng.uniform(1.5, 4)), 0.5))
    drawn = np.asarray(Image.fromarray((fibres * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC), float)
    share = rng.uniform(0, 1)
    return np.asarray(0.35 + 0.65 * (share * drawn / 255 + (1 - share) * clouds(rng, size, rng.uniform(3, 25))))


def _even(plane: Plane) -> Plane:
    return np.asarray((plane - plane.min()) / (np.ptp(plane) + 1e-9))


def _gaps(rng: np.random.Generator, size: Size) -> Plane:
    if rng.random() < 0.35:
        return np.ones((size[1], size[0]))
    level = clouds(rng, size, min(size) * rng.uniform(0.04, 0.3))
    return blur((level < np.quantile(level, rng.uniform(0.55, 0.98))).astype(float), rng.uniform(0.5, 1.5))


def _nuclei(rng: np.random.Generator, size: Size) -> Plane:
    """Return from a few to many hundred ovals, crowded in places, each mottled and unlike in strength."""
    radius = rng.uniform(1.5, 9)
    count = int(min(700, size[0] * size[1] / radius**2 * rng.uniform(0.02, 0.2)))
    crowd = clouds(rng, size, min(size) / 3)
    sheet = Image.new("L", size)
    pen = ImageDraw.Draw(sheet)
    stretch, limit = rng.uniform(1, 2.2), rng.uniform(0, 0.6)
    for x, y in rng.uniform((0, 0), size, (count, 2)).tolist():
        if crowd[min(size[1] - 1, int(y)), min(size[0] - 1, int(x))] < limit:
            continue
        wide, tall = radius * rng.uniform(0.6, 1.2), radius * rng.uniform(0.6, 1.2)
        wide, tall = (wide * stretch, tall) if rng.random() < 0.5 else (wide, tall * stretch)
        pen.ellipse((x - wide, y - tall, x + wide, y + tall), fill=int(rng.integers(110, 256)))
    drawn: npt.NDArray[np.float64] = np.asarray(sheet, float) / 255
    return np.asarray(blur(drawn, rng.uniform(0.4, 1.2)) * (0.6 + 0.4 * clouds(rng, size, 2)))
