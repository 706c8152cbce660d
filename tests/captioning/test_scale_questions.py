"""Questions about the scale: asked where picture and scale give the answer, of lengths that bars have."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.mask_truth import Truth
from benchmarks.question_truth import disagreement
from captioning.mask_questions import Wanted, mask_questions
from captioning.number_options import SIZE_RATIO, three_digits
from captioning.panel_objects import panel_objects
from captioning.question_options import Offering
from captioning.scale_questions import lengths_beside
from pipeline.bar_drawing import bars_that_fit, black_box
from pipeline.pixels import png
from schemas.questions import NONE
from schemas.records import make_id


def made_of(size, source="metadata", *, um_per_px=0.5, length_um=20.0, key="a", shares=None, picture=None, **more):
    figure = {"mask": None, "facts": [], "width_px": size[0], "height_px": size[1]}
    if picture is not None:
        plain = {"blob_format": "png", "bit_depth": 8, "channels": 1, "frames": 1, "shown": None}
        figure |= {"blob": png(picture), **plain}
    panel = {
        "id": make_id(key),
        "box": (0, 0, *size),
        "microns_per_pixel": um_per_px,
        "microns_per_pixel_source": source,
        "scale_bar": {"box": (10, 400, 50, 404), "length_px": 40.0, "length_um": length_um},
        **more,
    }
    return list(mask_questions(panel_objects(figure, panel), Wanted(Offering(3, 0.1), shares=shares or {})))


def questions(source, **more):
    return {each.task: each for each in made_of((640, 480), source, **more)}


NO_BAR = {"scale_bar": None}


def test_a_panel_without_a_bar_is_asked_about_one_that_is_drawn():
    for key in range(20):
        asked = questions("metadata", key=str(key), **NO_BAR)["scale_bar"]
        drawn = asked.drawn_bar
        assert asked.question == "What length does the scale bar in the black box in this image stand for?"
        assert asked.boxes == [drawn.box]
        assert (asked.held_back or asked.answer) == f"{drawn.length_um:g} µm"
        assert abs(drawn.length_px * 0.5 - drawn.length_um) <= 0.25
        assert drawn in list(bars_that_fit((640, 480), int(drawn.length_px), drawn.length_um))
        assert asked.tags[0] == "drawn"
        assert asked.origin == "scale"


@pytest.mark.parametrize("source", ["caption", "metadata"])
def test_a_bar_that_was_found_is_compared_with_one_that_is_drawn_away_from_it(source):
    places = set()
    for key in range(40):
        asked = questions(source, key=str(key))["scale_bar"]
        assert "the one that is not in the black box" in asked.question
        assert asked.boxes == [(10, 400, 50, 404)]
        assert (asked.held_back or asked.answer) == "20 µm"
        assert asked.tags[0] == "found"
        left, top, _, bottom = black_box((640, 480), asked.drawn_bar)
        assert left > 50 or top > 420 or bottom < 384
        places.add((left > 320, top > 240))
    assert len(places) == 3


def test_a_length_that_is_written_beside_the_bar_is_read():
    asked = questions("scale_bar")
    assert asked["scale_bar"].question == "What length does the scale bar in this image stand for?"
    assert asked["scale_bar"].drawn_bar is None
    assert asked["field_of_view"].drawn_bar is None


@pytest.mark.parametrize("source", ["caption", "metadata", "scale_bar"])
def test_no_question_about_a_field_or_a_bar_tells_the_scale_in_words(source):
    for key in range(20):
        for each in questions(source, key=str(key)).values():
            assert not set("0123456789") & set(each.question)


@pytest.mark.parametrize("length_um", [50.0, None])
def test_a_bar_of_no_sure_length_is_not_asked_about_but_the_field_is(length_um):
    made = questions("metadata", length_um=length_um)
    assert set(made) == {"field_of_view"}
    assert made["field_of_view"].drawn_bar


def test_a_picture_without_the_room_for_a_bar_is_asked_nothing():
    figure = {"mask": None, "facts": [], "width_px": 90, "height_px": 90}
    panel = {"id": make_id("a"), "box": (0, 0, 90, 90), "microns_per_pixel": 0.5, "scale_bar": None}
    scene = panel_objects(figure, {**panel, "microns_per_pixel_source": "metadata"})
    assert [each.task for each in mask_questions(scene)] == []


@pytest.mark.parametrize(
    ("rule", "sides"),
    [(rule, sides) for rule in ("most even", "least even") for sides in [(512, 1024, 2048), (1344, 696, 720)]],
)
def test_of_fields_no_rule_that_sees_no_picture_finds_the_right_one(rule, sides):
    """The scale is known to the rule, as if it had guessed it; of the widths that read alike it takes the most even."""

    def even(side):
        reads = range(round(side * 0.995), round(side * 1.005) + 1)
        return max(each & -each for each in reads if three_digits(each / 2) == three_digits(side / 2))

    score = {"most even": even, "least even": lambda side: -even(side)}[rule]
    right = 0
    for key in range(900):
        side = sides[key % 3]
        more = {**NO_BAR, "box": (0, 0, side, side), "key": str(key)}
        (asked,) = (each for each in made_of((side, side), **more) if each.task == "field_of_view")
        options = [option for option in asked.options if option != NONE]
        right += asked.answer == max(options, key=lambda option: score(round(float(option.split()[0]) / 0.5)))
    assert right / 900 < 0.25


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


WIDTHS = {"64.0": 0.25, "90.4": 0.25, "333": 0.25, "720": 0.125, "0.512": 0.125}
SIDES = {"64.0": (128, 0.5), "90.4": (200, 0.452), "333": (512, 0.65), "720": (720, 1.0), "0.512": (128, 0.004)}


def fields(shares, sides=SIDES, keys=300):
    for key in range(keys):
        width = list(sides)[key % len(sides)]
        side, um_per_px = sides[width]
        more = {"um_per_px": um_per_px, "key": str(key), "shares": {"field_of_view": shares}, **NO_BAR}
        yield from (each for each in made_of((side, side), **more) if each.task == "field_of_view")


def test_beside_a_width_stand_those_that_are_right_elsewhere():
    for asked in fields(WIDTHS):
        assert {option.removesuffix(" µm") for option in asked.options} <= {*WIDTHS, NONE}


def test_who_takes_the_width_that_is_most_often_right_where_it_is_offered_gets_no_more_than_by_lot():
    each = list(fields(dict.fromkeys(WIDTHS, 0.2), keys=500))
    offered = Counter(option for asked in each for option in asked.options)
    right = Counter(asked.answer for asked in each)
    best = [max(asked.options, key=lambda option: right[option] / offered[option]) == asked.answer for asked in each]
    assert sum(best) / len(each) < 0.27


def test_a_width_that_is_never_right_elsewhere_has_none_beside_it_that_is():
    odd = {"93.0": (186, 0.5)}
    for asked in fields({"333": 0.5, "720": 0.5}, odd, 50):
        assert not {"333 µm", "720 µm"} & {*asked.options}


def test_widths_stand_a_fifth_apart_as_they_are_written():
    near = {"64.0": 0.3, "70.0": 0.3, "76.7": 0.2, "78.0": 0.2}
    for asked in fields(near, {"64.0": SIDES["64.0"]}):
        values = sorted(float(option.split()[0]) for option in asked.options if option != NONE)
        assert all(SIZE_RATIO * low <= high for low, high in pairwise(values))


def test_beside_the_length_of_a_bar_stand_those_that_are_right_elsewhere():
    lengths = {"10": 0.2, "20": 0.2, "25": 0.2, "100": 0.2, "0.5": 0.2}
    for key in range(50):
        made = made_of((640, 480), "scale_bar", key=str(key), shares={"scale_bar": lengths})
        (asked,) = (each for each in made if each.task == "scale_bar")
        assert {option.removesuffix(" µm") for option in asked.options} <= {*lengths, NONE}


def test_a_bar_is_drawn_where_the_picture_has_the_fewest_edges():
    """Three corners have a letter; the fourth has the noise that is everywhere."""
    rng = np.random.default_rng(1)
    for free in range(4):
        picture = rng.integers(90, 130, (480, 640), dtype=np.uint8)
        for at in {0, 1, 2, 3} - {free}:
            top, left = 430 * (at // 2) + 15, 590 * (at % 2) + 15
            picture[top : top + 20, left : left + 4] = picture[top : top + 4, left : left + 16] = 255
        places = {(asked.drawn_bar.box[1] > 240) * 2 + (asked.drawn_bar.box[0] > 320)
                  for key in range(20)
                  for asked in made_of((640, 480), key=str(key), picture=picture, **NO_BAR)}  # fmt: skip
        assert places == {free}
