"""Zarr scale: how many micrometres a pixel of a level measures, or why nobody knows.

A wrong scale is worse than none: what looks like a placeholder counts as unknown.
"""

import math
from typing import Any

from pydantic import PositiveFloat

from ingest.lengths import COARSEST_UM, FINEST_UM, SQUARE_WITHIN
from ingest.zarr_metadata import Multiscale
from schemas.records import Record

# Names that OME-Zarr takes from UDUNITS-2, and the symbols that are written in their place.
_PREFIXES = {"pico": 1e-6, "nano": 1e-3, "micro": 1.0, "milli": 1e3, "centi": 1e4, "deci": 1e5, "": 1e6}
_WORDS = {"angstrom": 1e-4, "micron": 1.0, "inch": 25_400.0, "foot": 304_800.0} | {
    f"{prefix}meter": size for prefix, size in _PREFIXES.items()
}
_SYMBOLS = {"pm": 1e-6, "nm": 1e-3, "um": 1.0, "\u00b5m": 1.0, "\u03bcm": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6}
_MOST = 1e50
"""Of one number; products of a few stay finite."""
_WITHOUT_SCALE = frozenset({"identity", "translation"})


class Scale(Record):
    """The size of a pixel, or the reason why it is unknown."""

    microns_per_pixel: PositiveFloat | None = None
    reason: str | None = None
    """scale_missing, scale_broken, unit_missing, unit_not_a_length, placeholder or pixels_not_square."""


class _UnknownError(Exception):
    """Carries the reason."""


def scale_of(image: Multiscale, level: int) -> Scale:
    """Return the scale of a level of `image`."""
    try:
        return Scale(microns_per_pixel=_microns(image, level))
    except _UnknownError as unknown:
        return Scale(reason=str(unknown))


def _microns(image: Multiscale, level: int) -> float:
    finest, here = _spatial(image, 0), _spatial(image, level)
    if all(math.isclose(size, 1) for size in finest.values()):
        # One micrometre in every direction is what writers put who don't know it.
        raise _UnknownError("placeholder")
    if not all(FINEST_UM < finest[name] < COARSEST_UM for name in "yx"):
        raise _UnknownError("placeholder")
    if not all(0 < here[name] < math.inf for name in "yx"):
        raise _UnknownError("scale_broken")
    if not math.isclose(here["y"], here["x"], rel_tol=SQUARE_WITHIN):
        raise _UnknownError("pixels_not_square")
    return math.sqrt(here["y"] * here["x"])


def _spatial(image: Multiscale, level: int) -> dict[str, float]:
    """Return the size of a pixel in micrometres along y and x, and along z where that has a unit of length."""
    factors = _factors(image, level)
    units = {axis.name: axis.unit for axis in image.axes}
    sizes = {name: factors[name] * _microns_of(units[name]) for name in "yx"}
    deep = _length(units.get("z"))
    return sizes | ({"z": factors["z"] * deep} if deep else {})


def _microns_of(unit: str | None) -> float:
    microns = _length(unit)
    if microns is None:
        raise _UnknownError("unit_not_a_length" if unit else "unit_missing")
    return microns


def _length(unit: str | None) -> float | None:
    """Return how many micrometres a unit has; None where it is none of length."""
    spelt = (unit or "").strip()
    return _SYMBOLS.get(spelt) or _WORDS.get(spelt.lower().removesuffix("s").replace("metre", "meter"))


def _factors(image: Multiscale, level: int) -> dict[str, float]:
    """Return the product of all scales of a level, by axis."""
    transforms = [*image.levels[level].transforms, *image.transforms]
    scales = [one for one in transforms if str(one.get("type")) not in _WITHOUT_SCALE]
    if not scales:
        raise _UnknownError("scale_missing")
    sizes = [_sizes(one, len(image.axes)) for one in scales]
    return {axis.name: math.prod(one[at] for one in sizes) for at, axis in enumerate(image.axes)}


def _sizes(transform: dict[str, Any], count: int) -> list[float]:
    sizes = transform.get("scale")
    if transform.get("type") != "scale" or not isinstance(sizes, list) or len(sizes) != count:
        raise _UnknownError("scale_broken")
    if any(isinstance(size, bool) or not isinstance(size, int | float) or not 0 < size < _MOST for size in sizes):
        raise _UnknownError("scale_broken")
    return [float(size) for size in sizes]
