"""Some objects alone, objects in a box, and their pieces, against the same counted on the label map."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from pipeline.stroke_parts import chosen, cropped, parts
from pipeline.strokes import Strokes, painted, strokes_of_counts, strokes_of_labels

LABELS = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.uint16, shape, elements=st.sampled_from([0, 0, 1, 2, 7, 300]))
)


@given(LABELS)
def test_pieces_are_those_that_a_labelling_finds(labels):
    numbers, strokes = strokes_of_labels(labels)
    expected = [ndimage.label(labels == number, np.ones((3, 3)))[1] for number in numbers]
    assert parts(strokes).tolist() == expected


@given(LABELS, st.data())
def test_a_crop_is_the_crop_of_the_label_map(labels, data):
    height, width = labels.shape
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    numbers, strokes = strokes_of_labels(labels)
    kept, cut = cropped(strokes, (left, top, right, bottom))
    part = labels[top:bottom, left:right]
    assert numbers[kept].tolist() == [number for number in np.unique(part) if number]
    assert np.array_equal(painted(cut, numbers[kept].tolist()), part)


@given(LABELS, st.data())
def test_chosen_objects_are_what_is_left_when_the_others_go(labels, data):
    numbers, strokes = strokes_of_labels(labels)
    at = [place for place in range(len(numbers)) if data.draw(st.booleans())]
    alone = chosen(strokes, at)
    wanted = numbers[at].tolist()
    assert len(alone) == len(at)
    assert np.array_equal(painted(alone, wanted), np.where(np.isin(labels, wanted), labels, 0))


@pytest.mark.parametrize(
    ("counts", "pieces"),
    [([0, 1, 0, 1, 7], 1), ([0, 3, 0, 3, 3], 1), ([2, 1, 6], 1), ([0, 1, 1, 1, 6], 2), ([2, 2, 5], 2)],
    ids=["a run of nothing", "a run of nothing between columns", "one pixel", "a gap", "round the edge"],
)
def test_pieces_of_runs(counts, pieces):
    strokes = strokes_of_counts([np.array(counts)], height_px=3, width_px=3)
    assert parts(strokes).tolist() == [pieces]


def test_no_object_has_no_piece():
    none = np.empty(0, np.int64)
    assert parts(Strokes(3, 3, none, none, none)).tolist() == []
