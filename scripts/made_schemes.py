"""Made schemes: diagrams, tables and text, drawn from a seed, to learn what they look like."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.made_plots import font_of, words

_SOFT = ((222, 235, 247), (254, 224, 210), (229, 245, 224), (255, 242, 204), (218, 218, 235), (240, 240, 240))
_BOLD = ((49, 130, 189), (222, 45, 38), (49, 163, 84), (253, 141, 60), (117, 107, 177), (40, 40, 40), (0, 170, 190))
Drawing = tuple[Image.Image, ImageDraw.ImageDraw]


def diagram(rng: np.random.Generator) -> Image.Image:
    """Return a flow chart, a network, a cell scheme, a gene map, a molecule, a tree or a drawn body."""
    width, height = (int(n) for n in rng.integers(160, 720, 2))
    image = Image.new("RGB", (width, height), "white" if rng.random() < 0.9 else _SOFT[rng.integers(len(_SOFT))])
    scenes = (_flow, _flow, _network, _membrane, _gene_map, _molecule, _tree, _body, _optics)
    scenes[rng.integers(len(scenes))](rng, (image, ImageDraw.Draw(image)))
    return image


def table(rng: np.random.Generator) -> Image.Image:
    """Return rows and columns of short words and numbers, with rules or shaded rows."""
    rows, columns, size = int(rng.integers(3, 18)), int(rng.integers(2, 8)), int(rng.integers(9, 20))
    wide, tall = rng.uniform(3.5, 7) * size, rng.uniform(1.4, 2.2) * size
    image = Image.new("RGB", (round(columns * wide) + 12, round(rows * tall) + 12), "white")
    pen, font, style = ImageDraw.Draw(image), font_of(size), rng.random(5)
    for row in range(rows):
        y = 6 + row * tall
        if (style[0] < 0.3 and row % 2) or (style[1] < 0.4 and row == 0):
            pen.rectangle((6, y, image.width - 6, y + tall), fill=_SOFT[int(style[2] * len(_SOFT))])
        for column in range(columns):
            said = (
                words(rng, int(rng.integers(1, 3)))
                if column == 0 or row == 0
                else f"{rng.normal(0, 50):.{rng.integers(0, 3)}f}"
            )
            while font.getlength(said) > wide - size * 0.4 and len(said) > 1:
                said = said[:-1]
            pen.text((6 + column * wide + size * 0.3, y + tall / 2), said, fill="black", font=font, anchor="lm")
        if style[3] < 0.5 or row in {0, 1, rows - 1}:
            pen.line((6, y, image.width - 6, y), fill="black" if style[3] < 0.8 else (180, 180, 180))
    pen.line((6, 6 + rows * tall, image.width - 6, 6 + rows * tall), fill="black")
    for column in range(columns + 1 if style[4] < 0.35 else 0):
        pen.line((6 + column * wide, 6, 6 + column * wide, 6 + rows * tall), fill="black")
    return image


def text(rng: np.random.Generator) -> Image.Image:
    """Return lines of words, or aligned sequences of letters with shaded columns."""
    size, lines = int(rng.integers(8, 22)), int(rng.integers(2, 24))
    width = round(size * rng.uniform(14, 44))
    image = Image.new(
        "RGB", (width, round(lines * size * 1.4) + 10), "white" if rng.random() < 0.9 else (245, 245, 245)
    )
    pen, font, is_sequence = ImageDraw.Draw(image), font_of(size), rng.random() < 0.35
    for n in range(lines):
        y = 5 + n * size * 1.4
        if is_sequence:
            _sequence(rng, pen, (y, size, width))
            continue
        said = words(rng, 40)
        while font.getlength(said) > width - 10:
            said = said[: -max(1, len(said) // 12)]
        ink = _BOLD[rng.integers(len(_BOLD))] if rng.random() < 0.1 else (20, 20, 20)
        pen.text((5, y), said if rng.random() < 0.9 else said[: len(said) // 2], fill=ink, font=font)
    return image


def _sequence(rng: np.random.Generator, pen: ImageDraw.ImageDraw, where: tuple[float, int, int]) -> None:
    (y, size, width), font = where, font_of(where[1])
    for n, x in enumerate(np.arange(5 + size * 4, width - size, size * 0.8)):
        if (n * 7919) % 10 < 3:
            pen.rectangle((x, y, x + size * 0.8, y + size * 1.3), fill=_SOFT[(n * 31) % len(_SOFT)])
        pen.text((x, y), str(rng.choice(list("ACDEFGHIKLMNPQRSTVWY-"))), fill="black", font=font)
    pen.text((5, y), words(rng, 1)[:6], fill="black", font=font)


def _arrow(
    pen: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray, ink: str | tuple[int, int, int] = "black"
) -> None:
    along = (end - start) / (np.hypot(*(end - start)) + 1e-6)
    across, back = np.array([-along[1], along[0]]) * 5, end - along * 10
    pen.line([tuple(start), tuple(end)], fill=ink, width=2)
    pen.polygon([tuple(end), tuple(back + across), tuple(back - across)], fill=ink)


def _label(rng: np.random.Generator, drawing: Drawing, at: np.ndarray, count: int = 1) -> None:
    size = min(drawing[0].size) * rng.uniform(0.035, 0.06)
    drawing[1].text(tuple(at), words(rng, count), fill="black", font=font_of(size), anchor="mm")


def _places(rng: np.random.Generator, image: Image.Image, count: int) -> np.ndarray:
    across = int(np.ceil(np.sqrt(count)))
    grid = np.array([(n % across + 0.5, n // across + 0.5) for n in range(count)]) / across
    return np.asarray((grid + rng.uniform(-0.06, 0.06, grid.shape)) * np.array(image.size))


def _flow(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    places = _places(rng, image, int(rng.integers(3, 13)))
    half = np.array(image.size) / np.sqrt(len(places)) * rng.uniform(0.2, 0.36)
    is_plain = rng.random() < 0.3
    for a, b in pairwise(places):
        _arrow(pen, a, a + (b - a) * 0.62)
    for n, at in enumerate(places):
        box = (*(at - half), *(at + half))
        fill = (_SOFT + _BOLD)[(n * 5) % 13] if rng.random() < 0.8 else "white"
        if not is_plain and n % 3 == 0:
            pen.ellipse(box, fill=fill, outline="black")
        elif not is_plain:
            pen.rounded_rectangle(box, radius=8, fill=fill, outline="black", width=int(rng.integers(1, 3)))
        _label(rng, drawing, at, 2)


def _network(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    places = _places(rng, image, int(rng.integers(4, 26)))
    for _ in range(len(places) * 2):
        a, b = places[rng.integers(len(places), size=2)]
        pen.line([tuple(a), tuple(b)], fill=(90, 90, 90), width=int(rng.integers(1, 4)))
    radius = min(image.size) / np.sqrt(len(places)) * rng.uniform(0.1, 0.25)
    for n, at in enumerate(places):
        pen.ellipse((*(at - radius), *(at + radius)), fill=_BOLD[n % 7], outline="black")
        _label(rng, drawing, at + np.array([0, radius * 1.5]))


def _membrane(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    (width, height), y = image.size, image.height * rng.uniform(0.25, 0.5)
    pen.rectangle((0, y, width, height), fill=_SOFT[rng.integers(len(_SOFT))])
    for x in range(0, width, 8):
        for row in (y, y + 22):
            pen.ellipse((x, row - 4, x + 7, row + 4), fill=(240, 190, 90), outline=(130, 90, 30))
        pen.line((x + 3, y + 4, x + 3, y + 18), fill=(130, 90, 30))
    for _ in range(int(rng.integers(2, 6))):
        at = rng.uniform((width * 0.1, y), (width * 0.9, height * 0.95))
        half = rng.uniform(12, 46, 2)
        pen.ellipse((*(at - half), *(at + half)), fill=_BOLD[rng.integers(7)], outline="black")
        _label(rng, drawing, at)
        _arrow(pen, at + np.array([0, half[1]]), at + np.array([rng.uniform(-40, 40), half[1] + 40]))


def _gene_map(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    for row in range(1, int(rng.integers(2, 6))):
        y, x = image.height * row / 6, image.width * 0.08
        pen.line((x, y, image.width * 0.95, y), fill="black", width=2)
        while x < image.width * 0.85:
            wide = rng.uniform(0.03, 0.16) * image.width
            pen.rectangle((x, y - 9, x + wide, y + 9), fill=(_SOFT + _BOLD)[rng.integers(13)], outline="black")
            _label(rng, drawing, np.array([x + wide / 2, y - 20]))
            x += wide + rng.uniform(0.01, 0.12) * image.width


def _molecule(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    for at in _places(rng, image, int(rng.integers(1, 7))):
        radius, turn = min(image.size) * rng.uniform(0.06, 0.12), rng.uniform(0, 1)
        for ring in range(int(rng.integers(1, 4))):
            centre = at + np.array([ring * radius * 1.74, 0])
            corners = [tuple(centre + radius * np.array([np.sin(a), np.cos(a)])) for a in np.arange(6) * np.pi / 3]
            pen.line([*corners, corners[0]], fill="black", width=2)
            pen.line([tuple(centre + (np.array(c) - centre) * 0.75) for c in corners[:2]], fill="black", width=2)
        end = at + radius * np.array([np.cos(turn), np.sin(turn)]) * 2
        pen.line([tuple(at + (end - at) / 2), tuple(end)], fill="black", width=2)
        pen.text(
            tuple(end),
            str(rng.choice(["OH", "NH2", "O", "COOH", "N", "Br"])),
            fill=_BOLD[rng.integers(7)],
            font=font_of(14),
        )


def _tree(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    leaves = [image.height * (n + 0.5) / 12 for n in range(int(rng.integers(5, 13)))]
    size, tips = font_of(max(8, image.height / 22)), image.width * 0.7
    nodes = [(tips, y) for y in leaves]
    for y in leaves:
        pen.text((tips + 4, y), words(rng, 2), fill="black", font=size, anchor="lm")
    while len(nodes) > 1:
        n = int(rng.integers(len(nodes) - 1))
        (xa, ya), (xb, yb) = nodes[n : n + 2]
        x = min(xa, xb) * rng.uniform(0.75, 0.95)
        pen.line([(xa, ya), (x, ya), (x, yb), (xb, yb)], fill="black", width=2)
        nodes[n : n + 2] = [(x, (ya + yb) / 2)]


def _body(rng: np.random.Generator, drawing: Drawing) -> None:
    """Draw a pale shaded body with coloured branches in it, as renderings of brains and neurons are."""
    image, pen = drawing
    size = np.array(image.size)
    for _ in range(int(rng.integers(2, 6))):
        at, half = size * rng.uniform(0.3, 0.7, 2), size * rng.uniform(0.1, 0.3, 2)
        pen.ellipse((*(at - half), *(at + half)), fill=(int(rng.integers(205, 245)),) * 3, outline=(190, 190, 190))
    image.paste(image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 5)))))
    for _ in range(int(rng.integers(3, 40))):
        points, step = [size * rng.uniform(0.35, 0.65, 2)], min(size) * 0.03
        turn = rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(4, 22))):
            turn += rng.normal(0, 0.5)
            points.append(points[-1] + step * np.array([np.cos(turn), np.sin(turn)]))
        pen.line([tuple(p) for p in points], fill=_BOLD[int(rng.integers(7))], width=int(rng.integers(1, 4)))
    _label(rng, drawing, size * np.array([0.2, 0.08]), 2)


def _optics(rng: np.random.Generator, drawing: Drawing) -> None:
    image, pen = drawing
    places = _places(rng, image, int(rng.integers(3, 9)))
    beam = _BOLD[rng.integers(7)]
    for a, b in pairwise(places):
        pen.line([tuple(a), (b[0], a[1]), tuple(b)], fill=beam, width=int(rng.integers(2, 9)))
    for n, at in enumerate(places):
        half = rng.uniform(8, 26, 2)
        (pen.ellipse if n % 2 else pen.rectangle)(
            (*(at - half), *(at + half)), fill=(_SOFT + _BOLD)[rng.integers(13)], outline="black"
        )
        _label(rng, drawing, at + np.array([0, half[1] + 10]), 2)
