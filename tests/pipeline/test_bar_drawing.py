"""Bars that are drawn: they lie in the picture with all their words, can be read, and are as long as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pipeline.bar_drawing import bars_that_fit, black_box, with_bar
from schemas.panel_records import ScaleBar

USUAL = (0.001, 0.05, 0.2, 1, 5, 20, 100, 500, 20_000)


def changed(picture, grey):
    rows, columns = np.nonzero(picture != grey)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@given(st.integers(40, 700), st.integers(40, 700), st.floats(0.1, 0.4), st.sampled_from(USUAL))
def test_whatever_is_drawn_lies_in_a_black_box_in_the_picture(width, height, share, length_um):
    for bar in bars_that_fit((width, height), max(20, round(share * width)), length_um):
        left, top, right, bottom = black_box((width, height), bar)
        assert 0 < left < right < width
        assert 0 < top < bottom < height
        before = np.full((height, width), 130, np.uint8)
        drawn = with_bar(before, bar)
        assert (before == 130).all()
        assert changed(drawn, 130) == (left, top, right, bottom)
        rim = np.concatenate(
            [drawn[[top, bottom - 1], left:right].ravel(), drawn[top:bottom, [left, right - 1]].ravel()]
        )
        assert not rim.any()


@pytest.mark.parametrize("length_um", USUAL)
@pytest.mark.parametrize("size", [(200, 160), (512, 512), (1300, 1000)])
def test_the_bar_is_as_long_as_it_is_said_to_be_and_all_white(size, length_um):
    bars = list(bars_that_fit(size, 90, length_um))
    assert len({bar.box for bar in bars}) == 4
    for bar in bars:
        left, top, right, bottom = bar.box
        assert right - left == 90 == bar.length_px
        drawn = with_bar(np.full((size[1], size[0], 3), 255, np.uint8), bar)
        assert (drawn[top:bottom, left:right] == 255).all()
        assert not drawn[top - 1 : bottom + 1, [left - 1, right]].any()


def test_nothing_fits_into_a_picture_that_is_too_small_for_its_words():
    assert not list(bars_that_fit((50, 400), 20, 20_000))
    assert not list(bars_that_fit((400, 50), 90, 5))


def strokes(letter):
    """Return in which thirds of its width a letter has ink: at its top, a quarter below, where most is, at its foot."""
    rows, columns = np.nonzero(letter > 100)
    ink = letter[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] > 100
    height, width = ink.shape
    lines = (ink[height // 12], ink[height // 4], ink[np.argmax(ink.sum(axis=1))], ink[-1 - height // 12])
    return [[bool(third.any()) for third in np.split(line, [width // 3, width - width // 3])] for line in lines]


def written(letter, font):
    picture = Image.new("L", (200, 200))
    ImageDraw.Draw(picture).text((40, 20), letter, fill=255, font=font)
    return np.asarray(picture)


def mu_as_drawn(side):
    """Return the second letter of what stands above a bar of 1 µm: what lies between two empty columns."""
    bar = next(bars_that_fit((side, side), side // 2, 1))
    left, top, right, _ = black_box((side, side), bar)
    words = with_bar(np.zeros((side, side), np.uint8), bar)[top : bar.box[1], left:right]
    full = np.flatnonzero((words > 60).any(axis=0))
    runs = np.split(full, np.flatnonzero(np.diff(full) > 1) + 1)
    return words[:, runs[1][0] : runs[1][-1] + 1]


@pytest.mark.parametrize("side", [200, 500, 750, 1000])
def test_the_unit_has_the_strokes_of_its_letter_and_of_no_other(side):
    matplotlib = pytest.importorskip("matplotlib")
    font = ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", 100)
    seen = strokes(mu_as_drawn(side))
    assert seen == strokes(written("µ", font))
    assert not [other for other in "unmpvyohw\uffff" if strokes(written(other, font)) == seen]


def test_a_bar_without_colours_is_drawn_on_a_grey_picture():
    bar = ScaleBar(box=(100, 300, 160, 304), length_px=60, length_um=5)
    grey, colour = (with_bar(np.full(shape, 90, np.uint8), bar) for shape in [(400, 400), (400, 400, 3)])
    assert grey.shape == (400, 400)
    assert (grey == colour[:, :, 0]).all()
