"""Questions about the scale: asked where picture and scale give the answer, of lengths that bars have."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.question_truth import Truth, disagreement
from captioning.bar_drawing import with_bar
from captioning.mask_questions import Wanted, mask_questions
from captioning.panel_objects import panel_objects
from captioning.question_options import NONE, Offering
from captioning.scale_questions import lengths_beside
from schemas.records import make_id


def questions(source, um_per_px=0.5, length_um=20.0, key="a", **more):
    figure = {"mask": None, "facts": [], "width_px": 640, "height_px": 480}
    panel = {
        "id": make_id(key),
        "box": (0, 0, 640, 480),
        "microns_per_pixel": um_per_px,
        "microns_per_pixel_source": source,
        "scale_bar": {"box": (10, 400, 50, 404), "length_px": 40.0, "length_um": length_um},
        **more,
    }
    made = list(mask_questions(panel_objects(figure, panel), Wanted(Offering(3, 0.1))))
    return {each.task: each for each in made}


def test_a_length_that_is_written_beside_the_bar_is_asked_without_a_word_of_the_scale():
    made = questions("scale_bar")
    assert set(made) == {"scale_bar", "field_of_view"}
    assert made["scale_bar"].question == "What length does the scale bar in this image stand for?"
    assert made["scale_bar"].boxes == [(10, 400, 50, 404)]
    assert made["scale_bar"].origin == "scale"
    assert "tells the scale" in made["field_of_view"].question


def test_a_length_that_only_the_caption_has_is_told_not_asked():
    made = questions("caption")
    assert set(made) == {"field_of_view"}
    assert "stands for 20 µm" in made["field_of_view"].question
    assert "0.5 µm" not in made["field_of_view"].question


def test_with_the_size_of_a_pixel_a_bar_is_measured():
    assert "0.5 µm wide" in questions("metadata")["scale_bar"].question
    assert "scale_bar" not in questions("metadata", length_um=50.0)
    assert "scale_bar" not in questions("metadata", length_um=None)


@pytest.mark.parametrize("more", [{"kind": "plot"}, {"kind": "microscopy", "tiles": 4}])
def test_of_a_plot_or_a_montage_no_scale_is_asked(more):
    assert questions("scale_bar", **more) == {}
    assert questions("scale_bar", kind="microscopy", tiles=1)


@pytest.mark.parametrize("source", ["scale_bar", "metadata", "caption"])
def test_answers_agree_with_the_scale(source):
    truth = Truth([], [], (640, 480), 0.5, 20.0)
    for key in range(50):
        for each in questions(source, key=str(key)).values():
            assert disagreement(each, truth) is None
            assert len(each.options) == 5


def test_the_width_in_pixels_is_in_no_question():
    for key in range(20):
        assert "640" not in questions("metadata", key=str(key))["field_of_view"].question


@pytest.mark.parametrize("true", [0.5, 1, 2, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 100, 200, 500])
def test_a_bar_has_usual_lengths_beside_it_and_each_place_among_them_equally_often(true):
    made = [lengths_beside(true, at) for at in range(1000)]
    places = Counter(values.index(true) for values in made)
    assert all(abs(places[at] - 200) < 5 * 200**0.5 for at in range(5))


@pytest.mark.parametrize("true", [7.3, 33, 0.00001])
def test_a_length_that_no_bar_has_is_not_asked(true):
    assert lengths_beside(true, "key") is None


def test_options_differ_and_none_of_the_above_is_right_sometimes():
    made = [questions("scale_bar", key=str(at))["scale_bar"] for at in range(300)]
    assert 10 < sum(each.answer == NONE for each in made) < 60


@pytest.mark.parametrize("grey", [20, 230])
@pytest.mark.parametrize("um_per_px", [0.01, 0.17, 0.65, 12.0])
def test_a_drawn_bar_has_the_length_that_it_says(grey, um_per_px):
    rgb = np.full((300, 400, 3), grey, np.uint8)
    for key in range(10):
        drawn = with_bar(rgb, um_per_px, key)
        left, top, right, bottom = drawn.bar.box
        assert abs(drawn.bar.length_um / um_per_px - drawn.bar.length_px) <= 0.5
        assert right - left == drawn.bar.length_px
        inside = drawn.rgb[top:bottom, left:right]
        assert len(np.unique(inside)) == 1
        assert abs(int(inside[0, 0, 0]) - grey) > 100
        changed = (drawn.rgb != grey).any(axis=2)
        assert np.flatnonzero(changed.any(axis=1)).max() == bottom - 1
        assert changed[top - 1, left:right].sum() < right - left
        assert changed[: top - 1].any()
    assert (rgb == grey).all()


def test_no_bar_is_drawn_on_a_small_picture():
    assert with_bar(np.zeros((40, 400, 3), np.uint8), 0.5, "key") is None
