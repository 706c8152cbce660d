"""Soak articles: any number of packages as PMC's, made of real articles, each picture unlike all others.

A picture is laid anew of windows of real ones, turned, scaled, blended under a mask and shaded, so its bytes and its
hash are its own; one in fifty is a near duplicate of an earlier one, so that grouping has work. An article keeps its
words and gets ids, a licence, and a sentence in each caption of its own. What is made stays: the number of an article
says all of it, and a marker says for which settings.
"""

import io
import json
import multiprocessing
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.mirror import members, packages, unique

VERSION = 1
_LEAST_PX, _MOST_PX, _QUALITY = 200, 1000, 80
SIDE_PX = 700
"""The longest side of a figure; the shortest is a little more than half of it."""
_NEAR_SHARE, _NEAR_BACK = 0.02, 100
_MOST_LOOSE, _LOOSE = 300, ("*.png", "*.jpg")
_GRIDS = ((1, 1), (1, 1), (1, 1), (2, 1), (1, 2), (2, 2))
_GAP_PX, _GRAIN_PX, _GRAIN = 6, 12, 0.45
_CODES = ("by/4.0", "by/4.0", "by/4.0", "by/3.0", "by-nc/4.0", "by-sa/4.0", "by-nd/4.0")
_XLINK = "http://www.w3.org/1999/xlink"
_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_CELLS, _STAINS = ("HeLa cells", "hepatocytes", "fibroblasts", "neurons"), ("DAPI", "phalloidin", "GFP", "H&E")
_SUFFIXES = ("jpg", "jpeg", "png", "tif", "tiff", "gif")
_MARKER = "made.json"
_FIGURE = re.compile(rb"<fig\b.*?</fig>", re.DOTALL)
_HREF = re.compile(rb'<(?:\w+:)?graphic\b[^>]*?href="([^"]+)"')
_RELATED = re.compile(rb"<related-(article|object)\b[^>]*?(?:/>|>.*?</related-\1>)", re.DOTALL)
_PERMISSIONS = re.compile(rb"<permissions>.*?</permissions>", re.DOTALL)


class Original(NamedTuple):
    """A real article: its XML, and the names of the pictures that its figures show."""

    name: str
    xml: bytes
    pictures: tuple[str, ...]


class Pool(NamedTuple):
    """What articles are made of."""

    originals: tuple[Original, ...]
    pictures: tuple[Image.Image, ...]


class Order(NamedTuple):
    """An article to be made; its first picture is the `first`-th of all."""

    number: int
    original: int
    first: int
    figures: int


@cache
def pool(folder: Path) -> Pool:
    """Return the articles and the pictures of `folder` that others can be made of."""
    originals: list[Original] = []
    pictures: list[Image.Image] = []
    for package in packages(folder):
        try:
            files = dict(members(package))
        except (OSError, tarfile.TarError, ValueError):
            continue  # a folder of real data has damaged ones
        sizable = {_stem(name): small for name, blob in files.items() if (small := _small(blob))}
        for name, xml in files.items():
            if name.endswith((".xml", ".nxml")) and (shown := _shown(xml, sizable)):
                originals.append(Original(name.rpartition("/")[2], xml, shown))
                pictures += [sizable[_stem(at)] for at in shown]
    others = sorted(path for end in _LOOSE for path in folder.rglob(end) if path.parent.name != "masks")
    more = filter(None, (_small(path.read_bytes()) for path in others[:: max(1, len(others) // _MOST_LOOSE)]))
    return Pool(tuple(originals), (*pictures, *more))


def _stem(name: str) -> str:
    base, _, end = name.rpartition("/")[2].rpartition(".")
    return base if end.lower() in _SUFFIXES else name.rpartition("/")[2]


def _small(blob: bytes) -> Image.Image | None:
    """Return a picture that is no icon, its longer side 1,000 px at most."""
    try:
        picture = Image.open(io.BytesIO(blob))
        if min(picture.size) < _LEAST_PX or picture.format not in ("JPEG", "PNG"):
            return None
        picture.draft("RGB", (_MOST_PX, _MOST_PX))
        picture.thumbnail((_MOST_PX, _MOST_PX))
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _shown(xml: bytes, sizable: dict[str, Image.Image]) -> tuple[str, ...]:
    named = [_HREF.search(figure[0]) for figure in _FIGURE.finditer(xml)]
    each = dict.fromkeys(found[1].decode().rpartition("/")[2] for found in named if found)
    return tuple(name for name in each if _stem(name) in sizable)


def _window(pictures: Sequence[Image.Image], size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    picture = pictures[int(rng.integers(len(pictures)))]
    wide, high = (side * share for side, share in zip(picture.size, rng.uniform(0.45, 0.9, 2), strict=True))
    left, top = rng.uniform(0, picture.width - wide), rng.uniform(0, picture.height - high)
    cut: Image.Image = picture.resize(size, Image.Resampling.NEAREST, box=(left, top, left + wide, top + high))
    turn = int(rng.integers(5))
    return cut.transpose(_TURNS[turn]) if turn < len(_TURNS) else cut


_TURNS = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180)


def _tile(pictures: Sequence[Image.Image], size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    mask = Image.fromarray(rng.integers(0, 256, (5, 6), dtype=np.uint8)).resize(size, Image.Resampling.BILINEAR)
    both = Image.composite(_window(pictures, size, rng), _window(pictures, size, rng), mask)
    # Without a grain of its own a picture shares corners with hundreds that show the same original.
    cells = max(2, size[1] // _GRAIN_PX), max(2, size[0] // _GRAIN_PX)
    grain = Image.fromarray(rng.integers(0, 256, cells, dtype=np.uint8)).resize(size, Image.Resampling.BILINEAR)
    both = Image.blend(both, grain.convert("RGB"), _GRAIN)
    gains, lifts = rng.uniform(0.6, 1.2, 3), rng.uniform(-30, 40, 3)
    levels = np.arange(256)
    table = [np.clip(levels * gain + lift, 0, 255).astype(np.uint8) for gain, lift in zip(gains, lifts, strict=True)]
    return both.point(np.concatenate(table).tolist())


def picture(pictures: Sequence[Image.Image], number: int, side_px: int = SIDE_PX) -> Image.Image:
    """Return the picture of a number; some are an earlier one, slightly cut and lighter."""
    rng = np.random.default_rng([VERSION, number])
    if number >= _NEAR_BACK and rng.random() < _NEAR_SHARE:
        copied = number - int(rng.integers(1, _NEAR_BACK))
        earlier = _laid(pictures, side_px, np.random.default_rng([VERSION, copied, 1]))
        cut = earlier.crop((3, 3, earlier.width - 4, earlier.height - 2))
        return cut.point([min(255, value + 6) for value in range(256)] * 3)
    return _laid(pictures, side_px, np.random.default_rng([VERSION, number, 1]))


def _laid(pictures: Sequence[Image.Image], side_px: int, rng: np.random.Generator) -> Image.Image:
    """Return a figure of one to four tiles."""
    columns, rows = _GRIDS[rng.integers(len(_GRIDS))]
    wide, high = (int(side) for side in rng.integers(side_px * 38 // 70, side_px, 2))
    if (columns, rows) == (1, 1):
        return _tile(pictures, (wide, high), rng)
    canvas = Image.new("RGB", (wide, high), "white")
    size = (wide - (columns - 1) * _GAP_PX) // columns, (high - (rows - 1) * _GAP_PX) // rows
    for at in range(columns * rows):
        place = at % columns * (size[0] + _GAP_PX), at // columns * (size[1] + _GAP_PX)
        canvas.paste(_tile(pictures, size, rng), place)
    return canvas


def text(original: Original, number: int) -> bytes:
    """Return the XML of a copy: ids, licence and captions of its own, and no word of a related work."""
    rng = np.random.default_rng([VERSION, number, 2])
    code = _CODES[rng.integers(len(_CODES))]
    address = _CC0 if rng.random() < 0.1 else f"https://creativecommons.org/licenses/{code}/"
    said = (
        f'<license xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{address}"><license-p>{address}</license-p>'
    )
    permissions = f"<permissions>{said}</license></permissions>".encode()
    bare = _RELATED.sub(b"", unique(original.name, original.xml, number))
    licensed = _PERMISSIONS.sub(lambda _: permissions, bare, count=1)
    if permissions not in licensed:
        licensed = licensed.replace(b"</article-meta>", permissions + b"</article-meta>", 1)
    return re.sub(rb"</caption>", lambda _: _sentence(rng) + b"</caption>", licensed)


def _sentence(rng: np.random.Generator) -> bytes:
    cells, stain = _CELLS[rng.integers(len(_CELLS))], _STAINS[rng.integers(len(_STAINS))]
    number, times, length = (int(rng.integers(1, most)) for most in (10**9, 100, 200))
    said = f"Experiment {number}: {cells}, {stain}, {times}x. Scale bar, {length} µm."
    return f"<p>{said.replace('&', '&amp;')}</p>".encode()


def orders(originals: Sequence[Original], figures: int) -> Iterator[Order]:
    """Yield the articles that have `figures` figures together, the last of them with no more than are wanted."""
    made, number = 0, 0
    while made < figures:
        at = number % len(originals)
        count = min(len(originals[at].pictures), figures - made)
        yield Order(number, at, made, count)
        made, number = made + count, number + 1


def _write(folder: Path, place: Path, side_px: int, order: Order) -> int:
    """Write the package of an article where it isn't there, and return how many figures it has."""
    path = place / f"{order.number // 1000:03d}" / f"SOAK{order.number:06d}.tar.gz"
    if path.is_file():
        return order.figures
    known = pool(folder)
    original = known.originals[order.original]
    files = [(original.name, text(original, order.number))]
    for at, name in enumerate(original.pictures[: order.figures]):
        buffer = io.BytesIO()
        picture(known.pictures, order.first + at, side_px).save(buffer, "JPEG", quality=_QUALITY)
        files.append((f"{_stem(name)}.jpg", buffer.getvalue()))
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    with tarfile.open(half, "w:gz", compresslevel=1) as tar:
        for name, blob in files:
            member = tarfile.TarInfo(f"SOAK{order.number:06d}/{name}")
            member.size = len(blob)
            tar.addfile(member, io.BytesIO(blob))
    half.replace(path)
    return order.figures


def make(folder: Path, place: Path, figures: int, *, workers: int = 2, side_px: int = SIDE_PX) -> int:
    """Write articles with so many figures, made of those in `folder`, where they aren't there yet; return how many."""
    known = pool(folder)
    if not known.originals:
        raise SystemExit(f"{folder} holds no article with JPEG or PNG pictures of {_LEAST_PX} px")
    settings = {
        "version": VERSION,
        "folder": str(folder),
        "figures": figures,
        "originals": len(known.originals),
        "side_px": side_px,
    }
    marker = place / _MARKER
    if place.exists() and (not marker.is_file() or json.loads(marker.read_text()) != settings):
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(settings))
    wanted = list(orders(known.originals, figures))
    with multiprocessing.get_context("fork").Pool(workers) as processes:  # so that the pool of pictures is shared
        for _ in processes.imap_unordered(partial(_write, folder, place, side_px), wanted, chunksize=8):
            pass
    return len(wanted)
