"""The kind of a panel is told by its pixels and its caption, with a probability, for whatever picture is given."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.panel_features import features, vector
from curation.panel_kinds import KINDS, WEIGHTS, chances_of, kind_of, read_forest, votes
from scripts.made_panels import micrograph, panel, worn

UNSEEN = 900_000
"""Seeds from here on are none that the shipped weights were learnt from."""


def made(kind, seed):
    rng = np.random.default_rng([UNSEEN + seed, 3])
    return np.asarray(worn(rng, panel(rng, kind)))


@pytest.mark.parametrize("kind", ["microscopy", "plot", "diagram", "gel", "table", "text"])
def test_most_made_panels_of_a_kind_are_told(kind):
    said = Counter(kind_of(made(kind, seed)).kind for seed in range(15))
    assert said[kind] >= 11, said


def test_micrographs_and_the_rest_are_told_apart():
    shown = [kind_of(made("microscopy", seed)).is_microscopy for seed in range(20)]
    others = [
        kind_of(made(kind, seed)).is_microscopy for kind in ("plot", "diagram", "table", "text") for seed in range(8)
    ]
    assert np.mean(np.array(shown) > 0.5) > 0.8
    assert max(others) < 0.5


def test_words_add_to_pixels():
    graph = made("plot", 3)
    plain, told = kind_of(graph), kind_of(graph, "Schematic diagram of the pathway.")
    against, agreed = (
        kind_of(graph, "Confocal micrograph. Scale bar, 10 µm."),
        kind_of(graph, "Error bars, mean ± SEM."),
    )
    assert plain.kind == "plot"
    assert told.confidence < plain.confidence < agreed.confidence
    assert against.is_microscopy > plain.is_microscopy


def test_words_that_say_nothing_change_nothing():
    forest, values = read_forest(), vector(features(made("gel", 1)))
    assert np.array_equal(chances_of(forest, values), chances_of(forest, values, "As in B."))


def test_grey_pixels_are_judged_as_the_same_in_three_channels():
    grey = np.asarray(micrograph(np.random.default_rng(5)).convert("L"))
    wide = np.repeat(grey[..., None], 3, -1)
    assert kind_of(grey) == kind_of(wide)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 70), st.integers(1, 70), st.sampled_from([0, 9, 128, 255]), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_any_picture_has_chances_that_add_up(height, width, level, is_noisy, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    pixels = noise if is_noisy else np.full((height, width), level, np.uint8)
    found = kind_of(pixels)
    assert found.kind in KINDS
    assert 1 / len(KINDS) <= found.confidence <= 1
    assert 0 <= found.is_microscopy <= found.confidence
    assert found.tiles >= 1
    assert np.isfinite(vector(features(pixels))).all()
    assert chances_of(read_forest(), vector(features(pixels))).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((9, 9)), np.zeros((9, 9, 4), np.uint8), np.zeros((0, 9), np.uint8), np.zeros(9, np.uint8)],
    ids=["floats", "four channels", "no rows", "a line"],
)
def test_what_is_no_panel_is_refused(pixels):
    with pytest.raises(ValueError, match="a panel"):
        kind_of(pixels)


def test_the_shipped_weights_are_small_and_fit_the_features():
    assert WEIGHTS.stat().st_size < 300_000
    forest, values = read_forest(), vector(features(made("plot", 0)))
    is_split = forest.feature != 255
    assert forest.feature[is_split].max() < len(values)
    assert votes(forest, values).sum() == pytest.approx(1)
