"""Demo charts: the plots and signs of an article that no microscope is needed for."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.demo_optics import Size

INK = (27, 29, 31)
_GREY, _RULE = (95, 101, 108), (205, 208, 212)
_SERIES = ((15, 118, 110), (194, 97, 12), (107, 91, 210))


def line_plot() -> Image.Image:
    """Return three growth curves with markers, a legend, and axes in hours and optical density."""
    canvas, pen, font = _canvas((720, 500))
    left, top, right, bottom = 92, 36, 690, 430
    for tick in range(6):
        x, y = left + tick * (right - left) / 5, bottom - tick * (bottom - top) / 5
        pen.line((left, y, right, y), fill=_RULE)
        pen.text((left - 12, y), f"{tick * 0.2:.1f}", fill=_GREY, font=font, anchor="rm")
        pen.text((x, bottom + 12), f"{tick * 2}", fill=_GREY, font=font, anchor="mt")
    pen.line((left, bottom, right, bottom), fill=INK, width=2)
    pen.text(((left + right) / 2, bottom + 38), "time (h)", fill=INK, font=font, anchor="mt")
    pen.text((left, top - 26), "optical density at 600 nm", fill=INK, font=font)
    hours = np.linspace(0, 10, 11)
    for row, (name, top_od, middle) in enumerate((("30 °C", 0.93, 4.0), ("25 °C", 0.80, 5.2), ("18 °C", 0.46, 7.0))):
        density = 0.03 + top_od / (1 + np.exp(-(hours - middle)))
        points = [
            (left + h * (right - left) / 10, bottom - od * (bottom - top)) for h, od in zip(hours, density, strict=True)
        ]
        pen.line(points, fill=_SERIES[row], width=3, joint="curve")
        for x, y in points:
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_SERIES[row], outline="white", width=2)
        pen.rectangle((left + 24, top + 18 + 28 * row, left + 42, top + 24 + 28 * row), fill=_SERIES[row])
        pen.text((left + 52, top + 21 + 28 * row), name, fill=INK, font=font, anchor="lm")
    return canvas


def icon() -> Image.Image:
    """Return a 40 px square badge, smaller than any figure worth keeping."""
    image = Image.new("RGB", (40, 40), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((3, 3, 36, 36), fill=_SERIES[0])
    pen.line((12, 21, 18, 27, 29, 14), fill="white", width=4, joint="curve")
    return image


def _canvas(size: Size) -> tuple[Image.Image, ImageDraw.ImageDraw, ImageFont.FreeTypeFont]:
    image = Image.new("RGB", size, "white")
    font = ImageFont.load_default(17)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return image, ImageDraw.Draw(image), font


def bar_chart(size: Size, title: str, values: dict[str, float]) -> Image.Image:
    """Return a bar for each of up to three values from 0 to 40, with whiskers."""
    canvas, pen, font = _canvas(size)
    left, top, right, bottom = 84, 76, size[0] - 30, size[1] - 56
    pen.text((left, top - 34), title, fill=INK, font=font)
    for tick in range(5):
        y = bottom - tick * (bottom - top) / 4
        pen.line((left, y, right, y), fill=_RULE)
        pen.text((left - 12, y), f"{tick * 10}", fill=_GREY, font=font, anchor="rm")
    step = (right - left) / len(values)
    for row, (name, value) in enumerate(values.items()):
        x, y = left + (row + 0.5) * step, bottom - value / 40 * (bottom - top)
        pen.rectangle((x - 44, y, x + 44, bottom), fill=_SERIES[row])
        pen.line((x, y - 12, x, y + 12), fill=INK, width=2)
        pen.text((x, bottom + 12), name, fill=INK, font=font, anchor="mt")
    pen.line((left, bottom, right, bottom), fill=INK, width=2)
    return canvas
