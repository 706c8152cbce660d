"""Forms of marks: in the middle of their square, whatever their size, and the same for light and for dark marks."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curation.glyph_forms import SIDE, forms


def mark(box, size=(120, 120), ink=255):
    picture = Image.new("L", size, 255 - ink)
    ImageDraw.Draw(picture).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=ink)
    return picture


def form(picture, box, *, is_light=True):
    left, top, right, bottom = box
    return forms(picture, np.array([(left - 2, top - 2, right + 2, bottom + 2)]), is_light=is_light)[0]


@pytest.mark.parametrize("height", [8, 16, 30, 44, 90], ids=lambda height: f"{height} px")
def test_a_bar_fills_the_height_and_keeps_its_aspect(height):
    box = (10, 10, 10 + height // 4, 10 + height)
    shown = form(mark(box), box)
    assert shown.sum(axis=0).max() > 0.9 * SIDE
    assert np.flatnonzero(shown.max(axis=0) > 0.5).tolist() == [6, 7, 8, 9]


def test_dark_marks_have_the_forms_of_light_ones():
    box = (20, 30, 35, 60)
    assert np.array_equal(form(mark(box), box), form(mark(box, ink=0), box, is_light=False))


def test_an_even_ground_has_an_empty_form():
    assert not form(Image.new("L", (50, 50), 90), (10, 10, 30, 30)).any()


def test_a_mark_at_the_rim_is_cut_off_there():
    box = (0, 0, 10, 20)
    assert form(mark(box), box)[2:-2].max() > 0.9


def test_no_marks_have_no_forms():
    assert forms(Image.new("L", (9, 9)), np.zeros((0, 4), np.int64), is_light=True).shape == (0, SIDE, SIDE)
