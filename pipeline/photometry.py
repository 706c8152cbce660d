"""Photometry: what a TIFF's samples mean: grey, white for none, a palette, colours, inks, channels."""

from typing import Any, NamedTuple

import numpy as np

from pipeline.stretch import Array
from schemas.errors import PixelError

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR = range(7)
"""PhotometricInterpretation: TIFF 6.0, page 37."""
_TO_RGB = frozenset({7, 33007, 34892, 33003, 33004, 33005, 34712})
"""Compressions whose decoders return RGB: JPEG and JPEG 2000."""
_ALPHA = frozenset({1, 2})
"""ExtraSamples: associated and unassociated alpha; 0 says nothing."""


class Samples(NamedTuple):
    """A picture's samples, [row, column] or [row, column, sample]."""

    array: Array
    colours: bool
    """Whether the samples of a pixel are grey, RGB or either with alpha, and not channels of their own."""
    complete: bool
    """Whether the file holds no more than that: no other planes, no other colours, no palette."""
    hues: tuple[str, ...] = ()
    """In which the file says its channels are shown, as #rrggbb; none where it doesn't."""


def samples_in(page: Any, array: Array, *, all_channels: bool = True) -> Samples:  # noqa: ANN401  (tifffile has no types)
    """Return the samples of a TIFF's page as grey, RGB, either with alpha, or channels.

    Where not `all_channels` of them were chosen they are no colours.

    Raises:
        PixelError: `image_unsupported`, a meaning that isn't known here.
    """
    meaning = int(page.photometric)
    if meaning > _YCBCR:
        raise PixelError("image_unsupported", f"samples that are {page.photometric!r}")
    if meaning == _YCBCR and int(page.compression) not in _TO_RGB:
        raise PixelError("image_unsupported", "YCbCr that no JPEG holds")
    if not all_channels:
        return Samples(_inverted(array) if meaning == _WHITE_IS_ZERO else array, colours=False, complete=False)
    if meaning == _PALETTE and page.colormap is not None and array.ndim == 2:
        return Samples(_looked_up(page.colormap, array), colours=True, complete=False)
    array = _full_scale(array, page.bitspersample)
    if meaning == _CMYK and array.ndim == 3 and array.shape[2] >= 4:
        return Samples(_printed(array), colours=True, complete=False)
    if meaning in (_RGB, _YCBCR) and array.ndim == 3 and array.shape[2] >= 3:
        return _rgb(array, page.extrasamples)
    is_grey = array.ndim == 2 or (array.shape[2] == 2 and _is_alpha(page.extrasamples))
    return Samples(_inverted(array) if meaning == _WHITE_IS_ZERO else array, colours=is_grey, complete=True)


def _rgb(array: Array, extra: tuple[int, ...]) -> Samples:
    has_alpha = array.shape[2] == 4 and _is_alpha(extra)
    kept = array.shape[2] if has_alpha else 3
    return Samples(array[..., :kept], colours=True, complete=kept == array.shape[2])


def _is_alpha(extra: tuple[int, ...]) -> bool:
    return bool(extra) and int(extra[0]) in _ALPHA


def _full_scale(array: Array, bits: object) -> Array:
    """Return samples of fewer than 8 bits on the scale of 8, as browsers show them; nothing is lost by it."""
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8 and isinstance(bits, int) and bits < 8:
        top = (1 << bits) - 1
        return (array.astype(np.uint16) * 255 // top).astype(np.uint8)
    return array


def _inverted(array: Array) -> Array:
    if array.dtype.kind == "u":
        return np.asarray(np.iinfo(array.dtype).max - array)
    return np.asarray(-array.astype(np.float64))


def _looked_up(colormap: Array, array: Array) -> Array:
    """Return the colours of a palette; they have 16 bits, of which many writers fill only the lower 8."""
    table = np.asarray(colormap).T
    table = (table >> 8 if table.max() > 255 else table).astype(np.uint8)
    if array.dtype.kind not in "bu" or int(array.max(initial=0)) >= len(table):
        raise PixelError("image_corrupt", f"samples beyond a palette of {len(table)} colours")
    return np.asarray(table[array])


def _printed(inks: Array) -> Array:
    """Return CMYK as RGB: paper that each ink, and black, darkens in turn."""
    if inks.dtype.kind != "u":
        raise PixelError("image_unsupported", f"inks of type {inks.dtype}")
    full = int(np.iinfo(inks.dtype).max)
    paper = full - inks[..., 3].astype(np.uint64)
    layers = [(full - inks[..., at].astype(np.uint64)) * paper // full for at in range(3)]
    return np.stack([layer.astype(inks.dtype) for layer in layers], axis=-1)
