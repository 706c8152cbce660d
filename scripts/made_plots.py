"""Made plots: graphs of many kinds in many styles, drawn from a seed, to learn what a plot looks like."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.demo_optics import Ink

_PALETTES = (
    ((0, 0, 0), (120, 120, 120), (200, 200, 200), (60, 60, 60)),
    ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40)),
    ((228, 26, 28), (55, 126, 184), (77, 175, 74), (152, 78, 163)),
    ((0, 158, 115), (213, 94, 0), (86, 180, 233), (204, 121, 167)),
    ((0, 0, 255), (255, 0, 0), (0, 160, 0), (255, 0, 255)),
    ((252, 141, 98), (141, 160, 203), (102, 194, 165), (231, 138, 195)),
)
_MAPS = (
    ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)),
    ((0, 0, 143), (0, 100, 255), (120, 255, 130), (255, 170, 0), (128, 0, 0)),
    ((5, 48, 97), (146, 197, 222), (247, 247, 247), (244, 165, 130), (103, 0, 31)),
    ((255, 255, 255), (254, 178, 76), (240, 59, 32), (128, 0, 38)),
    ((0, 0, 0), (120, 28, 109), (237, 105, 37), (252, 255, 164)),
    ((0, 200, 0), (0, 0, 0), (220, 0, 0)),
    ((255, 255, 255), (120, 160, 210), (8, 48, 107)),
)
_WORDS = "control treated time (h) expression WT KO dose day n.s. p < 0.05 fold change cells/ml log2 a.u. IL-6 TNF"


@dataclass(frozen=True)
class Paper:
    """A page to draw a graph on: where its frame lies in px, its inks, its line width and its letters."""

    pen: ImageDraw.ImageDraw
    box: tuple[int, int, int, int]
    inks: tuple[Ink, ...]
    line_px: int
    font: ImageFont.FreeTypeFont

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point whose coordinates run from 0 to 1, upwards."""
        left, top, right, bottom = self.box
        return left + x * (right - left), bottom - y * (bottom - top)


def words(rng: np.random.Generator, count: int) -> str:
    """Return `count` words such as stand on a graph."""
    return " ".join(rng.choice(_WORDS.split(), count).tolist())


def font_of(size_px: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font at a size."""
    font = ImageFont.load_default(max(7, round(size_px)))
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def plot(rng: np.random.Generator) -> Image.Image:
    """Return one graph, or a row of two to four."""
    count = int(rng.choice([1, 1, 1, 1, 2, 3, 4]))
    width, height = rng.integers(150, 620, 2)
    sheet = Image.new("RGB", (int(width) if count == 1 else int(width) * count // 2, int(height)), _ground(rng))
    style, ink, draw = (
        rng.integers(0, 2**32),
        _PALETTES[rng.integers(len(_PALETTES))],
        _KINDS[rng.integers(len(_KINDS))],
    )
    step = sheet.width // count
    for n in range(count):
        _graph(rng, np.random.default_rng(style), (sheet, (n * step, 0, (n + 1) * step, sheet.height)), ink, draw)
    return sheet


def _ground(rng: np.random.Generator) -> tuple[int, int, int]:
    return (255, 255, 255) if rng.random() < 0.93 else (244, 246, 250)


def _graph(
    rng: np.random.Generator,
    style: np.random.Generator,
    where: tuple[Image.Image, tuple[int, int, int, int]],
    inks: tuple[Ink, ...],
    draw: Callable[[np.random.Generator, Paper], None],
) -> None:
    sheet, (left, top, right, bottom) = where
    side = min(right - left, bottom - top)
    font = font_of(side * style.uniform(0.035, 0.08))
    size = font.size
    box = (
        left + round(size * style.uniform(2.5, 4)),
        top + round(size * style.uniform(0.5, 2.2)),
        right - round(size * style.uniform(0.4, 1.5)),
        bottom - round(size * style.uniform(2, 3.4)),
    )
    paper = Paper(ImageDraw.Draw(sheet), box, inks, int(style.integers(1, 4)), font)
    is_grey = style.random() < 0.15
    if is_grey:
        paper.pen.rectangle(box, fill=(235, 235, 235))
    if is_grey or style.random() < 0.2:
        _grid(paper, (255, 255, 255) if is_grey else (215, 215, 215))
    draw(rng, paper)
    if style.random() < 0.93:
        _axes(rng, style, sheet, paper)
    if style.random() < 0.4:
        _legend(rng, paper)
    if style.random() < 0.4:
        paper.pen.text(
            ((box[0] + box[2]) / 2, box[1] - size * 0.2), words(rng, 2), fill="black", font=font, anchor="mb"
        )


def _grid(paper: Paper, ink: Ink) -> None:
    for t in np.linspace(0, 1, 6):
        paper.pen.line([paper.at(t, 0), paper.at(t, 1)], fill=ink)
        paper.pen.line([paper.at(0, t), paper.at(1, t)], fill=ink)


def _axes(rng: np.random.Generator, style: np.random.Generator, sheet: Image.Image, paper: Paper) -> None:
    left, top, right, bottom = paper.box
    if style.random() < 0.35:
        paper.pen.rectangle(paper.box, outline="black", width=paper.line_px)
    else:
        paper.pen.line([(left, top), (left, bottom), (right, bottom)], fill="black", width=paper.line_px)
    reach, size = round(paper.font.size * 0.3), paper.font.size
    for t in np.linspace(0, 1, int(style.integers(3, 8))):
        (x, y), label = paper.at(t, t), f"{t * 10 ** int(style.integers(0, 3)):.3g}"
        paper.pen.line([(left - reach, y), (left, y)], fill="black", width=paper.line_px)
        paper.pen.line([(x, bottom), (x, bottom + reach)], fill="black", width=paper.line_px)
        paper.pen.text((left - reach - 2, y), label, fill="black", font=paper.font, anchor="rm")
        paper.pen.text((x, bottom + reach + 1), label, fill="black", font=paper.font, anchor="mt")
    paper.pen.text(((left + right) / 2, bottom + size * 1.4), words(rng, 2), fill="black", font=paper.font, anchor="mt")
    upright = Image.new("RGB", (max(8, bottom - top), round(size * 1.3)), "white")
    ImageDraw.Draw(upright).text((upright.width / 2, 0), words(rng, 2), fill="black", font=paper.font, anchor="mt")
    turned = upright.rotate(90, expand=True)
    sheet.paste(
        turned.crop((0, 0, min(turned.width, round(size * 1.2)), turned.height)),
        (max(0, left - round(size * 3.8)), top),
    )


def _legend(rng: np.random.Generator, paper: Paper) -> None:
    x, y = paper.at(rng.uniform(0.05, 0.6), rng.uniform(0.7, 0.98))
    for n, ink in enumerate(paper.inks[: rng.integers(2, 5)]):
        row = y + n * paper.font.size * 1.2
        paper.pen.rectangle((x, row, x + paper.font.size, row + paper.font.size * 0.7), fill=ink)
        paper.pen.text((x + paper.font.size * 1.3, row), words(rng, 1), fill="black", font=paper.font)


def _lines(rng: np.random.Generator, paper: Paper) -> None:
    steps = int(rng.choice([6, 9, 60, 300]))
    x = np.linspace(0, 1, steps)
    for ink in paper.inks[: rng.integers(1, 5)]:
        y = (
            np.cumsum(rng.normal(0, 1, steps))
            if rng.random() < 0.5
            else 1 / (1 + np.exp(-9 * (x - rng.uniform(0.2, 0.8))))
        )
        y = y + rng.normal(0, rng.uniform(0, 0.3), steps)
        y = rng.uniform(0, 0.3) + rng.uniform(0.3, 0.7) * (y - y.min()) / (np.ptp(y) + 1e-9)
        points = [paper.at(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        paper.pen.line(points, fill=ink, width=paper.line_px)
        if steps < 10:
            for at in points:
                _mark(rng, paper, at, ink)


def _mark(rng: np.random.Generator, paper: Paper, at: tuple[float, float], ink: Ink) -> None:
    r, (x, y) = paper.line_px + 1.5, at
    if rng.random() < 0.4:
        paper.pen.line((x, y - 4 * r, x, y + 4 * r), fill=ink)
    paper.pen.ellipse((x - r, y - r, x + r, y + r), fill=ink if rng.random() < 0.7 else "white", outline=ink)


def _bars(rng: np.random.Generator, paper: Paper) -> None:
    count, wide = int(rng.integers(2, 14)), rng.uniform(0.5, 0.95)
    is_flat = rng.random() < 0.2
    for n in range(count):
        start, end, tall = (n + 0.5 - wide / 2) / count, (n + 0.5 + wide / 2) / count, rng.uniform(0.05, 0.9)
        (x0, y0), (x1, y1) = (
            (paper.at(0, start), paper.at(tall, end)) if is_flat else (paper.at(start, 0), paper.at(end, tall))
        )
        ink = paper.inks[n % rng.integers(1, 5)] if rng.random() < 0.85 else "white"
        paper.pen.rectangle((x0, min(y0, y1), x1, max(y0, y1)), fill=ink, outline="black")
        if not is_flat and rng.random() < 0.8:
            middle = (x0 + x1) / 2
            paper.pen.line((middle, y1 - 8, middle, y1 + 8), fill="black", width=paper.line_px)
            paper.pen.line((middle - 4, y1 - 8, middle + 4, y1 - 8), fill="black", width=paper.line_px)


def _boxes(rng: np.random.Generator, paper: Paper) -> None:
    count = int(rng.integers(2, 9))
    for n in range(count):
        low, q1, mid, q3, high = np.sort(rng.uniform(0.02, 0.98, 5)).tolist()
        x, half = (n + 0.5) / count, 0.3 / count
        ink = paper.inks[n % len(paper.inks)]
        paper.pen.line([paper.at(x, low), paper.at(x, high)], fill="black", width=paper.line_px)
        (x0, y0), (x1, y1) = paper.at(x - half, q3), paper.at(x + half, q1)
        paper.pen.rectangle(
            (x0, y0, x1, y1), fill=ink if rng.random() < 0.6 else "white", outline=ink, width=paper.line_px
        )
        paper.pen.line([paper.at(x - half, mid), paper.at(x + half, mid)], fill="black", width=paper.line_px)
        for _ in range(int(rng.integers(0, 20))):
            _mark(rng, paper, paper.at(x + rng.uniform(-half, half), rng.uniform(low, high)), ink)


def _dots(rng: np.random.Generator, paper: Paper) -> None:
    r = rng.uniform(0.6, 3.5)
    for ink in paper.inks[: rng.integers(1, 4)]:
        spread, count = rng.uniform(0.04, 0.25), int(rng.choice([15, 80, 600, 3000]))
        xy = rng.normal(rng.uniform(0.2, 0.8, 2), spread, (count, 2)).clip(0.01, 0.99)
        if rng.random() < 0.3:
            xy[:, 1] = np.abs(xy[:, 0] - 0.5) ** 1.5 * 2 * rng.uniform(0.3, 1, count)
        for x, y in (paper.at(a, b) for a, b in xy.tolist()):
            paper.pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def _survival(rng: np.random.Generator, paper: Paper) -> None:
    for ink in paper.inks[: rng.integers(2, 4)]:
        x, y, points = 0.0, 1.0, [paper.at(0, 0.97)]
        while x < 0.95:
            x += rng.exponential(0.06)
            points.append(paper.at(min(x, 1), y * 0.97))
            y *= rng.uniform(0.85, 1)
            points.append(paper.at(min(x, 1), y * 0.97))
        paper.pen.line(points, fill=ink, width=paper.line_px)


def _coloured(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    stops = np.array(_MAPS[rng.integers(len(_MAPS))], float)
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(values, at, stops[:, band]) for band in range(3)], -1).astype(np.uint8)


def _heatmap(rng: np.random.Generator, paper: Paper) -> None:
    left, top, right, bottom = paper.box
    shape = tuple(int(n) for n in rng.choice([4, 8, 15, 30, 60, 120], 2))
    values = rng.beta(rng.uniform(0.4, 2), rng.uniform(0.6, 4), shape)
    if rng.random() < 0.5:
        values = np.sort(values, rng.integers(2)) * 0.6 + 0.4 * values
    if rng.random() < 0.3:
        values = np.cumsum(np.cumsum(values - values.mean(), 0), 1)
        values = (values - values.min()) / (np.ptp(values) + 1e-9)
    how = Image.Resampling.NEAREST if rng.random() < 0.8 else Image.Resampling.BICUBIC
    tile = Image.fromarray(_coloured(rng, values)).resize((max(4, right - left), max(4, bottom - top)), how)
    paper.pen._image.paste(tile, (left, top))  # noqa: SLF001


def _flow(rng: np.random.Generator, paper: Paper) -> None:
    left, top, right, bottom = paper.box
    xy = np.concatenate(
        [rng.normal(rng.uniform(0.2, 0.8, 2), rng.uniform(0.05, 0.12), (4000, 2)) for _ in range(rng.integers(1, 4))]
    )
    counts = np.histogram2d(
        1 - xy[:, 1], xy[:, 0], (max(8, (bottom - top) // 2), max(8, (right - left) // 2)), ((0, 1), (0, 1))
    )[0]
    colours = _coloured(np.random.default_rng(1), (counts / 6).clip(0, 1))
    colours[counts == 0] = 255
    tile = Image.fromarray(colours).resize((max(4, right - left), max(4, bottom - top)), Image.Resampling.NEAREST)
    paper.pen._image.paste(tile, (left, top))  # noqa: SLF001
    paper.pen.line([paper.at(0.5, 0), paper.at(0.5, 1)], fill="black")
    paper.pen.line([paper.at(0, 0.5), paper.at(1, 0.5)], fill="black")
    paper.pen.text(paper.at(0.05, 0.95), f"{rng.uniform(0, 99):.1f}", fill="black", font=paper.font)


def _hills(rng: np.random.Generator, paper: Paper) -> None:
    x = np.linspace(0, 1, 120)
    for ink in paper.inks[: rng.integers(1, 4)]:
        y = sum(
            rng.uniform(0.2, 0.8) * np.exp(-(((x - rng.uniform(0, 1)) / rng.uniform(0.02, 0.2)) ** 2))
            for _ in range(rng.integers(1, 6))
        )
        curve = [paper.at(a, b) for a, b in zip(x.tolist(), np.clip(y, 0, 1).tolist(), strict=True)]
        if rng.random() < 0.4:
            paper.pen.polygon([paper.at(0, 0), *curve, paper.at(1, 0)], fill=ink)
        paper.pen.line(curve, fill=ink, width=paper.line_px)


_KINDS = (_lines, _lines, _bars, _bars, _boxes, _dots, _dots, _survival, _heatmap, _heatmap, _flow, _hills)
