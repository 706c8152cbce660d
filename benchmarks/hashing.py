"""Hashing of files against imagehash: python -m benchmarks.hashing [N] [--from DIR] [--json].

N micrographs of 800 x 600 px, drawn on the spot or taken from `DIR/seg/*/images/*`, each beside two JPEGs of itself:
once compressed more, once a quarter brighter. Both sides read and hash all files in turn, three times, in one run:
`imagehash.phash(Image.open(file))`, ours on one processor, and ours on a thread for each. Told are images a second
(medians), and whether pictures nearer than 8 bits form the same clusters on both sides.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from statistics import median
from typing import Any

import imagehash
import numpy as np
from PIL import Image
from scipy import ndimage

from curation.hamming import near_pairs
from curation.hashing import phash
from pipeline.pixels import inspect
from pipeline.union import join, root_of

_SIZE_PX, _QUALITY, _LOW_QUALITY, _BRIGHTER = (800, 600), 90, 50, 1.25
_DISTANCE, _ROUNDS = 8, 3
Hashed = Callable[[Sequence[Path]], list[int]]


def drawn(number: int) -> Image.Image:
    """Return a micrograph of blobs with a texture and noise."""
    rng = np.random.default_rng(number)
    seeds = (rng.random(_SIZE_PX[::-1]) > 0.9997).astype(np.float32)
    blobs = ndimage.gaussian_filter(seeds, rng.uniform(8, 25))
    texture = ndimage.gaussian_filter(rng.normal(size=_SIZE_PX[::-1]), 2)
    light = 20 + 170 * blobs / blobs.max() * (1 + texture) + rng.normal(0, 4, blobs.shape)
    return Image.fromarray(light.clip(0, 255).astype(np.uint8)).convert("RGB")


def _from(folder: Path, count: int) -> list[Image.Image]:
    paths = sorted(folder.glob("seg/*/images/*"))
    chosen = paths[:: max(1, len(paths) // count)][:count]
    return [Image.open(path).convert("RGB").resize(_SIZE_PX, Image.Resampling.LANCZOS) for path in chosen]


def _written(pictures: Sequence[Image.Image], folder: Path) -> list[Path]:
    for number, picture in enumerate(pictures):
        brighter = Image.fromarray((np.asarray(picture) * _BRIGHTER).clip(0, 255).astype(np.uint8))
        picture.save(folder / f"{number}a.jpg", quality=_QUALITY)
        picture.save(folder / f"{number}b.jpg", quality=_LOW_QUALITY)
        brighter.save(folder / f"{number}c.jpg", quality=_QUALITY)
    return sorted(folder.glob("*.jpg"))


def _theirs(path: Path) -> int:
    return int(str(imagehash.phash(Image.open(path))), 16)


def _ours(path: Path) -> int:
    blob = path.read_bytes()
    return int(phash(blob, inspect(blob)), 16)


def _threaded(paths: Sequence[Path]) -> list[int]:
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        return list(pool.map(_ours, paths))


def clusters(hashes: Sequence[int]) -> list[list[int]]:
    """Return the places of hashes that chains of near ones join, those of one hash alone included."""
    parent = list(range(len(hashes)))
    for near in near_pairs(np.array(hashes, np.uint64), _DISTANCE):
        for one, other in zip(near.one.tolist(), near.other.tolist(), strict=True):
            join(parent, one, other)
    roots = [root_of(parent, at) for at in range(len(hashes))]
    return [[at for at, root in enumerate(roots) if root == own] for own in sorted(set(roots))]


def measured(paths: Sequence[Path]) -> dict[str, Any]:
    """Return images a second of each side, the ratios, and whether the clusters are the same."""
    sides: dict[str, Hashed] = {
        "imagehash": lambda paths: [_theirs(path) for path in paths],
        "bricks": lambda paths: [_ours(path) for path in paths],
        "bricks, threads": _threaded,
    }
    hashes: dict[str, list[int]] = {}
    taken_s: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(_ROUNDS):
        for name, side in sides.items():
            start = time.perf_counter()
            hashes[name] = side(paths)
            taken_s[name].append(time.perf_counter() - start)
    speed = {name: round(len(paths) / median(taken), 1) for name, taken in taken_s.items()}
    joined = {name: clusters(each) for name, each in hashes.items()}
    return {
        "files": len(paths),
        "images a second": speed,
        "times imagehash": {name: round(each / speed["imagehash"], 2) for name, each in speed.items()},
        "clusters": {name: len(each) for name, each in joined.items()},
        "same clusters": all(each == joined["imagehash"] for each in joined.values()),
    }


def main() -> None:
    """Print the figures, a line each or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100)
    parser.add_argument("--from", dest="source", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    pictures = _from(asked.source, asked.count) if asked.source else [drawn(each) for each in range(asked.count)]
    with tempfile.TemporaryDirectory() as place:
        told = measured(_written(pictures, Path(place)))
    print(json.dumps(told) if asked.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


if __name__ == "__main__":
    main()
