"""Augmentation: labels move with their picture, colours leave them alone, padding stays black."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.augment import Changes, cut, relit, turned

ALL = Changes(gamma=0.4, contrast=0.3, brightness=0.2, colour=0.3, blur_px=1.5, noise=0.1, invert=0.3)


def scene(side=64):
    """Return a picture whose red channel is its labels, so that each tells where the other went."""
    labels = np.zeros((side, side), np.int32)
    labels[10:30, 12:20], labels[40:60, 5:50] = 100, 200
    return np.repeat(labels[..., None], 3, axis=2).astype(np.uint8), labels


@given(seed=st.integers(0, 999))
def test_picture_and_labels_turn_together(seed):
    image, labels = turned(*scene(), Changes(), np.random.default_rng(seed))
    assert np.array_equal(image[..., 0], labels)
    assert sorted(np.unique(labels)) == [0, 100, 200]


@pytest.mark.parametrize(("side", "crop"), [(32, 32), (32, 64), (48, 32)])
def test_a_zoomed_crop_has_its_labels_under_its_pixels(side, crop):
    image, labels = cut(*scene(), left=4, top=8, side_px=side, crop_px=crop)
    assert image.shape == (crop, crop, 3)
    sure = np.isin(image[..., 0], [0, 100, 200])  # between two values lies an edge
    assert np.array_equal(image[..., 0][sure], labels[sure])
    assert sure.mean() > 0.8


@given(seed=st.integers(0, 999))
def test_colours_stay_between_0_and_1_and_padding_stays_black(seed):
    image = np.random.default_rng(1).integers(1, 256, (32, 32, 3)).astype(np.uint8)
    image[20:] = 0
    light = relit(image, ALL, np.random.default_rng(seed))
    assert light.dtype == np.float32
    assert 0 <= light.min() <= light.max() <= 1
    assert not light[20:].any()


def test_nothing_is_changed_where_all_is_off():
    image = scene()[0]
    off = Changes(flips=False, turns=False)
    rng = np.random.default_rng(0)
    assert np.array_equal(turned(image, scene()[1], off, rng)[0], image)
    assert np.allclose(relit(image, off, rng) * 255, image, atol=1e-3)


def test_a_grey_picture_stays_grey():
    light = relit(scene()[0], ALL, np.random.default_rng(3))
    assert np.ptp(light, axis=2).max() < 1e-6
