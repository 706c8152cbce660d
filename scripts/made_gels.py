"""Made gels: blots and gels with lanes, bands, ladders and labels, drawn from a seed."""

import numpy as np
from PIL import Image, ImageDraw

from scripts.demo_optics import Plane, clouds
from scripts.made_blots import sheet_of_blots
from scripts.made_bodies import blur
from scripts.made_plots import font_of, words

_SHEETS, _STRIP_PX = 0.55, 47


def gel(rng: np.random.Generator) -> Image.Image:
    """Return one gel, a stack of blot strips with or without its labels, or a sheet of stacks."""
    if rng.random() < _SHEETS:
        ink = int(rng.choice([0, 1, 1, 1, 2, 3]))
        return sheet_of_blots(rng, lambda own, size, lanes: _field(own, size, lanes, ink, size[1] < _STRIP_PX))
    lanes, strips = int(rng.integers(2, 16)), int(rng.choice([1, 1, 1, 2, 3, 5]))
    width = int(lanes * rng.uniform(18, 46))
    is_strip = strips > 1 or rng.random() < 0.4
    tall = int(rng.uniform(20, 60)) if is_strip else int(width * rng.uniform(0.5, 1.5))
    look, seed = rng.integers(4), int(rng.integers(2**32))
    parts = [_field(np.random.default_rng(seed + n), (width, tall), lanes, int(look), is_strip) for n in range(strips)]
    return parts[0] if strips == 1 and rng.random() < 0.45 else _labelled(rng, parts, lanes)


def _field(rng: np.random.Generator, size: tuple[int, int], lanes: int, look: int, is_strip: bool) -> Image.Image:  # noqa: FBT001
    width, height = size
    density = np.zeros((height, width))
    rows, columns = np.mgrid[0:height, 0:width].astype(float)
    step = width / lanes
    shared = rng.uniform(0.1, 0.9, int(rng.integers(1, 3 if is_strip else 8)))
    for lane in range(lanes):
        middle, smile = (lane + 0.5) * step, rng.normal(0, 0.02)
        own = [] if is_strip else rng.uniform(0.05, 0.95, int(rng.integers(0, 3))).tolist()
        for y in [*np.where(is_strip, 0.3 + 0.4 * shared, shared).tolist(), *own]:
            strong, half = rng.choice([0, 0.2, 0.5, 0.9, 1.2]) * rng.uniform(0.6, 1), step * rng.uniform(0.3, 0.45)
            thick = (rng.uniform(0.08, 0.22) if is_strip else rng.uniform(0.006, 0.025)) * height + 0.8
            at = (y + rng.normal(0, 0.006)) * height + smile * height * ((columns - middle) / half) ** 2
            across = 1 / (1 + np.exp((np.abs(columns - middle) - half) / (0.07 * step + 0.4)))
            density += strong * across * np.exp(-(((rows - at) / thick) ** 2))
        smear = rng.uniform(0, 0.25) if rng.random() < 0.3 else 0
        density += smear * (np.abs(columns - middle) < step * 0.38) * np.exp(-rows / height * rng.uniform(0, 3))
    ground = (rng.uniform(0, 0.08) if rng.random() < 0.4 else rng.uniform(0.02, 0.35)) + rng.uniform(0, 0.15) * clouds(
        rng, size, max(width, height) * rng.uniform(0.3, 0.9)
    )
    value = blur(np.clip(density + ground, 0, 1.2), rng.uniform(0.5, 1.2)) + rng.normal(
        0, rng.uniform(0.002, 0.03), density.shape
    )
    return _inked(rng, np.clip(value, 0, 1), look)


def _inked(rng: np.random.Generator, value: Plane, look: int) -> Image.Image:
    """Return bands dark on light (blot), bright on dark (DNA under ultraviolet light), or in Coomassie's blue."""
    if look == 2:
        value = 0.1 + 0.9 * value * rng.uniform(0.7, 1)
    elif look < 2:
        value = (1 - value) * rng.uniform(0.75, 1)
    if look == 3:
        inks = np.array([(0.15, 0.25, 0.75), (0.1, 0.1, 0.5)][rng.integers(2)])
        colour = 0.97 - value[..., None] * (1 - inks) * 0.9
    else:
        colour = np.repeat(value[..., None], 3, -1)
    return Image.fromarray((np.clip(colour, 0, 1) * 255).astype(np.uint8))


def _labelled(rng: np.random.Generator, parts: list[Image.Image], lanes: int) -> Image.Image:
    size = int(rng.integers(10, 18))
    width, tall = parts[0].size
    left, above, gap = size * int(rng.integers(2, 6)), size * int(rng.integers(0, 4)), int(rng.integers(2, 12))
    right = size * int(rng.integers(0, 5))
    sheet = Image.new("RGB", (left + width + right, above + len(parts) * (tall + gap)), "white")
    pen, font, is_framed = ImageDraw.Draw(sheet), font_of(size), rng.random() < 0.5
    for n, part in enumerate(parts):
        y = above + n * (tall + gap)
        sheet.paste(part, (left, y))
        if is_framed:
            pen.rectangle((left, y, left + width - 1, y + tall - 1), outline="black")
        for mark in range(1 if len(parts) > 1 or tall < 70 else 4):
            at = y + tall * (0.5 if tall < 70 else (mark + 0.5) / 4)
            said = words(rng, 1)[:7] if tall < 70 else f"{250 // (mark + 1)} -"
            pen.text((left - 4, at), said, fill="black", font=font, anchor="rm")
            if right:
                pen.text((left + width + 4, at), f"{rng.integers(10, 250)}", fill="black", font=font, anchor="lm")
    for lane in range(lanes if above else 0):
        pen.text(
            (left + (lane + 0.5) * width / lanes, above - 3),
            str(rng.choice(["+", "-", str(lane + 1), "WT", "KO"])),
            fill="black",
            font=font,
            anchor="ms",
        )
    return sheet
