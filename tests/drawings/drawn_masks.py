"""Drawn cells: bright disks on a dark ground with their label maps, and sets of them in folders."""

import numpy as np
from PIL import Image

from pipeline.planes import label_png, tiff_of


def drawn(seed, *, side=96, count=5, first=1):
    """Return a picture (H, W, 3) with bright disks on a dark ground, and their label map."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.int64)
    places = rng.permutation(9)[:count]
    for number, place in enumerate(places):
        y, x = (place // 3 + 0.5) * side / 3 + rng.integers(-3, 4), (place % 3 + 0.5) * side / 3 + rng.integers(-3, 4)
        labels[(rows - y) ** 2 + (columns - x) ** 2 <= rng.integers(7, 12) ** 2] = first + number
    grey = rng.normal(40, 6, labels.shape) + 150 * (labels > 0)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2), labels


def put(folder, name, image, labels, *, form="png"):
    """Write a picture and its mask into a set's folder."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / "images" / f"{name}.png")
    blob = tiff_of(labels.astype(np.uint32)) if form == "tif" else label_png(labels)
    (folder / "masks" / f"{name}.{form}").write_bytes(blob)


def sets(folder, names=("alpha", "beta"), count=6):
    """Write sets of pictures below a folder, and return it."""
    for number, name in enumerate(names):
        for at in range(count):
            put(folder / name, f"p{at}", *drawn(10 * number + at))
    return folder
