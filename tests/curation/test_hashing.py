import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curation.hashing import phash_of


@given(st.integers(0, 2**32 - 1), st.integers(8, 200), st.integers(8, 200), st.booleans())
def test_the_bits_are_those_of_imagehash(seed, width, height, smooth):
    random = np.random.default_rng(seed)
    array = random.integers(0, 256, (height, width), np.uint8)
    if smooth:
        array = np.sort(np.sort(array, axis=0), axis=1)
    picture = Image.fromarray(array)

    assert phash_of(picture) == str(imagehash.phash(picture))


@pytest.mark.shared
def test_the_bits_are_those_of_imagehash_on_real_figures(shared_data):
    figures = sorted((shared_data / "panels" / "real").glob("*.jpg"))
    assert figures
    for path in figures:
        with Image.open(path) as picture:
            grey = picture.convert("L")

        assert phash_of(grey) == str(imagehash.phash(grey)), path.name
