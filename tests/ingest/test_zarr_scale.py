"""Micrometres per pixel of a level, or the reason why nobody knows."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.zarr_metadata import Axis, Level, Multiscale
from ingest.zarr_scale import scale_of

SCALED = {"type": "scale"}


def image(
    *levels: Any, axes: str = "zyx", units: Any = "micrometer", whole: tuple[dict[str, Any], ...] = ()
) -> Multiscale:
    each = dict.fromkeys(axes, units) if isinstance(units, str | None) else units
    return Multiscale(
        version="0.4",
        zarr_format=2,
        axes=tuple(Axis(name=name, unit=each.get(name)) for name in axes),
        levels=tuple(
            Level(path=str(at), transforms=one if isinstance(one, tuple) else ({**SCALED, "scale": one},))
            for at, one in enumerate(levels)
        ),
        transforms=whole,
    )


@given(st.floats(0.01, 100).filter(lambda size: not math.isclose(size, 1)), st.floats(0.1, 10), st.integers(1, 6))
def test_the_scale_is_the_product_along_x_and_y(size: float, factor: float, halvings: int) -> None:
    levels = [[2.0, size * 2**at, size * 2**at] for at in range(halvings)]
    scaled = image(*levels, whole=({**SCALED, "scale": [1.0, factor, factor]},))
    scale = scale_of(scaled, halvings - 1)
    assert scale.reason is None
    assert scale.microns_per_pixel == pytest.approx(size * factor * 2 ** (halvings - 1))


@pytest.mark.parametrize(
    ("unit", "microns"),
    [
        ("micrometer", 0.5),
        ("nanometer", 0.0005),
        ("angstrom", 0.00005),
        ("millimeter", 500),
        ("Micrometers", 0.5),
        ("micrometre", 0.5),
        ("µm", 0.5),
        ("\u03bcm", 0.5),
        (" um ", 0.5),
        ("nm", 0.0005),
        ("mm", 500),
        ("micron", 0.5),
    ],
)
def test_units_of_length_become_micrometres(unit: str, microns: float) -> None:
    assert scale_of(image([1, 0.5, 0.5], units=unit), 0).microns_per_pixel == pytest.approx(microns)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (image(()), "scale_missing"),
        (image(({"type": "identity"}, {"type": "translation", "translation": [1, 2, 3]})), "scale_missing"),
        (image(({"type": "scale", "path": "sizes"},)), "scale_broken"),
        (image(({"type": "affine", "affine": [[1]]},)), "scale_broken"),
        (image(({"scale": [1, 0.5, 0.5]},)), "scale_broken"),
        (image(({"type": ["scale"], "scale": [1, 0.5, 0.5]},)), "scale_broken"),
        (image([1, 0.5, 0.5], ({"type": "scale", "scale": [1, 1e49, 1e49]},) * 9), "scale_broken"),
        (image([0.5, 0.5]), "scale_broken"),
        (image("abc"), "scale_broken"),
        (image([1, "0.5", 0.5]), "scale_broken"),
        (image([1, True, 0.5]), "scale_broken"),
        (image([1, 0, 0.5]), "scale_broken"),
        (image([1, -0.5, -0.5]), "scale_broken"),
        (image([1, math.nan, 0.5]), "scale_broken"),
        (image([1, math.inf, math.inf]), "scale_broken"),
        (image([1, 10**400, 10**400]), "scale_broken"),
        (image([1, 1e40, 1e40], whole=({**SCALED, "scale": [1, 1e40, 1e40]},) * 20), "placeholder"),
        (image([1, 0.5, 0.5], units=None), "unit_missing"),
        (image([1, 0.5, 0.5], units={"y": "micrometer"}), "unit_missing"),
        (image([1, 0.5, 0.5], units="pixel"), "unit_not_a_length"),
        (image([1, 0.5, 0.5], units="second"), "unit_not_a_length"),
        (image([1, 0.5, 0.5], units="Mm"), "unit_not_a_length"),
        (image([1, 1, 1]), "placeholder"),
        (image([1, 1], axes="yx"), "placeholder"),
        (image([1, 1, 1], [1, 2, 2]), "placeholder"),
        (image([1, 10_000, 10_000]), "placeholder"),
        (image([1, 1e-9, 1e-9]), "placeholder"),
        (image([1, 0.5, 0.52]), "pixels_not_square"),
    ],
)
def test_a_scale_nobody_can_trust_is_unknown_with_a_reason(told: Multiscale, reason: str) -> None:
    scale = scale_of(told, len(told.levels) - 1)
    assert (scale.microns_per_pixel, scale.reason) == (None, reason)


def test_one_micrometre_is_believed_where_sections_say_otherwise() -> None:
    assert scale_of(image([2, 1, 1]), 0).microns_per_pixel == 1


def test_a_section_without_a_length_takes_nothing_from_the_pixels() -> None:
    units = {"z": "section", "y": "micrometer", "x": "micrometer"}
    assert scale_of(image([1, 0.5, 0.5], units=units), 0).microns_per_pixel == 0.5


def test_pixels_within_one_percent_are_square() -> None:
    assert scale_of(image([1, 0.5, 0.503]), 0).microns_per_pixel == pytest.approx(0.5015, rel=1e-4)
