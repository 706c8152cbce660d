"""Demo figures: the rendered scenes laid out as an article shows them, and written in many file formats."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

from scripts.demo_cells import actin, anaphase, mitochondrial_network, nuclei, rods, yeast
from scripts.demo_charts import INK, bar_chart
from scripts.demo_optics import (
    Plane,
    Size,
    blur,
    clouds,
    eight_bit,
    fire,
    lettered,
    merged,
    scale_bar,
    scattered,
    shot,
)
from scripts.demo_sections import organelles, tissue, vessels

_BLUE, _GREEN, _MAGENTA = (0.26, 0.46, 1.0), (0.12, 0.95, 0.28), (1.0, 0.2, 0.75)


def nuclei_field(seed: int = 11) -> Image.Image:
    """Return 32 interphase nuclei and one cell in anaphase, blue on black; the bar is 100 px."""
    rng, size = np.random.default_rng(seed), (720, 540)
    places = scattered(rng, size, 33, 80)
    stain = nuclei(rng, size, places[1:], 27) + anaphase(rng, size, places[0], 27)
    image = _rgb(merged([(shot(rng, np.clip(stain, 0, 1), 240), _BLUE)]))
    scale_bar(image, 100, "20 µm")
    return image


def spread_cells(seed: int = 12, size: Size = (720, 540)) -> tuple[Plane, Plane, Plane]:
    """Return nuclei, actin and mitochondria of seven spread cells, a channel each."""
    rng = np.random.default_rng(seed)
    places = scattered(rng, size, 7, size[0] / 4.2)
    unit = size[0] / 720
    planes = (
        nuclei(rng, size, places, 34 * unit),
        actin(rng, size, places, 120 * unit),
        mitochondrial_network(rng, size, places, 36 * unit),
    )
    nucleus, fibres, tubes = (shot(rng, plane, 320) for plane in planes)
    return nucleus, fibres, tubes


def merge() -> Image.Image:
    """Return the overlay of spread cells: nuclei blue, actin green, mitochondria magenta; the bar is 120 px."""
    image = _rgb(merged(list(zip(spread_cells(), (_BLUE, _GREEN, _MAGENTA), strict=True))))
    scale_bar(image, 120, "30 µm")
    return image


def compound() -> Image.Image:
    """Return panels A to C, the channels and their merge with a scale bar each, and D, a bar chart."""
    nucleus, fibres, _ = spread_cells(13, (560, 420))
    panels = [
        _rgb(merged([(nucleus, _BLUE)])),
        _rgb(merged([(fibres, _GREEN)])),
        _rgb(merged([(nucleus, _BLUE), (fibres, _GREEN)])),
    ]
    for letter, panel in zip("ABC", panels, strict=True):
        lettered(panel, (14, 8), letter, 36)
        scale_bar(panel, 93, "30 µm")
    chart = bar_chart((560, 420), "nuclei per field", {"control": 31.0, "low dose": 24.0, "high dose": 9.0})
    lettered(chart, (14, 8), "D", 36, fill=INK)
    return _grid([*panels, chart], columns=2, gap=12)


def time_series() -> Image.Image:
    """Return panels A to C: 6, 14 and 40 dark rods on grey, with the minute written on each."""
    panels = []
    for letter, count, minute in zip("ABC", (6, 14, 40), (0, 40, 90), strict=True):
        panel = Image.fromarray(eight_bit(rods(np.random.default_rng(20 + count), (360, 360), count)))
        lettered(panel, (12, 8), letter, 30)
        lettered(panel, (12, 326), f"{minute} min", 20)
        panels.append(panel.convert("RGB"))
    scale_bar(panels[-1], 72, "10 µm")
    return _grid(panels, columns=3, gap=8)


def section(seed: int, glands: int, gland_px: float) -> Image.Image:
    """Return glands in violet and pink; the bar is 90 px."""
    image = _rgb(tissue(np.random.default_rng(seed), (720, 540), glands, gland_px))
    scale_bar(image, 90, "50 µm", fill=INK)
    return image


def thin_section() -> Image.Image:
    """Return eight mitochondria in grey; the bar is 130 px."""
    image = Image.fromarray(eight_bit(organelles(np.random.default_rng(5), (760, 570), 8)))
    scale_bar(image, 130, "500 nm", fill=0)
    return image


def bacteria(seed: int = 4, count: int = 60) -> Image.Image:
    """Return rods in grey; the bar is 72 px."""
    image = Image.fromarray(eight_bit(rods(np.random.default_rng(seed), (640, 480), count)))
    scale_bar(image, 72, "10 µm")
    return image


def budding_yeast() -> Image.Image:
    """Return 38 mother cells, lit from the upper left; the bar is 120 px."""
    image = Image.fromarray(eight_bit(yeast(np.random.default_rng(7), (720, 540), 38)))
    scale_bar(image, 120, "10 µm")
    return image


def depth_coded_vessels() -> Image.Image:
    """Return a branching tree in the colours of depth; the bar is 140 px."""
    image = _rgb(vessels(np.random.default_rng(6), (800, 560)))
    scale_bar(image, 140, "100 µm")
    return image


def tension_map() -> Image.Image:
    """Return a false-colour map of 256 palette entries with its colour bar at the right."""
    rng, size = np.random.default_rng(9), (560, 420)
    places = scattered(rng, size, 6, 150)
    cells = blur(actin(rng, size, places, 100), 2.0)
    values = eight_bit(np.clip(1.5 * cells * (0.25 + clouds(rng, size, 70)), 0, 1) * 0.98)
    values[:, 508:] = 0
    values[60:360, 524:542] = np.linspace(255, 0, 300, dtype=np.uint8)[:, None]
    image = Image.fromarray(values).convert("P")
    image.putpalette(fire(np.arange(256) / 255).tobytes())
    return image


def camera_counts() -> bytes:
    """Return 16-bit nuclei as a camera counts them, 12 bits of 16 used, as LZW TIFF."""
    rng, size = np.random.default_rng(14), (440, 330)
    stain = nuclei(rng, size, scattered(rng, size, 14, 82), 26)
    counts = (110 + 3100 * shot(rng, stain, 500, 0.001)).astype(np.uint16)
    return _tiff(counts)


def camera_counts_rgb() -> bytes:
    """Return 16-bit spread cells in three channels of weak signal, as TIFF."""
    planes = spread_cells(15, (300, 225))
    counts = [(90 + 1500 * plane).astype(np.uint16) // 4 * 4 for plane in (planes[2], planes[1], planes[0])]
    return _tiff(np.stack(counts, -1))


def encoded(image: Image.Image, form: str) -> bytes:
    """Return `image` in the bytes of `form`: JPEG, PNG, GIF, WEBP or TIFF."""
    options: dict[str, dict[str, object]] = {
        "JPEG": {"quality": 88, "subsampling": 0},
        "WEBP": {"quality": 88, "method": 6},
        "PNG": {"optimize": True},
        "TIFF": {"compression": "tiff_lzw"},
    }
    out = io.BytesIO()
    image.save(out, form, **options.get(form, {}))
    return out.getvalue()


def thumbnail(image: Image.Image) -> bytes:
    """Return the small GIF that a PMC package carries beside each figure."""
    small = image.convert("RGB")
    small.thumbnail((120, 120))
    return encoded(small.quantize(64), "GIF")


def _tiff(counts: npt.NDArray[np.uint16]) -> bytes:
    out = io.BytesIO()
    colour = "rgb" if counts.ndim > 2 else "minisblack"  # a third axis holds the colours
    tifffile.imwrite(out, counts, photometric=colour, compression="zlib", predictor=True, metadata=None)
    return out.getvalue()


def _rgb(plane: Plane) -> Image.Image:
    return Image.fromarray(eight_bit(plane))


def _grid(panels: Sequence[Image.Image], columns: int, gap: int) -> Image.Image:
    wide, tall = panels[0].size
    rows = -(-len(panels) // columns)
    sheet = Image.new("RGB", (columns * wide + (columns - 1) * gap, rows * tall + (rows - 1) * gap), "white")
    for index, panel in enumerate(panels):
        sheet.paste(panel, (index % columns * (wide + gap), index // columns * (tall + gap)))
    return sheet
