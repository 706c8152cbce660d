"""The hash: imagehash's bits, and nearly the same ones for a picture in 8 and in more bits."""

import io
from collections.abc import Callable, Iterator

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curation.hashing import phash, phash_of
from pipeline.pixels import inspect
from pipeline.stretch import stretch


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


def hashed(array: np.ndarray) -> int:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, photometric="rgb" if array.ndim == 3 else "minisblack")
    return int(phash(buffer.getvalue(), inspect(buffer.getvalue())), 16)


def apart(one: np.ndarray, other: np.ndarray) -> int:
    return (hashed(one) ^ hashed(other)).bit_count()


def linear(deep: np.ndarray) -> np.ndarray:
    low, high = int(deep.min()), int(deep.max())
    return np.rint((deep - float(low)) * (255 / max(1, high - low))).astype(np.uint8)


Pair = tuple[np.ndarray, np.ndarray]
EXACT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "times 257": lambda flat: flat.astype(np.uint16) * 257,
    "12 bit": lambda flat: flat.astype(np.uint16) * 16,
    "narrow and far from 0": lambda flat: flat.astype(np.uint16) * 3 + 500,
    "floating point": lambda flat: flat.astype(np.float32) / 255,
}


def spots(seed: int = 0) -> np.ndarray:
    small = (np.random.default_rng(seed).random((24, 30)) ** 8 * 200 + 20).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((480, 384), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("deeper", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("colours", [1, 3])
def test_the_same_picture_in_more_bits_has_the_same_hash(deeper, colours):
    flat = spots() if colours == 1 else np.stack([spots(seed) for seed in range(3)], axis=-1)

    assert apart(flat, deeper(flat)) <= 2


def test_hot_pixels_that_a_rendering_clips_do_not_change_the_hash():
    hot = spots().astype(np.uint16) * 5
    hot.flat[::20_000] = 65_535

    assert apart(stretch(hot), hot) <= 2


def real_pairs(flat: np.ndarray) -> Iterator[Pair]:
    """Yield renderings in 8 bit beside 16-bit pictures, as cameras and people make them."""
    for deeper in list(EXACT.values())[:3]:
        yield flat, deeper(flat)
    for gamma in (0.45, 0.7, 1.5, 2.2):
        for low, high in ((0, 65_535), (100, 4_095), (200, 1_200)):
            deep = np.rint(low + (flat / 255) ** gamma * (high - low)).astype(np.uint16)
            yield linear(deep), deep
            yield stretch(deep), deep


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("set_name", "mean", "mostly"), [("dsb2018", 0.3, 0.99), ("usiigaci_phase", 2.5, 0.9)])
def test_real_micrographs_in_8_and_16_bit_are_at_most_4_bits_apart(shared_data, set_name, mean, mostly):
    distances = []
    for path in sorted((shared_data / "seg" / set_name / "images").glob("*.png"))[::6]:
        with Image.open(path) as picture:
            array = np.asarray(picture)
        flat = stretch(array)[..., :3] if array.ndim == 3 else stretch(array)
        distances += [apart(*pair) for pair in real_pairs(flat)]

    assert np.mean(distances) <= mean
    assert np.mean(np.array(distances) <= 4) >= mostly
