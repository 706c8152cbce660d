"""Evaluate VQA: scores by hand in each layout, what is asked, what is counted apart; nothing is asked twice."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import question_files as made
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captioning.asked import Picture
from captioning.evaluate_vqa import Endpoints, evaluate, limited, open_questions, served_judge
from captioning.vqa_asking import Manner
from captioning.vqa_items import shown_order
from captioning.vqa_layouts import questions_of
from captioning.vqa_pictures import as_one
from captioning.vqa_sets import Rows
from captioning.vqa_tables import markdown_table, terminal_table
from schemas.errors import ModelServerError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = Manner(shuffled=False)


@pytest.fixture
def judge_of(asker, tmp_path):
    """Returns a function that evaluates a folder with the local server."""

    def judged(folder, manner=PLAIN, *, limit=None, blind=False, out=None, **more):
        place = out or tmp_path / "out"
        servers = Endpoints([server.url for server in asker.servers], "tiny", **more.pop("servers", {}))
        found = limited(open_questions(str(folder), **more), limit, manner.seed)
        judge = served_judge(servers, manner, place / "answers.sqlite", {"TOKEN": "sk-very-secret"})
        return evaluate(found, judge, manner, place, blind=blind)

    judged.server = asker.server
    judged.out = tmp_path / "out"
    return judged


def number_in(words):
    return int(re.search(r"number (\d+)", words)[1])


def option(words, text):
    """Return the letter under which the words show an option."""
    return re.search(rf"^([A-Z])\) {re.escape(text)}$", words, re.MULTILINE)[1]


def test_scores_of_our_own_layout_are_those_by_hand(judge_of, tmp_path):
    rows = [made.ours(at, right=at % 4) for at in range(8)]
    rows += [made.ours(8 + at, right=1, task="modality") for at in range(4)]
    said = {
        0: "A",
        1: "(B)",
        2: "C) PAS",
        3: "D",
        4: "B",
        5: "pink",
        6: "",
        7: "C or D",
        8: "B",
        9: "B",
        10: "A",
        11: "Z",
    }
    judge_of.server.rules.says = lambda words: said[number_in(words)]
    results = judge_of(made.write(tmp_path / "set", rows))
    tasks = {one.task: one for one in results.tasks}
    assert (tasks["stain"].items, tasks["stain"].score, tasks["stain"].unparsable) == (8, 4 / 8, 3)
    assert (tasks["modality"].items, tasks["modality"].score, tasks["modality"].unparsable) == (4, 2 / 4, 1)
    assert results.macro.score == 0.5
    assert results.micro.score == 0.5
    assert results.unparsable == {"empty": 1, "no_option": 1, "no_such_option": 1, "several": 1}
    floors = {
        "random": 0.25,
        "constant": 1.0,
        "constant_in_file": 1.0,
        "longest": 0.0,
        "shortest": 0.5,
        "majority": 1.0,
    }
    assert tasks["modality"].floors == floors
    assert tasks["stain"].floors["longest"] == 2 / 8
    assert tasks["stain"].floors["constant"] == 2 / 8
    assert (results.grit, results.layout, results.index_base) == (None, "bricks", 0)
    assert 0 <= results.macro.ci[0] <= 0.5 <= results.macro.ci[1] <= 1


def test_scores_of_micro_bench_are_those_by_hand(judge_of, tmp_path):
    rows = [made.ubench(at, {"modality": 0, "stain": at % 4}) for at in range(4)]
    judge_of.server.rules.says = lambda _: "A"
    results = judge_of(made.write(tmp_path / "set", rows, view=""))
    assert {one.task: one.score for one in results.tasks} == {"modality": 1.0, "stain": 0.25}
    assert (results.layout, results.macro.score, results.items, results.pictures) == ("ubench", 0.625, 8, 4)


@pytest.mark.parametrize(("base", "text"), [(0, False), (1, False), (0, True), (1, True)])
def test_scores_of_microvqa_are_those_by_hand_whatever_its_indices_count_from(judge_of, tmp_path, base, text):
    places = [0, 1, 3, 1]
    names = ["one", "two", "three", "a much longer choice than all"]
    rows = [made.microvqa(at, place + base, text=names[place] if text else None) for at, place in enumerate(places)]
    judge_of.server.rules.says = lambda words: option(words, "two")
    results = judge_of(made.write(tmp_path / "set", rows, view="", split="train"), Manner())
    assert {one.task: one.score for one in results.tasks} == {"hypothesis_gen": 1.0, "perception": 0.0}
    assert (results.layout, results.index_base, results.items) == ("microvqa", base, 4)
    assert results.index_base_known_by == ("answer texts" if text else "range")
    assert {one.task: one.floors["longest"] for one in results.tasks} == {"hypothesis_gen": 0.0, "perception": 0.5}


def test_places_are_scored_in_px_of_the_file_whatever_is_sent(judge_of, tmp_path):
    true = [[0, 0, 100, 100], [200, 0, 300, 100]]
    rows = [made.places(0, true, (400, 200)), made.places(1, true, (400, 200)), made.places(2, true, (400, 200))]
    said = {0: "[[0, 0, 25, 25], [50, 0, 75, 25]]", 1: "[[0, 0, 25, 25]]", 2: "two nuclei"}
    judge_of.server.rules.says = lambda words: said[number_in(words)]
    results = judge_of(made.write(tmp_path / "set", rows), Manner(image_side_px=100, frame="sent"))
    words = judge_of.server.asked()[0]["messages"][0]["content"][1]["text"]
    assert "px of the picture as you see it, 100 x 50 px" in words
    assert results.grit.score == pytest.approx((1.0 + 0.5 + 0.0) / 3, abs=1e-6)
    assert results.tasks[0].floors == {"whole_picture": pytest.approx(100 * 100 / (400 * 200) / 2, abs=1e-6)}
    assert (results.macro, results.unparsable) == (None, {"no_places": 1})
    page = (judge_of.out / "index.html").read_text()
    assert page.count('<rect class="true"') == 2 * 3
    assert page.count('<rect class="found"') == 3


@pytest.mark.parametrize(
    ("frame", "said"),
    [("original", "[200, 0, 300, 100]"), ("thousand", "[500, 0, 750, 500]"), ("unit", "[0.5, 0, 0.75, 0.5]")],
)
def test_other_frames_are_asked_for_and_turned_back(judge_of, tmp_path, frame, said):
    judge_of.server.rules.says = lambda _: said
    folder = made.write(tmp_path / "set", [made.places(0, [[200, 0, 300, 100]], (400, 200))])
    assert judge_of(folder, Manner(frame=frame, image_side_px=100)).grit.score == 1.0


def test_a_question_is_put_as_micro_bench_puts_it(judge_of, tmp_path):
    judge_of(made.write(tmp_path / "set", [made.ours(3)]))
    (body,) = judge_of.server.asked()
    (turn,) = body["messages"]
    assert [part["type"] for part in turn["content"]] == ["image_url", "text"]
    assert turn["content"][1]["text"] == (
        "Answer with a single letter, no extra details.\nQuestion:Which stain is this, of number 3?\n"
        "A) DAPI\nB) H&E\nC) PAS\nD) none of the above"
    )
    assert (body["temperature"], body["max_tokens"], "response_format" in body) == (0, 64, False)


def test_options_are_shuffled_by_seed_and_id_and_none_of_the_above_stays_last(judge_of, tmp_path):
    folder = made.write(tmp_path / "set", [made.ours(at) for at in range(40)])
    judge_of.server.rules.says = lambda words: option(words, "DAPI")
    results = judge_of(folder, Manner())
    assert results.macro.score == 1.0
    asked = [body["messages"][0]["content"][1]["text"] for body in judge_of.server.asked()]
    assert all(words.endswith("D) none of the above") for words in asked)
    letters = [option(words, "DAPI") for words in asked]
    assert all(letters.count(one) >= 6 for one in "ABC")
    assert results.tasks[0].floors["constant"] < 0.6
    assert results.tasks[0].floors["constant_in_file"] == 1.0
    judge_of(folder, Manner())
    assert len(judge_of.server.asked()) == 40
    assert judge_of(folder, Manner(seed=5)).macro.score == 1.0
    assert len(judge_of.server.asked()) > 40


def test_a_limit_is_a_part_of_a_larger_one(tmp_path):
    found = open_questions(str(made.write(tmp_path / "set", [made.ours(at) for at in range(50)])))
    small, large = ({one.id for one in limited(found, limit, 17).items} for limit in (10, 20))
    assert len(small) == 10
    assert small < large
    assert small != {one.id for one in found.items[:10]}


def test_several_pictures_are_asked_about_side_by_side(judge_of, tmp_path):
    judge_of.server.rules.says = lambda words: option(words, "one")
    results = judge_of(made.write(tmp_path / "set", [made.microvqa(0, 0, images=2)], view=""))
    (body,) = judge_of.server.asked()
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]
    assert results.macro.score == 1.0


def test_the_same_command_again_asks_nothing_and_writes_the_same_bytes(judge_of, tmp_path):
    folder = made.write(
        tmp_path / "set", [made.ours(at, at % 4) for at in range(20)] + [made.places(30, [[0, 0, 9, 9]])]
    )
    judge_of.server.rules.says = lambda _: "B"
    first = judge_of(folder, Manner())
    names = ("results.json", "results.md", "answers.jsonl", "index.html", "plot.svg")
    files = {name: (judge_of.out / name).read_bytes() for name in names}
    judge_of.server.stop()
    assert judge_of(folder, Manner()) == first
    assert {name: (judge_of.out / name).read_bytes() for name in names} == files
    assert json.loads(files["results.json"])["items"] == 21
    line = json.loads(files["answers.jsonl"].splitlines()[0])
    assert (line["answer"], line["said"], line["task"]) == ("B", "B", "stain")


KILLED = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from captioning.evaluate_vqa import Endpoints, evaluate, open_questions, served_judge
from captioning.vqa_asking import Manner
out = Path({out!r})
judge = served_judge(Endpoints([{url!r}], "tiny"), Manner(), out / "answers.sqlite", {{}})
evaluate(open_questions({folder!r}), judge, Manner(), out)
"""


def test_a_kill_in_the_middle_costs_no_answer(judge_of, tmp_path):
    folder = made.write(tmp_path / "set", [made.ours(at) for at in range(80)])
    judge_of.server.rules.says, judge_of.server.rules.latency_s = lambda _: "A", 0.2
    program = KILLED.format(paths=[str(ROOT)], out=str(judge_of.out), url=judge_of.server.url, folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        while judge_of.server.answered < 20:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    time.sleep(0.4)
    assert not (judge_of.out / "results.json").exists()
    answered, asked = judge_of.server.answered, len(judge_of.server.asked())
    assert answered < 80
    judge_of.server.rules.latency_s = 0.0
    assert judge_of(folder, Manner()).items == 80
    again = len(judge_of.server.asked()) - asked
    assert 80 - answered <= again <= 80 - 20 + 32  # what was under way at the kill may be lost


def test_what_a_server_or_a_picture_prevents_is_counted_apart_and_asked_again(judge_of, tmp_path):
    rows = [
        made.ours(0),
        made.ours(1),
        made.ours(2, image={"bytes": b"no picture", "path": None}),
        made.places(3, [[0, 0, 1, 1]], image=None),
        made.ours(4, image=None),
    ]
    judge_of.server.rules.says = lambda _: "A"
    judge_of.server.fault(within="number 1?", status=400, message="too long")
    folder = made.write(tmp_path / "set", rows)
    results = judge_of(folder)
    assert results.unanswered == {"image_missing": 2, "not_an_image": 1, "request_rejected": 1}
    assert {one.task: (one.score, one.unanswered) for one in results.tasks} == {
        "localization": (0.0, 1),
        "stain": (0.25, 3),
    }
    assert judge_of(folder).unanswered == {"image_missing": 2, "not_an_image": 1}


def test_refusals_and_cut_answers_are_unparsable_not_asked_again(judge_of, tmp_path):
    judge_of.server.fault(within="number 0?", refusal="I won't")
    judge_of.server.fault(within="number 1?", text="The picture shows", finish_reason="length")
    judge_of.server.fault(within="number 2?", text="B", finish_reason="length")
    judge_of.server.rules.says = lambda _: "I'm sorry, I can't."
    folder = made.write(tmp_path / "set", [made.ours(at, 1) for at in range(4)])
    results = judge_of(folder)
    assert results.unparsable == {"cut": 1, "refused": 2}
    assert results.macro.score == 0.25
    judge_of(folder)
    assert len(judge_of.server.asked()) == 4


@pytest.mark.parametrize(
    ("said", "worth"), [("A) PAS", 0), ("Let us see. A) PAS", 0), ("B\n\nThe nuclei are", 1), ("B\n\nor rather (A)", 0)]
)
def test_a_cut_answer_is_read_only_where_its_first_line_is_the_option_alone(judge_of, tmp_path, said, worth):
    judge_of.server.fault(text=said, finish_reason="length")
    results = judge_of(made.write(tmp_path / "set", [made.ours(0, 1)]))
    assert (results.macro.score, results.unparsable) == (worth, {} if worth else {"cut": 1})


def test_a_blind_floor_tells_what_of_it_cannot_be_read_and_needs_no_picture(judge_of, tmp_path):
    judge_of.server.rules.says = lambda words: "I'm sorry, I see no image." if "no picture" in words else "B"
    rows = [made.ours(0, 1), {**made.ours(1, 1), "image": {"bytes": b"no picture", "path": None}}]
    results = judge_of(made.write(tmp_path / "set", rows), blind=True)
    assert (results.blind_unparsable, results.unanswered) == ({"refused": 2}, {"not_an_image": 1})
    assert "unparsable without the picture, and wrong in the floor: refused 2" in terminal_table(results)


def test_half_a_character_in_an_answer_is_no_end(judge_of, tmp_path):
    judge_of.server.rules.says = lambda words: "B \ud83d" if "number 0?" in words else "B"
    folder = made.write(tmp_path / "set", [made.ours(at, 1) for at in range(3)])
    results = judge_of(folder)
    assert (results.macro.score, results.unparsable) == (0.666667, {"no_option": 1})
    assert judge_of(folder) == results
    assert '"said": "B \ufffd"' in (judge_of.out / "answers.jsonl").read_text()


def test_half_a_character_in_a_row_costs_that_row_before_anything_is_asked(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    rows = [made.ours(0), made.ours(1, question="x \ud800"), made.ours(2, task="t\ud800"), made.ours(3, id="\udfff")]
    rows += [made.ours(4, options=["DAPI", "x\udfff"])]
    lines = "".join(json.dumps({**row, "image": None}) + "\n" for row in rows)
    (tmp_path / "set.jsonl").write_text(lines)
    found = open_questions(str(tmp_path / "set.jsonl"))
    assert (len(found.items), found.left_out) == (1, {"half_a_character": 4})


def test_a_blind_model_is_a_floor_beside_the_seeing_one(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    folder = made.write(tmp_path / "set", [made.ours(at, at % 2) for at in range(6)] + [made.places(9, [[0, 0, 9, 9]])])
    results = judge_of(folder, blind=True)
    assert results.macro.floors["blind"] == 0.5
    kinds = [[part["type"] for part in body["messages"][0]["content"]] for body in judge_of.server.asked()]
    assert sorted(map(len, kinds)) == [1] * 6 + [2] * 7


def test_sets_lie_in_many_forms(judge_of, tmp_path):
    from datasets import Dataset, DatasetDict

    judge_of.server.rules.says = lambda _: "A"
    rows = [made.ours(at, at % 2) for at in range(4)]
    saved = Dataset.from_list([{**row, "split": "test"} for row in rows])
    saved.save_to_disk(str(tmp_path / "saved"))
    DatasetDict({"train": saved.select([0]), "test": saved}).save_to_disk(str(tmp_path / "both"))
    for row in rows:
        (tmp_path / f"{row['id']}.png").write_bytes(row["image"]["bytes"])
    lines = "".join(json.dumps({**row, "image": f"{row['id']}.png"}) + "\n" for row in rows)
    (tmp_path / "lines.jsonl").write_text(lines)
    (tmp_path / "table.csv").write_text(
        "question,choices,correct_index,task_str\n"
        + "\n".join(f"\"of number {at}?\",\"['x', 'y, z']\",{at % 2},t" for at in range(4))
    )
    parquet = made.write(tmp_path / "set", rows) / "questions" / "test-00000-of-00001.parquet"
    for place in ("saved", "both", "lines.jsonl", "table.csv", str(parquet)):
        results = judge_of(tmp_path / place, out=tmp_path / "outs" / Path(place).name)
        assert (results.items, results.macro.score) == (4, 0.5), place
        assert results.with_pictures == (place != "table.csv")
    pictures = [len(body["messages"][0]["content"]) for body in judge_of.server.asked()]
    assert pictures == [2] * 12 + [1] * 4 + [2] * 4


def test_the_split_is_test_or_the_only_one_or_asked_for(tmp_path):
    folder = made.write(tmp_path / "set", [made.ours(0)], split="train")
    assert len(open_questions(str(folder)).items) == 1
    made.write(folder, [made.ours(1), made.ours(2)], split="validation")
    with pytest.raises(UsageError, match=r"several splits.*--split: train, validation"):
        open_questions(str(folder))
    assert len(open_questions(str(folder), split="validation").items) == 2
    made.write(folder, [made.ours(3)] * 3, split="test")
    made.write(folder, [made.ours(4)], view="questions-noncommercial")
    assert len(open_questions(str(folder)).items) == 4
    with pytest.raises(UsageError, match="no split 'dev'"):
        open_questions(str(folder), split="dev")
    with pytest.raises(UsageError, match="no view 'panels'"):
        open_questions(str(folder), view="panels")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"text": "x"}], "none of the columns that are known"),
        ([made.microvqa(0, 1), made.microvqa(1, 2)], "may count from 0 or from 1"),
        ([made.ours(0, answer_index=9, answer=None)], "no question that can be judged .answer_is_no_option 1"),
        ([made.ours(0, answer="PAS")], "contradict each other"),
        (
            [made.ours(0, options=[], boxes=[], answer_index=None)],
            "no question that can be judged .no_options_no_places 1",
        ),
    ],
)
def test_a_set_that_cannot_be_judged_is_refused_with_the_reason(tmp_path, rows, words):
    with pytest.raises(UsageError, match=words):
        open_questions(str(made.write(tmp_path / "set", rows, view="")))


def test_places_where_nothing_lies_are_told(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="there is nothing"):
        open_questions(str(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no questions"):
        open_questions(str(tmp_path / "empty"))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match="can't be read"):
        open_questions(str(tmp_path / "bad.parquet"))


def test_what_cannot_be_judged_beside_the_rest_is_left_out_and_counted(tmp_path):
    rows = [made.ours(0), made.ours(1, options=["one"], answer_index=0, answer="one"), made.ours(2, question=" ")]
    found = open_questions(str(made.write(tmp_path / "set", rows)))
    assert (len(found.items), found.left_out) == (1, {"no_question": 1, "one_option": 1})


def test_a_row_whose_answer_cannot_be_right_costs_only_itself_and_is_named(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    rows = [made.ours(0), made.ours(1, answer_index=9, answer=None), made.ours(2, answer="PAS")]
    rows += [made.ours(3, options=["x", "x", "y"], answer="y"), made.ours(4, options=["x", " "], answer="x")]
    rows += [made.ours(5, options=["a\nB) b", "c"], answer="a\nB) b", answer_index=None)]
    folder = made.write(tmp_path / "set", rows)
    results = judge_of(folder)
    gone = {"answer_is_no_option": 1, "blank_option": 1, "index_and_text_differ": 1, "same_options": 1}
    assert (results.items, results.left_out, results.left_out_rows["index_and_text_differ"]) == (2, gone, (2,))
    assert "answer_is_no_option 1 (row 1)" in terminal_table(results)
    asked = [one["messages"][0]["content"][1]["text"] for one in judge_of.server.asked()]
    assert any("A) a B) b\nB) c" in words for words in asked)


@pytest.mark.parametrize("answer", [{"correct_answer": "B"}, {"correct_index": "B"}, {"correct_index": "b)"}])
def test_answers_may_be_letters(judge_of, tmp_path, answer):
    judge_of.server.rules.says = lambda _: "B"
    rows = [{**made.microvqa(at, 0), "correct_index": None, **answer} for at in range(3)]
    results = judge_of(made.write(tmp_path / "set", rows, view=""))
    assert (results.items, results.macro.score) == (3, 1.0)


def test_pictures_are_plain_files_of_the_sets_own_folder(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "in.png").write_bytes(made.png(1))
    (tmp_path / "out.png").write_bytes(made.png(2))
    (folder / "link.png").symlink_to(tmp_path / "out.png")
    (folder / "in link.png").symlink_to(folder / "in.png")
    os.mkfifo(folder / "pipe.png")
    shown = ["in.png", "in link.png", str(folder / "in.png"), str(tmp_path / "out.png"), "../out.png", "link.png"]
    shown += ["/dev/zero", "pipe.png", "a\0b.png", "none.png", "."]
    rows = [{**made.ours(at), "image": path} for at, path in enumerate(shown)]
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    results = judge_of(folder)
    assert results.unanswered == {"image_missing": 4, "image_outside": 4}
    assert len(judge_of.server.asked()) == 3


def test_lines_end_where_files_end_them_and_nowhere_else(tmp_path):
    words = "one\u2028two\x85three\x0bfour"
    row = {**made.ours(0), "image": None, "question": words}
    (tmp_path / "set.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\r\n\r\n", newline="")
    (tmp_path / "set.csv").write_text(
        f'question,choices,correct_index\r\n"{words}\nfive","[""x"", ""y""]",0\r\n', newline=""
    )
    assert open_questions(str(tmp_path / "set.jsonl")).items[0].question == words
    assert open_questions(str(tmp_path / "set.csv")).items[0].question == f"{words}\nfive"


def test_several_large_pictures_are_made_small_one_after_the_other(tmp_path):
    sizes = [(3000, 1500), (100, 40)]
    sheet = as_one([Picture(made.png(at, size)) for at, size in enumerate(sizes)], 300)
    with Image.open(io.BytesIO(sheet.blob)) as shown:
        assert shown.size == (300 + 16 + 100, 150)


def test_strangers_words_are_escaped_on_the_page_and_in_the_plot(judge_of, tmp_path):
    evil = "<script>alert(1)</script>"
    judge_of.server.rules.says = lambda _: f"B) {evil}"
    row = made.ours(0, question=evil, task=evil, options=[evil, "x|y"], answer=evil, captions=[])
    results = judge_of(made.write(tmp_path / "set", [row]))
    for name in ("index.html", "plot.svg"):
        text = (judge_of.out / name).read_text()
        assert "<script" not in text
        assert "&lt;script&gt;" in text
    assert "http" not in (judge_of.out / "index.html").read_text().replace("http://www.w3.org/2000/svg", "").replace(
        "http-equiv", ""
    )
    assert "unparsable" in terminal_table(results)
    assert markdown_table(results).count("\n| ") == 5
    told = markdown_table(results.model_copy(update={"model": "[x](javascript:a)|*y*", "data": "a_b<img>\n# c"}))
    assert told.startswith("# \\[x\\](javascript:a)\\|\\*y\\* on a_b&lt;img&gt; # c\n")
    assert "<script" not in told


def test_a_picture_is_shown_with_its_answer(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    judge_of(made.write(tmp_path / "set", [made.ours(at, at % 2) for at in range(4)]))
    page = (judge_of.out / "index.html").read_text()
    assert page.count('<img src="data:image/jpeg;base64,') == 4
    assert 'class="is-right' in page


def test_the_key_comes_from_the_environment_and_is_written_nowhere(judge_of, tmp_path):
    judge_of.server.rules.key = "sk-very-secret"
    judge_of.server.rules.says = lambda _: "A"
    folder = made.write(tmp_path / "set", [made.ours(0)])
    assert judge_of(folder, servers={"key_variable": "TOKEN"}).macro.score == 1.0
    assert [path for path in judge_of.out.iterdir() if b"sk-very-secret" in path.read_bytes()] == []
    with pytest.raises(UsageError, match="the variable OTHER isn't set"):
        judge_of(folder, servers={"key_variable": "OTHER"})
    with pytest.raises(ModelServerError):
        judge_of(folder, out=tmp_path / "more", servers={})


def test_servers_that_cannot_be_are_told(judge_of, tmp_path):
    folder = made.write(tmp_path / "set", [made.ours(0)])
    found = open_questions(str(folder))
    with pytest.raises(UsageError, match="--endpoint"):
        served_judge(Endpoints(["nowhere"], "m"), PLAIN, tmp_path / "a", {})
    with pytest.raises(UsageError, match="--model"):
        served_judge(Endpoints(["http://127.0.0.1:1/v1"], None), PLAIN, tmp_path / "a", {})
    assert len(found.items) == 1


def test_several_servers_share_the_work(two, tmp_path):
    for server in two.servers:
        server.rules.says, server.rules.latency_s = (lambda _: "A"), 0.01
    folder = made.write(tmp_path / "set", [made.ours(at) for at in range(60)])
    judge = served_judge(Endpoints([one.url for one in two.servers], "tiny"), PLAIN, tmp_path / "a.sqlite", {})
    assert evaluate(open_questions(str(folder)), judge, PLAIN, tmp_path / "out").macro.score == 1.0
    assert min(len(one.asked()) for one in two.servers) >= 20


def test_a_picture_is_sent_once_made_small(judge_of, tmp_path):
    judge_of.server.rules.says = lambda _: "A"
    row = made.ours(0, image=made.cell(0, (300, 100)))
    judge_of(made.write(tmp_path / "set", [row]), Manner(shuffled=False, image_side_px=64))
    import base64
    import io

    url = judge_of.server.asked()[0]["messages"][0]["content"][0]["image_url"]["url"]
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as sent:
        assert sent.size == (64, 21)


def test_options_that_name_others_by_letter_keep_their_order(tmp_path):
    rows = [
        made.ours(at, options=["actin", "tubulin", both, "none of the above"], answer=both, answer_index=2)
        for at, both in enumerate(["both A and B", "A, B", "neither (A) nor (B)", "B or A"] * 5)
    ]
    plain = [
        made.ours(at, options=["actin", "A band", "vitamin A", "X"], answer="X", answer_index=3) for at in range(20)
    ]
    for some, kept in ((rows, True), (plain, False)):
        found = open_questions(str(made.write(tmp_path / str(kept), some)))
        assert all(shown_order(item, 17) == [0, 1, 2, 3] for item in found.items) == kept


def test_a_question_says_that_it_is_one_only_once(judge_of, tmp_path):
    row = made.microvqa(0, 0, question="Question:\nWhat is shown?")
    judge_of(made.write(tmp_path / "set", [row], view=""))
    words = judge_of.server.asked()[0]["messages"][0]["content"][1]["text"]
    assert words.splitlines()[1] == "Question:What is shown?"


HUB = """
import os, sys
sys.path.insert(0, {root!r})
from captioning.evaluate_vqa import open_questions
found = open_questions({name!r})
print(len(found.items), sum(len(shown) for _, shown in found.pictures({{0, 2}})))
"""


def asked_of_the_hub(name, url, folder):
    program = HUB.format(root=str(ROOT), name=name)
    around = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run([sys.executable, "-c", program], env=around, capture_output=True, text=True, check=False)


def test_a_set_of_the_hub_is_read_by_its_name(tmp_path, server_module):
    rows = [made.ours(at, at % 4) for at in range(5)]
    file = made.write(tmp_path / "set", rows) / "questions" / "test-00000-of-00001.parquet"
    card = b"---\nconfigs:\n- config_name: panels\n  data_files: panels/*\n- config_name: questions\n  data_files:\n"
    card += b"  - split: test\n    path: questions/test-*\n---\n"
    names = [f"{view}/test-00000-of-00001.parquet" for view in ("panels", "questions")]
    files = {**dict.fromkeys(names, file.read_bytes()), "README.md": card}
    with server_module("hub_server").running("org/bench", "main", files) as server:
        told = asked_of_the_hub("org/bench", server.url, tmp_path)
        assert told.stdout == "5 2\n", told.stderr
        missing = asked_of_the_hub("org/none", server.url, tmp_path)
        assert "the Hub doesn't give it" in missing.stderr


@pytest.mark.parametrize("layout", ["ubench", "microvqa"])
def test_pictures_as_datasets_keeps_them_are_read(judge_of, tmp_path, layout):
    from datasets import Dataset, Image, List

    if layout == "ubench":
        column, kind = "image", Image()
        rows = [made.ubench(at, {"modality": 0, "stain": 1}) for at in range(3)]
    else:
        column, kind = "images_list", List(Image())
        rows = [made.microvqa(at, at, images=at + 1) for at in range(3)]
    told = Dataset.from_list(rows).cast_column(column, kind)
    told.save_to_disk(str(tmp_path / "saved"))
    told.to_parquet(str(tmp_path / "table.parquet"))
    judge_of.server.rules.says = lambda _: "A"
    first = judge_of(tmp_path / "saved")
    again = judge_of(tmp_path / "table.parquet")
    assert (first.layout, first.unanswered, first.with_pictures) == (layout, {}, True)
    assert again.tasks == first.tasks
    assert len(judge_of.server.asked()) == first.items  # the same pictures by another road are the same questions


def coded(mask):
    """Return a mask as COCO writes it: an independent encoder."""
    from pycocotools import mask as coco

    told = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(told["size"]), "counts": told["counts"].decode()}


def test_places_of_every_kind_that_bricks_asks_for_are_scored(judge_of, tmp_path):
    whole, half = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    whole[10:20, 10:30] = half[10:20, 10:20] = True
    words = "{} of all nuclei of number {} as a JSON list in pixels of the image, which is 60 px wide and 40 px high."
    rows = [
        made.places(0, [[0, 0, 10, 10]], tags=["box"], question=words.format("Give the boxes", 0)),
        made.places(
            1, [[0, 0, 10, 10], [20, 0, 30, 9]], tags=["centroid"], question=words.format("Give the centres", 1)
        ),
        made.places(2, [[10, 10, 30, 20]], tags=["instance_mask"], question=words.format("Give the pixels", 2)),
        made.places(3, [[10, 10, 30, 20]], tags=["semantic_mask"], question=words.format("Give the pixels", 3)),
        made.ours(4, 1, boxes=[[0, 0, 9, 9]], tags=["which_box"], task="localization"),
    ]
    for row, told in ((rows[1], [[4.5, 4.5], [24.5, 4]]), (rows[2], [coded(whole)]), (rows[3], [coded(whole)])):
        row["answer"] = json.dumps(told)
    said = {
        0: "[[0, 0, 10, 10]]",
        1: "[[5, 5], [50, 30], [24, 9]]",
        2: json.dumps([coded(half)]),
        3: "a round mask",
        4: "B",
    }
    judge_of.server.rules.says = lambda words: said[number_in(words)]
    results = judge_of(made.write(tmp_path / "set", rows))
    told = {(one.task, one.metric): (one.score, one.items) for one in results.tasks}
    assert told == {
        ("localization", "accuracy"): (1.0, 1),
        ("localization", "grit"): (1.0, 1),
        ("localization", "points"): (0.25, 1),  # one of two is hit, three were named: 1 / (3 + 1)
        ("localization", "masks"): (0.25, 2),  # 0.5 and nothing
    }
    assert results.unparsable == {"no_places": 1}
    asked = {body["messages"][0]["content"][1]["text"] for body in judge_of.server.asked()}
    assert words.format("Give the boxes", 0) + "\nAnswer with JSON alone, no extra details." in asked
    assert {one.metric: one.floors.get("whole_picture") for one in results.tasks}["masks"] == pytest.approx(
        200 / 2400, abs=1e-6
    )
    assert '<circle class="found"' in (judge_of.out / "index.html").read_text()


WORDS = st.sampled_from(["a", "b", "c", "", " "])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=6) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
LIKELY = {
    "question": WORDS | ANYTHING,
    "options": st.lists(WORDS, max_size=4) | ANYTHING,
    "choices": st.lists(WORDS, max_size=4) | ANYTHING,
    "answer": WORDS | ANYTHING,
    "boxes": st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), max_size=2) | ANYTHING,
    "tags": st.lists(st.sampled_from(["centroid", "box"]), max_size=1) | ANYTHING,
    **dict.fromkeys(("answer_index", "correct_index", "answer_idx"), st.integers(-1, 4) | ANYTHING),
}


def table_of(*names):
    return st.lists(st.fixed_dictionaries({name: LIKELY[name] for name in names}), min_size=1, max_size=4)


ASKED = st.fixed_dictionaries({name: LIKELY[name] for name in ("question", "options", "answer", "answer_idx")})
TABLES = st.one_of(
    table_of("question", "options", "answer_index", "answer", "boxes", "tags"),
    table_of("question", "choices", "correct_index", "answer"),
    st.lists(st.fixed_dictionaries({"questions": st.dictionaries(WORDS, ASKED | ANYTHING) | ANYTHING}), min_size=1),
)


@given(TABLES, st.sampled_from([None, 0, 1]))
def test_whatever_a_table_holds_its_questions_can_be_judged_or_it_is_refused(rows, base):
    table = Rows("set", tuple({key for row in rows for key in row}), lambda _, __: iter(enumerate(rows)))
    try:
        found = questions_of(table, index_base=base)
    except UsageError:
        return
    for item in found.items:
        assert item.question.strip()
        assert item.answering != "letter" or 0 <= item.answer_index < len(item.options)
        assert item.answering == "letter" or item.boxes or item.masks


def test_a_row_that_is_not_of_its_layout_costs_only_itself(tmp_path):
    rows = [made.ours(0), made.ours(1, boxes=[[1, 2, 3]]), made.ours(2, options=None, answer_index=None)]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps({**row, "image": None}) + "\n" for row in rows))
    found = open_questions(str(tmp_path / "set.jsonl"))
    assert (len(found.items), found.left_out) == (1, {"no_options_no_places": 1, "row_unreadable": 1})
