"""Mask labels: a file, or an array, to an instance label map whose numbers are those that were drawn.

Numbers are never merged or cut: a map that can't be read without guessing is refused with a reason.
"""

import io
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, UnidentifiedImageError

from ingest.mask_pairs import MaskError
from pipeline.pixels import MAX_PIXELS
from pipeline.planes import label_png, tiff_of
from schemas.records import Mask

Array = npt.NDArray[Any]

_PNG, _TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LOSSY = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP")
_PNG_WIDTH_AT, _PNG_BITS_AT, _PNG_COLOUR_AT = 16, 24, 25  # PNG specification, 11.2.1
_GREY, _PALETTE = 0, 3
_PNG_TURNS = (b"eXIf", b"Orientation", b"Raw profile type")
_UPRIGHT = 1
_KEPT_AS_THEY_ARE = frozenset({"uint8", "uint16", "uint32", "int32", "int16"})


class Drawn(NamedTuple):
    """A label map as its file holds it; `as_is` where the file itself is the map, and needs no other form."""

    numbers: Array
    format: str | None = None
    as_is: bool = False


def drawn_in(blob: bytes) -> Drawn:
    """Return the numbers in a mask's file.

    Raises:
        MaskError: it is no label map, or one that can't be read without guessing.
    """
    if blob.startswith(_LOSSY):
        raise MaskError("mask_lossy", "a JPEG blurs numbers; give the masks as PNG or TIFF")
    try:
        return _drawn(blob)
    except MaskError:
        raise
    except UnidentifiedImageError as error:
        raise MaskError("mask_unreadable", f"starts with {blob[:12]!r}") from error
    except Exception as error:  # decoders raise what they like
        raise MaskError("mask_unreadable", f"{type(error).__name__}: {error}") from error


def _drawn(blob: bytes) -> Drawn:
    if is_turned(blob):
        raise MaskError("mask_is_turned", "it is stored on its side, which readers tell differently; turn it upright")
    if blob.startswith(_PNG):
        return _in_png(blob)
    return _in_tiff(blob) if blob.startswith(_TIFF) else Drawn(_in_other(blob))


def is_turned(blob: bytes) -> bool:
    """Return whether a picture says that it is to be turned before it is shown: a mask may be drawn before or after."""
    if blob.startswith(_TIFF):
        import tifffile

        with tifffile.TiffFile(io.BytesIO(blob)) as tiff:
            tag = tiff.pages.first.tags.get(ExifTags.Base.Orientation)
            return tag is not None and int(tag.value) != _UPRIGHT
    if blob.startswith(_PNG) and not any(word in blob for word in _PNG_TURNS):
        return False  # Pillow decodes a whole PNG to look for what these words would tell
    with Image.open(io.BytesIO(blob)) as picture:
        return bool(picture.getexif().get(ExifTags.Base.Orientation, _UPRIGHT) != _UPRIGHT)


def _in_png(blob: bytes) -> Drawn:
    import imagecodecs

    width_px, height_px = (int.from_bytes(blob[at : at + 4], "big") for at in (_PNG_WIDTH_AT, _PNG_WIDTH_AT + 4))
    if width_px * height_px > MAX_PIXELS:
        raise MaskError("mask_too_large", f"{width_px} x {height_px} px")
    bits, colour = blob[_PNG_BITS_AT], blob[_PNG_COLOUR_AT]
    if colour == _PALETTE:
        with Image.open(io.BytesIO(blob), formats=["PNG"]) as picture:
            return Drawn(np.asarray(picture), "png")
    samples = np.asarray(imagecodecs.png_decode(blob))
    if colour == _GREY and bits < 8:  # libpng spreads them over 8 bits: a number 1 of 4 bits would come back as 17
        return Drawn(samples // (255 // (2**bits - 1)), "png")
    return Drawn(one_channel(samples), "png", as_is=colour == _GREY)


def _in_tiff(blob: bytes) -> Drawn:
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is whether it can be read
    with tifffile.TiffFile(io.BytesIO(blob)) as tiff:
        series = tiff.series[0]
        if int(np.prod(series.shape)) > MAX_PIXELS:
            raise MaskError("mask_too_large", f"shape {series.shape}")
        plain = len(series.pages) == 1 and len(tiff.series) == 1 and not tiff.pages.first.is_tiled
        samples, grey = series.asarray(), tiff.pages.first.photometric != tifffile.PHOTOMETRIC.MINISWHITE
    numbers = one_channel(samples)
    return Drawn(numbers, "tiff", as_is=plain and grey and samples.ndim == 2)


def _in_other(blob: bytes) -> Array:
    """Return the numbers in a BMP, GIF or the like; those of a palette are its indices."""
    with Image.open(io.BytesIO(blob), formats=["BMP", "GIF", "WEBP"]) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise MaskError("mask_too_large", f"{picture.width} x {picture.height} px")
        if picture.format == "WEBP":
            raise MaskError("mask_lossy", "a WebP may blur numbers; give the masks as PNG or TIFF")
        return one_channel(np.asarray(picture))


def one_channel(samples: Array) -> Array:
    """Return a map of [row, column] from samples that say the same in each colour.

    Raises:
        MaskError: the colours differ, or the samples have other axes.
    """
    samples = samples.squeeze() if samples.ndim > 2 and min(samples.shape) > 0 else samples
    if samples.ndim == 2:
        return samples
    if samples.ndim == 3 and samples.shape[-1] in (2, 3, 4):
        colours = samples[..., : 1 if samples.shape[-1] == 2 else 3]
        if (colours == colours[..., :1]).all():
            return np.ascontiguousarray(colours[..., 0])
        advice = "give each object a number of its own in one channel"
        raise MaskError("mask_is_colour", f"objects are told by colours, which may be shared or blended; {advice}")
    raise MaskError("mask_is_stack", f"a mask of shape {samples.shape} is no single plane; read it with format: arrays")


def label_mask(
    drawn: Drawn, blob: bytes | None, background: Sequence[int] | None, *, components: bool, object_class: str | None
) -> tuple[Mask, bool]:
    """Return a label map as a mask, in its file's own bytes where these are the map, and whether it has an object.

    Raises:
        MaskError: the numbers can't be read without guessing.
    """
    whole = _whole_numbers(drawn.numbers)
    labels = _without_background(whole, background)
    same = labels is whole and labels is drawn.numbers
    if components:
        labels, same = _components(labels), False
    holds = bool(labels.any())
    if blob is not None and drawn.format and drawn.as_is and same and labels.dtype.name in _KEPT_AS_THEY_ARE:
        return Mask(blob=blob, format=drawn.format, object_class=object_class), holds
    return mask_of(labels, object_class), holds


def mask_of(labels: Array, object_class: str | None) -> Mask:
    """Return a label map in as few bits as its greatest number needs: PNG up to 16, TIFF above.

    Raises:
        MaskError: a number needs more than 32 bits.
    """
    high = int(labels.max()) if labels.size else 0
    if high > np.iinfo(np.uint32).max:
        raise MaskError("mask_ids_too_large", f"{high} needs more than 32 bits; number the objects anew")
    if high <= np.iinfo(np.uint16).max:
        return Mask(blob=label_png(labels), format="png", object_class=object_class)
    return Mask(blob=tiff_of(labels.astype(np.uint32)), format="tiff", object_class=object_class)


def _whole_numbers(numbers: Array) -> Array:
    if numbers.dtype == np.bool_:
        return numbers.astype(np.uint8)
    if numbers.dtype.kind in "iu":
        return numbers
    if numbers.dtype.kind != "f":
        raise MaskError("mask_unreadable", f"samples of type {numbers.dtype} are no numbers")
    if not np.isfinite(numbers).all() or (numbers != np.rint(numbers)).any():
        raise MaskError("mask_not_whole", "some numbers are no whole ones: a map of probabilities is no label map")
    if np.abs(numbers).max(initial=0) > _exact_to(numbers.dtype):
        raise MaskError("mask_not_whole", f"some numbers are too large to be exact in {numbers.dtype}")
    return numbers.astype(np.int64)


def _exact_to(kind: np.dtype[Any]) -> int:
    """Return the number up to which a type of float tells all whole numbers apart."""
    return int(2 ** (np.finfo(kind).nmant + 1))


def _without_background(numbers: Array, background: Sequence[int] | None) -> Array:
    """Return the map with 0 for what is no object; where 0 is an object, all numbers are raised by one."""
    low = int(numbers.min()) if numbers.size else 0
    if background is None:
        if low >= 0:
            return numbers
        if low < -1 or (numbers == 0).any():
            advice = "say which numbers are no object: background: [0, -1], or background: -1"
            raise MaskError("mask_ids_negative", f"the lowest number is {low}; {advice}")
        background = (-1,)
    if tuple(background) == (0,) and low >= 0:
        return numbers
    empty = np.isin(numbers, np.asarray(background, dtype=np.int64))
    if (numbers[~empty] < 0).any():
        raise MaskError("mask_ids_negative", f"the lowest number is {low}, and `background` doesn't name it")
    if int(numbers.max(initial=0)) >= np.iinfo(np.int64).max:
        raise MaskError("mask_ids_too_large", "a number needs more than 63 bits; number the objects anew")
    raised = int(0 not in background and bool((numbers[~empty] == 0).any()))
    return np.where(empty, 0, numbers.astype(np.int64) + raised)


def pieces_of_one(numbers: Array) -> int:
    """Return in how many pieces the one number of a map lies beside 0; 0 where it has none, or several."""
    if not numbers.size or not numbers.max():
        return 0
    alone = not ((numbers != 0) & (numbers != numbers.max())).any()
    return int(_components(numbers).max()) if alone else 0


def _components(labels: Array) -> Array:
    """Return the connected parts of what is no background, numbered in reading order; pixels touch at corners too."""
    from scipy import ndimage

    return np.asarray(ndimage.label(labels != 0, structure=np.ones((3, 3)))[0])
