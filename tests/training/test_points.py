"""Points: each click is where the method says, each fall-back is counted, small boxes tell what whole pictures do."""

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from training.points import Radii, boundary_prompts, ids_in


@st.composite
def scenes(draw, side=96):
    """Draw labels with ellipses, crescents and boxes that touch, overlap the edge, or are a few pixels wide."""
    rows, columns = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.int32)
    for number in draw(st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=6, unique=True)):
        y, x, a, b = (draw(st.integers(low, high)) for low, high in [(0, side), (0, side), (1, 30), (1, 30)])
        inside = ((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 <= 1
        if draw(st.booleans()):
            inside &= ((rows - y) / a) ** 2 + ((columns - x - b / 2) / b) ** 2 > 1
        labels[inside] = number
    assume(labels.any())
    return labels


def whole_picture(mask, radii):
    """Return the eroded mask, the ring and what lies beyond, as scipy makes them of whole pictures, as published."""
    eroded = ndimage.binary_erosion(mask, iterations=radii.erosions)
    contour = mask & ~ndimage.binary_erosion(mask)
    distance = ndimage.distance_transform_edt(~contour)
    ring = (distance >= radii.ring[0]) & (distance <= radii.ring[1]) & ~mask
    return eroded, ring, ~ndimage.binary_dilation(mask, iterations=radii.erosions)


@settings(deadline=None, max_examples=60)
@given(labels=scenes(), seed=st.integers(0, 99), ring=st.sampled_from(["paper", "strict", "random"]))
def test_positives_are_inside_and_negatives_where_the_method_says(labels, seed, ring):
    ids = ids_in(labels)
    prompts, counts = boundary_prompts(
        labels, ids, np.random.default_rng(seed), positives=2, negatives=3, ring=ring, side_px=768
    )
    radii, told = Radii.at(768), 0
    for number, points, signs in zip(ids, prompts.points.astype(int), prompts.labels, strict=True):
        mask = labels == number
        eroded, near, beyond = whole_picture(mask, radii)
        allowed = labels == 0 if ring == "strict" else ~mask
        for (x, y), sign in zip(points, signs, strict=True):
            assert sign == -1 or mask[y, x] == (sign == 1)
            told += sign == -1 or (sign == 1 and eroded.any() and not eroded[y, x])
            if sign == 1 and not eroded[y, x]:
                assert eroded.sum() < 2
            if sign == 0:
                assert allowed[y, x]
                if ring != "random" and not near[y, x]:
                    assert (near & allowed).sum() < 3
                    assert beyond[y, x] or (beyond & allowed).sum() < 3
        assert len({tuple(point) for point, sign in zip(points, signs, strict=True) if sign >= 0}) == (signs >= 0).sum()
    assert sum(counts.values()) >= told


def disk(side, radius, at=None):
    rows, columns = np.mgrid[:side, :side]
    y, x = at or (side // 2, side // 2)
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


CRESCENT = disk(1024, 60) & ~disk(1024, 58, (512, 520))


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        pytest.param(disk(1024, 40), {}, id="large enough"),
        pytest.param(disk(1024, 9), {"positive_centroid": 1}, id="a disk under ten pixels has no eroded mask"),
        pytest.param(CRESCENT, {"positive_anywhere": 1}, id="a crescent's centroid is outside"),
        pytest.param(~disk(1024, 4), {"negative_anywhere": 3}, id="a hole narrower than the ring"),
        pytest.param(np.ones((1024, 1024), bool), {"negative_none": 3}, id="nothing is outside"),
    ],
)
def test_each_fall_back_is_counted(mask, told):
    mask = np.broadcast_to(mask, (1024, 1024))
    prompts, counts = boundary_prompts(mask.astype(np.int32), [1], np.random.default_rng(0))
    assert dict(counts) == told
    x, y = prompts.points[0, 0].astype(int)
    assert mask[y, x]


def test_strict_finds_no_place_beside_an_object_that_others_surround():
    labels = np.where(disk(256, 20), 7, 9).astype(np.int32)
    prompts, counts = boundary_prompts(labels, [7], np.random.default_rng(0), ring="strict", side_px=512)
    assert counts == {"negative_none": 3}
    assert (prompts.labels[0] == [1, -1, -1, -1]).all()


def test_the_radii_scale_with_the_frame():
    assert Radii.at(1024) == (10, (9.0, 11.0))
    assert Radii.at(512) == (5, (4.5, 5.5))


def test_the_same_seed_draws_the_same_points():
    labels = disk(256, 50).astype(np.int32)
    one, other = (boundary_prompts(labels, [1], np.random.default_rng(3))[0] for _ in range(2))
    assert np.array_equal(one.points, other.points)


def test_an_object_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="no object 5"):
        boundary_prompts(np.ones((8, 8), np.int32), [5], np.random.default_rng(0))


def test_positives_are_uniform_in_the_eroded_mask():
    labels = np.zeros((64, 64), np.int32)
    labels[20:33, 20:33] = 1  # five erosions leave 3 x 3
    rng = np.random.default_rng(0)
    drawn = [tuple(boundary_prompts(labels, [1], rng, side_px=512)[0].points[0, 0]) for _ in range(900)]
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 9
    assert counts.min() > 60


@pytest.mark.alone
def test_boxes_are_ten_times_as_fast_as_whole_pictures():
    rows, columns = np.mgrid[:1024, :1024]
    labels = ((rows // 64) * 16 + columns // 64 + 1).astype(np.int32)
    labels[(rows % 64 < 8) | (columns % 64 < 8)] = 0
    ids = ids_in(labels)[::32]
    began = time.process_time()
    boundary_prompts(labels, ids, np.random.default_rng(0))
    boxed = time.process_time() - began
    began = time.process_time()
    for number in ids:
        whole_picture(labels == number, Radii.at(1024))
    assert time.process_time() - began > 10 * boxed
