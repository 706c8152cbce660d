"""Figure contents: what the panels of a made figure show: given micrographs, drawn plots, schemes and blots."""

import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from benchmarks.figure_layouts import Box

Size = tuple[int, int]

_INKS = ("#1f77b4", "#d62728", "#2ca02c", "#555555", "#9467bd", "#000000")
_CHANNELS = ("#ff0000", "#00ff00", "#0000ff", "#ff00ff", "#00ffff")
_FRAMES = ("white", "white", "black", "yellow", "red", "#00ffff")
_WORDS = ("control", "treated", "kDa", "cells", "time (h)", "ratio", "n = 12", "relative", "count", "DAPI", "WT", "KO")


def micrograph(picture: Image.Image, size: Size, rng: random.Random) -> Image.Image:
    """Return a part of a picture that fills `size`, with its own aspect, at times turned and brightened."""
    shown = picture.convert("RGB").rotate(rng.choice((0, 90, 180, 270)), expand=True)
    scale = max(size[0] / shown.width, size[1] / shown.height)
    wide, tall = min(shown.width, int(size[0] / scale)), min(shown.height, int(size[1] / scale))
    if scale < 1:
        part = rng.uniform(max(scale, 0.5), 1.0)
        wide, tall = max(8, int(wide * part)), max(8, int(tall * part))
    left, top = rng.randint(0, shown.width - wide), rng.randint(0, shown.height - tall)
    shown = shown.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + wide, top + tall))
    return ImageOps.autocontrast(shown, cutoff=1) if rng.random() < 0.6 else shown


def channels(picture: Image.Image, size: Size, count: int, rng: random.Random) -> list[Image.Image]:
    """Return `count` tiles of one field: single channels in colour, and the merge of all."""
    field = ImageOps.autocontrast(micrograph(picture, size, rng).convert("L"))
    greys = [ImageChops.offset(field, at * size[0] // 7, at * size[1] // 9) for at in range(count - 1)]
    inks = rng.sample(_CHANNELS, count - 1)
    tiles = [ImageOps.colorize(grey, "black", ink) for grey, ink in zip(greys, inks, strict=True)]
    merge = tiles[0]
    for tile in tiles[1:]:
        merge = ImageChops.add(merge, tile)
    return [*tiles, merge]


def with_inset(picture: Image.Image, rng: random.Random) -> tuple[Image.Image, Box]:
    """Return the picture with a framed close-up in a corner, and where that lies."""
    wide, tall = picture.width // 3, picture.height // 3
    left, top = rng.randint(0, picture.width - wide // 2), rng.randint(0, picture.height - tall // 2)
    close_up = picture.crop((left, top, left + wide // 2, top + tall // 2)).resize((wide, tall))
    close_up = ImageOps.expand(ImageOps.crop(close_up, 2), 2, fill="white")
    shown = picture.copy()
    at = rng.choice((0, picture.width - wide)), rng.choice((0, picture.height - tall))
    shown.paste(close_up, at)
    return shown, (*at, at[0] + wide, at[1] + tall)


def framed_anywhere(picture: Image.Image, rng: random.Random) -> tuple[Image.Image, Box]:
    """Return the picture with a close-up of any size, in a frame of any colour and 1 to 6 px, somewhere in it."""
    wide, tall = (round(side * rng.uniform(0.18, 0.5)) for side in picture.size)
    left, top = rng.randint(0, picture.width - wide // 2), rng.randint(0, picture.height - tall // 2)
    close_up = picture.crop((left, top, left + wide // 2, top + tall // 2)).resize((wide, tall))
    frame = rng.randint(1, 6)
    close_up = ImageOps.expand(ImageOps.crop(close_up, frame), frame, fill=rng.choice(_FRAMES))
    free = picture.width - wide, picture.height - tall
    gap = rng.choice((0, 0, rng.randint(3, 20)))
    corner = rng.choice((gap, free[0] - gap)), rng.choice((gap, free[1] - gap))
    along = rng.choice((0, free[0])), rng.randint(0, free[1])
    shown, at = picture.copy(), rng.choice((corner, corner, along))
    shown.paste(close_up, at)
    return shown, (*at, at[0] + wide, at[1] + tall)


def blot(size: Size, rng: random.Random) -> Image.Image:
    """Return lanes of blurred dark bands on grey."""
    shown = Image.new("L", size, rng.randint(170, 225))
    pen, lanes = ImageDraw.Draw(shown), rng.randint(3, 8)
    lane = size[0] / lanes
    for height in (rng.uniform(0.1, 0.9) * size[1] for _ in range(rng.randint(1, 4))):
        thick = max(2, size[1] * rng.uniform(0.02, 0.07))
        for at in range(lanes):
            if rng.random() < 0.8:
                pen.rectangle(
                    (lane * (at + 0.15), height, lane * (at + 0.85), height + thick), fill=rng.randint(10, 120)
                )
    shown = shown.filter(ImageFilter.GaussianBlur(max(1, size[1] / 120)))
    noise = Image.effect_noise(size, 12)
    return Image.blend(shown, noise, 0.12).convert("RGB")


def _axes(size: Size, rng: random.Random) -> tuple[Image.Image, ImageDraw.ImageDraw, tuple[int, int, int, int]]:
    """Return white paper with a plot's axes, ticks and words, which reach to its rims, and the box of its data."""
    shown = Image.new("RGB", size, "white")
    pen, height = ImageDraw.Draw(shown), max(8, min(16, min(size) // 16))
    font = ImageFont.load_default(height)
    left, top, right, bottom = round(3.4 * height), 2, size[0] - 2, size[1] - round(2.8 * height)
    if rng.random() < 0.4:
        pen.rectangle((left, top, right, bottom), outline="black", width=rng.randint(1, 2))
    else:
        pen.line((left, top, left, bottom, right, bottom), fill="black", width=rng.randint(1, 2))
    for tick in range(5):
        x, y = left + tick * (right - left) / 5, bottom - tick * (bottom - top) / 5
        pen.line((left - 4, y, left, y), fill="black")
        pen.text((left - 6, y), str(tick * 10), fill="black", font=font, anchor="rm")
        pen.line((x, bottom, x, bottom + 4), fill="black")
        pen.text((x, bottom + 5), str(tick), fill="black", font=font, anchor="mt")
    pen.text(((left + right) / 2, size[1] - 1), rng.choice(_WORDS), fill="black", font=font, anchor="mb")
    word = rng.choice(_WORDS)
    aside = Image.new("L", (int(font.getlength(word)) + 2, height + 4), 255)
    ImageDraw.Draw(aside).text((1, 0), word, fill=0, font=font)
    aside = aside.rotate(90, expand=True, fillcolor=255)
    shown.paste(aside, (0, max(0, (top + bottom - aside.height) // 2)))
    return shown, pen, (left, top, right, bottom)


def plot(size: Size, rng: random.Random) -> Image.Image:
    """Return bars, lines or points over axes with words."""
    shown, pen, (left, top, right, bottom) = _axes(size, rng)
    wide, tall, kind = right - left, bottom - top, rng.choice(("bars", "lines", "points"))
    if kind == "bars":
        count = rng.randint(2, 8)
        for at in range(count):
            x, y = left + wide * (at + 0.2) / count, bottom - tall * rng.uniform(0.1, 0.85)
            pen.rectangle((x, y, x + 0.6 * wide / count, bottom), fill=rng.choice(_INKS), outline="black")
    elif kind == "lines":
        for ink in rng.sample(_INKS, rng.randint(1, 3)):
            values = [rng.uniform(0.1, 0.9) for _ in range(rng.randint(4, 12))]
            step = wide / (len(values) - 1)
            points = [(left + at * step, bottom - tall * value) for at, value in enumerate(values)]
            pen.line(points, fill=ink, width=2)
    else:
        for _ in range(rng.randint(20, 120)):
            x, y = left + wide * rng.uniform(0.03, 0.97), bottom - tall * rng.uniform(0.03, 0.95)
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=rng.choice(_INKS[:3]))
    return shown


def scheme(size: Size, rng: random.Random) -> Image.Image:
    """Return boxes with words, joined by arrows, which reach to the rims."""
    shown = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(shown), ImageFont.load_default(max(8, min(size) // 14))
    count, across = rng.randint(2, 4), size[0] >= size[1]
    step, side = size[1 - across] / count, (size[across] - 1)
    for at in range(count):
        start, end = (
            at * step + (0 if at == 0 else 0.16 * step),
            (at + 1) * step - (1 if at == count - 1 else 0.16 * step),
        )
        box = (start, 0, end, side) if across else (0, start, side, end)
        pen.rounded_rectangle(box, 8, fill=rng.choice(("#dbeafe", "#dcfce7", "#fee2e2", "#ffffff")), outline="black")
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        pen.text(middle, rng.choice(_WORDS), fill="black", font=font, anchor="mm")
        if at:
            reach = (start - 0.36 * step, side / 2, start, side / 2)
            pen.line(reach if across else (reach[1], reach[0], reach[3], reach[2]), fill="black", width=2)
    return shown


Drawn = Callable[[Size, random.Random], Image.Image]
DRAWN: Sequence[Drawn] = (plot, plot, plot, scheme, blot)
"""What is drawn where no micrograph is shown; plots as often as in articles."""
