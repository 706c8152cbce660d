"""The benchmark of subcaptions: its measures, and the floors that a release must hold."""

import json
from pathlib import Path

import pytest

from benchmarks.subcaptions import SETS, measure, ours, plain, score, token_f1


def figure(name: str, caption: str, **panels: str) -> dict:
    return {"figure": name, "caption": caption, "panels": [{"label": k, "caption": v} for k, v in panels.items()]}


def test_tokens_are_counted_as_often_as_they_stand():
    assert token_f1("red cells", "red cells") == 1
    assert token_f1("red red cells", "red cells") == pytest.approx(0.8)
    assert token_f1("Red, cells.", "red cells") == 1
    assert token_f1("", "red cells") == 0


def test_a_label_that_is_missed_costs_its_words_too():
    figures = [figure("x", "Cells. (A) Red. (B) Green.", a="Cells. Red.", B="Cells. Green.", C="Cells.")]

    told = score(figures, ours)

    assert told["precision"] == 1
    assert told["recall"] == pytest.approx(2 / 3)
    assert told["exact"] == 0
    assert told["token_f1"] == pytest.approx(2 / 3)
    assert told["token_f1_whole_if_missed"] > 2 / 3


def test_a_panel_without_a_label_is_no_label_to_be_found():
    figures = [{"figure": "x", "caption": "Cells.", "panels": [{"label": None, "caption": "Cells."}]}]

    assert score(figures, ours)["exact"] == 1


def test_the_plain_splitter_reads_lists_and_ranges():
    assert plain("Cells. (A-C) Red. (D, E) Green.").keys() == set("ABCDE")
    assert plain("No marker") == {}


def test_both_sets_are_told_whole_and_by_halves(tmp_path: Path):
    (tmp_path / "panels").mkdir()
    for file in SETS.values():
        lines = (json.dumps(figure(f"{n}.jpg", "(A) Red. (B) Green.", A="Red.", B="Green.")) for n in range(6))
        (tmp_path / "panels" / file).write_text("\n".join(lines), encoding="utf-8")

    told = measure(tmp_path)

    for name in SETS:
        halves = [told[name][half]["ours"]["figures"] for half in ("A", "B")]
        assert sum(halves) == told[name]["all"]["ours"]["figures"] == 6
        assert told[name]["all"]["ours"]["f1"] == 1


@pytest.mark.shared
def test_hand_split_captions_are_met(shared_data: Path):
    told = measure(shared_data)

    for name, least in (("zou", 0.80), ("prostate", 0.85)):
        for half in ("all", "A", "B"):
            assert told[name][half]["ours"]["token_f1"] >= least
            assert told[name][half]["ours"]["f1"] >= 0.95
            assert told[name][half]["plain"]["f1"] < told[name][half]["ours"]["f1"]
