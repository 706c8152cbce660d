"""The hash of edges stays where the light of a picture says nothing, and turns as the picture does."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from curation.hashing import hash_words
from curation.orientations import ORIENTATIONS, oriented, oriented_frequencies
from curation.squares import edges_of, hashed, light_of


def _even_light(seed: int, size: tuple[int, int] = (520, 515)) -> np.ndarray:
    """Phase contrast: one grey, and cells that are a rim a little brighter and a little darker, here and there."""
    rng = np.random.default_rng(seed)
    cells = ndimage.gaussian_filter((rng.random(size) > 0.9997).astype(np.float32), 6)
    rims = ndimage.laplace(ndimage.gaussian_filter(cells, 2))
    grey = 120 + 30 * rims / np.abs(rims).max() + rng.normal(0, 1.0, size)
    return np.asarray(grey, np.float32).round()


def _bits(grey: np.ndarray) -> np.ndarray:
    return hash_words(hashed(edges_of(light_of(grey)), 64)[None])[0]


def _apart(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.bitwise_count(one ^ other).sum())


@given(st.integers(0, 1000), st.integers(33, 600), st.integers(33, 600), st.sampled_from(ORIENTATIONS))
def test_both_hashes_turn_as_the_picture_does(seed, width, height, way):
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (9, 11)).astype(np.uint8)
    grey = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    light, turned = light_of(grey), light_of(oriented(grey, way))
    edges = oriented_frequencies(hashed(edges_of(light), 64), way._replace(inverted=False))

    assert (
        _apart(hash_words(oriented_frequencies(hashed(light, 64), way)[None]), hash_words(hashed(turned, 64)[None]))
        <= 2
    )
    assert _apart(hash_words(edges[None]), hash_words(hashed(edges_of(turned), 64)[None])) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_copies_of_a_picture_of_even_light_have_near_hashes_of_edges(seed):
    grey = _even_light(seed)
    picture, buffer = Image.fromarray(grey.astype(np.uint8)), io.BytesIO()
    picture.save(buffer, "JPEG", quality=30)
    copies = {
        "half size": picture.resize((257, 260), Image.Resampling.LANCZOS),
        "JPEG": Image.open(buffer),
        "brighter": Image.fromarray((grey * 1.3).clip(0, 255).astype(np.uint8)),
        "negative": Image.fromarray((255 - grey).astype(np.uint8)),
    }
    apart = {name: _apart(_bits(grey), _bits(np.asarray(copy, np.float32))) for name, copy in copies.items()}

    assert max(apart.values()) <= 8, apart
    assert _apart(_bits(grey), _bits(_even_light(seed + 100))) > 12


def test_a_picture_of_one_grey_has_hashes_and_no_edges():
    flat = np.full((50, 70), 128, np.float32)

    assert not edges_of(light_of(flat)).any()
    assert hashed(light_of(flat), 256).shape == (16, 16)


def test_edges_are_the_same_to_the_last_bit_wherever_memory_is_free() -> None:
    rng = np.random.default_rng(1)
    light = light_of(rng.random((300, 400)).astype(np.float32) * 255)
    held: list[object] = []
    seen = set()
    for size in rng.integers(1, 100_000, 200).tolist():
        held.append(bytearray(size))
        seen.add(edges_of(light).tobytes())
    assert len(seen) == 1
