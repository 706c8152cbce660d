"""TIFF pictures: the plane of a TIFF that is shown, as the samples of a picture the right way up."""

import io
from typing import Any

import numpy as np
from PIL import Image

from pipeline import tiffs
from pipeline.ome_colours import chosen_colours
from pipeline.photometry import Samples, samples_in
from pipeline.refusals import refuse_bomb
from pipeline.stretch import Array
from pipeline.tiff_planes import samples_of
from schemas.errors import PixelError
from schemas.records import Shown

ON_ITS_SIDE = (5, 6, 7, 8)
"""Orientations (Exif 2.32, tag 274) that `datasets` and browsers turn, so that sizes are told turned."""
_READ_BY_LIBTIFF = frozenset({"1", "L", "RGB", "RGBA", "CMYK", "YCbCr"})
_INKS_OR_CHROMA = frozenset({"CMYK", "YCbCr"})


def tiff_samples(blob: bytes, shown: Shown | None, side_px: int | None) -> Samples:
    """Return the samples that are shown of a TIFF; of a pyramid the smallest level >= `side_px`, if given."""
    with tiffs.opened(io.BytesIO(blob)) as tiff:
        level = tiffs.level_of(tiffs.series_of(tiff, shown.series if shown else 0), side_px)
        is_alone = not tiffs.is_layered(tiff)
        try:
            array = samples_of(tiff, level, shown)
            samples = samples_in(level.keyframe, array, all_channels=not (shown and shown.channels))
        except PixelError as error:
            if error.reason != "image_unsupported" or shown:
                raise
            return _libtiff_samples(blob, error, is_alone=is_alone)
        array = turned(samples.array, tiffs.orientation(tiff))
        hues = () if samples.colours or array.ndim == 2 else _hues(tiff, shown)
        return samples._replace(array=array, complete=samples.complete and is_alone, hues=hues)


def tiff_hues(blob: bytes, shown: Shown | None) -> tuple[str, ...]:
    """Return in which colours a TIFF says the channels are shown; none where it doesn't. Nothing is decoded.

    Raises:
        PixelError: it can't be opened.
    """
    with tiffs.opened(io.BytesIO(blob)) as tiff:
        return _hues(tiff, shown)


def _hues(tiff: Any, shown: Shown | None) -> tuple[str, ...]:  # noqa: ANN401  (tifffile has no types)
    return chosen_colours(tiff, shown.series, shown.channels) if shown else chosen_colours(tiff, 0)


def _libtiff_samples(blob: bytes, refusal: PixelError, *, is_alone: bool) -> Samples:
    """Return the first page as Pillow reads it through libtiff: faxes, old-style JPEG, chroma at half resolution."""
    with Image.open(io.BytesIO(blob), formats=["TIFF"]) as picture:
        if picture.mode not in _READ_BY_LIBTIFF:
            raise refusal
        refuse_bomb(*picture.size)
        kept = picture.mode if picture.mode in ("L", "RGB", "RGBA") else "L" if picture.mode == "1" else "RGB"
        is_as_it_was = picture.mode not in _INKS_OR_CHROMA
        return Samples(np.asarray(picture.convert(kept)), colours=True, complete=is_as_it_was and is_alone)


def turned(array: Array, orientation: int) -> Array:
    """Return the array as it is to be seen: Exif 2.32, tag 274."""
    if orientation in ON_ITS_SIDE:
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return array
