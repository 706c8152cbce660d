"""Panels are found along gutters of any colour, along seams and by letters; what is one picture stays one."""

import random

import drawn_figures as drawn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ImageDraw

from benchmarks.box_scores import iou
from benchmarks.figure_contents import plot, scheme
from curation.panel_boxes import PanelBox, _in_reading_order, panel_boxes


def found(figure):
    return [panel.box for panel in panel_boxes(np.asarray(figure))]


def same(boxes, wanted, least=0.9):
    return len(boxes) == len(wanted) and all(iou(one, other) >= least for one, other in zip(boxes, wanted, strict=True))


@pytest.mark.parametrize("ground", [255, 0, 128, 241], ids=["white", "black", "grey", "cream"])
@pytest.mark.parametrize("gutter", [2, 8, 30])
def test_a_grid_without_letters_is_cut_along_its_gutters(ground, gutter):
    boxes = drawn.grid(3, 2, 180, gutter, rim=gutter)
    figure = drawn.page(3 * (180 + gutter) + gutter, 2 * (180 + gutter) + gutter, ground)
    drawn.paste(figure, boxes)
    assert same(found(figure), boxes)


def test_pictures_that_touch_are_cut_along_their_seams():
    boxes = drawn.grid(2, 2, 240, 0)
    figure = drawn.page(480, 480)
    drawn.paste(figure, boxes)
    assert same(found(figure), boxes)


def test_a_large_panel_beside_small_ones_is_cut_in_two_steps():
    boxes = [(0, 0, 300, 308), (308, 0, 558, 150), (308, 158, 558, 308)]
    figure = drawn.page(558, 308)
    drawn.paste(figure, boxes)
    assert same(found(figure), boxes)


def test_one_picture_is_one_panel():
    figure = drawn.page(640, 480)
    drawn.paste(figure, [(0, 0, 640, 480)])
    assert found(figure) == [(0, 0, 640, 480)]


@pytest.mark.parametrize("draw", [plot, scheme], ids=["plot", "scheme"])
@pytest.mark.parametrize("seed", range(4))
def test_white_within_a_plot_or_scheme_is_no_gutter(draw, seed):
    figure = drawn.page(700, 560)
    figure.paste(draw((660, 520), random.Random(seed)), (20, 20))
    assert len(found(figure)) == 1


def test_plots_beside_each_other_are_two_panels_with_their_axis_labels():
    figure = drawn.page(900, 400)
    boxes = [(0, 0, 440, 400), (460, 0, 900, 400)]
    for seed, box in enumerate(boxes):
        figure.paste(plot((440, 400), random.Random(seed)), box[:2])
    assert same(found(figure), boxes, 0.85)


def test_tiles_under_one_letter_are_one_panel():
    figure = drawn.page(620, 460)
    tiles = drawn.grid(3, 1, 200, 10)
    drawn.paste(figure, [(left, 30, right, 200) for left, _, right, _ in tiles])
    drawn.paste(figure, [(left, 250, right, 450) for left, _, right, _ in tiles], seed=9)
    drawn.write(figure, "A", (0, 0))
    drawn.write(figure, "B", (0, 220))
    assert same(found(figure), [(0, 30, 620, 200), (0, 250, 620, 450)])


def test_a_letter_on_paper_is_no_part_of_its_panel_and_one_in_the_picture_is():
    figure = drawn.page(660, 300)
    boxes = [(30, 0, 330, 300), (360, 0, 660, 300)]
    drawn.paste(figure, boxes)
    drawn.write(figure, "A", (4, 4))
    ImageDraw.Draw(figure).rectangle((364, 4, 396, 36), fill="white")
    drawn.write(figure, "B", (370, 6))
    assert same(found(figure), boxes, 0.97)


def test_a_letter_that_cannot_be_read_costs_no_panel_where_the_gutter_shows():
    boxes = drawn.grid(4, 1, 200, 20, rim=40)
    figure = drawn.page(940, 280)
    drawn.paste(figure, boxes)
    for letter, (left, *_) in zip("ACD", (boxes[0], boxes[2], boxes[3]), strict=True):
        drawn.write(figure, letter, (left, 8))
    assert same(found(figure), boxes)


def test_boxes_are_in_reading_order_and_in_pixels_of_the_full_figure():
    boxes = drawn.grid(2, 2, 900, 40)
    figure = drawn.page(1840, 1840)
    drawn.paste(figure, boxes)
    assert same(found(figure), boxes, 0.98)


def test_a_grey_figure_gives_the_same_boxes_as_in_colour():
    figure = drawn.page(410, 200)
    drawn.paste(figure, drawn.grid(2, 1, 200, 10))
    assert found(figure.convert("L")) == found(figure)


def test_a_blank_figure_is_one_panel_that_nobody_is_sure_of():
    (panel,) = panel_boxes(np.full((200, 300, 3), 255, np.uint8))
    assert panel.box == (0, 0, 300, 200)
    assert panel.confidence <= 0.5


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60), st.just(3))))
def test_boxes_of_any_picture_lie_in_it(pixels):
    panels = panel_boxes(pixels)
    assert panels
    for panel in panels:
        left, top, right, bottom = panel.box
        assert 0 <= left < right <= pixels.shape[1]
        assert 0 <= top < bottom <= pixels.shape[0]
        assert 0 <= panel.confidence <= 1


def test_boxes_without_height_end_in_an_order_too():
    flat = [PanelBox((0, 5, 10, 5), 1.0), PanelBox((0, 0, 10, 9), 1.0), PanelBox((20, 5, 30, 5), 1.0)]
    assert sorted(_in_reading_order(flat)) == sorted(flat)
