"""Reviewers' decisions in a run: each is carried out by its stage alone, again on every rebuild, and can be undone."""

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from compound_articles import BOXES, CAPTION, compound_article
from drawn_cells import cells

from pipeline.decisions import Decision, append, content_hash
from pipeline.seen import (
    seen_of_annotations,
    seen_of_boxes,
    seen_of_conflicts,
    seen_of_kind,
    seen_of_license,
    seen_of_pair,
    seen_of_question,
    seen_of_spans,
    seen_of_text,
)
from schemas.panel_records import Conflict
from schemas.questions import Question

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STAGES = ("2-panels", "3-groups", "4-curated", "5-captioned")
GROUPS = "3-groups/part-00000.parquet"
NEW_WORDS = "Nuclei lie side by side."


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A folder for the laboratory as it is before anybody decides."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture
def lab(bench, made_once):
    """Three articles in three parts: a compound figure, and two pictures of cells that differ."""
    bench.items_per_part(1)
    if not any(made_once.iterdir()):
        compound_article(bench)
        for number in (2, 3):
            cells(number + 4, (300, 280)).convert("RGB").save(bench.article(number) / f"{number}-g001.jpg", quality=92)
        asking(bench, None)
        shutil.copytree(bench.root, made_once, dirs_exist_ok=True)
        return bench
    shutil.copytree(made_once, bench.root, dirs_exist_ok=True)
    return bench


def asking(bench, case):
    """Run with questions where the case is about one: which of them are asked hangs on the tags of all parts."""
    questions = {"questions": {"tasks": ["stain", "modality"]}} if case == "question" else {}
    bench.manifest(curation={"kinds": {"keep": ["microscopy", "plot"], "threshold": 0.05}}, **questions)
    bench.made()


def decide(bench, *, place=None, **said):
    told = {"who": "ana", "when": NOW, "queue": "q", **said}
    append((place or bench.place) / "decisions.sqlite", [Decision(**told)])


def panel(bench, label):
    (row,) = (row for row in bench.rows("2-panels") if (row["panel_label"] or row["source_id"]) == label)
    return row


def figure_of(bench, row):
    return next(figure for figure in bench.rows("1-figures") if figure["id"] == row["figure_id"])


def boxes(bench, **changes):
    """Return a decision that C and D are one panel, and that a new one lies in B."""
    rows = {label: panel(bench, label) for label in "ABCD"}
    figure, (left, top, *_), (*_, right, bottom) = figure_of(bench, rows["A"]), rows["C"]["box"], rows["D"]["box"]
    after = [{"key": label, "label": label, "box": rows[label]["box"]} for label in "AB"]
    after += [{"key": "C", "label": "C", "box": [left, top, right, bottom]}]
    after += [{"key": None, "label": None, "box": [500, 40, 700, 260]}]
    seen = seen_of_boxes(figure)
    return {"stage": "2-panels", "id": figure["id"], "field": "boxes", "content_hash": seen, "after": after} | changes


def spans(bench):
    row = panel(bench, "B")
    start = CAPTION.index("Merge")
    seen = seen_of_spans(figure_of(bench, row), row["panel_label"], row["box"])
    after = [*row["subcaption_spans"], [start, start + len("Merge")]]
    return {
        "stage": "2-panels", "id": row["id"], "field": "subcaption_spans", "content_hash": seen, "after": after,
    }  # fmt: skip


def column(bench):
    row = panel(bench, "D")
    told = [Conflict(**one) for one in row["conflicts"] if one["field"] == "organism"]
    return {
        "stage": "2-panels", "id": row["id"], "field": "organism", "content_hash": seen_of_conflicts(told),
        "after": "Rattus norvegicus",
    }  # fmt: skip


def annotations(bench):
    row = panel(bench, "D")
    (mouse,) = (one for one in row["annotations"] if one["text"].lower() == "mouse" and one["where"] == "subcaption")
    added = mouse | {"term": "NCBITaxon:10116", "label": "Rattus norvegicus"}
    after = {"added": [added], "removed": [[mouse["term"], mouse["where"], mouse["start"], mouse["end"]]]}
    seen = seen_of_annotations(figure_of(bench, row), row["panel_label"], row["subcaption"])
    return {"stage": "2-panels", "id": row["id"], "field": "annotations", "content_hash": seen, "after": after}


def same(bench, after="copy", labels=("PMC2", "PMC3")):
    one, other = sorted((panel(bench, label) for label in labels), key=lambda row: row["id"])
    seen = seen_of_pair(*((figure_of(bench, row), row["box"]) for row in (one, other)))
    field = f"same:{other['id']}"
    return {"stage": "3-groups", "id": one["id"], "field": field, "content_hash": seen, "after": after}


def kind(bench):
    row = panel(bench, "PMC2")
    seen = seen_of_kind(row["kind"], row["kind_confidence"], row["box"])
    return {"stage": "4-curated", "id": row["id"], "field": "kind", "content_hash": seen, "after": "gel"}


def verdict(bench):
    row = panel(bench, "PMC2")
    seen = seen_of_license(figure_of(bench, row), [])
    said = {"after": "drop", "reason": "a cartoon"}
    return {"stage": "4-curated", "id": row["id"], "field": "verdict", "content_hash": seen, **said}


def captioned(bench, label):
    row = panel(bench, label)
    made = next(made for made in bench.rows("5-captioned") if made["id"] == row["id"])
    return figure_of(bench, row), row, made


def text(bench, after):
    figure, row, made = captioned(bench, "A")
    seen = seen_of_text(figure, row, made["distilled"]["text"], made["distilled"]["prompt"])
    return {"stage": "5-captioned", "id": row["id"], "field": "text", "content_hash": seen, "after": after}


def question(bench, after):
    figure, row, made = captioned(bench, "A")
    asked = Question.model_validate(made["questions"][0])
    seen = seen_of_question(figure, row, asked)
    return {
        "stage": "5-captioned", "id": row["id"], "field": f"question:{asked.id}", "content_hash": seen, "after": after,
    }  # fmt: skip


CASES = {
    "boxes": (boxes, "2-panels"),
    "spans": (spans, "2-panels"),
    "column": (column, "2-panels"),
    "annotations": (annotations, "2-panels"),
    "same": (same, "3-groups"),
    "kind": (kind, "4-curated"),
    "verdict": (verdict, "4-curated"),
    "text": (lambda bench: text(bench, {"text": NEW_WORDS}), "5-captioned"),
    "rejected text": (lambda bench: text(bench, "reject"), "5-captioned"),
    "question": (lambda bench: question(bench, "reject"), "5-captioned"),
}


def bytes_of(bench, place=None):
    """Return the bytes of all parts, and of the dataset but for its lock."""
    place = place or bench.place
    parts = {path.relative_to(place): path.read_bytes() for path in place.glob("[2-5]-*/**/*.parquet")}
    return parts | {path: blob for path, blob in bench.dataset(place).items() if path.endswith(".parquet")}


def anew(bench, name="anew"):
    """Make everything from scratch in another place, with the same decisions, and return its bytes."""
    place = bench.root / name
    place.mkdir()
    shutil.copy(bench.place / "decisions.sqlite", place)
    bench.made(place=place)
    return bytes_of(bench, place)


def number_of_part(bench, record_id):
    """Return the name of the part that holds a figure's or a panel's rows."""
    import pyarrow.parquet as pq

    for path in (bench.place / "2-panels").glob("part-*.parquet"):
        if record_id in str(pq.read_table(path, columns=["id", "figure_id"]).to_pylist()):
            return path.name
    raise AssertionError(record_id)


def explained(bench, command, record_id):
    return [line for line in command("explain", bench.place, record_id, "--json").lines if "decision" in line]


@pytest.mark.parametrize("case", CASES)
def test_a_decision_makes_one_part_anew_and_what_hangs_on_it_the_same_as_from_scratch_and_can_be_undone(
    lab, command, case
):
    if case == "question":
        asking(lab, case)
    make, stage = CASES[case]
    before, parts, said = bytes_of(lab), lab.parts(), make(lab)
    own = number_of_part(lab, said["id"])
    decide(lab, **said)
    lab.made()
    now = lab.parts()
    written = {name for name in now.keys() | parts.keys() if now.get(name) != parts.get(name)}
    kept = {name for name in written if name.count("/") == 1}
    first = GROUPS if stage == "3-groups" else f"{stage}/{own}"
    assert first in kept
    if stage != "3-groups":
        expected = {f"{name}/{own}" for name in STAGES[STAGES.index(stage) :] if name != "3-groups"} | {GROUPS}
        assert kept <= expected
    assert not any(name.startswith(STAGES[: STAGES.index(stage)]) for name in written)
    (line,) = explained(lab, command, said["id"])
    assert (line["state"], line["why"]) == ("in force", "")
    after = bytes_of(lab)
    assert after != before
    assert after == anew(lab)
    lab.made()
    assert lab.parts() == now
    decide(lab, **{**said, "after": None})
    lab.made()
    assert bytes_of(lab) == before
    assert [line["state"] for line in explained(lab, command, said["id"])] == ["withdrawn", "withdrawal"]


def test_decisions_on_what_has_changed_since_are_not_carried_out_and_explain_says_so(lab, command):
    asking(lab, "question")
    before = [lab.rows(stage) for stage in STAGES]
    said = [make(lab) | {"content_hash": content_hash("something else")} for make, _ in CASES.values()]
    for one in said:
        decide(lab, **one)
    lab.made()
    assert [lab.rows(stage) for stage in STAGES] == before
    told = [line for one in said for line in explained(lab, command, one["id"]) if line["state"] != "replaced"]
    assert {(line["state"], line["why"]) for line in told} == {("ignored", "what was seen has changed since")}
    assert {line["decision"]["field"].partition(":")[0] for line in told} == {
        one["field"].partition(":")[0] for one in said
    }


def test_boxes_are_the_panels_and_a_key_keeps_its_id_with_words_that_follow_the_label(lab):
    ids = {label: panel(lab, label)["id"] for label in "ABCD"}
    said = boxes(lab)
    said["after"][0]["label"], said["after"][1]["label"] = "B", "A"  # they were mistaken for each other
    decide(lab, **said)
    lab.made()
    rows = {row["id"]: row for row in lab.rows("2-panels") if row["source_id"] == "PMC1"}
    assert len(rows) == 4
    assert (rows[ids["A"]]["panel_key"], rows[ids["A"]]["panel_label"]) == ("A", "B")
    assert rows[ids["A"]]["subcaption"] == "Cells of a frog. Actin, phalloidin."
    assert rows[ids["B"]]["subcaption"] == "Cells of a frog. Nuclei, DAPI."
    assert (rows[ids["B"]]["stain"], rows[ids["A"]]["stain"]) == ("DAPI", "phalloidin")
    assert rows[ids["C"]]["box"][2:] == said["after"][2]["box"][2:]
    assert ids["D"] not in rows
    (new,) = (row for row in rows.values() if row["panel_label"] is None)
    assert (new["panel_key"], new["subcaption"]) == ("500,40,700,260", "Cells of a frog.")
    assert len(new["phash"]) == 16
    assert len([row for row in lab.published() if row["source_id"] == "PMC1"]) == 4


def test_boxes_as_they_were_found_change_nothing_but_the_doubt(lab):
    rows = {label: panel(lab, label) for label in "ABCD"}
    after = [{"key": row["panel_key"], "label": label, "box": row["box"]} for label, row in rows.items()]
    decide(lab, **boxes(lab, after=after))
    lab.made()
    assert {label: panel(lab, label) for label in "ABCD"} == rows


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ([], "a figure has at least one panel"),
        ([{"key": None, "label": "A", "box": [0, 0, 9000, 20]}], "a box lies outside the picture"),
        ([{"key": None, "label": "A", "box": [30, 0, 20, 20]}], "a box has no area"),
        ([{"key": "A", "label": "A", "box": [0, 0, 50, 50]}] * 2, "two boxes are one panel"),
        ({"boxes": 3}, "what was decided can't be read"),
    ],
)
def test_boxes_that_can_t_be_are_told_and_cost_nothing(lab, command, after, why):
    before = lab.rows("2-panels")
    said = boxes(lab, after=after)
    decide(lab, **said)
    lab.made()
    assert lab.rows("2-panels") == before
    (line,) = explained(lab, command, said["id"])
    assert (line["state"], line["why"]) == ("ignored", why)


def test_no_decision_cuts_what_its_licence_forbids_to_cut(bench, command):
    compound_article(bench, license_href="https://creativecommons.org/licenses/by-nd/4.0/")
    bench.manifest(licenses=["CC-BY-ND-4.0"])
    bench.made()
    (figure,), before = bench.rows("1-figures"), bench.rows("2-panels")
    after = [{"key": None, "label": "A", "box": list(BOXES[0])}]
    decide(bench, stage="2-panels", id=figure["id"], field="boxes", content_hash=seen_of_boxes(figure), after=after)
    bench.made()
    assert bench.rows("2-panels") == before
    (line,) = explained(bench, command, figure["id"])
    assert (line["state"], line["why"]) == ("ignored", "the licence lets no part be cut out: CC-BY-ND-4.0")
    assert "ignored: the licence lets no part be cut out" in command("explain", bench.place, before[0]["id"]).out


def test_words_that_were_given_to_a_panel_are_tagged(lab):
    decide(lab, **spans(lab))
    lab.made()
    row = panel(lab, "B")
    assert row["subcaption"] == "Cells of a frog. Actin, phalloidin. Merge"
    assert row["subcaption_spans"][-1] == [CAPTION.index("Merge"), CAPTION.index("Merge") + 5]


def test_terms_that_are_added_and_taken_away_fill_the_columns(lab):
    decide(lab, **annotations(lab))
    lab.made()
    row = panel(lab, "D")
    assert (row["organism"], row["ncbitaxon_id"]) == ("Rattus norvegicus", "NCBITaxon:10116")


def test_terms_and_a_column_that_were_decided_in_one_view_both_hold(bench, command):
    compound_article(bench, caption=CAPTION.replace("mouse cells", "mouse and rat cells"))
    bench.made()
    row = panel(bench, "D")
    told = [Conflict(**one) for one in row["conflicts"] if one["field"] == "organism"]
    assert told
    mouse = next(one for one in row["annotations"] if one["text"] == "mouse")
    seen = seen_of_annotations(figure_of(bench, row), row["panel_label"], row["subcaption"])
    gone = {"removed": [[mouse["term"], mouse["where"], mouse["start"], mouse["end"]]]}
    both = {"stage": "2-panels", "id": row["id"]}
    decide(bench, **both, field="annotations", content_hash=seen, after=gone)
    decide(bench, **both, field="organism", content_hash=seen_of_conflicts(told), after="Danio rerio")
    bench.made()
    assert (panel(bench, "D")["organism"], panel(bench, "D")["conflicts"]) == ("Danio rerio", [])
    assert {line["state"] for line in explained(bench, command, row["id"])} == {"in force"}


def test_pictures_that_a_reviewer_calls_copies_are_one_cluster_and_one_of_them_stays(lab):
    decide(lab, **same(lab))
    lab.made()
    rows = {row["source_id"]: row for row in lab.rows("3-groups") if row["source_id"] != "PMC1"}
    assert rows["PMC2"]["duplicate_cluster"] == rows["PMC3"]["duplicate_cluster"] is not None
    assert {edge["by"] for row in rows.values() for edge in row["edges"]} == {"review"}
    (gone,) = lab.rows("4-curated", "dropped")
    assert gone["reason"] == "duplicate"
    assert "as a reviewer decided" in gone["detail"]


def test_copies_that_a_reviewer_calls_different_both_stay_in_clusters_of_their_own(lab):
    from PIL import Image

    turned = cells(6, (300, 280)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).convert("RGB")
    turned.save(lab.article(4) / "4-g001.jpg", quality=92)
    lab.made()
    assert [row["reason"] for row in lab.rows("4-curated", "dropped")] == ["duplicate"]
    decide(lab, **same(lab, "different", ("PMC2", "PMC4")))
    lab.made()
    assert lab.rows("4-curated", "dropped") == []
    assert {row["duplicate_cluster"] for row in lab.rows("3-groups")} == {None}


def test_the_same_bytes_can_t_be_called_different(lab, command):
    shutil.copy(lab.inputs / "PMC2" / "2-g001.jpg", lab.article(4) / "4-g001.jpg")
    lab.made()
    said = same(lab, "different", ("PMC2", "PMC4"))
    decide(lab, **said)
    lab.made()
    assert [row["reason"] for row in lab.rows("4-curated", "dropped")] == ["duplicate"]
    (line,) = explained(lab, command, said["id"])
    assert line["why"] == "both are the same bytes, or one picture with a third"


def test_an_edited_text_stands_word_for_word_with_what_the_checks_say_of_it(lab):
    before = captioned(lab, "A")[2]
    decide(lab, **text(lab, {"text": "Nuclei treated with 5 nM rapamycin."}))
    lab.made()
    made = captioned(lab, "A")[2]
    assert made["distilled"]["text"] == "Nuclei treated with 5 nM rapamycin."
    assert made["distilled"]["prompt"] == before["distilled"]["prompt"]
    checks = {check["check"]: check for check in made["distilled"]["checks"]}
    assert (checks["review"]["passed"], checks["review"]["detail"]) == (True, "edited")
    assert not all(check["passed"] for check in checks.values())
    assert [(one["field"], one["verdict"], one["who"]) for one in made["reviewed"]] == [("text", "edited", "ana")]
    assert made["reviewed"][0]["seen"] == seen_of_text(
        *captioned(lab, "A")[:2], before["distilled"]["text"], before["distilled"]["prompt"]
    )


def test_a_rejected_text_gives_way_to_the_captions_own_and_is_kept_for_reviewers(lab):
    before = captioned(lab, "A")[2]["distilled"]["text"]
    decide(lab, **text(lab, "reject") | {"reason": "dull"})
    lab.made()
    _, row, made = captioned(lab, "A")
    assert (made["distilled"]["text"], made["distilled"]["prompt"]) == (row["subcaption"], "verbatim")
    assert made["refused"] == {"reason": "review", "detail": "ana: dull", "text": before}


def test_an_accepted_text_says_that_it_was_looked_at(lab, command):
    decide(lab, **text(lab, "accept"))
    stages = {stage["name"]: stage for stage in lab.made()["stages"]}
    assert "reviewed" not in stages["4-curated"]
    assert command("status", lab.place).out.count("reviewed 5-captioned: text accepted 1") == 1
    assert captioned(lab, "A")[2]["distilled"]["checks"][-1] == {
        "check": "review",
        "passed": True,
        "detail": "accepted",
    }


def test_a_question_leaves_or_is_asked_in_other_words(lab):
    asking(lab, "question")
    before = captioned(lab, "A")[2]["questions"]
    said = question(lab, "reject")
    decide(lab, **said)
    lab.made()
    assert captioned(lab, "A")[2]["questions"] == before[1:]
    edit = {"question": "Which dye?", "options": ["DAPI", "eosin"], "answer_index": 0}
    decide(lab, **said | {"after": edit})
    lab.made()
    now = captioned(lab, "A")[2]["questions"][0]
    assert (now["id"], now["question"], now["options"], now["answer"]) == (
        before[0]["id"],
        "Which dye?",
        ["DAPI", "eosin"],
        "DAPI",
    )
    assert len(now["captions"]) == 2


@pytest.mark.slow
def test_a_run_with_decisions_that_is_killed_goes_on_to_the_same_bytes(lab):
    asking(lab, "question")
    for make, _ in CASES.values():
        said = make(lab)
        if said["field"] != "verdict":
            decide(lab, **said)
    chance = random.Random(17)
    words = [sys.executable, "-m", "bricks", "run", lab.manifest_file, "--workspace", lab.place, "--workers", "2"]
    for _ in range(4):
        process = subprocess.Popen([*map(str, words)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    lab.made()
    assert bytes_of(lab) == anew(lab)
