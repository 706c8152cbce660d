"""Pixels: the one place where picture bytes are decoded, checked, rendered to 8 bit and cropped.

Arrays are [row, column] or [row, column, channel]; boxes are (left, top, right, bottom) in pixels.
What a file is, its content says, never its name.
"""

import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pipeline.stretch import Array, Array8, stretch
from schemas.errors import PixelError
from schemas.records import Box, Shown

REASONS = (
    *("image_empty", "not_an_image", "image_truncated", "image_corrupt", "image_too_large"),
    "image_unsupported",
)
"""Every reason a picture is refused with."""

MAX_PIXELS = 178_956_970
"""Above this a picture counts as a bomb: twice Pillow's MAX_IMAGE_PIXELS, where Pillow itself refuses."""

# Pillow's EPS and WMF readers start other programs, so readers are named one by one.
_FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP", "JPEG2000")
_NAMES = {"MPO": "jpeg"}
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF8", b"RIFF", b"BM")
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers that begin a frame: ITU T.81, table B.1."""
_SOF_READ = frozenset({0xC0, 0xC1, 0xC2})
"""Of these, what libjpeg can make smaller while it decodes: baseline, extended, progressive."""
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_PUBLISHED_AS_IS = frozenset({"jpeg", "png", "webp"})
_OTHER_COLOURS = frozenset({"CMYK", "YCbCr", "LAB", "HSV"})
_PNG_BIT_DEPTH_AT = 24  # signature 8, chunk head 8, width 4, height 4: PNG specification, 11.2.1
_PNG_FILTER_UP = 32  # libpng's PNG_FILTER_UP
_TIFF_BITS, _TIFF_SAMPLES = 258, 277

_NUMBERS = ("width_px", "height_px", "bit_depth", "channels", "frames")
PIXEL_COLUMNS = ("blob_format", *_NUMBERS, "shown")
"""The columns of `1-figures` that `pixels_of` reads."""


@dataclass(frozen=True)
class Pixels:
    """What a picture is by its content; `bit_depth` per sample, `channels` samples per pixel."""

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

    @property
    def shown_in_full(self) -> bool:
        """Return whether an 8-bit L, RGB or RGBA rendering keeps all there is."""
        return self.bit_depth <= 8 and self.channels <= 4 and self.frames == 1


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


@contextmanager
def _reasoned(blob: bytes) -> Iterator[None]:
    """Turn whatever a decoder raises into a PixelError with a reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF and the like; what matters is whether it decodes
            yield
    except PixelError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise PixelError("image_too_large", str(error) or "out of memory") from error
    except UnidentifiedImageError as error:
        reason = "image_corrupt" if blob.startswith(_MAGIC) else "not_an_image"
        raise PixelError(reason, f"starts with {blob[:12]!r}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, KeyError, zlib.error, ...
        said = f"{type(error).__name__}: {error}"
        ends_early = "truncated" in said or "Premature end of JPEG file" in said
        raise PixelError("image_truncated" if ends_early else "image_corrupt", said) from error


def _open(blob: bytes) -> Image.Image:
    if not blob:
        raise PixelError("image_empty", "0 bytes")
    if blob.startswith(b"\xff\xd8\xff"):
        _refuse_strange_jpeg(blob)
    picture = Image.open(io.BytesIO(blob), formats=_FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise PixelError("image_too_large", f"{picture.width} x {picture.height} px")
    return picture


def _refuse_strange_jpeg(blob: bytes) -> None:
    """Refuse frames of other kinds than everybody has: decoders write beyond their buffers for a lossless one."""
    place = 2
    while place + 9 < len(blob):
        if blob[place] != 0xFF or blob[place + 1] in (0x00, 0xFF):
            place += 1
            continue
        marker = blob[place + 1]
        if marker in _SOF:
            if marker not in _SOF_READ or blob[place + 4] != 8:
                raise PixelError("image_unsupported", f"a JPEG of kind {marker:#x} with {blob[place + 4]} bits")
            return
        alone = marker == 0x01 or 0xD0 <= marker <= 0xD8
        place += 2 if alone else 2 + int.from_bytes(blob[place + 2 : place + 4], "big")
    raise PixelError("image_truncated", "a JPEG without a frame")


def _bits_and_channels(picture: Image.Image, blob: bytes) -> tuple[int, int]:
    channels = len(picture.getbands())
    if picture.format == "PNG":
        return blob[_PNG_BIT_DEPTH_AT], channels
    if picture.format == "TIFF":
        tags: Any = picture.tag_v2  # type: ignore[attr-defined]
        return max(tags.get(_TIFF_BITS, (1,))), int(tags.get(_TIFF_SAMPLES, 1))
    return _BITS.get(picture.mode, 8), channels


def inspect(blob: bytes) -> Pixels:
    """Return what the picture in `blob` says it is; its pixels are not decoded.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with _reasoned(blob):
        return _inspected(blob)


def probe(blob: bytes) -> Pixels:
    """Return what the picture in `blob` is, after decoding it to its end.

    A JPEG is decoded at an eighth of its scale: its entropy-coded stream is read in full, which is where
    truncation and corruption show, and only the transform is spared.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with _reasoned(blob):
        pixels = _inspected(blob)
        _load(blob, pixels)
        return pixels


def _inspected(blob: bytes) -> Pixels:
    try:
        picture = _open(blob)
    except UnidentifiedImageError:
        return _inspected_tiff(blob)
    with picture:
        bits, channels = _bits_and_channels(picture, blob)
        name = _NAMES.get(str(picture.format), str(picture.format).lower())
        frames = getattr(picture, "n_frames", 1)
        width_px, height_px = picture.size[::-1] if name != "tiff" and _lies(picture) else picture.size
    pixels = Pixels(name, width_px, height_px, bits, channels, frames)
    return _inspected_tiff(blob) if name == "tiff" and not _pillow_keeps(pixels) else pixels


def _lies(picture: Image.Image) -> bool:
    """Return whether a picture is stored on its side: `datasets` and browsers turn it, so its sizes are told turned."""
    return picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)


def _load(blob: bytes, pixels: Pixels) -> None:
    if pixels.format == "tiff" and not _pillow_keeps(pixels):
        _tiff_array(blob)
    elif pixels.format == "jpeg":
        _jpeg_luma(blob, pixels, side_px=1)
    else:
        with _open(blob) as picture:
            picture.load()


def _jpeg_luma(blob: bytes, pixels: Pixels, *, side_px: int) -> Image.Image:
    """Return a JPEG in grey at the smallest scale, in eighths, that leaves both sides >= `side_px`.

    Pillow shows a JPEG whose data are damaged in the middle as if nothing were wrong with it; here that is an error.
    """
    import simplejpeg

    _refuse_strange_jpeg(blob)
    colours = "CMYK" if pixels.channels == 4 else "GRAY"
    try:
        decoded = simplejpeg.decode_jpeg(blob, colours, min_height=side_px, min_width=side_px)
    except ValueError as error:
        if "tjDecompressHeader" not in str(error):  # else a subsampling that only Pillow reads
            raise
    else:
        if colours == "GRAY":
            return Image.fromarray(decoded[..., 0])
    with _open(blob) as picture:
        picture.draft("L", (side_px, side_px))
        return picture.convert("L")


def _pillow_keeps(pixels: Pixels) -> bool:
    return pixels.bit_depth <= 8 and pixels.channels <= 4 and pixels.frames == 1


def _inspected_tiff(blob: bytes) -> Pixels:
    """Return what a TIFF is that Pillow doesn't keep: odd sample formats, many channels, several planes."""
    if not blob.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        raise UnidentifiedImageError
    with _tiff(blob) as tiff:
        series = _first_series(tiff)
        sizes = dict.fromkeys("YXSC", 1) | dict(zip(series.axes, series.shape, strict=True))
        bits = 1 if series.dtype == np.bool_ else series.dtype.itemsize * 8
        channels = sizes["S"] * sizes["C"]
        frames = int(np.prod(series.shape)) // (sizes["Y"] * sizes["X"] * channels)
        return Pixels("tiff", sizes["X"], sizes["Y"], bits, channels, frames)


def _tiff(blob: bytes) -> Any:  # noqa: ANN401  (tifffile has no types)
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is whether it can be read
    return tifffile.TiffFile(io.BytesIO(blob))


def _first_series(tiff: Any) -> Any:  # noqa: ANN401  (tifffile has no types)
    series = tiff.series[0]
    if int(np.prod(series.shape)) > MAX_PIXELS:
        raise PixelError("image_too_large", f"shape {series.shape}")
    return series


def _tiff_array(blob: bytes) -> Array:
    """Return one plane of the first series as [row, column(, channel)]: the middle of Z, the first of the rest."""
    with _tiff(blob) as tiff:
        series = _first_series(tiff)
        array, axes = series.asarray(), series.axes
    for axis in [axis for axis in axes if axis not in "YXSC"]:
        at = axes.index(axis)
        array = array.take(array.shape[at] // 2 if axis == "Z" else 0, axis=at)
        axes = axes.replace(axis, "", 1)
    return _channels_last(array, axes)


def _channels_last(array: Array, axes: str) -> Array:
    order = [axes.index("Y"), axes.index("X"), *(at for at, axis in enumerate(axes) if axis in "SC")]
    array = array.transpose(order)
    return array.reshape(*array.shape[:2], -1) if array.ndim > 2 else array


def _array(blob: bytes, pixels: Pixels) -> Array:
    """Return all samples of the picture, in their own depth."""
    array = _samples(blob, pixels)
    if array.dtype.kind == "f" and not np.isfinite(array).any():
        raise PixelError("image_empty", "no sample is a number")
    return array


def _samples(blob: bytes, pixels: Pixels) -> Array:
    if pixels.format == "png" and pixels.bit_depth > 8:
        import imagecodecs  # Pillow cuts 16-bit RGB to 8

        return np.asarray(imagecodecs.png_decode(blob))
    if pixels.format == "tiff" and not _pillow_keeps(pixels):
        return _tiff_array(blob)
    with _open(blob) as picture:
        return np.asarray(_plain(ImageOps.exif_transpose(picture)))


def _plain(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode whose samples are 8-bit L, RGB or RGBA, or its own deeper mode."""
    if picture.mode in ("L", "RGB", "RGBA", "I", "F") or picture.mode.startswith("I;16"):
        return picture
    if picture.mode in ("1", "LA"):
        return picture.convert("L" if picture.mode == "1" else "RGBA")
    return picture.convert("RGBA" if "transparency" in picture.info else "RGB")


def decode8(blob: bytes, pixels: Pixels) -> Array8:
    """Return the picture as 8-bit L, RGB or RGBA, stretched where it is deeper.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with _reasoned(blob):
        return stretch(_array(blob, pixels))


def crop(array: Array8, box: Box) -> Array8:
    """Return the part of `array` in `box`."""
    left, top, right, bottom = box
    return array[top:bottom, left:right]


def render(blob: bytes, pixels: Pixels, box: Box | None = None) -> Rendering:
    """Return the picture, or its part in `box`, as browsers and models read it.

    An uncropped JPEG, PNG or WebP of 8 bits comes back byte by byte; anything else becomes a lossless PNG.
    """
    whole = box is None or box == (0, 0, pixels.width_px, pixels.height_px)
    if whole and pixels.published_as_is:
        return Rendering(blob, pixels.format, as_is=True)
    array = decode8(blob, pixels)
    shown = _png(array if box is None else crop(array, box))
    return Rendering(shown, "png", as_is=False, in_full=pixels.shown_in_full and not _is_converted(blob))


def _is_converted(blob: bytes) -> bool:
    """Return whether RGB is not the colour space of a picture's samples."""
    with _open(blob) as picture:
        return picture.mode in _OTHER_COLOURS


def _png(array: Array8) -> bytes:
    import imagecodecs

    # One row filter instead of a choice of five: 3x faster than Pillow's level 1, within 2 % of its size on the
    # TIFF figures of nine articles.
    return bytes(imagecodecs.png_encode(np.ascontiguousarray(array), level=2, filter=_PNG_FILTER_UP))


def _image8(blob: bytes, pixels: Pixels) -> Image.Image:
    """Return the picture as an 8-bit L, RGB or RGBA image."""
    if pixels.bit_depth <= 8 and (pixels.format != "tiff" or _pillow_keeps(pixels)):
        return _plain(ImageOps.exif_transpose(_open(blob)))
    return Image.fromarray(stretch(_array(blob, pixels)))


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture without alpha, as it looks on a white page."""
    if picture.mode != "RGBA":
        return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A"))
    return page


def luma(blob: bytes, pixels: Pixels, *, side_px: int) -> Image.Image:
    """Return the picture in 8-bit grey for a perceptual hash of `side_px` pixels a side.

    It is made smaller as far as that leaves both sides >= `side_px`: a JPEG by eighths while it is
    decoded, anything else by the mean of squares of pixels. That choice is part of a hash's version.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with _reasoned(blob):
        if pixels.format == "jpeg":
            return _jpeg_luma(blob, pixels, side_px=side_px)
        picture = _image8(blob, pixels)
        return on_white(picture.reduce(max(1, min(picture.size) // side_px))).convert("L")


def thumbnail(blob: bytes, side_px: int) -> bytes:
    """Return a small JPEG of the picture, its longer side at most `side_px`.

    Raises:
        PixelError: with one of `REASONS`.
    """
    with _reasoned(blob):
        pixels = _inspected(blob)
        picture = _open(blob) if pixels.format == "jpeg" else _image8(blob, pixels)
        # A JPEG is decoded at the smallest scale that still has the pixels; small pictures need no finer sampling.
        picture.thumbnail((side_px, side_px), Image.Resampling.BILINEAR, reducing_gap=1.0)
        picture = on_white(ImageOps.exif_transpose(picture))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=80)
        return buffer.getvalue()
