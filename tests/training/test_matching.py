"""Matching: the figures of python-elf, by brute force over all ways to match; masks that overlap are allowed."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.matching import THRESHOLDS, Counts, accuracies, counts_at, dice_of, iou_table, region_of, regions_of

SIDE = 12


def brute_hits(table, threshold):
    """Return the most pairs at or above a threshold in which nobody stands twice, by trying all."""
    predicted, true = table.shape
    most = min(predicted, true)
    best = 0
    for rows in combinations(range(predicted), most):
        for columns in permutations(range(true), most):
            best = max(best, sum(table[row, column] >= threshold for row, column in zip(rows, columns, strict=True)))
    return best


def masks(count):
    boxes = st.tuples(*[st.integers(0, SIDE - 2)] * 2, *[st.integers(1, SIDE)] * 2)
    return st.lists(boxes, min_size=count, max_size=4)


def painted(boxes):
    found = []
    for top, left, rows, columns in boxes:
        mask = np.zeros((SIDE, SIDE), bool)
        mask[top : top + rows, left : left + columns] = True
        found.append(mask)
    return found


@given(masks(0), masks(0))
def test_a_table_holds_the_overlap_of_each_pair(ours, theirs):
    one, other = painted(ours), painted(theirs)
    table = iou_table([region_of(mask) for mask in one], [region_of(mask) for mask in other])
    assert table.shape == (len(one), len(other))
    for row, mask in enumerate(one):
        for column, truth in enumerate(other):
            assert table[row, column] == pytest.approx((mask & truth).sum() / (mask | truth).sum())


@given(masks(1), masks(1))
def test_as_many_pairs_match_as_can_be(ours, theirs):
    table = iou_table([region_of(mask) for mask in painted(ours)], [region_of(mask) for mask in painted(theirs)])
    each = []
    for threshold in THRESHOLDS:
        hits = brute_hits(table, threshold)
        found = counts_at(table, threshold)
        assert found == Counts(hits, len(ours) - hits, len(theirs) - hits)
        each.append(hits / (len(ours) + len(theirs) - hits))
    sa50, msa = accuracies(table)
    assert sa50 == pytest.approx(each[0])
    assert msa == pytest.approx(np.mean(each))


@given(st.integers(0, 2**32 - 1))
def test_a_label_map_gives_its_objects_by_number(seed):
    rng = np.random.default_rng(seed)
    labels = rng.choice(np.array([0, 3, 70_000, 2**31 - 1]), (SIDE, SIDE))
    numbers = [number for number in np.unique(labels) if number]
    regions = regions_of(labels)
    assert len(regions) == len(numbers)
    for number, region in zip(numbers, regions, strict=True):
        whole = np.zeros(labels.shape, bool)
        rows, columns = region.pixels.shape
        whole[region.top : region.top + rows, region.left : region.left + columns] = region.pixels
        assert np.array_equal(whole, labels == number)


def test_what_is_empty_is_counted_as_people_would():
    nothing = np.zeros((0, 0))
    assert accuracies(nothing) == (1.0, 1.0)
    assert counts_at(np.zeros((2, 0)), 0.5) == Counts(0, 2, 0)
    assert counts_at(np.zeros((0, 3)), 0.5) == Counts(0, 0, 3)
    assert Counts(0, 0, 3).f1 == 0.0
    assert regions_of(np.zeros((4, 4), np.int32)) == []
    assert region_of(np.zeros((4, 4), bool)).area_px == 0


def test_dice_follows_from_the_overlap():
    iou = np.array([0.0, 0.5, 1.0])
    assert dice_of(iou) == pytest.approx([0, 2 / 3, 1])
