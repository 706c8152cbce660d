"""Duplicates against perturbed copies and hard negatives: python -m benchmarks.duplicates DIR [--every N] [--json].

DIR holds `seg/<set>/images/*` and `figure_image_pairs.tsv` with the containers it names. Each picture (every Nth) is
changed in ways that people change pictures; all of them, with the pictures as they are, are one folder in which
duplicates are looked for at the defaults. Told are, for each change, the part of the copies that an edge joins to their
original, with Wilson's 95 % interval, and the edges between different pictures, which are false but for `series` (and
for insets, whose pages share pictures). Limits were chosen on the pictures whose names have an even CRC-32 ("tuned");
the others are kept back. Beside it the floor: imagehash.phash of 64 bits at distance 8 or less. `--list` names what was
missed and joined; `--require` ends with 1 where a floor of the project isn't met on the pictures kept back.
"""

import argparse
import csv
import io
import json
import shutil
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from math import sqrt
from pathlib import Path
from typing import Any
from zlib import crc32

import imagehash
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from curation.confirm import Kind
from curation.dedup_lines import Said, pairs_between, read_files
from curation.hamming import near_pairs
from pipeline.saying import counted
from schemas.manifest_sections import Dedup

_FLOOR_BITS = 8
_TUNED, _KEPT_BACK = "tuned", "kept back"
_FLOORS = {
    "JPEG 30": 0.98, "half size": 0.98, "brightness 1.3": 0.98, "label and bar": 0.98,
    "flip left-right": 0.97, "flip top-bottom": 0.97, "rotate 90": 0.97, "rotate 270": 0.97,
    "rotate 2": 0.9, "crop 5 % a side": 0.9, "crop 25 % a side": 0.7, "inset": 0.6, "PMC thumbnail": 1.0,
}  # fmt: skip
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
    for number, (group, name, picture) in enumerate(pictures):
        stem = _stem(number, group, name)
        picture.save(folder / f"{stem}~original.png")
        if number % every == 0:
            for change, other in changed(picture, others, np.random.default_rng(number)):
                other.save(folder / f"{stem}~{change}.png")
    known = {picture.tobytes(): _stem(number, *names) for number, (*names, picture) in enumerate(pictures)}
    for number, (large, small) in enumerate(thumbnails_in(source), start=len(pictures)):
        own = _stem(number, large.parent.name, large.name)
        same = known.get(_plain(large.read_bytes()).tobytes(), own)
        if same == own:
            shutil.copy(large, folder / f"{own}~original.jpg")
        shutil.copy(small, folder / f"{same}~PMC thumbnail.gif")


def _stem(number: int, group: str, name: str) -> str:
    half = _KEPT_BACK if crc32(name.encode()) % 2 else _TUNED
    return f"{number:04d}~{group.replace('/', '-')}~{half}"


def measured(source: Path, every: int) -> dict[str, Any]:
    """Return the recall of each change, the false pairs, and the same of the floor."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _written(source, folder, every)
        start, settings = time.perf_counter(), Dedup()
        files, _ = read_files(folder, settings, counted)
        read_s = time.perf_counter() - start
        pairs = list(pairs_between(files, settings, counted))
        compared_s = time.perf_counter() - start - read_s
        names = [file.path.stem.split("~") for file in files]
        joined = {(said.one, said.other): said.edge.found.kind for said in pairs if said.edge}
        floor = dict.fromkeys(_near_phashes([file.path for file in files]), Kind.COPY)
    told: dict[str, Any] = {
        "pictures": len(files),
        "edges": len(joined),
        "read_s": round(read_s, 1),
        "compared_s": round(compared_s, 1),
    }
    told |= {"doubts": doubts(names, pairs)}
    return told | {"bricks": _scores(names, joined), "floor: phash <= 8": _scores(names, floor)}


def doubts(names: Sequence[Sequence[str]], pairs: Sequence[Said]) -> dict[str, Any]:
    """Return how many of the compared pairs are on the verge, and how many of what is told wrongly.

    Pages with an inset are left out, since another panel of theirs may be a picture of the set.
    """
    counts = Counter[str](compared=len(pairs), doubtful=sum(said.is_doubtful for said in pairs))
    for said in pairs:
        (one, *_, change), (other, *_, other_change) = names[said.one], names[said.other]
        if "inset" in (change, other_change):
            continue
        is_joined = said.edge is not None and said.edge.found.kind is not Kind.SERIES
        told = f"{'joined' if is_joined else 'not joined'}, {'one picture' if one == other else 'different pictures'}"
        counts.update([told, *([f"{told}: doubtful"] if said.is_doubtful else [])])
    return dict(sorted(counts.items()))


def _near_phashes(paths: Sequence[Path]) -> Iterator[tuple[int, int]]:
    words = np.array([int(str(imagehash.phash(Image.open(path))), 16) for path in paths], np.uint64)
    for near in near_pairs(words, _FLOOR_BITS):
        yield from zip(near.one.tolist(), near.other.tolist(), strict=True)


def _scores(names: Sequence[Sequence[str]], joined: dict[tuple[int, int], Kind]) -> dict[str, Any]:
    original = {name[0]: at for at, name in enumerate(names) if name[3] == "original"}
    found: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    missed, false, strangers = [], Counter[str](), []
    for at, (number, _, half, change) in enumerate(names):
        if change != "original":
            one, other = sorted((at, original[number]))
            found[change][half].append(joined.get((one, other), Kind.SERIES) is not Kind.SERIES)
            missed += [] if found[change][half][-1] else ["~".join(names[at])]
    for (one, other), kind in joined.items():
        if names[one][0] != names[other][0] and "inset" not in (names[one][3], names[other][3]):
            same_set = "of one set" if names[one][1] == names[other][1] else "of two sets"
            false[f"{'series' if kind is Kind.SERIES else 'false'} {same_set}"] += 1
            strangers.append(f"{kind} {'~'.join(names[one])} {'~'.join(names[other])}")
    recall = {change: {half: _told(hits) for half, hits in of.items()} for change, of in sorted(found.items())}
    return {
        "recall": recall, "pairs of different pictures": dict(false), "missed": missed, "joined strangers": strangers,
    }  # fmt: skip


def _told(hits: Sequence[bool]) -> dict[str, float]:
    low, high = wilson(sum(hits), len(hits))
    return {"recall": round(sum(hits) / len(hits), 3), "low": low, "high": high, "copies": len(hits)}


def wilson(hits: int, tries: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval in which the part of hits lies with 95 % probability (Wilson 1927)."""
    part, spread = hits / tries, z * z / tries
    middle = (part + spread / 2) / (1 + spread)
    half = z * sqrt(part * (1 - part) / tries + spread / (4 * tries)) / (1 + spread)
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)


def below_floor(told: dict[str, Any]) -> list[str]:
    """Return what isn't met of the project's floors on the pictures kept back."""
    recall = {change: halves.get(_KEPT_BACK) for change, halves in told["recall"].items()}
    low = [f"{change} {recall[change]['recall']} < {floor}" for change, floor in _FLOORS.items()
           if recall.get(change) and recall[change]["recall"] < floor]  # fmt: skip
    false = [f"{count} {what}" for what, count in told["pairs of different pictures"].items() if "false" in what]
    return low + false


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--every", type=int, default=1, help="change every Nth picture only")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", dest="names")
    parser.add_argument("--require", action="store_true")
    asked = parser.parse_args()
    told = measured(asked.dir, asked.every)
    if asked.json:
        print(json.dumps(told))
    else:
        _print(told, names=asked.names)
    unmet = below_floor(told["bricks"]) if asked.require else []
    sys.exit("\n".join(f"not met: {each}" for each in unmet) or None)


def _print(told: dict[str, Any], *, names: bool) -> None:
    print(f"{told['pictures']} pictures: read {told['read_s']} s, compared {told['compared_s']} s")
    print("on the verge:", *(f"{what} {count}" for what, count in told["doubts"].items()), sep="\n  ")
    for name in ("bricks", "floor: phash <= 8"):
        print(f"\n{name}\n{told[name]['pairs of different pictures'] or 'no pair of different pictures'}")
        for change, halves in told[name]["recall"].items():
            parts = (
                f"{half} {of['recall']:.3f} [{of['low']:.2f}, {of['high']:.2f}] of {of['copies']:3}"
                for half, of in sorted(halves.items(), reverse=True)
            )
            print(f"  {change:17}", "   ".join(parts))
    if names:
        print(*told["bricks"]["missed"], *told["bricks"]["joined strangers"], sep="\n")


if __name__ == "__main__":
    main()
