"""Review decoded: pictures in their own depth, the last ones kept within a bound of bytes, each decoded once."""

import threading
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np

from pipeline.pixels import PIXEL_COLUMNS, pixels_of, samples_of, thumbnail
from pipeline.store import part_path, read_rows_at
from pipeline.stretch import value_range
from pipeline.workspace import FIGURES, Workspace
from schemas.review import PicturePlace

MOST_BYTES = 384 << 20
"""Of decoded pictures that are kept; one that is larger is kept alone until the next comes."""
_EIGHT_BIT = (0.0, 255.0)
_MUCH_LARGER = 2


class Decoded(NamedTuple):
    """A figure's samples, what they are, and the values that become black and white in each channel."""

    array: Any
    colours: bool
    ranges: tuple[tuple[float, float], ...]
    hues: tuple[str, ...] = ()
    """In which the file says its channels are shown, as #rrggbb."""


_kept: OrderedDict[tuple[str, int, int, int], Decoded] = OrderedDict()
_decoding = threading.Lock()
"""One picture is decoded at a time: a screen of tiles asks for the same one at once."""


def decoded_of(workspace: Workspace, place: PicturePlace) -> Decoded:
    """Return the figure that holds a picture, all of it.

    Raises:
        PixelError: it can't be read.
    """
    path = part_path(workspace.stage(FIGURES), place.part)
    key = (str(path), path.stat().st_mtime_ns, place.part, place.figure_row)
    with _decoding:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        (row,) = read_rows_at(path, [place.figure_row], ["blob", *PIXEL_COLUMNS])
        samples = samples_of(row["blob"], pixels_of(row))
        ranges = _ranges(samples.array, colours=samples.colours)
        made = Decoded(samples.array, samples.colours, ranges, samples.hues)
        _kept[key] = made
        while len(_kept) > 1 and sum(each.array.nbytes for each in _kept.values()) > MOST_BYTES:
            _kept.popitem(last=False)
        return made


def small_of(workspace: Workspace, place: PicturePlace, side_px: int) -> bytes | None:
    """Return a JPEG that is much larger than that in small, decoded at an eighth of its work; None of anything else.

    Raises:
        PixelError: it can't be read.
    """
    path = part_path(workspace.stage(FIGURES), place.part)
    (row,) = read_rows_at(path, [place.figure_row], ["blob_format", "width_px", "height_px", "shown"])
    if row["blob_format"] != "jpeg" or max(row["width_px"], row["height_px"]) < _MUCH_LARGER * side_px:
        return None
    (row,) = read_rows_at(path, [place.figure_row], ["blob"])
    return thumbnail(row["blob"], side_px)


def _ranges(array: Any, *, colours: bool) -> tuple[tuple[float, float], ...]:  # noqa: ANN401  (any depth)
    """Return one range for samples that are colours of one pixel, else one a channel."""
    if array.dtype == np.uint8 and colours:
        return (_EIGHT_BIT,)
    if array.ndim == 2:
        return (value_range(array),)
    if colours:
        seen = array[..., : array.shape[2] - (array.shape[2] in (2, 4))]
        return (_EIGHT_BIT if seen.dtype == np.uint8 else value_range(seen),)
    return tuple(value_range(array[..., at]) for at in range(array.shape[2]))
