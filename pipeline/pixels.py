"""Pixels: the one place where picture bytes are inspected, checked, rendered to 8 bit and cropped.

Arrays are [row, column] or [row, column, channel]; boxes are (left, top, right, bottom) in pixels.
What a file is, its content says, never its name.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from pipeline import jpegs, tiffs
from pipeline.greys import small_grey
from pipeline.photometry import Samples
from pipeline.pillow_pictures import open_picture, picture_layout, picture_samples, plain
from pipeline.refusals import MAX_PIXELS, REASONS, TIFF_MAGIC, reasoned
from pipeline.stretch import Array, Array8, stretch
from pipeline.tiff_pictures import ON_ITS_SIDE, tiff_samples
from schemas.errors import PixelError
from schemas.records import Box, Shown

__all__ = [
    "MAX_PIXELS",
    "PIXEL_COLUMNS",
    "REASONS",
    "Pixels",
    "Rendering",
    "crop",
    "decode8",
    "hash_luma",
    "inspect",
    "luma",
    "on_white",
    "pixels_of",
    "png",
    "probe",
    "render",
    "samples_of",
    "thumbnail",
]

_PUBLISHED_AS_IS = frozenset({"jpeg", "png", "webp"})
_PNG_FILTER_UP = 32  # libpng's PNG_FILTER_UP

_NUMBERS = ("width_px", "height_px", "bit_depth", "channels", "frames")
PIXEL_COLUMNS = ("blob_format", *_NUMBERS, "shown")
"""The columns of `1-figures` that `pixels_of` reads."""


@dataclass(frozen=True)
class Pixels:
    """What a picture is by its content; `bit_depth` per sample, `channels` samples per pixel.

    The sizes are those of the image that is shown; `frames` counts the planes of the whole file.
    """

    format: str
    width_px: int
    height_px: int
    bit_depth: int
    channels: int
    frames: int = 1
    shown: Shown | None = None

    @property
    def published_as_is(self) -> bool:
        """Return whether browsers show these very bytes: 8 bits or less in a web format."""
        return self.format in _PUBLISHED_AS_IS and self.bit_depth <= 8


def pixels_of(figure: Mapping[str, Any]) -> Pixels:
    """Return what `1-figures` says of a figure's picture, from its `PIXEL_COLUMNS`."""
    shown = Shown.model_validate(figure["shown"]) if figure["shown"] else None
    return Pixels(figure["blob_format"], **{name: figure[name] for name in _NUMBERS}, shown=shown)


@dataclass(frozen=True)
class Rendering:
    """An 8-bit picture for eyes and models; `as_is` when these are the file's own bytes."""

    blob: bytes
    format: str
    as_is: bool
    in_full: bool = True
    """False where the file has more to show: deeper samples, more channels or planes, another colour space."""


def inspect(blob: bytes, shown: Shown | None = None) -> Pixels:
    """Return what the picture in `blob` says it is, or the image of it that is `shown`; nothing is decoded.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        return _inspected(blob, shown)


def probe(blob: bytes) -> Pixels:
    """Return what the picture in `blob` is, after decoding it to its end.

    A JPEG is decoded at an eighth of its scale: its entropy-coded stream is read in full, which is where
    truncation and corruption show, and only the transform is spared.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        pixels = _inspected(blob, None)
        if pixels.format == "jpeg":
            jpegs.grey_of(blob, channels=pixels.channels, side_px=1)
        else:
            _samples(blob, pixels)
        return pixels


def _inspected(blob: bytes, shown: Shown | None) -> Pixels:
    if blob.startswith(TIFF_MAGIC):
        with tiffs.opened(io.BytesIO(blob)) as tiff:
            layout = tiffs.layout_of(tiff, shown)
            sizes = (layout.width_px, layout.height_px)
            width_px, height_px = sizes[::-1] if tiffs.orientation(tiff) in ON_ITS_SIDE else sizes
            return Pixels("tiff", width_px, height_px, layout.bit_depth, layout.channels, layout.frames, shown)
    name, size, bits, channels, frames = picture_layout(blob)
    return Pixels(name, *size, bits, channels, frames, shown)


def _samples(blob: bytes, pixels: Pixels, side_px: int | None = None) -> Samples:
    """Return the samples that are shown, in their own depth; of a pyramid the smallest level >= `side_px`."""
    is_tiff = pixels.format == "tiff"
    samples = tiff_samples(blob, pixels.shown, side_px) if is_tiff else picture_samples(blob, pixels.bit_depth)
    if samples.array.dtype.kind == "f" and not np.isfinite(samples.array).any():
        raise PixelError("image_empty", "no sample is a number")
    return samples


def samples_of(blob: bytes, pixels: Pixels) -> Samples:
    """Return the samples that are shown, in their own depth.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        return _samples(blob, pixels)


def decode8(blob: bytes, pixels: Pixels) -> Array8:
    """Return the picture as 8-bit L, RGB or RGBA, stretched where it is deeper.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        samples = _samples(blob, pixels)
        return stretch(samples.array, colours=samples.colours, hues=samples.hues)


def crop(array: Array8, box: Box) -> Array8:
    """Return the part of `array` in `box`."""
    left, top, right, bottom = box
    return array[top:bottom, left:right]


def render(blob: bytes, pixels: Pixels, box: Box | None = None) -> Rendering:
    """Return the picture, or its part in `box`, as browsers and models read it.

    An uncropped JPEG, PNG or WebP of 8 bits comes back byte by byte; anything else becomes a lossless PNG.

    Raises:
        PixelError: with one of `REASONS`.
    """
    whole = box is None or box == (0, 0, pixels.width_px, pixels.height_px)
    if whole and pixels.published_as_is:
        return Rendering(blob, pixels.format, as_is=True)
    with reasoned(blob[:16]):
        array, in_full = _rendered(blob, pixels) if whole else _remembered(blob, pixels)
        return Rendering(png(array if box is None else crop(array, box)), "png", as_is=False, in_full=in_full)


def _rendered(blob: bytes, pixels: Pixels) -> tuple[Array8, bool]:
    samples = _samples(blob, pixels)
    in_full = samples.complete and samples.colours and samples.array.dtype == np.uint8
    return stretch(samples.array, colours=samples.colours, hues=samples.hues), in_full


@lru_cache(maxsize=1)
def _remembered(blob: bytes, pixels: Pixels) -> tuple[Array8, bool]:
    """Return what `_rendered` does, decoded once for all panels of a figure, which come one after the other."""
    return _rendered(blob, pixels)


def png(array: Array8) -> bytes:
    """Return 8-bit samples [row, column] or [row, column, channel] as a lossless PNG."""
    import imagecodecs

    # One row filter instead of a choice of five: 3x faster than Pillow's level 1, within 2 % of its size on the
    # TIFF figures of nine articles.
    return bytes(imagecodecs.png_encode(np.ascontiguousarray(array), level=2, filter=_PNG_FILTER_UP))


def _image8(blob: bytes, pixels: Pixels, side_px: int | None = None) -> Image.Image:
    """Return the picture as an 8-bit L, RGB or RGBA image."""
    if pixels.format != "tiff" and pixels.bit_depth <= 8:
        return plain(ImageOps.exif_transpose(open_picture(blob)))
    samples = _samples(blob, pixels, side_px)
    return Image.fromarray(stretch(samples.array, colours=samples.colours, hues=samples.hues))


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture without alpha, as it looks on a white page."""
    if picture.mode != "RGBA":
        return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A"))
    return page


def luma(blob: bytes, pixels: Pixels, *, side_px: int) -> Image.Image:
    """Return the picture in 8-bit grey, made smaller as far as that leaves both sides >= `side_px`.

    A JPEG is made smaller by eighths while it is decoded, anything else by the mean of squares of pixels.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        if pixels.format == "jpeg":
            return jpegs.grey_of(blob, channels=pixels.channels, side_px=side_px)
        picture = _image8(blob, pixels)
        return on_white(picture.reduce(max(1, min(picture.size) // side_px))).convert("L")


def hash_luma(blob: bytes, pixels: Pixels, *, side_px: int) -> Image.Image:
    """Return the picture in floating-point grey for a perceptual hash of `side_px` pixels a side.

    It is made smaller as `luma` does; how that is done, and what is clipped, is part of a hash's version.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        if pixels.format == "jpeg":
            grey = jpegs.grey_of(blob, channels=pixels.channels, side_px=side_px)
            return small_grey(np.asarray(grey), side_px=min(grey.size))
        return small_grey(_opaque(_samples(blob, pixels)), side_px=side_px)


def _opaque(samples: Samples) -> Array:
    """Return grey or RGB in the samples' own depth; 8-bit as rendered where there is alpha, or channels."""
    array = samples.array
    if array.ndim == 2 or (samples.colours and array.shape[2] == 3):
        return array
    return np.asarray(on_white(Image.fromarray(stretch(array, colours=samples.colours))))


def thumbnail(blob: bytes, side_px: int, shown: Shown | None = None, box: Box | None = None) -> bytes:
    """Return a small JPEG of the picture, or of its part in `box`, its longer side at most `side_px`.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with reasoned(blob[:16]):
        pixels = _inspected(blob, shown)
        if box is None or box == (0, 0, pixels.width_px, pixels.height_px):
            picture = open_picture(blob) if pixels.format == "jpeg" else _image8(blob, pixels, side_px)
        else:
            picture = _part(blob, pixels, box, side_px)
        # A JPEG is decoded at the smallest scale that still has the pixels; small pictures need no finer sampling.
        picture.thumbnail((side_px, side_px), Image.Resampling.BILINEAR, reducing_gap=1.0)
        picture = on_white(ImageOps.exif_transpose(picture))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=80)
        return buffer.getvalue()


def _part(blob: bytes, pixels: Pixels, box: Box, side_px: int) -> Image.Image:
    """Return the picture in `box`, decoded as small as lets its longer side still have `side_px`."""
    left, top, right, bottom = box
    smaller = side_px / max(right - left, bottom - top)
    if pixels.format == "jpeg":
        picture = open_picture(blob)
        picture.draft(None, (ceil(picture.width * smaller), ceil(picture.height * smaller)))
        picture = ImageOps.exif_transpose(picture)
    else:
        picture = _image8(blob, pixels, ceil(max(pixels.width_px, pixels.height_px) * smaller))
    across, down = picture.width / pixels.width_px, picture.height / pixels.height_px
    start = (int(left * across), int(top * down))
    end = (max(round(right * across), start[0] + 1), max(round(bottom * down), start[1] + 1))
    return Image.fromarray(crop(np.asarray(on_white(picture)), (*start, *end)))
