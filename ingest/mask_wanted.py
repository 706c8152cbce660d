"""Wanted arrays: which array of which file stands for an image or a mask, and an array that is read by the part."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ingest.mask_labels import Array
from ingest.mask_pairs import MaskError

_IMAGE_KEYS = frozenset({"raw", "image", "images", "img", "x", "data", "em", "volume", "main"})
_MASK_KEYS = frozenset(
    {"label", "labels", "mask", "masks", "seg", "segmentation", "gt", "y", "instances", "inst_map", "main"}
)

Take = Callable[[tuple[int | slice, ...]], Array]


class Lazy(NamedTuple):
    """An array that is read where it is asked for."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    take: Take


def of_array(array: Array) -> Lazy:
    """Return an array that is in memory, or mapped, as one that is read by the part."""
    return Lazy(tuple(array.shape), array.dtype, lambda at: np.asarray(array[at]))


class Wanted(NamedTuple):
    """Which array of which file."""

    path: Path
    cache: Path
    key: str | None
    """None: the one that can be meant."""
    usual: frozenset[str]
    """Names by which files call such an array."""
    named_by: str
    """The manifest's key that would name it."""

    def chosen(self, keys: list[str]) -> str:
        """Return the key that is meant: the given, the only one, or the only one of a usual name.

        Raises:
            MaskError: there is none, or several may be meant.
        """
        there = ", ".join(keys[:12]) or "no array"
        if self.key is not None:
            if self.key in keys:
                return self.key
            raise MaskError("array_missing", f"{self.path.name} has no {self.key}; it has {there}")
        found = keys if len(keys) == 1 else [one for one in keys if one.rpartition("/")[2].lower() in self.usual]
        if len(found) != 1:
            raise MaskError("array_unclear", f"{self.path.name} has {there}; name one by {self.named_by}")
        return found[0]


def image_in(path: Path, key: str | None, cache: Path) -> Wanted:
    """Return what stands for the image in a file."""
    return Wanted(path, cache, key, _IMAGE_KEYS, "image_key")


def mask_in(path: Path, key: str | None, cache: Path) -> Wanted:
    """Return what stands for the mask in a file."""
    return Wanted(path, cache, key, _MASK_KEYS, "mask_key")
