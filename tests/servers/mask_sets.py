"""Mask sets: small folders of images with masks, made by hand, and the connector asked about them."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco

from ingest.mask_request import request_of
from ingest.masks import MasksConnector
from schemas.manifest_sources import MasksSource
from schemas.records import Dropped, Failed, Figure, Mask

HEIGHT_PX, WIDTH_PX = 24, 32


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def png(array: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.asarray(array)).save(stream, "PNG")
    return stream.getvalue()


def picture(seed: int = 0, height_px: int = HEIGHT_PX, width_px: int = WIDTH_PX) -> Any:
    return np.random.default_rng(seed).integers(0, 255, (height_px, width_px), dtype=np.uint8)


def labels(*ids: int, dtype: Any = np.uint8) -> Any:
    """Squares of 4 px in a row, one an id."""
    found = np.zeros((HEIGHT_PX, WIDTH_PX), dtype)
    for at, number in enumerate(ids):
        found[2:6, 2 + 6 * at : 6 + 6 * at] = number
    return found


def areas(array: Any) -> dict[int, int]:
    ids, counts = np.unique(np.asarray(array), return_counts=True)
    return {int(number): int(count) for number, count in zip(ids, counts, strict=True) if number}


def areas_in(mask: Mask | None) -> dict[int, int]:
    """Decode a mask in another way than it was written."""
    assert mask is not None
    if mask.format == "rle":
        return {one["id"]: int(coco.area(one["rle"])) for one in json.loads(mask.blob)["objects"]}
    with Image.open(io.BytesIO(mask.blob)) as opened:
        if mask.format == "png":
            assert opened.mode in ("L", "I;16", "I")
            return areas(opened)
    import tifffile

    return areas(tifffile.imread(io.BytesIO(mask.blob)))


def connector(base: Path, **said: Any) -> MasksConnector:
    said = {"type": "masks", "path": "set", **said}
    if "preset" not in said:
        said = {"license": "CC0-1.0", "format": "labels", "images": "images/*", **said}
        if said["format"] != "arrays":
            said = {"masks": "masks/*", **said}
    return MasksConnector(request_of(MasksSource.model_validate(said)), base, base / "cache")


def read(base: Path, **said: Any) -> list[Figure | Dropped | Failed]:
    """Return what becomes of everything that the connector lists."""
    asked = connector(base, **said)
    return [outcome for item in asked.find() for outcome in asked.fetch(item)]


def figures(base: Path, **said: Any) -> list[Figure]:
    found = read(base, **said)
    assert [one for one in found if not isinstance(one, Figure)] == []
    return [one for one in found if isinstance(one, Figure)]


def reasons(base: Path, **said: Any) -> dict[str, str]:
    """Return why what was dropped was dropped, by its name."""
    return {one.source_id: one.reason for one in read(base, **said) if isinstance(one, Dropped)}
