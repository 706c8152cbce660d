"""The view `conversations`: what a trainer learns from is a text that may be learnt from, asked before the picture."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publishing.conversations import _conversation, _texts


def told(subcaption="Cells.", text="Round cells lie apart.", prompt="detailed-v1", passed=(True, True)):
    checks = [{"check": f"c{at}", "passed": one, "detail": ""} for at, one in enumerate(passed)]
    return {"subcaption": subcaption, "distilled": {"text": text, "prompt": prompt, "checks": checks}}


@pytest.mark.parametrize(
    ("row", "purposes"),
    [
        (told(), ["align", "sft"]),
        (told(prompt="verbatim", text="Cells."), ["align"]),
        (told(passed=(True, False)), ["align"]),
        (told(subcaption=" "), ["sft"]),
        (told(text="", subcaption=""), []),
    ],
)
def test_only_texts_that_are_sound_are_learnt(row, purposes):
    assert [purpose for purpose, _ in _texts(row)] == purposes


@pytest.mark.parametrize(("passed", "purposes"), [(True, ["align", "sft"]), (False, ["align"])])
def test_who_looked_has_the_last_word(passed, purposes):
    row = told(passed=(not passed,))
    row["distilled"]["checks"].append({"check": "review", "passed": passed, "detail": "ana"})
    assert [purpose for purpose, _ in _texts(row)] == purposes


def test_the_question_stands_before_the_one_place_of_the_picture():
    for panel in ("0" * 32, "7" * 32, "f" * 32):
        asked, answered = _conversation(panel, "sft", "An <image> of cells.")
        assert asked["role"] == "user"
        assert asked["content"].endswith(".\n<image>")
        assert answered == {"role": "assistant", "content": "An < image > of cells."}
        assert _conversation(panel, "sft", "x")[0] == asked


def test_the_demo_has_a_conversation_for_each_caption_in_its_panels_split(demo):
    def rows(view):
        files = sorted((demo / "dataset").glob(f"{view}*/*.parquet"))
        return pa.concat_tables([pq.read_table(path) for path in files]).to_pylist()

    panels = {row["id"]: row for row in rows("panels")}
    align = [row for row in rows("conversations") if row["purpose"] == "align"]
    assert {row["id"] for row in align} == {key for key, row in panels.items() if row["subcaption"]}
    for row in align:
        panel = panels[row["id"]]
        assert row["conversation"][1]["content"] == panel["subcaption"]
        assert row["prompt"] == "verbatim"
        same = row.keys() & panel.keys()
        assert {name: row[name] for name in same} == {name: panel[name] for name in same}
