"""TIFF planes: the samples of the plane that is shown; only its pages are read, and what is damaged is refused.

Arrays are [row, column] or [row, column, sample].
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pipeline import jpegs
from pipeline.refusals import refuse_bomb
from pipeline.stretch import Array
from pipeline.tiffs import section_axis, sizes_of
from schemas.errors import PixelError
from schemas.records import Shown

_MAX_SHOWN_BYTES = 1 << 31
_NO_DECODER = (
    "not supported",
    "requires the 'imagecodecs' package",
    "not implemented",
    "NotImplemented",
    "not available",
)
_JPEG = frozenset({7, 33007, 34892})
"""Compressions that are JPEG files without their tables: JPEG, ALT_JPEG, JPEG_LOSSY."""


def samples_of(tiff: Any, series: Any, shown: Shown | None = None) -> Array:  # noqa: ANN401
    """Return the samples of the plane that is shown, in their own depth: the middle of Z, the first of the rest.

    Only its pages are read.
    """
    sizes = sizes_of(series)
    every = range(sizes["S"] * sizes["C"])
    channels = list(shown.channels) if shown and shown.channels else list(every)
    if not set(channels) <= set(every):
        raise PixelError("image_corrupt", f"has {len(every)} channels, not channel {max(channels)}")
    if sizes["X"] * sizes["Y"] * max(len(channels), sizes["S"]) * series.dtype.itemsize > _MAX_SHOWN_BYTES:
        raise PixelError("image_too_large", f"{len(channels)} channels of {sizes['X']} x {sizes['Y']} px")
    pages = {c: _plane(tiff, series, shown, c) for c in sorted({channel // sizes["S"] for channel in channels})}
    if len(pages) == 1 and channels == list(every):
        return pages[0]
    layers = [_sample(pages[channel // sizes["S"]], channel % sizes["S"]) for channel in channels]
    return layers[0] if len(layers) == 1 else np.stack(layers, axis=-1)


def _sample(plane: Array, at: int) -> Array:
    return plane if plane.ndim == 2 else plane[..., at]


def _plane(tiff: Any, series: Any, shown: Shown | None, channel: int) -> Array:  # noqa: ANN401
    """Return one page as [row, column] or [row, column, sample]."""
    paged = len(series.shape) - len(series.keyframe.shape)
    at = _place(series.axes[:paged], series.shape[:paged], shown, channel)
    array = _contiguous(tiff, series, at) if series.dataoffset is not None else _decoded(tiff, series, at)
    axes = series.axes[paged:]
    for axis in [axis for axis in axes if axis not in "YXS"]:
        index = channel if axis == "C" else array.shape[axes.index(axis)] // 2 if axis == "Z" else 0
        array = array.take(index, axis=axes.index(axis))
        axes = axes.replace(axis, "", 1)
    return array.transpose([axes.index(axis) for axis in "YXS" if axis in axes])


def _contiguous(tiff: Any, series: Any, at: int) -> Array:  # noqa: ANN401
    """Return a plane of a stack whose samples lie in a row; ImageJ's large stacks have a page for the first only."""
    shape = series.keyframe.shape
    dtype = series.dtype.newbyteorder(tiff.byteorder)
    start = series.dataoffset + at * prod(shape) * dtype.itemsize
    if start + prod(shape) * dtype.itemsize > tiff.filehandle.size:
        raise PixelError("image_truncated", f"plane {at} leaves the file")
    tiff.filehandle.seek(start)
    plane = np.frombuffer(tiff.filehandle.read(prod(shape) * dtype.itemsize), dtype).reshape(shape)
    return plane.astype(series.dtype, copy=False)


def _decoded(tiff: Any, series: Any, at: int) -> Array:  # noqa: ANN401
    pages = series.pages
    page = pages[at] if at < len(pages) else None
    if page is None:
        raise PixelError("image_unsupported", f"plane {at} lies in another file, or in none")
    return _read(tiff, page)


def _read(tiff: Any, page: Any) -> Array:  # noqa: ANN401
    _refuse_cut(page, tiff.filehandle.size)
    if page.keyframe.compression in _JPEG:
        _refuse_damaged_jpegs(tiff, page)
    try:
        return np.asarray(page.asarray(maxworkers=1))
    except (NotImplementedError, ValueError) as error:
        if any(words in str(error) for words in _NO_DECODER):
            raise PixelError("image_unsupported", f"{page.keyframe.compression!r}: {error}") from error
        raise


def _refuse_cut(page: Any, size_bytes: int) -> None:  # noqa: ANN401
    """Refuse a page of which a part lies beyond the file's end: tifffile would show it black."""
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if any(offset + count > size_bytes for offset, count in parts):
        raise PixelError("image_truncated", "a part of the page leaves the file")
    empty = sum(not count for _, count in parts)
    # Slides leave out the tiles that show nothing; strips are never left out on purpose.
    if not parts or empty == len(parts) or (empty and not page.keyframe.is_tiled):
        raise PixelError("image_truncated", f"{empty} of {len(parts)} parts of the page are empty")


def _refuse_damaged_jpegs(tiff: Any, page: Any) -> None:  # noqa: ANN401
    """Refuse a page with a damaged JPEG: the decoder shows it as if nothing were wrong."""
    tables = page.keyframe.jpegtables or b""
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        if count:
            tiff.filehandle.seek(offset)
            part = tiff.filehandle.read(count)
            blob = tables[:-2] + part[2:] if tables else part
            jpegs.refuse_strange(blob)
            jpegs.refuse_damaged(blob, channels=page.keyframe.samplesperpixel)


def _place(axes: str, leading: Sequence[int], shown: Shown | None, channel: int) -> int:
    """Return the number of a plane among those of its series."""
    section = section_axis(axes)
    chosen = {"C": channel} | ({section: shown.z, "T": shown.t} if shown else {})
    at = 0
    for axis, size in zip(axes, leading, strict=True):
        index = chosen.get(axis, size // 2 if axis == "Z" and not shown else 0)
        if index >= size:
            raise PixelError("image_corrupt", f"has {size} planes along {axis}, not plane {index}")
        at = at * size + index
    return at


def page_samples(tiff: Any, at: int) -> Array:  # noqa: ANN401
    """Return the samples of one page of an opened file, whatever series it belongs to.

    Raises:
        PixelError: there is no such page, or it is damaged.
    """
    if at >= len(tiff.pages):
        raise PixelError("image_truncated", f"has {len(tiff.pages)} pages, not page {at}")
    page = tiff.pages[at].aspage()
    refuse_bomb(page.imagewidth, page.imagelength)
    array = _read(tiff, page)
    axes = page.axes
    if not set(axes) <= set("YXS"):
        raise PixelError("image_unsupported", f"a page with axes {axes}")
    return array.transpose([axes.index(axis) for axis in "YXS" if axis in axes])
