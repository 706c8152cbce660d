"""Mask COCO: the objects that COCO files tell of an image, each whole, as runs of pixels.

Polygons, uncompressed and compressed runs are read. What is no object of its own (a crowd), lies outside, covers
nothing or is malformed is left out, and told.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ingest.mask_coco_index import Listed, index_of
from ingest.mask_coco_pairs import is_called
from ingest.mask_objects import Told, rle_mask
from ingest.mask_pairs import MaskError, names_in, reasoned
from ingest.mask_patterns import pattern_of
from schemas.mask_layouts import MaskLayout
from schemas.records import Mask

_MAX_COORDINATE = 1 << 20
_MAX_WAY_PX = 1 << 23
_MAX_OBJECTS = 1 << 20
_MAX_ID = 1 << 63

Corners = npt.NDArray[np.float64]


class Found(NamedTuple):
    """The mask of an image, its size as the file says it, and the objects that were left out by reason."""

    mask: Mask
    width_px: int
    height_px: int
    left_out: dict[str, list[str]]
    holds: bool
    """Whether there is an object."""
    file: Path
    """The COCO file that tells of the image."""


def files_of(root: Path, layout: MaskLayout) -> list[Path]:
    """Return the COCO files of a set, sorted."""
    pattern = pattern_of(layout.masks or "")
    if not pattern.wildcards:
        return [root / name for name in pattern.spelled_out() if (root / name).exists()]
    below = names_in(root / pattern.folder)
    inside = (f"{pattern.folder}/{name}" if pattern.folder else name for name in below)
    return [root / name for name in inside if pattern.captures(name) is not None]


def objects_of(image: str, files: Sequence[Path], cache: Path, object_class: str | None) -> Found:
    """Return what the COCO files tell of the image called `image`.

    Raises:
        MaskError: none or several tell of it.
    """
    base = image.rpartition("/")[2]
    found = [(file, one) for file in files for one in _called(file, base, cache)]
    found = [(file, one) for file, one in found if is_called(image, one.name)] or found
    longest = max((len(one.name) for _, one in found), default=0)  # a name that says more folders says more
    found = [(file, one) for file, one in found if len(one.name) == longest]
    if len(found) != 1:
        raise MaskError("mask_ambiguous" if found else "mask_missing", f"{len(found)} COCO entries name this image")
    return _of_image(*found[0], cache, object_class)


def _called(file: Path, base: str, cache: Path) -> list[Listed]:
    """Return the images of a COCO file that bear a name; a file that can't be read was told when it was listed."""
    try:
        with reasoned("coco_unreadable"):
            return index_of(file, cache).called(base)
    except MaskError:
        return []


def _of_image(file: Path, listed: Listed, cache: Path, object_class: str | None) -> Found:
    index = index_of(file, cache)
    told, classes = index.objects(listed.id), index.classes()
    if len(told) > _MAX_OBJECTS:
        raise MaskError("mask_too_large", f"{len(told)} objects")
    kept: list[Told] = []
    left_out: dict[str, list[str]] = defaultdict(list)
    numbers = _numbers(told)
    for number, one in zip(numbers, told, strict=True):
        try:
            runs = _runs(one, listed)
        except MaskError as error:
            left_out[error.reason].append(f"{number}: {error.detail}")
            continue
        kept.append(Told(number, classes.get(str(one.get("category_id"))) or object_class, runs))
    mask = rle_mask(kept, listed.width_px, listed.height_px, None)
    return Found(mask, listed.width_px, listed.height_px, dict(left_out), bool(kept), file)


def _numbers(told: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the objects' own ids where each has one, else their places from 1."""
    ids = [one.get("id") for one in told]
    own = [one for one in ids if isinstance(one, int) and not isinstance(one, bool) and 0 < one < _MAX_ID]
    return own if len(set(own)) == len(told) else list(range(1, len(told) + 1))


def _runs(one: Mapping[str, Any], listed: Listed) -> dict[str, Any]:
    """Return the pixels of an object as compressed runs.

    Raises:
        MaskError: it is no object of its own, covers nothing, or is malformed.
    """
    from pycocotools import mask as coco

    if one.get("iscrowd"):
        raise MaskError("object_crowd", "stands for many objects at once")
    said = one.get("segmentation")
    if isinstance(said, list):
        runs = _of_polygons(said, listed)
    elif isinstance(said, dict):
        runs = _of_runs(said, listed)
    else:
        raise MaskError("object_malformed", "has no outline and no runs")
    if not int(coco.area(runs)):
        outside = isinstance(said, list) and all(_is_outside(polygon, listed) for polygon in said)
        raise MaskError("object_outside" if outside else "object_empty", "covers no pixel of the image")
    return runs


def _of_polygons(polygons: Sequence[Any], listed: Listed) -> dict[str, Any]:
    from pycocotools import mask as coco

    if not polygons:
        raise MaskError("object_malformed", "has no outline")
    outlines = [_outline(polygon).ravel().tolist() for polygon in polygons]
    runs: list[dict[str, Any]] = coco.frPyObjects(outlines, listed.height_px, listed.width_px)
    whole: dict[str, Any] = coco.merge(runs) if len(runs) > 1 else runs[0]
    return whole


def _outline(polygon: object) -> Corners:
    """Return the corners of an outline as [corner, (x, y)].

    Raises:
        MaskError: the library would take it for a box, or need memory without limit.
    """
    try:
        corners = np.asarray(polygon, np.float64).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise MaskError("object_malformed", "an outline is no list of pairs of numbers") from error
    if len(corners) < 3:
        raise MaskError("object_malformed", "an outline has fewer than three corners")
    if not (np.isfinite(corners) & (np.abs(corners) <= _MAX_COORDINATE)).all():
        raise MaskError("object_malformed", "an outline has a corner that is no place")
    steps = np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1)
    if steps.sum() > _MAX_WAY_PX:  # memory grows with the way that the library walks
        raise MaskError("object_malformed", "an outline is longer than any image's")
    return corners


def _is_outside(polygon: object, listed: Listed) -> bool:
    corners = _outline(polygon)
    size = (listed.width_px, listed.height_px)
    return bool((corners.max(axis=0) <= 0).any() or (corners.min(axis=0) >= size).any())


def _of_runs(said: Mapping[str, Any], listed: Listed) -> dict[str, Any]:
    from pycocotools import mask as coco

    if said.get("size") != [listed.height_px, listed.width_px]:
        raise MaskError("object_malformed", f"its runs are of size {said.get('size')}, not of the image's")
    counts = said.get("counts")
    lengths = lengths_in(counts) if isinstance(counts, str) else counts
    if not isinstance(lengths, list) or not all(isinstance(one, int) and one >= 0 for one in lengths):
        raise MaskError("object_malformed", "its runs are no lengths")
    if sum(lengths) != listed.height_px * listed.width_px:
        raise MaskError("object_malformed", f"its runs cover {sum(lengths)} px, not the image's")
    size = [listed.height_px, listed.width_px]
    runs: dict[str, Any] = coco.frPyObjects({"size": size, "counts": lengths}, *size)
    return runs


def lengths_in(counts: str) -> list[int]:
    """Return the lengths of compressed runs; the format is that of COCO's maskApi.c: six bits a character.

    Raises:
        MaskError: the text is cut or foreign. The C library would read beyond it.
    """
    lengths: list[int] = []
    at = 0
    while at < len(counts):
        value, shift, more = 0, 0, True
        while more:
            bits = ord(counts[at]) - 48 if at < len(counts) else -1
            if not 0 <= bits < 64 or shift > 30:
                raise MaskError("object_malformed", "its compressed runs are cut or foreign")
            value |= (bits & 0x1F) << shift
            more, at, shift = bool(bits & 0x20), at + 1, shift + 5
            if not more and bits & 0x10:
                value |= -1 << shift
        lengths.append(value + lengths[-2] if len(lengths) > 2 else value)
    return lengths
