"""TIFFs: opened with care, and what they hold: OME, ImageJ, LSM, slides, stacks and plain pictures.

Hostile chains of pages and metadata are refused before tifffile, which trusts them, sees the file.
"""

import io
import logging
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, BinaryIO, NamedTuple

from pipeline.refusals import TIFF_MAGIC, reasoned, refuse_bomb
from schemas.errors import PixelError
from schemas.records import Shown

MAX_PAGES = 200_000
"""More pages than any stack; a chain of them is walked once before anything else is read."""
_MAX_TAGS = 4096
_MAX_PLANES = 10_000_000
_PIXELS_TAG = re.compile(r"<(?:\w+:)?Pixels\b[^>]*>")
_SIZE = re.compile(r'\bSize[ZCT]\s*=\s*["\'](\d+)')
_COUNT = re.compile(r'\b(?:PlaneCount|NumPlanes|SamplesPerPixel)\s*=\s*["\'](\d+)')
_MICROSCOPES = frozenset({"ome", "imagej", "lsm", "svs", "scn", "ndpi", "shaped", "stk", "fluoview", "micromanager"})
"""Kinds of TIFF whose rows are in the order of their samples, whatever the tag of orientation says."""


class Layout(NamedTuple):
    """What a series of a TIFF is: how many samples of which depth, and where its planes lie."""

    width_px: int
    height_px: int
    bit_depth: int
    channels: int
    """Samples a pixel: those of a page, times the pages that are channels."""
    sections: int
    """Z, or what a stack without Z has instead: pages."""
    times: int
    frames: int
    """Planes in the whole file."""


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """Yield a TIFF as tifffile sees it; what belongs to a set of files shows the pages of this one.

    Raises:
        PixelError: it is hostile or broken.
    """
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is whether it can be read
    with reasoned(TIFF_MAGIC[0]):
        _refuse_endless(file)
        file.seek(0)
        tiff = tifffile.TiffFile(file, _multifile=False)
        if not tiff.pages:
            raise PixelError("image_truncated", "no page")
        _refuse_hostile(tiff.pages.first.description)
    with tiff:
        yield tiff


def _refuse_endless(file: BinaryIO) -> None:
    """Refuse a chain of pages that never ends, or goes on beyond reason."""
    file.seek(0)
    head = file.read(16)
    if not head.startswith(TIFF_MAGIC):
        raise PixelError("not_an_image", f"starts with {head[:12]!r}")
    order, big = "<" if head[:1] == b"I" else ">", head[2:4] in (b"+\0", b"\0+")
    number, entry, pointer, first = (order + "Q", 20, order + "Q", 8) if big else (order + "H", 12, order + "I", 4)
    seen: set[int] = set()
    at = _number(head[first:], pointer)
    while at:
        if at in seen:
            raise PixelError("image_corrupt", f"page {len(seen)} points back to an earlier one")
        if len(seen) >= MAX_PAGES:
            raise PixelError("image_too_large", f"more than {MAX_PAGES} pages")
        seen.add(at)
        file.seek(at)
        tags = _number(file.read(struct.calcsize(number)), number)
        if not 0 < tags <= _MAX_TAGS:
            raise PixelError("image_corrupt", f"page {len(seen) - 1} has {tags} tags")
        file.seek(tags * entry, io.SEEK_CUR)
        at = _number(file.read(struct.calcsize(pointer)), pointer)


def _number(read: bytes, form: str) -> int:
    size = struct.calcsize(form)
    if len(read) < size:
        raise PixelError("image_truncated", "the chain of pages leaves the file")
    return int(struct.unpack(form, read[:size])[0])


def _refuse_hostile(description: str) -> None:
    """Refuse metadata that expand when they are parsed, or count planes that no file has."""
    if "<!DOCTYPE" in description or "<!ENTITY" in description:
        raise PixelError("image_corrupt", "its description has a DTD")
    planes = max((prod(map(int, _SIZE.findall(tag))) for tag in _PIXELS_TAG.findall(description)), default=0)
    counts = max(map(int, _COUNT.findall(description)), default=0)
    if max(planes, counts) > _MAX_PLANES:
        raise PixelError("image_corrupt", f"its description counts {max(planes, counts)} planes")


def series_of(tiff: Any, at: int) -> Any:  # noqa: ANN401  (tifffile has no types)
    """Return an image of the file.

    Raises:
        PixelError: there are fewer, or it is none.
    """
    if at >= len(tiff.series):
        raise PixelError("image_corrupt", f"has {len(tiff.series)} images, and image {at} was asked for")
    series = tiff.series[at]
    if series.dtype is None or series.dtype.kind == "c":
        raise PixelError("image_unsupported", f"samples of type {series.dtype}")
    if series.dtype.kind not in "buif" or not {"Y", "X"} <= set(series.axes):
        raise PixelError("image_unsupported", f"axes {series.axes} of {series.dtype}")
    sizes = sizes_of(series)
    refuse_bomb(sizes["X"], sizes["Y"])
    return series


def sizes_of(series: Any) -> dict[str, int]:  # noqa: ANN401
    """Return how many there are along each axis of a series; rows, columns, samples and channels always."""
    return dict.fromkeys("YXSC", 1) | dict(zip(series.axes, map(int, series.shape), strict=True))


def layout_of(tiff: Any, shown: Shown | None = None) -> Layout:  # noqa: ANN401
    """Return what the shown image of an opened file is."""
    series = series_of(tiff, shown.series if shown else 0)
    sizes, page = sizes_of(series), series.keyframe
    bits = page.bitspersample if series.dtype.kind != "b" else 1
    depth = max(bits) if isinstance(bits, tuple) else int(bits)
    return Layout(
        width_px=sizes["X"],
        height_px=sizes["Y"],
        bit_depth=depth or series.dtype.itemsize * 8,
        channels=sizes["S"] * sizes["C"],
        sections=sizes.get(section_axis(series.axes), 1),
        times=sizes.get("T", 1),
        frames=sum(_planes(one) for one in tiff.series),
    )


def _planes(series: Any) -> int:  # noqa: ANN401
    sizes = sizes_of(series)
    return max(1, int(prod(series.shape)) // max(1, prod(sizes[axis] for axis in "YXSC")))


def section_axis(axes: str) -> str:
    """Return the axis that a choice of plane speaks of: Z, else the first that is neither time nor channel."""
    return next((axis for axis in ("Z", *axes) if axis in axes and axis not in "TCSYX"), "")


def is_layered(tiff: Any) -> bool:  # noqa: ANN401
    """Return whether the file holds more than one plane of one image: others, sections, times, smaller copies."""
    series = tiff.series[0]
    return len(tiff.series) > 1 or len(series.levels) > 1 or _planes(series) > 1


def level_of(series: Any, side_px: int | None) -> Any:  # noqa: ANN401
    """Return the series itself, or the smallest level of its pyramid whose shorter side is >= `side_px`."""
    if side_px is None:
        return series
    fine = [level for level in series.levels if min(sizes_of(level)["X"], sizes_of(level)["Y"]) >= side_px]
    return fine[-1] if fine else series


def orientation(tiff: Any) -> int:  # noqa: ANN401
    """Return how a plain picture is to be turned (Exif's numbers); microscopes' formats have their own rows."""
    page = tiff.pages.first
    tag = page.tags.get(274)
    is_plain = tag is not None and tag.value in range(1, 9) and not tiff.flags & _MICROSCOPES
    return int(tag.value) if is_plain else 1
