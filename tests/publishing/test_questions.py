"""The view `questions`: a row a question, with its panel's picture and rights, in its panel's split."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.workspace import Workspace
from publishing.question_figures import LEFT_OUT, LIST, figures_of, refuse_guessable
from publishing.question_gates import Finding
from publishing.question_page import PAGE, write_question_page
from schemas.errors import GateError
from schemas.features import arrow_schema
from schemas.published_rows import PublishedQuestion
from schemas.records import make_id


def rows(demo, view):
    files = sorted((demo / "dataset").glob(f"{view}*/*.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in files]).to_pylist()


def test_each_question_stands_with_its_panels_row(demo):
    panels = {row["id"]: row for row in rows(demo, "panels")}
    asked = rows(demo, "questions")
    assert len(asked) > 20
    assert len({row["id"] for row in asked}) == len(asked)
    for row in asked:
        panel = panels[row["panel_id"]]
        same = row.keys() & panel.keys() - {"id"}
        assert {name: row[name] for name in same} == {name: panel[name] for name in same}
        assert (row["held_back"] or row["answer"]) == panel[row["task"]]


def test_its_files_have_the_columns_of_the_schema_and_are_sorted(demo):
    for path in (demo / "dataset").glob("questions*/*.parquet"):
        assert pq.read_schema(path).remove_metadata().equals(arrow_schema(PublishedQuestion))
        ids = pq.read_table(path, columns=["id"])["id"].to_pylist()
        assert ids == sorted(ids)


def test_datasets_loads_it(demo):
    from datasets import load_dataset

    row = load_dataset(str(demo / "dataset"), "questions", split="train")[0]
    assert row["options"][row["answer_index"]] == row["answer"]
    assert row["image"].size == (row["width_px"], row["height_px"])


def test_the_report_links_a_page_that_shows_each_task_and_needs_nothing_else(demo):
    page = (demo / "report" / PAGE).read_text(encoding="utf-8")
    assert f'href="{PAGE}"' in (demo / "report" / "index.html").read_text(encoding="utf-8")
    for row in rows(demo, "questions"):
        assert f"<h2>{row['task'].replace('_', ' ')}</h2>" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert 'class="fires"' not in page


def test_the_card_tells_what_is_asked(demo):
    card = (demo / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "## Questions" in card
    assert "| modality |" in card
    assert "visual-question-answering" in card


def test_a_dataset_without_questions_has_no_page_and_the_old_one_goes(bench):
    bench.article(1)
    (bench.place / "report").mkdir(parents=True)
    (bench.place / "report" / PAGE).write_text("old")
    bench.made()
    assert not (bench.place / "report" / PAGE).exists()
    assert "## Questions" not in bench.dataset()["README.md"].decode()


def guessable(folder, count=60, **more):
    """Write questions whose first option is always right."""
    image = {"bytes": b"", "path": None}
    each = [
        {
            **dict.fromkeys(arrow_schema(PublishedQuestion).names),
            "id": make_id(str(at)), "panel_id": make_id("p", str(at)), "image": image, "task": "stain",
            "question": "Which <b>stain</b>?", "options": [f"{at}a", "b", "c", "d"], "captions": ["A."] * 4,
            "answer_index": 0, "answer": f"{at}a", "origin": "metadata", "boxes": [], "tags": [],
            "image_sha256": f"{at:064x}", "license": "CC0-1.0", "source_id": "<i>s</i>",
            "attribution": "", "split": "train",
            **more,
        }
        for at in range(count)
    ]  # fmt: skip
    (folder / "questions").mkdir(parents=True)
    table = pa.Table.from_pylist(each, schema=arrow_schema(PublishedQuestion))
    pq.write_table(table, folder / "questions" / "train-00000-of-00001.parquet")
    return folder


def test_a_guessable_set_is_refused_and_the_questions_are_named(tmp_path):
    folder, place = guessable(tmp_path / "d"), Workspace(tmp_path)
    with pytest.raises(GateError, match="constant_answer: 100% of 60, 25% in a fair set") as refused:
        refuse_guessable(place, folder, figures_of(folder, 0.0))
    assert refused.value.exit_code == 4
    named = [json.loads(line) for line in (tmp_path / LIST).read_text().splitlines()]
    assert {line["gate"] for line in named} >= {"constant_answer", "answer_position", "longest_option"}
    assert {line["id"] for line in named} == {make_id(str(at)) for at in range(60)}


def test_the_list_goes_when_nothing_is_wrong_any_more(tmp_path):
    (tmp_path / LIST).write_text("{}")
    folder = guessable(tmp_path / "d", count=5)
    refuse_guessable(Workspace(tmp_path), folder, figures_of(folder, 0.0))
    assert not (tmp_path / LIST).exists()


def test_strangers_words_are_escaped_on_the_page(tmp_path):
    folder = guessable(tmp_path / "d", count=3)
    page = write_question_page(Workspace(tmp_path), folder, "<u>name</u>", figures_of(folder, 0.0)).read_text()
    assert "&lt;b&gt;stain" in page
    assert not [mark for mark in ("<b>stain", "<i>s", "<u>name") if mark in page]


def test_a_run_whose_questions_are_guessable_publishes_nothing(bench, monkeypatch):
    bench.article_of("mitochondria", 1)
    bench.manifest(questions={"tasks": ["organelle"]})
    fired = Finding("longest_option", "organelle", 9, 1.0, 0.2, 0.0, fires=True)
    monkeypatch.setattr("publishing.question_figures.findings", lambda *_: [fired])
    said = bench.run()
    assert (said.code, (bench.place / "dataset").exists()) == (4, False)
    assert "questions can be answered without their pictures" in said.err
    assert "longest_option of organelle: 100% of 9" in said.err
    assert "Leave organelle out of questions.tasks" in " ".join(said.err.split())
    monkeypatch.undo()


def test_what_is_always_true_is_asked_about_a_few_pictures_only_and_that_is_told(bench, command):
    for number in range(1, 41):
        bench.article_of("mitochondria", number)
    bench.manifest(questions={"tasks": ["organelle"]})
    shown = bench.made()["rows"]["questions"]
    told = command("questions", bench.place, "--json").json
    same = told["left_out"]["same_answer"]["organelle"]
    gone = sum(tasks["organelle"] for tasks in told["left_out"].values())
    lines = [json.loads(line) for line in (bench.place / LEFT_OUT).read_text().splitlines()]
    assert (len(lines), [line["reason"] for line in lines].count("same_answer")) == (gone, same)
    assert not {line["id"] for line in lines} & {row["id"] for row in rows(bench.place, "questions")}
    made = sum(len(row["questions"]) for row in bench.rows("5-captioned"))
    assert sum(shown.values()) == told["questions"] == made - gone
    assert 4 < told["questions"] < 25
    page = (bench.place / "report" / PAGE).read_text(encoding="utf-8")
    assert f"{same} of organelle (same answer)" in page
    assert f"{same} of organelle" in bench.dataset()["README.md"].decode()


def test_the_page_draws_the_boxes_that_are_asked_for_and_says_whose_picture_it_is(tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 20)).save(tmp_path / "p.png")
    picture = {"bytes": (tmp_path / "p.png").read_bytes(), "path": None}
    box = {"boxes": [(1, 2, 11, 7)], "width_px": 40, "height_px": 20, "image": picture}
    folder = guessable(tmp_path / "d", count=3, **box)
    page = write_question_page(Workspace(tmp_path), folder, "name", figures_of(folder, 0.0)).read_text()
    assert '<svg viewBox="0 0 40 20"' in page
    assert '<rect x="1" y="2" width="10" height="5"/>' in page
    assert 'alt=""' not in page
    assert 'alt="The picture of &lt;i&gt;s' in page


def test_a_place_is_told_by_its_letter(tmp_path):
    folder = guessable(tmp_path / "d")
    page = write_question_page(Workspace(tmp_path), folder, "name", figures_of(folder, 0.0)).read_text()
    assert "constant answer (A)" in page
    assert "place 0" not in page
