"""Masks: from the bytes of a figure's mask to its objects, with their numbers, boxes, centroids, areas and pixels.

A mask is a label map (PNG or TIFF: whole numbers, 0 for background) or, where objects overlap, JSON with COCO's run
lengths of each. An object is what has one number, or one entry: however many parts it has, it stays one.
"""

import io
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from pipeline.pillow_pictures import PNG_BIT_DEPTH_AT, open_picture
from pipeline.pixels import MAX_PIXELS, inspect
from pipeline.refusals import refuse_shortage
from pipeline.rle import counts_of, texts_of
from pipeline.strokes import (
    Labels,
    Strokes,
    areas_px,
    boxes,
    centroids,
    overlapping,
    painted,
    strokes_of_counts,
    strokes_of_labels,
)
from schemas.errors import PixelError
from schemas.published_rows import Instance, Rle
from schemas.records import Mask

REASONS = ("mask_corrupt", "mask_too_large", "mask_size_differs")
"""Every reason a mask is refused with."""

MAX_OBJECTS = 65_535
"""As many as a label map of 16 bit can name."""

MAX_JSON_BYTES = 64 << 20

_ONE_NUMBER_A_PIXEL = frozenset({"1", "L", "P", "I", "I;16"})
"""Pillow's modes of a PNG whose pixels are numbers, not colours; a palette's are its entries."""
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_TIFF_ORIENTATION, _UPRIGHT = 274, 1
_MOST_SAID = 300
"""Characters of a decoder's complaint that are kept."""
_MAX_NUMBER = 2**63 - 1  # what a column of whole numbers holds


class _RleObject(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[PositiveInt, Field(le=_MAX_NUMBER)]
    object_class: Annotated[str | None, Field(alias="class")] = None
    rle: Rle


class _RleMask(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    width_px: PositiveInt
    height_px: PositiveInt
    objects: list[_RleObject]


@dataclass(frozen=True)
class Objects:
    """The objects of a mask; `numbers` are those of the source, `ids` fit a label map of 16 bit."""

    strokes: Strokes
    numbers: Sequence[int]
    classes: Sequence[str | None]

    @property
    def ids(self) -> Sequence[int]:
        """Return the numbers of the source where 16 bit hold them all, else 1, 2, 3 … in their order."""
        fit = not self.numbers or self.numbers[-1] <= MAX_OBJECTS
        return self.numbers if fit else range(1, len(self.numbers) + 1)

    def instances(self) -> Iterator[Instance]:
        """Yield the objects by id."""
        if not self.numbers:
            return
        size = (self.strokes.height_px, self.strokes.width_px)
        for number, at, name, box, centre, area, overlaps, counts in zip(
            self.numbers,
            self.ids,
            self.classes,
            boxes(self.strokes).tolist(),
            centroids(self.strokes).tolist(),
            areas_px(self.strokes).tolist(),
            overlapping(self.strokes).tolist(),
            texts_of(self.strokes),
            strict=True,
        ):
            yield Instance(
                id=at,
                source_number=number,
                object_class=name,
                bbox=tuple(box),
                centroid=tuple(centre),
                area_px=area,
                rle=Rle(size=size, counts=counts),
                overlaps=overlaps,
            )

    def label_map(self) -> npt.NDArray[np.uint16]:
        """Return the ids as a label map [row, column]; where objects overlap, the later one's stands."""
        return painted(self.strokes, self.ids)


def with_class(mask: Mask, facts: Iterable[Mapping[str, Any]]) -> Mask:
    """Return the mask with what its objects are: by itself, else where a fact says so and no other contradicts it."""
    said = {fact["value"] for fact in facts if fact["name"] == "object_class"}
    stated = said.pop() if len(said) == 1 else None
    return mask.model_copy(update={"object_class": mask.object_class or stated})


def objects_on(mask: Mask, *, width_px: int, height_px: int) -> Objects:
    """Return the objects of a picture of that size, turned as it is shown.

    Raises:
        PixelError: with one of `REASONS`.
    """
    found = objects_of(mask)
    size = (found.strokes.width_px, found.strokes.height_px)
    if size != (width_px, height_px):
        raise PixelError("mask_size_differs", f"{size[0]} x {size[1]} px on {width_px} x {height_px} px")
    return found


def objects_of(mask: Mask) -> Objects:
    """Return the objects of a mask.

    Raises:
        PixelError: with one of `REASONS`, but for the size.
    """
    with _reasoned():
        return _of_runs(mask) if mask.format == "rle" else _of_labels(mask)


def labels_of(blob: bytes) -> Labels:
    """Return a label map's whole numbers [row, column] as the file has them, turned as it is shown.

    Raises:
        PixelError: mask_corrupt, mask_too_large.
    """
    with _reasoned():
        return _whole(_samples(blob))


@contextmanager
def _reasoned() -> Iterator[None]:
    """Turn whatever a decoder raises into a PixelError with a reason of a mask's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters is whether it decodes
            yield
    except PixelError as error:
        reason = "mask_too_large" if error.reason.endswith("too_large") else "mask_corrupt"
        raise PixelError(reason, error.detail) from error
    except (Image.DecompressionBombError, MemoryError) as error:
        refuse_shortage(error)
        raise PixelError("mask_too_large", str(error) or "out of memory") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, ValidationError, zlib.error, ...
        said = " ".join(str(error).split())[:_MOST_SAID]
        raise PixelError("mask_corrupt", f"{type(error).__name__}: {said}") from error


def _of_labels(mask: Mask) -> Objects:
    labels = _whole(_samples(mask.blob))
    numbers, strokes = strokes_of_labels(labels)
    _refuse_crowd(len(numbers))
    return Objects(strokes, numbers.tolist(), [mask.object_class] * len(numbers))


def _refuse_crowd(count: int) -> None:
    if count > MAX_OBJECTS:
        raise PixelError("mask_too_large", f"{count} objects, where a label map of 16 bit names {MAX_OBJECTS}")


def _samples(blob: bytes) -> Labels:
    if blob.startswith(_PNG_MAGIC):
        return _png_samples(blob)
    pixels = inspect(blob)
    if pixels.frames != 1 or pixels.channels != 1:
        raise PixelError("mask_corrupt", f"{pixels.frames} planes of {pixels.channels} channels are no label map")
    if pixels.format == "tiff":
        return _tiff_samples(blob)
    raise PixelError("mask_corrupt", f"a {pixels.format} is no label map")


def _png_samples(blob: bytes) -> Labels:
    """Return a PNG's samples; `inspect` would decode it too, since its orientation may stand behind its pixels."""
    with open_picture(blob) as picture:
        frames, bits = getattr(picture, "n_frames", 1), blob[PNG_BIT_DEPTH_AT]
        if frames != 1 or len(picture.getbands()) != 1:
            raise PixelError("mask_corrupt", f"{frames} planes of {len(picture.getbands())} channels are no label map")
        if picture.mode not in _ONE_NUMBER_A_PIXEL:
            raise PixelError("mask_corrupt", f"pixels of mode {picture.mode} are no numbers")
        ImageOps.exif_transpose(picture, in_place=True)
        samples = np.asarray(picture)
        spread = picture.mode == "L" and bits < 8  # Pillow spreads grey of 2 and 4 bit over 0 to 255
    return samples // (255 // (2**bits - 1)) if spread else samples


def _tiff_samples(blob: bytes) -> Labels:
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is whether it can be read
    with tifffile.TiffFile(io.BytesIO(blob)) as tiff:
        series = tiff.series[0]
        if int(np.prod(series.shape)) > MAX_PIXELS:
            raise PixelError("mask_too_large", f"shape {series.shape}")
        turned = tiff.pages[0].tags.get(_TIFF_ORIENTATION)
        if turned is not None and turned.value != _UPRIGHT:
            raise PixelError("mask_corrupt", "it is stored on its side, which readers of TIFF tell differently")
        sizes = dict(zip(series.axes, series.shape, strict=True))
        labels: Labels = series.asarray().reshape(sizes["Y"], sizes["X"])
    return labels


def _whole(labels: Labels) -> Labels:
    """Return the samples as whole numbers; none is rounded or clipped."""
    if labels.ndim != 2 or not labels.size or labels.dtype.kind not in "biuf":
        raise PixelError("mask_corrupt", f"samples of shape {labels.shape} and type {labels.dtype} are no label map")
    low, high = labels.min(), labels.max()
    if not (low >= 0 and high <= _MAX_NUMBER):  # so that NaN is refused too
        raise PixelError("mask_corrupt", f"numbers from {low} to {high}")
    if labels.dtype.kind != "f":
        return labels.astype(np.uint8) if labels.dtype.kind == "b" else labels
    whole: Labels = labels.astype(np.int64)
    if not np.array_equal(whole, labels):
        raise PixelError("mask_corrupt", "numbers that are not whole")
    return whole


def _of_runs(mask: Mask) -> Objects:
    if len(mask.blob) > MAX_JSON_BYTES:
        raise PixelError("mask_too_large", f"{len(mask.blob)} bytes of JSON")
    said = _RleMask.model_validate_json(mask.blob)
    if said.width_px * said.height_px > MAX_PIXELS:
        raise PixelError("mask_too_large", f"{said.width_px} x {said.height_px} px")
    _refuse_crowd(len(said.objects))
    size = (said.height_px, said.width_px)
    numbers = [each.id for each in said.objects]
    if any(low >= high for low, high in pairwise(numbers)) or any(each.rle.size != size for each in said.objects):
        raise PixelError("mask_corrupt", "objects that are not in the order of their ids, or of another size")
    counts = (counts_of(each.rle.counts) for each in said.objects)
    strokes = strokes_of_counts(counts, height_px=said.height_px, width_px=said.width_px)
    return Objects(strokes, numbers, [each.object_class or mask.object_class for each in said.objects])
