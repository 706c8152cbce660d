"""Boxes, letters and labels brought together, or left alone where they don't fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.align import BELIEVED, align
from curation.captions import split_caption
from curation.panel_boxes import PanelBox
from curation.panel_letters import Letter

CAPTION = "Cells. (A) Nuclei. (B) Actin. (C) Merge. (D) Counts."
ROW = [(110 * at, 0, 110 * at + 100, 100) for at in range(4)]
COLUMN = [(top, left, bottom, right) for left, top, right, bottom in ROW]
GRID = [(0, 0, 100, 100), (110, 0, 210, 100), (0, 110, 100, 210), (110, 110, 210, 210)]


def boxes(*places, confidence=1.0, parents=None):
    parents = parents or [None] * len(places)
    return [PanelBox(place, confidence, parent) for place, parent in zip(places, parents, strict=True)]


def letters(*read, confidence=1.0):
    return [Letter(label, (0, 0, 8, 8), panel, confidence) for label, panel in read]


def told(alignment):
    return {panel.label: panel.box for panel in alignment.panels}


@pytest.mark.parametrize("line", [ROW, COLUMN])
def test_a_row_or_a_column_of_as_many_boxes_as_labels_goes_by_order(line):
    found = align(boxes(*line), [], split_caption(CAPTION))
    assert told(found) == dict(zip("ABCD", line, strict=True))
    start, end = found.panels[0].subcaption.spans[-1]
    assert CAPTION[start:end].endswith("Nuclei.")
    assert all(BELIEVED <= panel.confidence <= 1 for panel in found.panels)


@pytest.mark.parametrize("read", [[], [("A", 0)], [("A", 0), ("D", 3)]])
def test_a_grid_is_not_labelled_by_an_order_that_no_letter_vouches_for(read):
    found = align(boxes(*GRID), letters(*read), split_caption(CAPTION))
    assert found == ((), "by rows or by columns: no letter tells which")


@pytest.mark.parametrize(("read", "order"), [(("B", 1), (0, 1, 2, 3)), (("c", 1), (0, 2, 1, 3))])
def test_one_letter_tells_whether_a_grid_goes_by_rows_or_by_columns(read, order):
    found = align(boxes(*GRID), letters(read), split_caption(CAPTION))
    assert told(found) == dict(zip("ABCD", (GRID[at] for at in order), strict=True))


def test_letters_in_a_row_that_don_t_follow_each_other_decide_nothing():
    back = letters(("A", 3), ("B", 2), ("C", 1), ("D", 0))
    assert align(boxes(*ROW), back, split_caption(CAPTION)).doubt == "letters and reading order disagree"


@pytest.mark.parametrize("place", [2, None])
def test_a_letter_that_the_caption_doesn_t_name_leaves_the_figure_whole(place):
    caption = split_caption("Cells. (A) Nuclei. (B) Actin.")
    found = align(boxes(*ROW[:3]), letters(("A", 0), ("B", 1), ("C", place)), caption)
    assert found == ((), "C in the picture, which the caption doesn't name")


@pytest.mark.parametrize(("stranger", "confidence"), [("E", 0.7), ("I", 0.9)])
def test_one_mark_that_is_hardly_a_letter_needs_no_name(stranger, confidence):
    marks = [*letters(("A", 0), ("B", 1), ("C", 2), ("D", 3)), *letters((stranger, None), confidence=confidence)]
    assert told(align(boxes(*ROW), marks, split_caption(CAPTION))) == dict(zip("ABCD", ROW, strict=True))


def test_letters_overrule_reading_order_where_all_were_read():
    read = letters(("A", 0), ("B", 2), ("C", 1), ("D", 3))
    assert told(align(boxes(*GRID), read, split_caption(CAPTION)))["B"] == GRID[2]


def test_letters_that_agree_make_it_surer_and_case_doesn_t_matter():
    plain = align(boxes(*ROW), [], split_caption(CAPTION)).panels[0].confidence
    agreed = align(boxes(*ROW), letters(("a", 0), ("d", 3)), split_caption(CAPTION)).panels[0].confidence
    assert agreed > plain


def test_boxes_without_a_letter_belong_to_the_letter_before_them():
    caption = split_caption("Cells. (A) Three stains. (B) Counts.")
    row = [(0, 0, 50, 50), (60, 0, 110, 50), (120, 0, 170, 50), (0, 100, 170, 200)]
    found = align(boxes(*row), letters(("A", 0), ("B", 3)), caption)
    assert told(found) == {"A": (0, 0, 170, 50), "B": (0, 100, 170, 200)}


@pytest.mark.parametrize(
    ("places", "read", "doubt"),
    [
        (GRID[:3], [], "3 boxes and 0 letters for 4 labels"),
        (GRID, [("A", 1)], "letters and reading order disagree"),
        (GRID[:1], [], "1 box for 4 labels"),
        ([], [], "1 box for 4 labels"),
        ([(0, 0, 200, 200), *GRID[1:]], [("B", 1)], "overlaps"),
    ],
)
def test_what_doesn_t_fit_stays_whole_and_says_why(places, read, doubt):
    found = align(boxes(*places), letters(*read), split_caption(CAPTION))
    assert found.panels == ()
    assert doubt in found.doubt


def test_a_letter_that_was_hardly_read_counts_for_nothing():
    hardly = align(boxes(*ROW), letters(("A", 1), confidence=0.2), split_caption(CAPTION))
    assert told(hardly) == dict(zip("ABCD", ROW, strict=True))


def test_a_letter_at_two_boxes_agrees_with_no_order():
    twice = align(boxes(*ROW), letters(("A", 0), ("A", 1), ("C", 2)), split_caption(CAPTION))
    assert twice == ((), "letters and reading order disagree")


def test_a_box_that_is_hardly_seen_decides_nothing():
    found = align(boxes(*ROW, confidence=0.3), [], split_caption(CAPTION))
    assert found.panels == ()
    assert "believed by 0.30 only" in found.doubt


def test_a_box_within_another_is_no_panel_of_its_own():
    places = boxes(*ROW, (10, 10, 30, 30), parents=[None] * 4 + [0])
    assert told(align(places, [], split_caption(CAPTION))) == dict(zip("ABCD", ROW, strict=True))


def test_a_caption_without_labels_is_one_panel_and_letters_in_the_picture_are_told():
    plain = split_caption("Cells in culture.")
    assert align(boxes(*GRID), [], plain) == ((), "")
    assert "none in the caption" in align(boxes(*GRID), letters(("A", 0), ("B", 1)), plain).doubt


@given(st.permutations(range(4)), st.integers(0, 4), st.integers(1, 7))
def test_every_label_has_one_panel_or_none_has(order, read, count):
    places = [(110 * (at % 3), 110 * (at // 3), 110 * (at % 3) + 100, 110 * (at // 3) + 100) for at in range(count)]
    seen = [(label, order[at] % count) for at, label in enumerate("ABCD"[:read])]
    found = align(boxes(*places), letters(*seen), split_caption(CAPTION))
    assert [panel.label for panel in found.panels] in ([], list("ABCD"))
    assert bool(found.panels) != bool(found.doubt)
