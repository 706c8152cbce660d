"""Demo optics: blur, shot noise, colour and lettering, shared by the rendered scenes.

Arrays are [row, column] or [row, column, channel], floats from 0 to 1; sizes are (width, height) in pixels.
Only elementwise arithmetic and a seeded generator are used, so that a scene is the same wherever it is drawn.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Plane = npt.NDArray[np.float64]
Size = tuple[int, int]
Point = tuple[float, float]
Ink = str | int | tuple[int, int, int]

_SUPERSAMPLING = 3


def blur(plane: Plane, sigma_px: float) -> Plane:
    """Return `plane` under a Gaussian of `sigma_px`, mirrored at its edges."""
    reach = max(1, round(3 * sigma_px))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(reach, reach) if axis == other else (0, 0) for other in (0, 1)]
        wide = np.pad(plane, pad, mode="reflect")
        length = plane.shape[axis]
        parts = (np.take(wide, range(k, k + length), axis) * weight for k, weight in enumerate(kernel))
        plane = sum(parts, np.zeros(plane.shape))
    return plane


def clouds(rng: np.random.Generator, size: Size, scale_px: float) -> Plane:
    """Return smooth noise from 0 to 1 with features about `scale_px` wide."""
    step = max(1, int(scale_px / 2))
    width, height = size
    coarse = rng.random((height // step + 5, width // step + 5))
    smooth = _stretched(blur(coarse, 1.2))
    image = Image.fromarray((smooth * 255).astype(np.uint8)).resize(
        ((width // step + 5) * step, (height // step + 5) * step), Image.Resampling.BICUBIC
    )
    noise: Plane = np.asarray(image, np.float64)[:height, :width] / 255
    return noise


def shot(rng: np.random.Generator, plane: Plane, photons: float, read: float = 0.004) -> Plane:
    """Return `plane` as a camera counts it: shot noise at `photons` for full scale, then read noise."""
    noise = rng.standard_normal(plane.shape) * np.sqrt(np.clip(plane, 0, None) / photons + read**2)
    return np.clip(plane + noise, 0, 1)


def eight_bit(plane: Plane) -> npt.NDArray[np.uint8]:
    """Return `plane` as 8-bit samples."""
    return (np.clip(plane, 0, 1) * 255 + 0.5).astype(np.uint8)


def merged(channels: Sequence[tuple[Plane, tuple[float, float, float]]]) -> Plane:
    """Return the additive overlay of planes, each in its own colour."""
    overlay: Plane = np.clip(sum(plane[..., None] * np.array(colour) for plane, colour in channels), 0, 1)
    return overlay


def fire(plane: Plane) -> npt.NDArray[np.uint8]:
    """Return the 256 RGB entries of a black-violet-orange-white look-up table, by the values of `plane`."""
    stops = np.array([(0, 0, 0), (60, 10, 110), (170, 30, 110), (245, 110, 40), (255, 210, 90), (255, 255, 245)])
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(plane, at, stops[:, band]) for band in range(3)], -1).astype(np.uint8)


def outline(rng: np.random.Generator, centre: Point, radii: Point, wobble: float) -> list[Point]:
    """Return an irregular, turned ellipse as a closed polygon."""
    turn = rng.random() * np.pi
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    bumps = sum(rng.normal(0, wobble / order) * np.cos(order * angles + rng.random() * 6.28) for order in (2, 3, 4, 5))
    x, y = radii[0] * np.cos(angles) * (1 + bumps), radii[1] * np.sin(angles) * (1 + bumps)
    xs = centre[0] + x * np.cos(turn) - y * np.sin(turn)
    ys = centre[1] + x * np.sin(turn) + y * np.cos(turn)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def disc(centre: Point, radius_px: float) -> list[Point]:
    """Return a circle as a closed polygon."""
    turns = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return [(centre[0] + radius_px * float(np.cos(t)), centre[1] + radius_px * float(np.sin(t))) for t in turns]


def scattered(rng: np.random.Generator, size: Size, count: int, apart_px: float) -> list[Point]:
    """Return `count` places about `apart_px` from each other, closer only where the field is too full for that."""
    places: list[Point] = []
    edge = apart_px * 0.5
    while len(places) < count:
        x, y = rng.uniform(edge, size[0] - edge), rng.uniform(edge, size[1] - edge)
        if all((x - a) ** 2 + (y - b) ** 2 > apart_px**2 for a, b in places):
            places.append((x, y))
        else:
            apart_px *= 0.9995
    return places


def filled(size: Size, polygons: Sequence[tuple[Sequence[Point], float]]) -> Plane:
    """Return polygons painted one after the other, each with its value."""
    return _drawn(size, [(points, value, 0.0) for points, value in polygons])


def stroked(size: Size, lines: Sequence[tuple[Sequence[Point], float, float]]) -> Plane:
    """Return polylines painted one after the other, each with its value and width in pixels."""
    return _drawn(size, lines)


def _drawn(size: Size, marks: Sequence[tuple[Sequence[Point], float, float]]) -> Plane:
    times = _SUPERSAMPLING
    canvas = Image.new("L", (size[0] * times, size[1] * times))
    pen = ImageDraw.Draw(canvas)
    for points, value, wide_px in marks:
        scaled = [(x * times, y * times) for x, y in points]
        tone = round(255 * value)
        if wide_px:
            pen.line(scaled, fill=tone, width=max(1, round(wide_px * times)), joint="curve")
        else:
            pen.polygon(scaled, fill=tone)
    return np.asarray(canvas.resize(size, Image.Resampling.BOX), np.float64) / 255


def lettered(image: Image.Image, at: Point, text: str, size_px: int, fill: Ink = "white") -> None:
    """Write `text` on `image` with its upper left corner at `at`, in the font that comes with Pillow."""
    font = ImageFont.load_default(size_px)
    ImageDraw.Draw(image).text(at, text, fill=fill, font=font)


def scale_bar(image: Image.Image, length_px: int, text: str, fill: Ink = "white") -> None:
    """Draw a scale bar of `length_px` into the lower right corner of `image`, `text` above it."""
    tall = max(17, image.height // 28)
    font = ImageFont.load_default(tall)
    pen = ImageDraw.Draw(image)
    right, bottom = image.width - image.width // 30, image.height - image.height // 26
    thick = max(4, image.height // 110)
    pen.rectangle((right - length_px, bottom - thick, right - 1, bottom - 1), fill=fill)
    # Pillow's own font has no micro sign: a "u" with a stem is drawn instead.
    plain = text.replace("µ", "u")
    left, baseline = right - length_px / 2 - font.getlength(plain) / 2, bottom - thick - 8
    pen.text((left, baseline), plain, fill=fill, font=font, anchor="ls")
    if "µ" in text:
        x = left + font.getlength(text.split("µ", maxsplit=1)[0]) + tall * 0.09
        pen.line((x, baseline - tall * 0.3, x, baseline + tall * 0.2), fill=fill, width=max(1, thick // 2))


def _stretched(plane: Plane) -> Plane:
    low, high = plane.min(), plane.max()
    stretched: Plane = (plane - low) / (high - low)
    return stretched
