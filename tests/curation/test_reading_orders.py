"""Boxes are read by rows and by columns; the two are one order where lines part them one way only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.reading_orders import is_line, reading_orders


@pytest.mark.parametrize(
    ("places", "orders"),
    [
        ([], {()}),
        ([(0, 0, 9, 9), (10, 0, 19, 9), (20, 0, 29, 9)], {(0, 1, 2)}),
        ([(0, 0, 9, 9), (10, 0, 19, 9), (0, 10, 19, 19)], {(0, 1, 2)}),
        ([(0, 0, 9, 9), (10, 0, 19, 19), (0, 10, 9, 19)], {(0, 2, 1)}),
        ([(0, 0, 9, 9), (10, 0, 19, 9), (0, 10, 9, 19)], {(0, 1, 2), (0, 2, 1)}),
    ],
    ids=["none", "row", "two above one", "two beside one", "corner"],
)
def test_rows_and_columns_differ_only_where_both_part_the_boxes(places, orders):
    assert reading_orders(places) == orders


def test_ragged_rows_are_rows():
    assert is_line([(0, 0, 100, 90), (95, 8, 200, 100)])
    assert not is_line([(0, 0, 9, 9), (10, 0, 19, 9), (0, 10, 9, 19), (10, 10, 19, 19)])


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(1, 40)] * 2), max_size=8))
def test_every_order_names_every_box_once(corners):
    boxes = [(left, top, left + width, top + height) for left, top, width, height in corners]
    assert all(sorted(order) == list(range(len(boxes))) for order in reading_orders(boxes))


@given(st.integers(1, 4), st.integers(1, 4))
def test_a_grid_has_two_orders_and_a_line_has_one(across, down):
    grid = [(10 * x, 10 * y, 10 * x + 9, 10 * y + 9) for y in range(down) for x in range(across)]
    assert len(reading_orders(grid)) == (2 if across > 1 and down > 1 else 1)
    assert is_line(grid) == (across == 1 or down == 1)
