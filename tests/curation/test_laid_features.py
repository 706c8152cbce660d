"""Laid features: what one turning, scaling and shifting lays on each other counts, whatever lies beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.laid_features import laid
from curation.vote_bins import Bins, Keys

_SIDE_PX = 800.0


def _laid(here, there):
    """Return how many of the features at `here` in the one and at `there` in the other, in px, are laid alike."""
    count = len(here)
    keys = Keys(
        np.zeros(2 * count, np.uint64),
        np.repeat(np.array([0, 1], np.int32), count),
        np.concatenate([here, there]).astype(np.float32) / _SIDE_PX,
        np.zeros(2 * count, np.float32),
        np.zeros(2 * count, np.int32),
    )
    numbers, zero = np.arange(count), np.zeros(1, np.int64)
    bins = Bins(zero, zero + 1, zero + count, numbers, np.zeros(count, np.int64))
    (found,) = laid(keys, np.full(2, _SIDE_PX, np.float32), numbers, numbers + count, bins)
    return int(found)


def _grid(count, apart_px=60):
    at = np.arange(count)
    return np.stack([100 + at % 4 * apart_px, 100 + at // 4 * apart_px], 1).astype(np.float64)


@given(
    turn=st.floats(-180, 180), scale=st.floats(0.4, 2.0), shift=st.tuples(st.floats(-90, 90), st.floats(-90, 90)),
    count=st.integers(4, 16),
)  # fmt: skip
def test_a_picture_turned_scaled_and_shifted_is_laid_whole_on_itself(turn, scale, shift, count):
    here = _grid(count)
    cosine, sine = np.cos(np.deg2rad(turn)) * scale, np.sin(np.deg2rad(turn)) * scale
    there = (here - 200) @ np.array([[cosine, sine], [-sine, cosine]]) + 400 + shift

    assert _laid(here, there) == count


def test_what_is_laid_otherwise_does_not_count():
    here = _grid(12)
    there = here + np.array([50, 30])
    there[:7] = np.random.default_rng(4).uniform(50, 750, (7, 2))

    assert _laid(here, there) == 5


def test_features_of_one_cell_count_once():
    here = np.repeat(_grid(4, apart_px=100), 5, axis=0) + np.tile(np.arange(5), 4)[:, None] * 0.5

    assert _laid(here, here) == 4
    assert _laid(here[:15], here[:15]) == 0


def test_features_side_by_side_do_not_say_how_a_picture_lies():
    here = np.array([[103.0, 103.0], [105.0, 103.0], [103.0, 105.0], [105.0, 105.0]])

    assert _laid(here, here) == 0


def test_of_many_features_some_stand_for_all():
    assert _laid(_grid(100, apart_px=25), _grid(100, apart_px=25)) == 100


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_features_say_nothing(count):
    assert _laid(_grid(count), _grid(count)) == 0


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_pairs_of_pictures_looked_at_in_lots_say_what_they_say_alone(monkeypatch, at_once):
    monkeypatch.setattr("curation.laid_features._AT_ONCE", at_once)
    counts = [5, 9, 3, 20]
    here = np.concatenate([_grid(count) for count in counts])
    keys = Keys(
        np.zeros(2 * len(here), np.uint64),
        np.concatenate([np.repeat(np.arange(4), counts), np.repeat(np.arange(4, 8), counts)]).astype(np.int32),
        np.concatenate([here, here + 40]).astype(np.float32) / _SIDE_PX,
        np.zeros(2 * len(here), np.float32),
        np.zeros(2 * len(here), np.int32),
    )
    shuffled = np.random.default_rng(3).permutation(len(here))
    row = np.repeat(np.arange(4), counts)[shuffled]
    bins = Bins(np.arange(4), np.arange(4, 8), np.array(counts), np.arange(len(here)), row)

    found = laid(keys, np.full(8, _SIDE_PX, np.float32), shuffled, shuffled + len(here), bins)

    assert found.tolist() == [5, 9, 0, 20]
