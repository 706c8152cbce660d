"""Made drawings: maps, pathways of words, shaded bodies, icons, plasmids, timelines, drawn from a seed."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.demo_optics import clouds, outline
from scripts.made_bodies import blur
from scripts.made_plots import font_of, words

Ink = tuple[int, int, int]
Drawing = tuple[Image.Image, ImageDraw.ImageDraw]


def drawing(rng: np.random.Generator) -> Image.Image:
    """Return one drawing, or two or three of one kind beside each other."""
    scene = _SCENES[rng.integers(len(_SCENES))]
    width, height = (int(n) for n in rng.integers(150, 520, 2))
    count = int(rng.choice([1, 1, 1, 2, 3]))
    sheet = Image.new("RGB", (width * count, height), "white")
    for n in range(count):
        tile = Image.new("RGB", (width, height), "white" if rng.random() < 0.85 else _pale(rng))
        scene(rng, (tile, ImageDraw.Draw(tile)))
        sheet.paste(tile, (n * width, 0))
    return sheet


def _pale(rng: np.random.Generator) -> Ink:
    red, green, blue = (int(n) for n in rng.integers(205, 250, 3))
    return red, green, blue


def _bold(rng: np.random.Generator) -> Ink:
    red, green, blue = (int(n) for n in rng.integers(10, 230, 3))
    return red, green, blue


def _said(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, count: int = 1) -> None:
    font = font_of(min(drawn[0].size) * rng.uniform(0.035, 0.075))
    drawn[1].text(tuple(at), words(rng, count), fill="black", font=font, anchor="mm")


def _arrow(rng: np.random.Generator, drawn: Drawing, start: np.ndarray, end: np.ndarray) -> None:
    along = (end - start) / (np.hypot(*(end - start)) + 1e-6)
    thick = float(rng.choice([1.5, 2, 3, 8]))
    across, back = np.array([-along[1], along[0]]) * (thick + 3), end - along * (8 + thick)
    ink = "black" if rng.random() < 0.7 else _bold(rng)
    drawn[1].line([tuple(start), tuple(back)], fill=ink, width=round(thick))
    drawn[1].polygon([tuple(end), tuple(back + across), tuple(back - across)], fill=ink)


def _map(rng: np.random.Generator, drawn: Drawing) -> None:
    """Draw land in a flat tone with a coast, places, a frame, a grid and a north arrow."""
    image, pen = drawn
    level = clouds(rng, image.size, min(image.size) * rng.uniform(0.25, 0.6)) + 0.1 * clouds(rng, image.size, 12)
    is_land = level > np.quantile(level, rng.uniform(0.3, 0.75))
    tones = [np.array(_pale(rng)), np.array([255, 255, 255] if rng.random() < 0.5 else (190, 215, 240))]
    coast = is_land ^ np.roll(is_land, 1, 0) | is_land ^ np.roll(is_land, 1, 1)
    plane = np.where(is_land[..., None], tones[0], tones[1])
    image.paste(Image.fromarray(np.where(coast[..., None], 60, plane).astype(np.uint8)))
    for _ in range(int(rng.integers(2, 20))):
        x, y = rng.uniform((0.05, 0.05), (0.95, 0.95)) * image.size
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=_bold(rng))
        if rng.random() < 0.5:
            _said(rng, drawn, np.array([x, y - 10]))
    for t in np.linspace(0, 1, 5) if rng.random() < 0.4 else ():
        pen.line((t * image.width, 0, t * image.width, image.height), fill=(150, 150, 150))
        pen.line((0, t * image.height, image.width, t * image.height), fill=(150, 150, 150))
    pen.rectangle((0, 0, image.width - 1, image.height - 1), outline="black", width=2)


def _pathway(rng: np.random.Generator, drawn: Drawing) -> None:
    """Draw words under each other with arrows between, a few in boxes or rings."""
    image, pen = drawn
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(3, 8))
    size = np.array(image.size)
    for column in range(columns):
        for row in range(rows):
            at = (np.array([column + 0.5, row + 0.5]) / (columns, rows)) * size
            if rng.random() < 0.25:
                half = size / (columns, rows) * 0.3
                shape = pen.ellipse if rng.random() < 0.4 else pen.rectangle
                shape((*(at - half), *(at + half)), outline="black", fill=_pale(rng) if rng.random() < 0.5 else None)
            _said(rng, drawn, at, int(rng.integers(1, 3)))
            if row:
                step = size[1] / rows
                _arrow(rng, drawn, at - (0, step * 0.7), at - (0, step * 0.28))
            if column and rng.random() < 0.3:
                step = size[0] / columns
                _arrow(rng, drawn, at - (step * 0.75, 0), at - (step * 0.3, 0))


def _shaded(rng: np.random.Generator, drawn: Drawing) -> None:
    """Draw a body lit from one side, as renderings of brains and surfaces are, with parts in colour."""
    image, _ = drawn
    wide, tall = image.size
    y, x = np.mgrid[-1 : 1 : tall * 1j, -1 : 1 : wide * 1j]
    plane = (
        np.full((tall, wide, 3), 255.0) if rng.random() < 0.8 else np.full((tall, wide, 3), float(rng.integers(0, 40)))
    )
    relief = blur(clouds(rng, image.size, min(wide, tall) * rng.uniform(0.08, 0.3)), 2)
    for n in range(int(rng.integers(1, 5))):
        cx, cy, rx, ry = *rng.uniform(-0.45, 0.45, 2), *rng.uniform(0.25, 0.6, 2)
        far = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + 0.3 * (relief - 0.5)
        height = np.sqrt(np.clip(1 - far, 0, 1)) + rng.uniform(0, 0.6) * relief
        down, across = np.gradient(blur(height, 1.5))
        light = np.clip(0.75 - 14 * (across * 0.6 + down * 0.8) / 4, 0.25, 1)
        ink = np.array((225, 225, 225) if n == 0 or rng.random() < 0.3 else _bold(rng), float)
        cover = rng.choice([1, 1, 0.5, 0.25])
        plane = np.where((far < 1)[..., None], plane * (1 - cover) + ink * light[..., None] * cover, plane)
    image.paste(Image.fromarray(plane.clip(0, 255).astype(np.uint8)))
    _tracts(rng, drawn)
    _said(rng, drawn, np.array(image.size) * (0.2, 0.07), 2)


def _tracts(rng: np.random.Generator, drawn: Drawing) -> None:
    size = np.array(drawn[0].size)
    ink, start = _bold(rng), size * rng.uniform(0.3, 0.7, 2)
    for _ in range(int(rng.choice([0, 0, 8, 40]))):
        steps = np.cumsum(rng.normal(0, 1, (25, 2)) + rng.normal(0, 0.7, 2), 0) * min(size) * 0.015
        drawn[1].line([tuple(p) for p in start + steps], fill=ink, width=int(rng.integers(1, 4)))


def _icons(rng: np.random.Generator, drawn: Drawing) -> None:
    """Draw animals, tubes, cells and screens as flat icons on a way from left to right."""
    image, pen = drawn
    count = int(rng.integers(2, 6))
    wide = image.width / count
    for n in range(count):
        at, r = np.array([(n + 0.5) * wide, image.height * rng.uniform(0.35, 0.65)]), min(wide, image.height) * 0.3
        (_mouse, _tube, _cell, _screen, _person)[rng.integers(5)](rng, drawn, at, r)
        _said(rng, drawn, at + np.array([0, r * 1.3]), 2)
        if n:
            _arrow(rng, drawn, at - (wide * 0.6, 0), at - (wide * 0.4, 0))
    if rng.random() < 0.3:
        pen.rectangle((2, 2, image.width - 3, image.height - 3), outline=_bold(rng), width=3)
    if rng.random() < 0.3:
        image.paste(image.filter(ImageFilter.GaussianBlur(0.8)))


def _mouse(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, r: float) -> None:
    pen, fur = drawn[1], [(90, 90, 90), (235, 235, 235), (160, 110, 70)][rng.integers(3)]
    tail = [tuple(at + np.array([0.9 + t, 0.1 * np.sin(6 * t)]) * r) for t in np.linspace(0, 0.8, 9)]
    pen.line(tail, fill="pink", width=3)
    pen.ellipse((at[0] - r, at[1] - r * 0.45, at[0] + r, at[1] + r * 0.45), fill=fur, outline="black")
    pen.ellipse((at[0] - r * 0.8, at[1] - r * 0.6, at[0] - r * 0.4, at[1] - r * 0.2), fill="pink", outline="black")


def _tube(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, r: float) -> None:
    pen, ink = drawn[1], _bold(rng)
    box = (at[0] - r * 0.3, at[1] - r, at[0] + r * 0.3, at[1] + r)
    pen.rounded_rectangle(box, r * 0.3, fill="white", outline="black", width=2)
    pen.rounded_rectangle((box[0] + 2, at[1], box[2] - 2, box[3] - 2), r * 0.3, fill=ink)


def _cell(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, r: float) -> None:
    shape = outline(rng, (at[0], at[1]), (r, r * 0.8), 0.08)
    drawn[1].polygon([tuple(p) for p in shape], fill=_pale(rng), outline=_bold(rng))
    drawn[1].ellipse((*(at - r * 0.35), *(at + r * 0.35)), fill=_bold(rng))
    for _ in range(int(rng.integers(0, 15))):
        x, y = at + rng.normal(0, r * 0.35, 2)
        drawn[1].ellipse((x - 3, y - 3, x + 3, y + 3), fill=_bold(rng))


def _screen(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, r: float) -> None:
    pen = drawn[1]
    pen.rounded_rectangle(
        (at[0] - r, at[1] - r * 0.6, at[0] + r, at[1] + r * 0.6), 5, fill=(40, 40, 50), outline="black"
    )
    curve = [
        tuple(at + np.array([t, 0.35 * np.sin(t * 9) * rng.uniform(0.3, 1)]) * r) for t in np.linspace(-0.8, 0.8, 30)
    ]
    pen.line(curve, fill=_bold(rng), width=2)


def _person(rng: np.random.Generator, drawn: Drawing, at: np.ndarray, r: float) -> None:
    pen, ink = drawn[1], _bold(rng)
    pen.ellipse((at[0] - r * 0.25, at[1] - r, at[0] + r * 0.25, at[1] - r * 0.5), fill=ink)
    pen.rounded_rectangle((at[0] - r * 0.4, at[1] - r * 0.45, at[0] + r * 0.4, at[1] + r), r * 0.3, fill=ink)


def _plasmid(rng: np.random.Generator, drawn: Drawing) -> None:
    image, pen = drawn
    centre, r = np.array(image.size) / 2, min(image.size) * 0.34
    box = (*(centre - r), *(centre + r))
    pen.ellipse(box, outline="black", width=2)
    for start in np.linspace(0, 360, int(rng.integers(3, 8)), endpoint=False):
        pen.arc(box, start, start + rng.uniform(15, 60), fill=_bold(rng), width=int(rng.integers(6, 16)))
        _said(rng, drawn, centre + r * 1.2 * np.array([np.cos(np.radians(start)), np.sin(np.radians(start))]))
    _said(rng, drawn, centre, 2)


def _timeline(rng: np.random.Generator, drawn: Drawing) -> None:
    image, pen = drawn
    y = image.height / 2
    _arrow(rng, drawn, np.array([image.width * 0.05, y]), np.array([image.width * 0.95, y]))
    for t in np.linspace(0.1, 0.85, int(rng.integers(3, 8))):
        x = t * image.width
        pen.line((x, y - 6, x, y + 6), fill="black", width=2)
        _said(rng, drawn, np.array([x, y + rng.choice([-18, 18])]))
    if rng.random() < 0.6:
        a, b = np.sort(rng.uniform(0.1, 0.9, 2)) * image.width
        pen.rectangle((a, y - 40, b, y - 26), fill=_bold(rng))


_SCENES = (_map, _pathway, _pathway, _shaded, _shaded, _icons, _icons, _plasmid, _timeline)
