"""VQA boxes: places out of answers, frames, and GRIT's measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.vqa_boxes import grit, ious, named_boxes, rescaled

ONE = (1.0, 2.0, 3.0, 4.0)
TWO = (5.0, 6.0, 7.0, 8.5)


@pytest.mark.parametrize(
    ("answer", "boxes"),
    [
        ("[[1, 2, 3, 4]]", [ONE]),
        ("[1, 2, 3, 4]", [ONE]),
        ("[[1, 2, 3, 4], [5, 6, 7, 8.5]]", [ONE, TWO]),
        ('```json\n[{"bbox_2d": [1, 2, 3, 4], "label": "cell"}]\n```', [ONE]),
        ('{"boxes": [{"box": [1, 2, 3, 4]}, {"box": [5, 6, 7, 8.5]}]}', [ONE, TWO]),
        ("The nuclei are at [1, 2, 3, 4] and [5, 6, 7, 8.5].", [ONE, TWO]),
        ("<box>[[1,2,3,4]]</box>", [ONE]),
        ("(1,2),(3,4)", [ONE]),
        ("<think>[9, 9, 9, 9]</think>[1, 2, 3, 4]", [ONE]),
        ("[]", []),
    ],
)
def test_places_are_read_however_they_are_written(answer, boxes):
    assert named_boxes(answer) == boxes


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        ("There are two nuclei.", "no_places"),
        ("[[1, 2, 3]]", "no_places"),
        ('[["a", 2, 3, 4]]', "no_places"),
        ("[[1, 2, 3, true]]", "no_places"),
        ("[NaN, 1, 2, 3]", "no_places"),
        ("[" * 5000, "no_places"),
        (str([[1, 2, 3, 4]] * 2001), "no_places"),
    ],
)
def test_what_names_no_place_is_told(answer, why):
    assert named_boxes(answer) == why


def test_places_come_back_to_the_px_of_the_file():
    sent, filed = (512, 256), (2048, 1024)
    assert rescaled([(0, 0, 512, 128)], "sent", sent, filed) == [(0, 0, 2048, 512)]
    assert rescaled([(0, 0, 2048, 512)], "original", sent, filed) == [(0, 0, 2048, 512)]
    assert rescaled([(500, 0, 1000, 500)], "thousand", sent, filed) == [(1024, 0, 2048, 512)]
    assert rescaled([(0.5, 0, 1, 0.5)], "unit", sent, filed) == [(1024, 0, 2048, 512)]


def test_grit_of_an_example_by_hand():
    true = [(0, 0, 10, 10), (20, 0, 30, 10), (50, 50, 60, 60)]
    found = [(0, 0, 10, 5), (20, 0, 30, 10), (0, 90, 5, 95), (0, 0, 10, 4)]
    # pairs: IoU .5 and 1; the third true box is missed; four were found: 1.5 / (4 + 1)
    assert grit(found, true) == pytest.approx(1.5 / 5)


def test_grit_takes_the_best_pairs_not_the_first():
    true = [(0, 0, 10, 10), (0, 0, 10, 8)]
    found = [(0, 0, 10, 8), (0, 0, 10, 10)]
    assert grit(found, true) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("found", "true", "worth"),
    [
        ([], [], 1.0),
        ([], [(0, 0, 1, 1)], 0.0),
        ([(0, 0, 1, 1)], [], 0.0),
        ([(0, 0, 1, 1)], [(5, 5, 6, 6)], 0.0),
        ([(3, 3, 1, 1)], [(1, 1, 3, 3)], 0.0),
    ],
)
def test_grit_at_its_ends(found, true, worth):
    assert grit(found, true) == worth


PLACES = st.tuples(*[st.integers(0, 20)] * 4).map(
    lambda one: (one[0], one[1], one[0] + one[2] + 1, one[1] + one[3] + 1)
)


@given(st.lists(PLACES, max_size=6), st.lists(PLACES, max_size=6))
def test_grit_lies_between_0_and_1_and_is_1_only_where_all_is_right(found, true):
    worth = grit(found, true)
    assert 0 <= worth <= 1 + 1e-9
    assert (worth > 1 - 1e-9) == (sorted(found) == sorted(true))
    assert worth == pytest.approx(grit(found[::-1], true[::-1]))


@given(st.lists(PLACES, min_size=1, max_size=4), st.lists(PLACES, min_size=1, max_size=4))
def test_overlaps_are_those_of_counted_pixels(found, true):
    cells = [{(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])} for box in [*found, *true]]
    told = ious(found, true)
    for at, one in enumerate(cells[: len(found)]):
        for beside, other in enumerate(cells[len(found) :]):
            assert told[at, beside] == pytest.approx(len(one & other) / len(one | other))
