"""VQA points and masks: centres and pixels out of answers, and what they are worth."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from captioning.vqa_points_masks import covered, masks_worth, named_masks, named_points, points_worth


def coded(mask):
    told = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(told["size"]), "counts": told["counts"].decode()}


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ("[[1, 2], [3, 4.5]]", [(1, 2), (3, 4.5)]),
        ("[1, 2]", [(1, 2)]),
        ('```json\n[{"point_2d": [1, 2], "label": "cell"}]\n```', [(1, 2)]),
        ('[{"x": 1, "y": 2}]', [(1, 2)]),
        ('{"points": [[1, 2]]}', [(1, 2)]),
        ("The centres are (1, 2) and (3, 4.5).", [(1, 2), (3, 4.5)]),
        ("[]", []),
        ("", "empty"),
        ("in the middle", "no_places"),
        ("[[1, 2, 3]]", "no_places"),
        (str([[1, 2]] * 2001), "no_places"),
    ],
)
def test_points_are_read_however_they_are_written(answer, points):
    assert named_points(answer) == points


def test_points_are_worth_the_objects_that_they_hit_once_each():
    true = [(0, 0, 10, 10), (5, 0, 20, 10), (30, 30, 40, 40)]
    assert points_worth([(7, 5), (2, 2), (35, 35)], true) == 1.0
    assert points_worth([(1, 1), (2, 2), (3, 3)], true) == pytest.approx(1 / 5)
    assert points_worth([(10, 5)], [(0, 0, 10, 10)]) == 0.0  # the right edge is outside
    assert (points_worth([], []), points_worth([], true), points_worth([(1, 1)], [])) == (1.0, 0.0, 0.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_masks_are_worth_their_overlap_as_numpy_counts_it(seed, height, width):
    one, other = np.random.default_rng(seed).random((2, height, width)) < 0.5
    whole = (one | other).sum()
    wanted = (one & other).sum() / whole if whole else 0.0
    assert masks_worth([coded(one)], [coded(other)]) == pytest.approx(wanted)
    assert covered([coded(other)]) == pytest.approx(other.mean())


@given(st.integers(0, 2**32 - 1))
def test_a_mask_of_any_letters_comes_through_an_answer(seed):
    rng = np.random.default_rng(seed)
    mask = np.repeat(rng.random(40) < 0.5, rng.integers(1, 900, 40))[:2400].reshape(40, -1)
    true = [coded(mask)]
    assert named_masks(f"```json\n{json.dumps(true)}\n```") == true


def test_masks_are_read_and_what_is_none_is_worth_nothing():
    square = np.zeros((8, 8), bool)
    square[2:5, 2:5] = True
    true = [coded(square)]
    assert named_masks(f"Here: {json.dumps(true)}.") == true
    assert named_masks(json.dumps({"masks": true})) == true
    assert named_masks("[[1, 2]]") == "no_places"
    assert named_masks("") == "empty"
    assert masks_worth(true, true) == 1.0
    for bad in (
        {"size": [9, 9], "counts": "0"},
        {"size": [8, 8], "counts": "\u00e9"},
        {"size": [8, 8], "counts": "11"},
    ):
        assert masks_worth([bad], true) == 0.0
    assert masks_worth([*true, *true], true) == 0.5
