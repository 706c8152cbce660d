"""Duplicates against perturbed copies and hard negatives: python -m benchmarks.duplicates DIR [--every N] [--json].

DIR holds `seg/<set>/images/*` and `figure_image_pairs.tsv` with the containers it names. Each picture (every Nth) is
changed in ways that people change pictures; all of them, with the pictures as they are, are one folder in which
duplicates are looked for at the defaults. Told are, for each change, the part of the copies that an edge joins to their
original, and the edges between different pictures, which are false but for `series` (and for insets, whose pages share
pictures). Beside it the floor: imagehash.phash of 64 bits at distance 8 or less.
"""

import argparse
import csv
import io
import json
import shutil
import tarfile
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from curation.confirm import Kind
from curation.dedup_lines import edges_between, read_files
from pipeline.saying import counted
from schemas.manifest_sections import Dedup

_FLOOR_BITS = 8
_PAGE_PX, _INSET_PX = (900, 700), 280
_SPOTS = ((10, 10), (310, 10), (610, 10), (10, 360), (310, 360), (610, 360))
_TURNS = {
    "flip left-right": Image.Transpose.FLIP_LEFT_RIGHT,
    "flip top-bottom": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotate 90": Image.Transpose.ROTATE_90,
    "rotate 270": Image.Transpose.ROTATE_270,
}


def pictures_in(folder: Path) -> Iterator[tuple[str, str, Image.Image]]:
    """Yield set, name and 8-bit picture of the micrographs and figures, each picture once."""
    seen: set[bytes] = set()
    files = ((path.parents[1].name, path.name, path.read_bytes()) for path in sorted(folder.glob("seg/*/images/*")))
    for group, name, blob in chain(files, _figures(folder)):
        picture = _plain(blob)
        if picture.tobytes() not in seen:
            seen.add(picture.tobytes())
            yield group, name, picture


def _figures(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    table = (folder / "figure_image_pairs.tsv").read_text().splitlines()
    for row in csv.DictReader(table, delimiter="\t"):
        container, member = folder / row["container"], row["image_member"]
        if container.is_dir():
            yield row["container"], member, (container / member).read_bytes()
        elif zipfile.is_zipfile(container):
            with zipfile.ZipFile(container) as archive:
                yield row["container"], member, archive.read(member)
        else:
            with tarfile.open(container) as packed:
                file = packed.extractfile(member)
                if file is not None:
                    yield row["container"], member, file.read()


def thumbnails_in(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the figures of PMC packages that have a small copy beside them: the JPEG and the GIF."""
    for small in sorted((folder / "pmc").rglob("*.gif")):
        if (large := small.with_suffix(".jpg")).exists():
            yield large, small


def _plain(blob: bytes) -> Image.Image:
    from pipeline.pixels import decode8, inspect, on_white

    array = decode8(blob, inspect(blob))
    return on_white(Image.fromarray(array))


def changed(
    picture: Image.Image, others: Sequence[Image.Image], rng: np.random.Generator
) -> Iterator[tuple[str, Image.Image]]:
    """Yield the picture as people change pictures, each with what was done."""
    width, height = picture.size
    yield "JPEG 30", _as_jpeg(picture, 30)
    yield "half size", picture.resize((max(1, width // 2), max(1, height // 2)), Image.Resampling.LANCZOS)
    yield "brightness 1.3", Image.fromarray((np.asarray(picture) * 1.3).clip(0, 255).astype(np.uint8))
    yield "label and bar", _labelled(picture)
    for name, turn in _TURNS.items():
        yield name, picture.transpose(turn)
    yield "inverted", Image.fromarray(255 - np.asarray(picture))
    yield "rotate 2", picture.rotate(2, Image.Resampling.BICUBIC)
    for share in (5, 25):
        left, top = width * share // 100, height * share // 100
        yield f"crop {share} % a side", picture.crop((left, top, width - left, height - top))
    yield "inset", _page(picture, others, rng)


def _as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).copy()


def _labelled(picture: Image.Image) -> Image.Image:
    labelled = picture.convert("RGB")
    (width, height), draw = labelled.size, ImageDraw.Draw(labelled)
    font = ImageFont.load_default(size=max(12, min(width, height) // 8))
    draw.text((width * 0.03, height * 0.03), "A", "white", font, stroke_width=1, stroke_fill="black")
    draw.rectangle((width * 0.7, height * 0.92, width * 0.95, height * 0.95), "white", "black")
    return labelled


def _page(picture: Image.Image, others: Sequence[Image.Image], rng: np.random.Generator) -> Image.Image:
    """Return a figure of six panels of which the picture is one, 280 px large."""
    page, own = Image.new("RGB", _PAGE_PX, "white"), int(rng.integers(len(_SPOTS)))
    for place, spot in enumerate(_SPOTS):
        panel = picture if place == own else others[int(rng.integers(len(others)))]
        scale = _INSET_PX / max(panel.size)
        size = (max(1, int(panel.width * scale)), max(1, int(panel.height * scale)))
        page.paste(panel.convert("RGB").resize(size, Image.Resampling.LANCZOS), spot)
    return page


def _written(source: Path, folder: Path, every: int) -> None:
    pictures = list(pictures_in(source))
    others = [picture for group, _, picture in pictures if group in {"dsb2018", "monuseg_crops"}][::7]
    for number, (group, _, picture) in enumerate(pictures):
        stem = f"{number:04d}~{group.replace('/', '-')}"
        picture.save(folder / f"{stem}~original.png")
        if number % every == 0:
            for change, other in changed(picture, others, np.random.default_rng(number)):
                other.save(folder / f"{stem}~{change}.png")
    known = {picture.tobytes(): number for number, (_, _, picture) in enumerate(pictures)}
    for number, (large, small) in enumerate(thumbnails_in(source), start=len(pictures)):
        same = known.get(_plain(large.read_bytes()).tobytes(), number)
        if same == number:
            shutil.copy(large, folder / f"{number:04d}~{large.parent.name}~original.jpg")
        shutil.copy(small, folder / f"{same:04d}~{large.parent.name}~PMC thumbnail.gif")


def measured(source: Path, every: int) -> dict[str, Any]:
    """Return the recall of each change, the false pairs, and the same of the floor."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _written(source, folder, every)
        start, settings = time.perf_counter(), Dedup()
        files, _ = read_files(folder, settings, counted)
        read_s = time.perf_counter() - start
        edges = list(edges_between(files, settings, counted))
        compared_s = time.perf_counter() - start - read_s
        names = [file.path.stem.split("~") for file in files]
        joined = {(edge.one, edge.other): edge.found.kind for edge in edges}
        hashes = [imagehash.phash(Image.open(file.path)) for file in files]
        floor = {
            (one, other): Kind.COPY
            for other in range(len(files))
            for one in range(other)
            if hashes[one] - hashes[other] <= _FLOOR_BITS
        }
    told = {"pictures": len(files), "read_s": round(read_s, 1), "compared_s": round(compared_s, 1)}
    return told | {"bricks": _scores(names, joined), "floor: phash <= 8": _scores(names, floor)}


def _scores(names: Sequence[Sequence[str]], joined: dict[tuple[int, int], Kind]) -> dict[str, Any]:
    original = {name[0]: at for at, name in enumerate(names) if name[2] == "original"}
    found: dict[str, list[bool]] = defaultdict(list)
    for at, (number, _, change) in enumerate(names):
        if change != "original":
            pair = tuple(sorted((at, original[number])))
            found[change].append(joined.get(pair, Kind.SERIES) is not Kind.SERIES)  # type: ignore[arg-type]
    false = Counter[str]()
    for (one, other), kind in joined.items():
        if names[one][0] != names[other][0] and "inset" not in (names[one][2], names[other][2]):
            same_set = "of one set" if names[one][1] == names[other][1] else "of two sets"
            false[f"{'series' if kind is Kind.SERIES else 'false'} {same_set}"] += 1
    recall = {change: [round(sum(hits) / len(hits), 3), len(hits)] for change, hits in sorted(found.items())}
    return {"recall, copies": recall, "pairs of different pictures": dict(false)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--every", type=int, default=1, help="change every Nth picture only")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    told = measured(asked.dir, asked.every)
    if asked.json:
        print(json.dumps(told))
        return
    print(f"{told['pictures']} pictures: read {told['read_s']} s, compared {told['compared_s']} s")
    for name in ("bricks", "floor: phash <= 8"):
        print(f"\n{name}\n{told[name]['pairs of different pictures'] or 'no pair of different pictures'}")
        for change, (recall, copies) in told[name]["recall, copies"].items():
            print(f"  {change:18} {recall:.3f} of {copies}")


if __name__ == "__main__":
    main()
