"""TIFF metadata: the size of a pixel and what else a TIFF's own tags say: ImageJ, LSM, slides, resolution."""

import re
from typing import Any

from ingest.lengths import MISSING, Scale, scale_of
from schemas.records import Fact

_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_UNITS = {2: "inch", 3: "cm"}
"""ResolutionUnit: TIFF 6.0, page 38; 1 is none."""
_PRINTED_UM = 10.0
"""A coarser resolution is that of paper: 2,540 dots an inch are 10 µm, and printers have fewer."""
_MPP = re.compile(r"\|\s*MPP\s*=\s*([\d.]+)")
_MAGNIFICATION = re.compile(r"\|\s*AppMag\s*=\s*([\d.]+)")
_ESCAPED_MICRO = re.compile(r"\\u00[bB]5|\\u03[bB][cC]")


def scale_in(tiff: Any) -> Scale:  # noqa: ANN401  (tifffile has no types)
    """Return the size of a pixel of the first image, by the format's own metadata, else by the resolution's tags."""
    if tiff.is_svs:
        found = _MPP.search(tiff.pages.first.description)
        return _scale(float(found[1]), float(found[1]), "um") if found and _is_number(found[1]) else MISSING
    if tiff.is_lsm:
        told = tiff.lsm_metadata or {}
        return _scale(told.get("VoxelSizeX"), told.get("VoxelSizeY"), "m")
    across, down = (_per_unit(tiff, tag) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    if tiff.is_imagej:
        unit = str((tiff.imagej_metadata or {}).get("unit", ""))
        return _scale(across, down, _ESCAPED_MICRO.sub("\u00b5", unit).strip()) if unit else MISSING
    tag = tiff.pages.first.tags.get(_RESOLUTION_UNIT)
    scale = _scale(across, down, _UNITS[int(tag.value)]) if tag and tag.value in _UNITS else MISSING
    is_of_paper = (scale.microns_per_pixel or 0) > _PRINTED_UM
    return Scale(reason="placeholder") if is_of_paper else scale


def _scale(across: object, down: object, unit: str) -> Scale:
    sizes = [float(size) if isinstance(size, int | float) else None for size in (across, down)]
    return scale_of(sizes[0], sizes[1], unit)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _per_unit(tiff: Any, tag: int) -> float | None:  # noqa: ANN401
    """Return the size of a pixel in the unit of resolution."""
    found = tiff.pages.first.tags.get(tag)
    try:
        pixels, units = found.value
        return float(units) / float(pixels)
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return None


def facts_in(tiff: Any) -> list[Fact]:  # noqa: ANN401
    """Return what a TIFF without OME metadata says of its optics."""
    found = _MAGNIFICATION.search(tiff.pages.first.description) if tiff.is_svs else None
    if not found or not _is_number(found[1]):
        return []
    return [Fact(name="magnification", value=f"{float(found[1]):g}", unit="x", origin="tiff:ImageDescription")]
