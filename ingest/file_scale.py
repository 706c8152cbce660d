"""File scale: the size of a pixel, where the manifest states one for all pictures and a picture's file may say more.

What the file says is of this picture alone, so where the two differ, or its pixels aren't square, none is taken.
"""

import io
import math

from ingest.lengths import MISSING, Scale
from ingest.ome import parse_ome
from ingest.tiff_metadata import scale_in
from pipeline.refusals import TIFF_MAGIC
from pipeline.tiffs import opened
from schemas.errors import ReasonedError
from schemas.records import Fact

_WITHIN = 0.02
_NOT_SQUARE = "pixels_not_square"


def scale_of_file(blob: bytes) -> Scale:
    """Return what a TIFF says of its first image; other files, and one that can't be read, say nothing."""
    if not blob.startswith(TIFF_MAGIC):
        return MISSING
    try:
        with opened(io.BytesIO(blob)) as tiff:
            images = parse_ome(tiff.ome_metadata.encode()).images if tiff.is_ome else ()
            return known_or(images[0].scale if images else MISSING, scale_in(tiff))
    except ReasonedError:
        return MISSING


def known_or(first: Scale, other: Scale) -> Scale:
    """Return the first scale where it says something: a size, or that there is no one size."""
    return first if first.microns_per_pixel or first.reason == _NOT_SQUARE else other


def agreed_scale(stated: float | None, told: Scale) -> tuple[float | None, list[Fact]]:
    """Return the size of a pixel in micrometres, or None and why nobody can say it, as a fact of how it was read."""
    if told.reason == _NOT_SQUARE:
        return None, _doubt("its pixels are not square, so it has no one scale")
    if stated is None or told.microns_per_pixel is None:
        return told.microns_per_pixel or stated, []
    if not math.isclose(stated, told.microns_per_pixel, rel_tol=_WITHIN):
        said = f"the manifest says {stated:g} µm a pixel, the file {told.microns_per_pixel:g}"
        return None, _doubt(f"{said}: none is taken")
    return told.microns_per_pixel, []


def _doubt(said: str) -> list[Fact]:
    return [Fact(name="reading", value=said, origin="metadata")]
