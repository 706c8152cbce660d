"""Mask objects: objects that are told one by one, as one mask: a label map, or runs of pixels where they overlap."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ingest.mask_labels import Array, drawn_in, mask_of
from ingest.mask_pairs import MaskError
from schemas.records import Mask


class Told(NamedTuple):
    """An object: its number, its class, and its pixels as COCO's compressed runs."""

    id: int
    object_class: str | None
    rle: dict[str, Any]


def foreground_in(blob: bytes) -> Array:
    """Return where a mask of one object is set.

    Raises:
        MaskError: it can't be read, or has more than two values.
    """
    numbers = drawn_in(blob).numbers
    values = np.unique(numbers)
    if len(values) > 2 or (len(values) == 2 and values[0] != 0):
        raise MaskError(
            "mask_not_binary", f"holds {len(values)} values: {values[:4].tolist()}; format: labels reads it"
        )
    return np.asarray(numbers != 0)


def mask_of_objects(fields: Iterable[Array], shape: tuple[int, int], object_class: str | None) -> Mask:
    """Return the mask of objects numbered from 1: a label map where none overlap, else each whole, in runs.

    The fields are [row, column] of that shape, and are looked at one by one.
    """
    labels, told, overlap = np.zeros(shape, np.uint32), [], False
    for number, field in enumerate(fields, 1):
        overlap = overlap or bool(labels[field].any())
        labels[field] = number
        told.append(Told(number, object_class, runs_of(field)))
    if overlap:
        return rle_mask(told, shape[1], shape[0], object_class)
    return mask_of(labels, object_class)


def runs_of(field: Array) -> dict[str, Any]:
    """Return the pixels that are set as COCO's compressed runs."""
    from pycocotools import mask as coco

    found: dict[str, Any] = coco.encode(np.asfortranarray(field.astype(np.uint8)))
    return found


def rle_mask(objects: Sequence[Told], width_px: int, height_px: int, object_class: str | None) -> Mask:
    """Return the mask in which each object has its own runs, sorted by number; the same objects give the same bytes."""
    told = [
        {
            "id": one.id,
            "class": one.object_class,
            "rle": {"size": [height_px, width_px], "counts": _text(one.rle["counts"])},
        }
        for one in sorted(objects, key=lambda one: one.id)
    ]
    said = {"width_px": width_px, "height_px": height_px, "objects": told}
    blob = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return Mask(blob=blob, format="rle", object_class=object_class)


def _text(counts: str | bytes) -> str:
    return counts.decode("ascii") if isinstance(counts, bytes) else counts
