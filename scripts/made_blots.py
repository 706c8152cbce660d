"""Made blots as articles print them: stacks of framed strips beside each other, with heads, marks and names."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from scripts.made_plots import font_of, words

Strip = Callable[[np.random.Generator, tuple[int, int], int], Image.Image]
"""From a size in px and a number of lanes to a field with bands."""


def sheet_of_blots(rng: np.random.Generator, strip: Strip) -> Image.Image:
    """Return one to three stacks of strips on white, under one look."""
    count, size = int(rng.choice([1, 1, 2, 2, 3])), int(rng.integers(9, 17))
    shape = [
        (int(rng.uniform(14, 150)) if rng.random() < 0.4 else int(rng.uniform(14, 46)))
        for _ in range(rng.integers(1, 7))
    ]
    seed, is_named = int(rng.integers(2**32)), rng.random() < 0.7
    stacks = [
        _stack(np.random.default_rng([seed, n]), strip, (shape, size), is_first=n == 0 or not is_named)
        for n in range(count)
    ]
    gap = int(rng.integers(4, 40))
    foot = round(size * 1.5) if rng.random() < 0.3 else 0
    sheet = Image.new("RGB", (sum(s.width + gap for s in stacks), max(s.height for s in stacks) + foot), "white")
    x, pen = 0, ImageDraw.Draw(sheet)
    for stack in stacks:
        sheet.paste(stack, (x, 0))
        if foot:
            pen.text(
                (x + stack.width / 2, sheet.height - 1), words(rng, 2), fill="black", font=font_of(size), anchor="ms"
            )
        x += stack.width + gap
    return sheet


def _stack(rng: np.random.Generator, strip: Strip, told: tuple[list[int], int], *, is_first: bool) -> Image.Image:
    shape, size = told
    lanes, font = int(rng.integers(1, 11)), font_of(size)
    width = max(30, int(lanes * rng.uniform(13, 34)))
    head = _head(rng, lanes, width, size)
    left = round(size * rng.uniform(2, 5)) if is_first or rng.random() < 0.3 else 2
    right = round(size * rng.uniform(2, 6)) if rng.random() < 0.6 else 2
    gap = int(rng.choice([1, 2, 4, 8]))
    sheet = Image.new("RGB", (left + width + right, head.height + sum(tall + gap for tall in shape)), "white")
    sheet.paste(head, (left, 0))
    pen, y, is_framed = ImageDraw.Draw(sheet), head.height, rng.random() < 0.75
    for tall in shape:
        sheet.paste(strip(rng, (width, tall), lanes), (left, y))
        if is_framed:
            pen.rectangle((left, y, left + width - 1, y + tall - 1), outline="black", width=int(rng.integers(1, 3)))
        _margins(rng, pen, (left, y, width, tall), size)
        y += tall + gap
    if rng.random() < 0.15:
        pen.text((left, 0), words(rng, 2), fill="black", font=font)
    return sheet


def _margins(rng: np.random.Generator, pen: ImageDraw.ImageDraw, where: tuple[int, int, int, int], size: int) -> None:
    left, y, width, tall = where
    font = font_of(size * 0.9)
    for mark in range(max(1, tall // (size * 2))):
        at = y + (mark + 0.5) * tall / max(1, tall // (size * 2))
        if left > size:
            pen.line((left - 4, at, left - 1, at), fill="black", width=2)
            pen.text(
                (left - 6, at),
                str(rng.choice([250, 150, 100, 75, 50, 37, 25, 15])),
                fill="black",
                font=font,
                anchor="rm",
            )
    pen.text((left + width + 4, y + tall / 2), words(rng, 1)[:8], fill="black", font=font, anchor="lm")


def _head(rng: np.random.Generator, lanes: int, width: int, size: int) -> Image.Image:
    """Return what stands above the lanes: rows of signs or numbers, words aslant, a bar over some lanes."""
    rows = int(rng.choice([0, 1, 1, 2, 3, 5]))
    is_slanted = rng.random() < 0.25
    slant = size * 4 if is_slanted else 0
    head = Image.new("RGB", (width, round(rows * size * 1.3) + slant + 4), "white")
    pen, font = ImageDraw.Draw(head), font_of(size)
    for lane in range(lanes):
        x = (lane + 0.5) * width / lanes
        for row in range(rows):
            said = str(rng.choice(["+", "-", "\u2212", str(lane + 1), "WT", "KO", "0", "6"]))
            pen.text((x, slant + (row + 0.5) * size * 1.3), said, fill="black", font=font, anchor="mm")
        if is_slanted:
            word = Image.new("L", (slant, round(size * 1.3)))
            ImageDraw.Draw(word).text((0, 0), words(rng, 1), fill=255, font=font)
            turned = word.rotate(int(rng.choice([45, 60, 90])), expand=True)
            head.paste(Image.new("RGB", turned.size), (round(x - size / 2), max(0, slant - turned.height)), turned)
    if rows and rng.random() < 0.5:
        a, b = np.sort(rng.uniform(0, width, 2)).tolist()
        pen.line((a, slant + 2, b, slant + 2), fill="black", width=2)
    return head
