"""Kinds are learnt from what may be learnt from, and the arrays that ship say what the trees say."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.kind_scores import Judged, at_recall, confusion, microscopy, reliability
from benchmarks.kinds import words_of
from curation.panel_kinds import KINDS, read_forest, votes
from scripts.kind_material import (
    Example,
    Folders,
    half_of,
    is_reusable,
    kept_material,
    made_panel,
    micrograph_sets,
    real_panels,
)
from scripts.learn_kinds import calibrated, flattened, grow, grown_trees, without, write

CC, NC = "licenses/by/4.0", "licenses/by-nc/4.0"


def article_in(half):
    return next(f"article-{n}" for n in range(99) if half_of(f"article-{n}") == half)


@pytest.fixture
def folder(tmp_path):
    """Two articles in half A, one of which may not be learnt from, one in half B, and a set of micrographs."""
    real = tmp_path / "panels" / "real"
    real.mkdir(parents=True)
    Image.fromarray(np.random.default_rng(2).integers(0, 255, (80, 120, 3), np.uint8)).save(real / "x.jpg")
    panels = [{"kind": "plot", "label": "B", "tiles": None, "box": [0, 0, 60, 80]}]
    caption = "Both. (A) Cells, bar 5 µm. (B) A graph. (C) A blot."
    rows = [("A", CC), ("A", NC), ("B", CC)]
    lines = [
        {"image": "x.jpg", "container": article_in(h), "license": c, "caption": caption, "panels": panels}
        for h, c in rows
    ]
    (tmp_path / "panels" / "real_panels.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    (tmp_path / "seg" / "dots" / "images").mkdir(parents=True)
    Image.new("L", (64, 64), 40).save(tmp_path / "seg" / "dots" / "images" / "1.png")
    return tmp_path


def examples(count=60):
    rng = np.random.default_rng(0)
    kinds = ["microscopy", "plot", "gel"]
    return [
        Example(kinds[n % 3], "made" if n % 2 else f"real:{n % 4}", rng.normal(n % 3 * 3, 1, 8).astype(np.float32))
        for n in range(count)
    ]


def test_only_half_a_and_only_what_may_ship_is_learnt_from(folder):
    learnt = kept_material(Folders(folder), 0.0, None)
    assert {e.origin for e in learnt} == {"seg:dots", f"real:{article_in('A')}"}
    assert sum(e.kind == "plot" for e in learnt) == 3
    assert [p.article for p in real_panels(folder, "B")] == [article_in("B")]


def test_what_is_not_there_is_skipped(tmp_path):
    assert kept_material(Folders(tmp_path), 0.0, None) == []
    assert micrograph_sets(tmp_path) == {}


def test_made_panels_are_the_same_each_time_and_are_kept(tmp_path):
    where = Folders(tmp_path)
    first = kept_material(where, 0.004, tmp_path / "held.npz")
    read, again = kept_material(where, 0.004, tmp_path / "held.npz"), kept_material(where, 0.004, None)
    assert {e.kind for e in first} == set(KINDS)
    for a, b, c in zip(first, read, again, strict=True):
        assert a.kind == b.kind == c.kind
        assert np.array_equal(a.values, b.values)
        assert np.array_equal(a.values, c.values)


def test_a_forest_tells_what_it_was_taught_and_survives_being_written(tmp_path):
    forest = calibrated(grow(examples()), examples())
    write(forest, tmp_path / "kinds.npz")
    read = read_forest(tmp_path / "kinds.npz")
    for example in examples(9):
        chances = votes(read, example.values)
        assert KINDS[int(chances.argmax())] == example.kind
        assert np.array_equal(chances, votes(forest, example.values))
    assert read.sharpness == forest.sharpness


def test_the_arrays_say_what_the_trees_say():
    rng = np.random.default_rng(3)
    hard = [Example(KINDS[n % 9], "made", rng.normal(n % 9 / 3, 1, 30).astype(np.float32)) for n in range(900)]
    trees = grown_trees(hard)
    values = np.stack([example.values for example in hard[:50]])
    flat = flattened([tree.tree_ for tree in trees.estimators_], trees.classes_)
    ours = np.stack([votes(flat, row) for row in values])
    assert np.abs(ours - trees.predict_proba(values)).max() < 0.01


def test_the_same_examples_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(grow(examples()), tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_an_origin_can_be_left_out():
    assert {e.origin for e in without(examples(), "real:0")} == {"made", "real:2"}


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        (CC, True),
        ("publicdomain/zero/1.0", True),
        (NC, False),
        ("licenses/by-nc-nd/4.0", False),
        ("NONE", False),
        ("", False),
    ],
)
def test_weights_are_learnt_from_free_licences_only(licence, may):
    assert is_reusable(licence) is may


def test_an_article_whose_own_text_gives_leave_is_learnt_from():
    assert is_reusable("TEXT:This is an open-access article", "pmc/oa_package_unpacked/PMC1762412")
    assert not is_reusable("TEXT:This is an open-access article", "another")


def test_photographs_are_cut_from_free_pictures_where_there_are_any(tmp_path):
    Image.new("RGB", (200, 160), (10, 200, 30)).save(tmp_path / "photo.some-package.lawn.jpg")
    made = [made_panel(Folders(tmp_path, tmp_path), "photo", n) for n in range(12)]
    assert {origin for origin, _ in made} == {"made", "free:some-package"}
    assert {origin for origin, _ in (made_panel(Folders(tmp_path), "photo", n) for n in range(4))} == {"made"}


def test_the_words_of_a_panel_follow_its_label(folder):
    assert words_of(next(real_panels(folder, "A"))).strip() == "A graph."


def test_precision_is_the_best_at_which_enough_is_found():
    chances, is_one = np.array([0.9, 0.8, 0.7, 0.6, 0.1]), np.array([True, True, False, True, False])
    assert at_recall(chances, is_one, 0.6) == {"precision": 1.0, "recall": pytest.approx(2 / 3), "threshold": 0.8}
    assert at_recall(chances, is_one, 0.9)["precision"] == 0.75


def test_scores_count_what_was_said():
    sure = np.eye(len(KINDS))
    told = [Judged("f1", "microscopy", sure[0]), Judged("f1", "plot", sure[1]), Judged("f2", "gel", sure[1])]
    assert confusion(told) == {"microscopy": {"microscopy": 1}, "plot": {"plot": 1}, "gel": {"plot": 1}}
    assert microscopy(told)["at 0.5"]["precision"] == 1.0
    assert reliability(told) == [{"panels": 3, "stated": 1.0, "observed": 0.67}]
