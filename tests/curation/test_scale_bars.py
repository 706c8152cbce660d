"""Scale bars: bars that were drawn are found with their length, and what only looks like one isn't."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_bars import as_jpeg, made_ground
from curation.bar_candidates import candidates
from curation.scale_bars import bars_in


def ground(kind="blobs", size=(400, 600), seed=1):
    return made_ground(kind, size, np.random.default_rng(seed))


def with_bar(pixels, box, colour=(255, 255, 255)):
    drawn = pixels.copy()
    left, top, right, bottom = box
    drawn[top:bottom, left:right] = colour
    return drawn


@pytest.mark.parametrize(
    ("kind", "colour"),
    [("blobs", 255), ("noise", 255), ("noise", 0), ("texture", 255), ("gradient", (255, 0, 0)), ("black", 255),
     ("white", 0), ("texture", (255, 255, 0))],
)  # fmt: skip
def test_a_bar_is_found_on_any_ground(kind, colour):
    (bar,) = bars_in(with_bar(ground(kind), (450, 360, 550, 366), colour))
    assert bar.box == pytest.approx((450, 360, 550, 366), abs=1)
    assert bar.length_px == pytest.approx(100, abs=1)
    assert bar.text is None


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 400), st.integers(16, 370), st.integers(30, 180), st.integers(1, 7), st.booleans())
def test_a_bar_away_from_the_border_is_found_wherever_it_lies(left, top, length, thick, plain):
    kind = "black" if plain else "blobs"
    box = (left, top, left + length, top + thick)
    found = bars_in(with_bar(ground(kind), box))
    assert [bar.box for bar in found] == [pytest.approx(box, abs=1)]
    assert found[0].length_px == pytest.approx(length, rel=0.02)


@settings(max_examples=10, deadline=None)
@given(st.integers(40, 160), st.integers(2, 5), st.integers(0, 5))
def test_a_picture_twice_as_large_has_a_bar_twice_as_long(length, thick, seed):
    pixels = with_bar(ground("blobs", seed=seed), (300, 350, 300 + length, 350 + thick))
    (one,) = bars_in(pixels)
    (two,) = bars_in(np.asarray(Image.fromarray(pixels).resize((1200, 800), Image.Resampling.BICUBIC)))
    assert two.length_px == pytest.approx(2 * one.length_px, rel=0.02)


def test_a_blurred_end_is_told_to_a_part_of_a_pixel():
    pixels = ground("black")
    pixels[300:304, 100:200] = 255
    pixels[300:304, 200] = 102  # 0.4 of the pixel
    assert bars_in(pixels)[0].length_px == pytest.approx(100.4, abs=0.05)


def test_grey_pictures_are_read_as_well():
    pixels = with_bar(ground("texture"), (40, 350, 140, 355))[:, :, 0]
    assert [bar.box for bar in bars_in(pixels)] == [(40, 350, 140, 355)]


def test_jpeg_and_writing_beside_it_leave_a_bar_as_long():
    image = Image.fromarray(with_bar(ground("texture"), (400, 350, 520, 356)))
    ImageDraw.Draw(image).text((425, 322), "10 \u00b5m", fill=(255, 255, 255), font=ImageFont.load_default(20))
    found = bars_in(as_jpeg(np.asarray(image), 75))
    assert [bar.length_px for bar in found] == [pytest.approx(120, rel=0.02)]


def test_end_ticks_belong_to_a_bar():
    pixels = with_bar(ground(), (400, 350, 520, 353))
    for left in (400, 518):
        pixels = with_bar(pixels, (left, 345, left + 2, 358))
    (bar,) = bars_in(pixels)
    assert bar.length_px == pytest.approx(120, rel=0.02)


def frame(pen):
    pen.rectangle([200, 100, 330, 220], outline="white", width=3)


def gutter(pen):
    pen.rectangle([0, 200, 600, 205], fill="white")
    pen.rectangle([300, 0, 305, 400], fill="white")


def axes(pen):
    pen.line([100, 300, 300, 300], fill="white", width=2)
    pen.line([100, 100, 100, 300], fill="white", width=2)


def arrow(pen):
    pen.line([200, 200, 260, 200], fill="white", width=3)
    pen.polygon([(258, 190), (258, 210), (280, 200)], fill="white")


def strip(pen):
    pen.rectangle([0, 390, 600, 400], fill="white")


def edge_of_a_structure(pen):
    pen.rectangle([100, 100, 300, 300], fill="white")


def stripe_of_text(pen):
    pen.text((100, 100), "HE", fill="white", font=ImageFont.load_default(60))


@pytest.mark.parametrize("drawing", [frame, gutter, axes, arrow, strip, edge_of_a_structure, stripe_of_text])
def test_other_straight_things_are_no_bars(drawing):
    image = Image.fromarray(ground())
    drawing(ImageDraw.Draw(image))
    assert bars_in(np.asarray(image)) == []


@pytest.mark.parametrize("kind", ["noise", "texture", "blobs", "gradient", "black", "white"])
def test_a_picture_without_a_bar_has_none(kind):
    assert bars_in(ground(kind)) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (20, 20, 3), (17, 8)])
def test_a_tiny_picture_is_answered(shape):
    assert bars_in(np.zeros(shape, np.uint8)) == []


def test_noise_makes_few_candidates():
    assert len(candidates(ground("noise", (1000, 1000)))) <= 30
