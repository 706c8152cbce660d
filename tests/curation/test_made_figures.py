"""Made figures have exact boxes, and scores count what is found one to one."""

import csv
import io
import json
import random
import sys

import drawn_figures as drawn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from benchmarks import insets, panel_speed, panels, synthetic_figures
from benchmarks.box_scores import Hits, f1, hits, interval, iou
from benchmarks.figure_contents import framed_anywhere
from benchmarks.figure_layouts import PANEL, grid, nested, real_layouts, row
from benchmarks.synthetic_figures import BACKGROUNDS, GUTTERS_PX, figures, made

MICROGRAPHS = [Image.fromarray(drawn.texture(300, 260, seed)).convert("RGB") for seed in range(3)]


@given(st.integers(0, 2**32), st.sampled_from(GUTTERS_PX))
def test_panels_of_a_layout_lie_in_it_a_gutter_apart(seed, gutter):
    tree = nested(random.Random(seed))
    boxes = list(tree.boxes((0, 0, 900, 700), gutter))
    for at, box in enumerate(boxes):
        assert 0 <= box[0] < box[2] <= 900
        assert 0 <= box[1] < box[3] <= 700
        for other in boxes[:at]:
            across = max(box[0] - other[2], other[0] - box[2])
            down = max(box[1] - other[3], other[1] - box[3])
            assert max(across, down) >= gutter


def test_a_grid_without_gutters_covers_the_figure():
    boxes = list(grid(4, 3).boxes((0, 0, 401, 302), 0))
    assert sum((right - left) * (bottom - top) for left, top, right, bottom in boxes) == 401 * 302


def test_real_layouts_are_read_where_cuts_make_them(tmp_path):
    nested_boxes = [(0, 0, 100, 200), (110, 0, 210, 95), (110, 105, 210, 200)]
    pinwheel = [(0, 0, 60, 40), (60, 0, 100, 60), (40, 60, 100, 100), (0, 40, 40, 100)]
    file = tmp_path / "panels.csv"
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerows(("one.jpg", *box, "panel", "", "", "", "", "") for box in nested_boxes)
        writer.writerows(("two.jpg", *box, "panel", "", "", "", "", "") for box in pinwheel)
    ((tree, aspect),) = real_layouts(file)
    assert (tree.axis, tree.parts[1][1].axis, round(aspect, 2)) == (0, 1, 1.05)


def test_a_panel_shows_what_is_between_gutters_and_its_letter_stands_above():
    for background, ground in BACKGROUNDS.items():
        for seed in range(6):
            figure = made(
                MICROGRAPHS, (row(PANEL, PANEL), 2.0), random.Random(seed), gutter_px=30, background=background
            )
            (one, other) = figure.panels
            between = figure.pixels[one.box[1] : one.box[3], one.box[2] + 4 : other.box[0] - 4]
            assert np.abs(between.astype(int) - ground).max() <= 40
            assert other.box[0] - one.box[2] == 30
            if figure.letters == "outside":
                assert one.letter_box[3] <= one.box[1]


def test_the_same_seed_makes_the_same_figures():
    one, other = (next(figures(MICROGRAPHS, [(grid(2, 2), 1.0)], random.Random(3))) for _ in range(2))
    assert np.array_equal(one.pixels, other.pixels)
    assert one.panels == other.panels


def test_figures_are_written_with_their_panels(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    MICROGRAPHS[0].save(tmp_path / "in" / "a.png")
    monkeypatch.setattr(sys, "argv", ["made", str(tmp_path / "in"), str(tmp_path / "out"), "--count", "3"])
    synthetic_figures.main()
    lines = [json.loads(line) for line in (tmp_path / "out" / "panels.jsonl").read_text().splitlines()]
    assert [line["image"] for line in lines] == ["00000.png", "00001.png", "00002.png"]
    for line in lines:
        with Image.open(tmp_path / "out" / line["image"]) as shown:
            assert all(panel["box"][2] <= shown.width for panel in line["panels"])


def test_a_box_counts_once_and_only_where_it_fits():
    box = (0, 0, 10, 10)
    assert iou(box, (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert hits([box, box], [box], 0.5) == Hits(1, 2, 1)
    assert hits([(0, 0, 10, 7)], [box], 0.75) == Hits(0, 1, 1)
    assert hits([], [box], 0.5) == Hits(0, 0, 1)
    assert f1([Hits(1, 2, 1), Hits(1, 1, 2)]) == pytest.approx(2 / 3)


def test_the_interval_holds_the_score_and_is_a_point_where_all_figures_are_alike():
    mixed = [Hits(1, 1, 1)] * 5 + [Hits(0, 1, 1)] * 5
    low, high = interval(mixed)
    assert low < f1(mixed) < high
    assert interval([Hits(1, 1, 1)] * 4) == (1.0, 1.0)


def test_the_floors_are_the_whole_figure_and_what_white_cuts_find():
    figure = drawn.page(420, 200)
    boxes = drawn.grid(2, 1, 200, 20)
    drawn.paste(figure, boxes)
    assert panels.whole(np.asarray(figure)) == [(0, 0, 420, 200)]
    assert panels.white_cuts(np.asarray(figure)) == boxes


@pytest.fixture
def folder(tmp_path):
    """A folder as the benchmark wants it, with one real figure."""
    (tmp_path / "seg").mkdir()
    for at, micrograph in enumerate(MICROGRAPHS):
        micrograph.save(tmp_path / "seg" / f"{at}.png")
    (tmp_path / "panels" / "real").mkdir(parents=True)
    figure, boxes = drawn.page(420, 200), drawn.grid(2, 1, 200, 20)
    drawn.paste(figure, boxes)
    figure.save(tmp_path / "panels" / "real" / "1.jpg", quality=95)
    told = {
        "image": "1.jpg",
        "sha256_of_original": "a0",
        "caption": "",
        "panels": [{"box": box, "label": None} for box in boxes],
    }
    (tmp_path / "panels" / "real_panels.jsonl").write_text(json.dumps(told))
    lines = [f"x.jpg,{left},{top},{right},{bottom},panel,,,,,\n" for left, top, right, bottom in boxes]
    (tmp_path / "panels" / "zou_panels_train.csv").write_text("".join(lines))
    return tmp_path


def test_the_benchmark_tells_every_group_beside_its_floors(folder, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["panels", str(folder), "--json", "--count", "4"])
    monkeypatch.setattr(sys, "stdout", told := io.StringIO())
    panels.main()
    answer = json.loads(told.getvalue())
    assert answer["boxes"]["bricks"]["real, half A"]["0.75"] == [1.0, 1.0, 1.0]
    assert answer["boxes"]["floor: whole figure"]["real, half A"]["0.75"][0] == 0.0
    assert {"made", "gutter 0 px", "on white"} <= set(answer["boxes"]["bricks"])
    assert answer["letters"]["real"] == {"read": 0.0, "letters": 0, "false": 0}
    assert 0 < answer["speed"]["peak_mb"] < 500


def test_an_inset_is_where_it_is_said_to_be():
    bare = MICROGRAPHS[0].resize((300, 240))
    shown, place = framed_anywhere(bare, random.Random(3))
    changed = np.argwhere((np.asarray(shown) != np.asarray(bare)).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0) + 1
    assert iou((int(left), int(top), int(right), int(bottom)), place) > 0.9


def test_insets_are_counted_beside_what_is_found_where_none_is(folder, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["insets", str(folder), "--json", "--pictures", "12"])
    monkeypatch.setattr(sys, "stdout", told := io.StringIO())
    insets.main()
    answer = json.loads(told.getvalue())
    assert (answer["drawn"], answer["real figures"], answer["real panels"]) == (12, 1, 2)
    assert 0 < answer["right"] <= 12
    assert answer["false without one"] == 0


def test_speed_is_told_by_step_for_real_and_made_figures(folder, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["panel_speed", str(folder), "--json", "--figures", "2"])
    monkeypatch.setattr(sys, "stdout", told := io.StringIO())
    panel_speed.main()
    answer = json.loads(told.getvalue())
    assert answer["figures"] == 2
    assert 0 < answer["boxes and letters, ms"] < answer["slowest whole, ms"]
    assert 20 < answer["peak, MB"] < 500
