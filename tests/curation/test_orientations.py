"""A turned, mirrored or inverted picture has the hash that its frequencies foretell."""

import imagehash
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from curation.hashing import above_median, low_frequencies, phash_of
from curation.orientations import ORIENTATIONS, Orientation, oriented, oriented_frequencies


def _plane(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((96, 96))
    soft = ndimage.gaussian_filter(noise, 3)
    return ((soft - soft.min()) / np.ptp(soft) * 255).astype(np.float32)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_hash_of_an_oriented_picture_needs_no_pixels(orientation: Orientation) -> None:
    plane = _plane(1)
    turned = oriented(plane, orientation) + (255 if orientation.inverted else 0)
    seen = above_median(low_frequencies(Image.fromarray(turned)))
    foretold = above_median(oriented_frequencies(low_frequencies(Image.fromarray(plane)), orientation))
    assert np.count_nonzero(seen != foretold) <= 1


def test_the_ways_are_all_different_and_the_first_does_nothing() -> None:
    plane = _plane(2)
    shown = {oriented(plane, orientation).tobytes() for orientation in ORIENTATIONS}
    assert len(shown) == len(ORIENTATIONS) == 16
    assert ORIENTATIONS[0].is_plain
    assert np.array_equal(oriented(plane, ORIENTATIONS[0]), plane)


@pytest.mark.parametrize("bits", [64, 256])
def test_a_hash_is_imagehash_s_of_the_same_8_bit_picture(bits: int) -> None:
    for seed in range(8):
        grey = Image.fromarray(_plane(seed).astype(np.uint8))
        assert phash_of(grey, bits) == str(imagehash.phash(grey, hash_size=int(bits**0.5)))
