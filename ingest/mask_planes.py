"""Mask planes: which sections of an array are images, and each with its part of the label array.

A batch (axis N) gives an image an entry; a volume (axis Z, or a leading axis that nothing is said of) gives its
sections, whose objects keep the volume's numbers.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingest.mask_arrays import TIFF, is_kind, opened
from ingest.mask_labels import Array
from ingest.mask_pairs import MaskError
from ingest.mask_wanted import Lazy, image_in, mask_in
from pipeline.pixels import MAX_PIXELS
from pipeline.planes import tiff_of
from schemas.mask_layouts import MaskLayout

_NUMBERED = "NZT"


class Shape(NamedTuple):
    """How the axes of an image's array lie; the mask has the same without the channels."""

    axes: str
    lengths: tuple[int, ...]

    @property
    def numbered(self) -> str:
        """Return the axes along which images lie, in their order."""
        return "".join(axis for axis in self.axes if axis in _NUMBERED)

    def length(self, axis: str) -> int:
        """Return the length of an axis."""
        return self.lengths[self.axes.index(axis)]


def shape_of(image: tuple[int, ...], mask: tuple[int, ...], axes: str | None) -> Shape:
    """Return the axes of an image's array: as they are given, else as the mask's shape tells.

    Raises:
        MaskError: the shapes don't agree, or agree in several ways.
    """
    if axes is not None:
        if len(axes) != len(image):
            raise MaskError("axes_unclear", f"axes: {axes} for an image of shape {image}")
        told = Shape(axes, image)
        if tuple(told.length(axis) for axis in axes if axis != "C") != mask:
            raise MaskError("mask_size_differs", f"the image's array has the shape {image}, the mask's {mask}")
        return told
    plain = {2: "YX", 3: "ZYX", 4: "TZYX"}.get(len(mask))
    if plain and image == mask:
        return Shape(plain, image)
    without = [at for at in range(len(image)) if image[:at] + image[at + 1 :] == mask]
    if plain and len(without) == 1:
        return Shape(plain[: without[0]] + "C" + plain[without[0] :], image)
    if not without:
        raise MaskError("mask_size_differs", f"the image's array has the shape {image}, the mask's {mask}")
    raise MaskError("axes_unclear", f"any axis of {image} may be the channels; say axes: such as NYXC")


def places(shape: Shape, slices: str) -> Iterator[tuple[int, ...]]:
    """Yield where along the numbered axes an image lies, as `slices` takes sections of a volume; () for a plane."""
    lengths = [_taken(shape.length(axis), slices if axis == "Z" else "all") for axis in shape.numbered]
    yield from ((),) if not lengths else _product(lengths)


def _product(ranges: Sequence[range]) -> Iterator[tuple[int, ...]]:
    from itertools import product

    yield from product(*ranges)


def _taken(length: int, slices: str) -> range:
    if slices == "all":
        return range(length)
    if slices == "middle":
        return range(length // 2, length // 2 + 1) if length else range(0)
    step = int(slices.removeprefix("every "))
    return range(min(step // 2, max(0, length - 1)), length, step)


class Pictured(NamedTuple):
    """The arrays of one file of images and one of masks, open."""

    images: tuple[Lazy, ...]
    mask: Lazy
    shape: Shape
    channel: int | None

    def samples(self, at: tuple[int, ...]) -> Array:
        """Return the image at a place: [row, column] or [channel, row, column]."""
        planes = [self._plane(lazy, at) for lazy in self.images]
        return planes[0] if len(planes) == 1 else np.stack(planes)

    def _plane(self, lazy: Lazy, at: tuple[int, ...]) -> Array:
        numbers = iter(at)
        index = tuple(next(numbers) if axis in _NUMBERED else slice(None) for axis in self.shape.axes)
        left = [axis for axis in self.shape.axes if axis not in _NUMBERED]
        return lazy.take(index).transpose([left.index(axis) for axis in "CYX" if axis in left])

    def labels(self, at: tuple[int, ...]) -> Array:
        """Return the numbers of the mask at a place: [row, column]."""
        axes = [axis for axis in self.shape.axes if axis != "C"]
        numbers = iter(at)
        index: list[int | slice] = [next(numbers) if axis in _NUMBERED else slice(None) for axis in axes]
        if len(self.mask.shape) > len(axes):
            index.append(self.channel or 0)
        left = [axis for axis in axes if axis not in _NUMBERED]
        return self.mask.take(tuple(index)).transpose([left.index(axis) for axis in "YX"])


def open_pictured(stack: ExitStack, image: Path, mask: Path, layout: MaskLayout, cache: Path) -> Pictured:
    """Return the arrays of a file of images and one of masks, which may be the same file.

    Raises:
        MaskError: they can't be read, or don't agree.
    """
    keys: tuple[str | None, ...] = layout.image_key or (None,)
    images = tuple(stack.enter_context(opened(image_in(image, key, cache))) for key in keys)
    labels = stack.enter_context(opened(mask_in(mask, layout.mask_key, cache)))
    if len({lazy.shape for lazy in images}) > 1:
        raise MaskError("axes_unclear", f"{' and '.join(map(str, keys))} have different shapes")
    shape = shape_of(images[0].shape, _without_channels(labels.shape, layout), layout.axes)
    if shape.length("Y") * shape.length("X") > MAX_PIXELS:
        raise MaskError("mask_too_large", f"{shape.length('X')} x {shape.length('Y')} px")
    return Pictured(images, labels, shape, layout.mask_channel)


def _without_channels(mask: tuple[int, ...], layout: MaskLayout) -> tuple[int, ...]:
    """Return the mask's shape without its last axis where that holds channels."""
    channels = layout.mask_channel is not None or (layout.axes and len(mask) == len(layout.axes) and "C" in layout.axes)
    if not channels:
        return mask
    if (layout.mask_channel or 0) >= mask[-1] or (layout.mask_channel is None and mask[-1] != 1):
        raise MaskError("mask_channel_unclear", f"the mask has {mask[-1]} channels; choose one by mask_channel, from 0")
    return mask[:-1]


def blob_of(samples: Array) -> bytes:
    """Return an image's samples as a file: three 8-bit channels as RGB, everything else as they are, a page each."""
    import imagecodecs

    if samples.ndim == 3 and samples.shape[0] == 3 and samples.dtype == np.uint8:
        return bytes(imagecodecs.png_encode(np.ascontiguousarray(samples.transpose(1, 2, 0)), level=6))
    return tiff_of(samples)


def is_stack(path: Path) -> bool:
    """Return whether a picture's file holds several planes, so that it is read as an array."""
    if not is_kind(path.name, TIFF):
        return False
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            shape = file.series[0].shape
            return len(shape) > 2 and file.series[0].axes[-1] != "S"
    except Exception:  # noqa: BLE001  tifffile raises what it likes; what is wrong is told when the file is read
        return False
