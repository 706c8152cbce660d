"""Quantities: a number is known by its value, its unit, what it counts and what it is the name of."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.letters import smooth
from captioning.quantities import quantities


def keys(text):
    return [found.keys[0] for found in quantities(smooth(text))]


@pytest.mark.parametrize(
    "written",
    [
        "5 \u00b5m",
        "5 \u03bcm",
        "5\u2009um",
        "5-\u00b5m",
        "five micrometres",
        "0.005 mm",
        "5,000 nm",
        "5.0 microns",
        "\uff15 \u00b5m",
    ],
)
def test_one_length_is_one_however_it_is_written(written):
    assert keys(written) == [("m", 5e-06)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24 h", "one day"), ("twenty-four hours", "24-hour"), ("7 days", "a week or 1 week"), ("day 7", "7 days"),
        ("200\u00d7", "\u00d7200"), ("(x200)", "200x"), ("*200", "200-fold"),
        ("a magnification of 200", "200 times"),

        ("10 \u00b5g ml\u22121", "10 \u00b5g/ml"), ("10 mg/L", "10 \u00b5g per ml"), ("1.5 \u00d7 10^6", "1,500,000"),
        ("10\u2075", "100000"), ("p < 0.05", "P<.05"), ("n = 5", "N=5"), ("5 \u00b5m2", "5 \u00b5m\u00b2"),
        ("37 \u00b0C", "37\u00b0C"),
        ("50 %", "fifty percent"), ("3D", "three-dimensional"), ("5 \u00b5M", "5000 nM"),
    ],
)  # fmt: skip
def test_two_ways_to_write_one_quantity(one, other):
    assert set(keys(one)) & set(keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 \u00b5m", "5 nm"), ("5 \u00b5m", "50 \u00b5m"), ("5 \u00b5M", "5 \u00b5m"),
        ("p < 0.05", "p > 0.05"), ("p < 0.05", "p < 0.01"),

        ("n = 5", "5 \u00b5m"),
        ("5 mg", "5 mg/kg"), ("5 \u00b5m", "5 \u00b5m2"), ("5 h", "5 min"), ("12 cells", "dozens of cells"),
    ],
)  # fmt: skip
def test_two_quantities(one, other):
    assert not set(keys(one)) & set(keys(other))


def test_a_list_shares_its_unit():
    assert keys("10\u201320 \u00b5m, after 24 and 48 h") == [
        ("m", 1e-05),
        ("m", 2e-05),
        ("s", 86400.0),
        ("s", 172800.0),
    ]


@pytest.mark.parametrize("text", ["HEK293T", "C57BL/6", "BAY-11", "Sox2", "p53", "E14.5", "one of them", "two-thirds"])
def test_what_is_no_number(text):
    assert keys(text) == []


def test_a_count_is_known_by_what_is_counted():
    (mice,), (cells,) = (
        (set(found.keys) for found in quantities("5 mice")),
        (set(f.keys) for f in quantities("5 cells")),
    )
    assert not mice & cells
    assert mice & set(quantities("n = 5 adult mice")[0].keys)


@given(st.text(alphabet="0123456789.,x\u00d7 ^-\u00b5mhnp<=\u2075/*E", max_size=60))
def test_places_lie_in_the_text_and_follow_each_other(text):
    found = quantities(smooth(text))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= two.end for one, two in pairwise(found))
