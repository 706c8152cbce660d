"""Lengths: the size of a pixel in micrometres, or why it counts as unknown; a wrong scale is worse than none."""

import math

from pydantic import PositiveFloat

from schemas.records import Record

MICRONS = {
    "pm": 1e-6,
    "nm": 1e-3,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "\u00b5m": 1.0,
    "\u03bcm": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "dm": 1e5,
    "m": 1e6,
    "meter": 1e6,
    "metre": 1e6,
    "\u00c5": 1e-4,
    "\u212b": 1e-4,
    "angstrom": 1e-4,
    "nanometer": 1e-3,
    "millimeter": 1e3,
    "centimeter": 1e4,
    "inch": 25_400.0,
    "in": 25_400.0,
    "thou": 25.4,
    "pt": 25_400 / 72,
}
"""Micrometres of the units that a pixel is measured in; pixels and reference frames are no lengths."""

_OME_UNITS = {1.0: "\u00b5m", 1e-3: "nm", 1e-4: "\u00c5", 1e3: "mm", 1e4: "cm", 1e6: "m", 25_400.0: "in"}

SQUARE_WITHIN = 0.01
FINEST_UM, COARSEST_UM = 1e-5, 1e3
"""Between a tenth of an atom and a millimetre; OME's own samples say 10,000 µm, and mean that nobody knows."""


class Scale(Record):
    """The size of a pixel, or the reason why it is unknown."""

    microns_per_pixel: PositiveFloat | None = None
    reason: str | None = None
    """scale_missing, unit_not_a_length, placeholder or pixels_not_square."""


MISSING = Scale(reason="scale_missing")


def scale_of(across: float | None, down: float | None, unit_across: str, unit_down: str | None = None) -> Scale:
    """Return the size of a pixel that is `across` wide and `down` high, if that is believable.

    >>> scale_of(65, 65, "nm").microns_per_pixel
    0.065
    """
    if across is None or down is None:
        return MISSING
    factors = [MICRONS.get(unit) for unit in (unit_across, unit_down or unit_across)]
    if None in factors:
        return Scale(reason="unit_not_a_length")
    width_um, height_um = (size * (factor or 0) for size, factor in zip((across, down), factors, strict=True))
    # One of a unit in both directions is what writers put who don't know it.
    if across == down == 1 or not all(FINEST_UM < size < COARSEST_UM for size in (width_um, height_um)):
        return Scale(reason="placeholder")
    if not math.isclose(width_um, height_um, rel_tol=SQUARE_WITHIN):
        return Scale(reason="pixels_not_square")
    return Scale(microns_per_pixel=math.sqrt(width_um * height_um))


def ome_unit(unit: str) -> str:
    """Return a unit as OME writes it, where it is another spelling of one of a length.

    >>> ome_unit("micron") == ome_unit("\u03bcm") == "\u00b5m", ome_unit("reference frame")
    (True, 'reference frame')
    """
    return _OME_UNITS.get(MICRONS.get(unit.strip(), 0), unit)
