"""Made panels: micrographs as articles show them, in strips and with letters, and the wear that print adds."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from scripts import made_bodies, made_gels, made_micrographs, made_photos, made_plots, made_schemes, made_stains
from scripts.made_plots import font_of, words

_WRITTEN = ("DAPI", "GFP", "Merge", "WT", "KO", "Actin", "0 min", "60 min", "20x", "Control", "siRNA", "10 um")
Shots = Sequence[Image.Image]


def panel(rng: np.random.Generator, kind: str, taken: Shots = ()) -> Image.Image:
    """Return a panel of a kind; micrographs, photographs and slices are made, or cut from those that were `taken`."""
    if kind == "microscopy":
        return micrograph(rng, taken)
    if kind in {"photo", "medical"} and taken:
        return made_photos.shown(rng, taken, is_photo=kind == "photo")
    if kind == "mixed":
        return _mixed(rng, taken)
    plain = {
        "plot": made_plots.plot,
        "diagram": made_schemes.diagram,
        "gel": made_gels.gel,
        "photo": made_bodies.photo,
        "medical": made_bodies.medical,
        "table": made_schemes.table,
        "text": made_schemes.text,
    }
    return plain[kind](rng)


def micrograph(rng: np.random.Generator, taken: Shots = ()) -> Image.Image:
    """Return one field, a strip of channels or a grid, with bars, letters and arrows as articles add them."""
    rows, columns = _layout(rng)
    width, height = (int(n) for n in rng.integers(70, 300, 2) // max(1, max(rows, columns) // 2))
    tiles: list[Image.Image] = []
    while len(tiles) < rows * columns:
        fields = [_cut(rng, taken)] if taken and rng.random() < 0.55 else made_micrographs.scene(rng)
        exposure = _exposure(rng)
        tiles += [_marked(rng, _exposed(field.resize((width, height)), exposure)) for field in fields]
    gap = int(rng.choice([1, 2, 3, 4, 6, 10]))
    sheet = gridded(tiles[: rows * columns], columns, gap, "white" if rng.random() < 0.7 else "black")
    if rows * columns > 1 and rng.random() < 0.35:
        return headed(rng, sheet, (rows, columns))
    return _bordered(rng, sheet) if rng.random() < 0.3 else sheet


def headed(rng: np.random.Generator, sheet: Image.Image, shape: tuple[int, int]) -> Image.Image:
    """Return a grid with names above its columns and beside its rows, in black or in the colours of channels."""
    rows, columns = shape
    size = int(np.clip(sheet.width / columns * rng.uniform(0.08, 0.16), 8, 20))
    left, above = size * int(rng.choice([0, 2, 4])), size * int(rng.choice([2, 3]))
    page = Image.new("RGB", (sheet.width + left, sheet.height + above), "white")
    page.paste(sheet, (left, above))
    pen, font = ImageDraw.Draw(page), font_of(size)
    inks = ("black", "black", "green", "magenta", "blue", "red")
    for column in range(columns):
        x = left + (column + 0.5) * sheet.width / columns
        ink = inks[int(rng.integers(len(inks)))]
        pen.text((x, above - 3), str(rng.choice(_WRITTEN)), fill=ink, font=font, anchor="ms")
    for row in range(rows if left else 0):
        pen.text((2, above + (row + 0.5) * sheet.height / rows), str(rng.choice(_WRITTEN))[:4], fill="black", font=font)
    if above > 2 * size:
        pen.text((page.width / 2, 0), words(rng, 3), fill="black", font=font, anchor="mt")
    return page


def section(rng: np.random.Generator) -> Image.Image:
    """Return one to six stained sections as articles show them."""
    count, seed = int(rng.choice([1, 1, 1, 2, 3, 4, 6])), int(rng.integers(2**32))
    size = (int(rng.integers(90, 330)), int(rng.integers(90, 330)))
    tiles = [_marked(rng, made_stains.stained(np.random.default_rng([seed, n // 2]), size)) for n in range(count)]
    across = int(rng.choice([n for n in (1, 2, 3, 4) if count % n == 0]))
    sheet = gridded(tiles, across, int(rng.choice([1, 3, 6])), "white")
    return headed(rng, sheet, (count // across, across)) if rng.random() < 0.25 else sheet


def _layout(rng: np.random.Generator) -> tuple[int, int]:
    options = ((1, 1), (1, 1), (1, 1), (1, 2), (1, 3), (1, 4), (2, 2), (2, 3), (3, 4), (3, 1), (4, 5), (2, 4))
    rows, columns = options[rng.integers(len(options))]
    return rows, columns


def gridded(tiles: Shots, columns: int, gap_px: int, ground: str) -> Image.Image:
    """Return tiles of one size in rows, a line of the ground's colour between them."""
    width, height = tiles[0].size
    rows = -(-len(tiles) // columns)
    size = (columns * (width + gap_px) - gap_px, rows * (height + gap_px) - gap_px)
    sheet = Image.new("RGB", size, ground)
    for n, tile in enumerate(tiles):
        sheet.paste(tile, (n % columns * (width + gap_px), n // columns * (height + gap_px)))
    return sheet


def _exposure(rng: np.random.Generator) -> tuple[float, float]:
    """Return gain and contrast: fields are often dim, or pale grey on grey, and are printed so."""
    return float(rng.choice([1, 1, 1, rng.uniform(0.1, 1)])), float(rng.choice([1, 1, 1, 1, rng.uniform(0.06, 1)]))


def _exposed(field: Image.Image, exposure: tuple[float, float]) -> Image.Image:
    gain, contrast = exposure
    levels = np.asarray(field, float)
    paled = levels.mean((0, 1)) * (1 - contrast) + levels * contrast
    return Image.fromarray(np.clip(paled * gain, 0, 255).astype(np.uint8))


def _cut(rng: np.random.Generator, taken: Shots) -> Image.Image:
    whole = taken[int(rng.integers(len(taken)))].convert("RGB")
    share = rng.uniform(0.35, 1)
    width, height = max(16, int(whole.width * share)), max(16, int(whole.height * share))
    left, top = int(rng.integers(whole.width - width + 1)), int(rng.integers(whole.height - height + 1))
    cut = whole.crop((left, top, left + width, top + height)).transpose(Image.Transpose(int(rng.integers(7))))
    levels = np.asarray(cut, float)
    if rng.random() < 0.3:  # stretched to full contrast, as authors do
        low, high = np.percentile(levels, (1, 99.7))
        levels = (levels - low) / max(high - low, 1) * 255
    if rng.random() < 0.25 and np.ptp(levels, axis=2).max() < 3:  # a grey channel, put in colour
        levels = levels * rng.choice(np.array([(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (0, 1, 1)]))
    return Image.fromarray(np.clip(levels * rng.uniform(0.8, 1.25), 0, 255).astype(np.uint8))


def _marked(rng: np.random.Generator, field: Image.Image) -> Image.Image:
    pen, (width, height) = ImageDraw.Draw(field), field.size
    is_dark = np.asarray(field.convert("L")).mean() < 128
    ink = "white" if is_dark else "black"
    if rng.random() < 0.5:
        long, x, y = width * rng.uniform(0.1, 0.35), width * rng.uniform(0.05, 0.6), height * 0.92
        pen.rectangle((x, y, x + long, y + max(1, height // 60)), fill=ink)
    if rng.random() < 0.5:
        font, at = font_of(min(field.size) * rng.uniform(0.06, 0.16)), (width * 0.03, height * rng.choice([0.02, 0.8]))
        pen.text(at, str(rng.choice(_WRITTEN)), fill=ink if rng.random() < 0.8 else (255, 220, 0), font=font)
    for _ in range(int(rng.choice([0, 0, 0, 2, 5]))):
        x, y = rng.uniform((0, 0), field.size)
        pen.polygon([(x, y), (x - 9, y - 3), (x - 5, y - 9)], fill=ink)
    if rng.random() < 0.1:
        box = (width * 0.55, height * 0.05, width * 0.95, height * 0.4)
        spot = field.crop((width // 3, height // 3, width // 2, height // 2)).resize(
            (int(width * 0.4), int(height * 0.35))
        )
        field.paste(spot, (int(box[0]), int(box[1])))
        pen.rectangle(box, outline=ink)
    return field


def _bordered(rng: np.random.Generator, sheet: Image.Image) -> Image.Image:
    """Return a panel with words beside it on white, as rows and columns of micrographs have."""
    size = int(np.clip(min(sheet.size) * rng.uniform(0.05, 0.14), 8, 30))
    left, top, right, bottom = (int(n) * size for n in rng.choice([0, 0, 1, 2], 4))
    page = Image.new("RGB", (sheet.width + left + right, sheet.height + top + bottom), "white")
    page.paste(sheet, (left, top))
    pen, font = ImageDraw.Draw(page), font_of(size * 0.8)
    for n in range(3 if top else 0):
        pen.text(
            (left + sheet.width * (n + 0.5) / 3, 1), str(rng.choice(_WRITTEN)), fill="black", font=font, anchor="mt"
        )
    if bottom:
        pen.text((left, top + sheet.height + 1), words(rng, 3), fill="black", font=font)
    return page


def _mixed(rng: np.random.Generator, taken: Shots) -> Image.Image:
    """Return two or three panels of unlike kinds on one page."""
    kinds = ["microscopy", *rng.permutation(["plot", "diagram", "gel"])[: rng.integers(1, 3)]]
    kinds = kinds if rng.random() < 0.8 else ["gel", "plot"]
    tall = int(rng.integers(140, 300))
    parts = [panel(rng, kind, taken) for kind in kinds]
    parts = [part.resize((int(np.clip(part.width * tall / part.height, tall // 2, tall * 2)), tall)) for part in parts]
    is_row = rng.random() < 0.6
    if not is_row:
        parts = [part.resize((tall, max(60, part.height * tall // part.width))) for part in parts]
    size = (sum(p.width + 14 for p in parts), tall) if is_row else (tall, sum(p.height + 14 for p in parts))
    page, at = Image.new("RGB", size, "white"), 0
    for part in parts:
        page.paste(part, (at, 0) if is_row else (0, at))
        at += (part.width if is_row else part.height) + 14
    return page


def worn(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Return a panel as it comes out of an article: lettered, scaled, cut a little off, pressed as JPEG."""
    image = image.convert("RGB")
    if rng.random() < 0.25:
        edge = int(rng.integers(1, 14))
        page = Image.new("RGB", (image.width + edge, image.height + edge * 2), "white")
        page.paste(image, (edge, edge))
        image = page
    if rng.random() < 0.35:
        font = font_of(np.clip(min(image.size) * rng.uniform(0.05, 0.14), 10, 40))
        is_dark = np.asarray(image.crop((0, 0, 30, 30)).convert("L")).mean() < 128
        letter = str(rng.choice(list("ABCDEFabcdef")))
        ImageDraw.Draw(image).text((3, 1), letter, fill="white" if is_dark else "black", font=font)
    scale = float(np.clip(rng.lognormal(0, 0.5), 0.35, 2.5))
    size = (max(24, int(image.width * scale)), max(24, int(image.height * scale)))
    image = image.resize(size, Image.Resampling.LANCZOS if rng.random() < 0.5 else Image.Resampling.BILINEAR)
    if rng.random() < 0.12:
        image = image.convert("L").convert("RGB")
    if rng.random() < 0.85:
        held = io.BytesIO()
        image.save(held, "JPEG", quality=int(rng.integers(45, 97)))
        image = Image.open(held).convert("RGB")
    return image
