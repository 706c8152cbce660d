"""Framed pictures within a panel are found as its insets; what only looks like a frame is none."""

import drawn_figures as drawn
import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.box_scores import iou
from curation.figure_panels import WITH_BARS, panels_proposed
from curation.insets import insets_in
from curation.panel_boxes import panel_boxes
from curation.scale_bars import bars_in

SIZE = (420, 360)


def micrograph(size=SIZE, seed=0, low=40, high=150):
    rough = np.random.default_rng(seed).integers(low, high, (size[1] // 6, size[0] // 6), np.uint8)
    return Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC).convert("RGB")


def framed(place, *, frame=3, colour="white"):
    picture = micrograph()
    left, top, right, bottom = place
    picture.paste(micrograph((right - left, bottom - top), seed=1), (left, top))
    ImageDraw.Draw(picture).rectangle((left, top, right - 1, bottom - 1), outline=colour, width=frame)
    return picture


def found(picture):
    return insets_in(np.asarray(picture.convert("L")), (0, 0, *picture.size))


@pytest.mark.parametrize("frame", [1, 2, 6], ids=lambda frame: f"{frame} px")
@pytest.mark.parametrize("colour", ["white", "black", "yellow"])
@pytest.mark.parametrize(
    "place",
    [(0, 0, 140, 120), (280, 240, 420, 360), (270, 230, 410, 350), (0, 100, 140, 220), (100, 90, 240, 210)],
    ids=["corner", "other corner", "near a corner", "edge", "free"],
)
def test_a_framed_picture_is_found(place, colour, frame):
    (inset,) = found(framed(place, colour=colour, frame=frame))
    assert iou(inset, place) > 0.9


def test_a_picture_without_one_has_none():
    assert found(micrograph()) == []


@pytest.mark.parametrize(
    "lines", [[(210, 0, 210, 360), (0, 180, 420, 180)], [(210, 0, 210, 360)]], ids=["grid", "pair"]
)
def test_lines_that_go_on_part_tiles(lines):
    picture = micrograph()
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill="white", width=4)
    assert found(picture) == []


def test_a_frame_around_words_is_a_legend():
    page = drawn.page(*SIZE, 255)
    ImageDraw.Draw(page).rectangle((260, 20, 400, 120), outline="black", width=2)
    drawn.write(page, "control", (280, 40))
    assert found(page) == []


def test_an_inset_comes_after_the_panels_with_the_place_of_its_own():
    figure = Image.new("RGB", (860, 360), "white")
    figure.paste(micrograph(seed=3), (0, 0))
    figure.paste(framed((280, 240, 420, 360)), (440, 0))
    *panels, inset = panel_boxes(np.asarray(figure))
    assert [panel.parent for panel in panels] == [None, None]
    assert inset.parent == 1
    assert iou(inset.box, (720, 240, 860, 360)) > 0.9


def test_an_inset_is_told_with_its_panel_and_is_no_panel():
    figure = Image.new("RGB", (860, 360), "white")
    figure.paste(micrograph(seed=3), (0, 0))
    figure.paste(framed((280, 240, 420, 360)), (440, 0))
    first, second = panels_proposed(np.asarray(figure), "Two cells.").panels
    assert first.insets == ()
    assert len(second.insets) == 1


def test_the_bar_of_an_inset_does_not_say_the_scale_of_its_panel():
    figure = Image.new("RGB", (860, 360), "white")
    figure.paste(micrograph(seed=3), (0, 0))
    framed_one = framed((250, 220, 420, 360))
    ImageDraw.Draw(framed_one).rectangle((330, 335, 389, 339), fill="white")
    figure.paste(framed_one, (440, 0))
    assert bars_in(np.asarray(framed_one))
    _, panel = panels_proposed(np.asarray(figure), "Cells. Scale bar, 5 µm.").panels
    assert panel.kind in WITH_BARS
    assert panel.scale_bar is None
