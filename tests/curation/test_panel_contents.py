"""The textured part of a panel is measured without the paper and print around it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.panel_contents import contents


def noise(height, width, low=40, high=160, seed=0):
    return np.random.default_rng(seed).integers(low, high, (height, width, 3), np.uint8)


def on_paper(field, edge=30):
    page = np.full((field.shape[0] + 2 * edge, field.shape[1] + 2 * edge, 3), 255, np.uint8)
    page[edge:-edge, edge:-edge] = field
    return page


def test_paper_around_a_field_hardly_changes_what_it_is_like():
    bare, framed = contents(noise(80, 80)), contents(on_paper(noise(80, 80)))
    assert framed["contents"] < 0.5 < bare["contents"]
    assert framed["own_mean"] == pytest.approx(bare["own_mean"], abs=6)
    assert framed["own_dark"] == pytest.approx(bare["own_dark"], abs=0.05)


def test_channels_that_go_apart_are_told_from_a_grey_picture():
    merged, grey = noise(90, 90), np.repeat(noise(90, 90)[..., :1], 3, -1)
    assert contents(grey)["red_with_green"] > 0.8
    assert abs(contents(merged)["red_with_green"]) < 0.3
    assert contents(grey)["own_greyness"] == 1
    assert contents(merged)["fine_colour"] > contents(grey)["fine_colour"]


def test_stripes_are_told_from_bands():
    stripes = noise(90, 90)
    stripes[:, ::12] = 10
    across, down = contents(stripes), contents(stripes.transpose(1, 0, 2))
    assert across["across_over_down_1"] > 0 > down["across_over_down_1"]


def test_fields_side_by_side_are_counted_as_patches():
    page = on_paper(np.concatenate([noise(60, 60), np.full((60, 24, 3), 255, np.uint8), noise(60, 60)], 1))
    assert contents(page)["patches"] == pytest.approx(np.log1p(2))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0, 128, 255]), st.booleans())
def test_any_picture_has_the_same_names_and_finite_numbers(height, width, level, is_noisy):
    found = contents(noise(height, width) if is_noisy else np.full((height, width, 3), level, np.uint8))
    assert found.keys() == contents(noise(50, 50)).keys()
    assert all(np.isfinite(value) for value in found.values())
