"""Questions of a run: chosen by the panel's id, the same with any number of workers, none where none may be made."""

import json
from itertools import islice

import pytest

from captioning.curated_panels import CuratedPanel
from captioning.known import known_of
from captioning.questions import Asker, in_turns
from pipeline.status import status
from pipeline.wording import status as said
from pipeline.workspace import Workspace
from schemas.manifest import QuestionSettings
from schemas.questions import Question
from schemas.records import make_id

TASKS = ["modality", "submodality", "stain", "organism", "organelle", "cell_type", "tissue"]
CAPTION = "Confocal micrograph of HeLa cells stained with DAPI; nuclei of human cells."


def question(task, at=0):
    return Question(
        id=make_id(task, str(at)), task=task, question=f"{task}?", options=["a", "b"], captions=["A.", "B."],
        answer_index=0, answer="a", origin="metadata", boxes=[], tags=[],
    )  # fmt: skip


def asking(bench, **more):
    bench.manifest(questions={"per_panel": 4, "tasks": TASKS, **more})


def of(bench):
    return {row["source_id"]: row["questions"] for row in bench.rows("5-captioned")}


def article(bench, number, **known):
    """Write an article whose figure shows something that can be asked about."""
    place = bench.article(number, **known)
    xml = place / f"PMC{number}.xml"
    xml.write_text(xml.read_text(encoding="utf-8").replace("Invented nuclei, version 1.", CAPTION), encoding="utf-8")


@pytest.fixture
def asked(bench):
    for number in range(1, 7):
        article(bench, number)
    asking(bench)
    return bench


def test_a_panel_has_questions_about_what_is_known_of_it(asked):
    asked.made()
    (panel, *_), each = asked.rows("2-panels"), of(asked)
    for questions in each.values():
        assert len(questions) == 4
        assert len({one["task"] for one in questions}) == 4
        for one in questions:
            assert (one["held_back"] or one["answer"]) == panel[one["task"]]
            assert one["origin"] == "metadata"


def test_any_number_of_workers_asks_the_same(asked, tmp_path):
    asked.items_per_part(2)
    asked.made()
    other = tmp_path / "other"
    asked.made("--workers", 2, place=other)
    assert asked.dataset() == asked.dataset(other)


def test_a_panel_is_asked_the_same_whatever_stands_beside_it(asked):
    asked.made()
    before = of(asked)
    article(asked, 99)
    asked.made()
    assert {key: of(asked)[key] for key in before} == before


def test_another_seed_or_task_asks_anew_and_nothing_else_does(asked):
    asked.made()
    before, parts = of(asked), asked.parts()
    asked.made()
    assert asked.parts() == parts
    asking(asked, seed=4)
    asked.made()
    assert of(asked) != before


def test_without_the_section_nothing_is_asked(bench):
    article(bench, 1)
    rows = bench.made()["rows"]
    assert of(bench) == {"PMC1": []}
    assert "questions" not in rows


def test_what_may_not_be_adapted_is_not_asked_about(bench):
    article(bench, 1, license_href="https://creativecommons.org/licenses/by-nd/4.0/")
    bench.manifest(licenses=["CC-BY-ND-4.0"], questions={"tasks": TASKS})
    rows = bench.made()["rows"]
    assert of(bench) == {"PMC1": []}
    assert not [view for view in rows if view.startswith("questions")]


def row(**panel):
    columns = {"kind": None, "annotations": [], "conflicts": [], "subcaption": "", **panel}
    figure = {
        "caption": "",
        "mentions": [],
        "facts": [],
        "labels": [],
        "dataset": None,
        "source": "pmc",
        "attribution": "",
        "article": None,
    }
    return CuratedPanel(figure, columns, {"id": make_id("x"), "license": "CC0-1.0"})


def test_of_a_plot_nothing_is_known_and_of_disputed_columns_neither():
    assert known_of(row(kind="plot", modality="electron microscopy")).values == {}
    disputed = [{"field": "stain", "chosen": "DAPI", "other": "GFP", "reason": "two_values"}]
    told = known_of(row(kind="microscopy", stain="DAPI", modality="electron microscopy", conflicts=disputed))
    assert told.values == {"modality": "electron microscopy"}


@pytest.mark.parametrize(("text", "stays"), [
    ("Human iPSC-derived cardiomyocytes", False), ("neurons derived from iPSCs", False), ("A colony of iPSCs", True),
    ("patient fibroblast-derived iPSCs", True), ("iPSCs were derived from fibroblasts", True),
    ("cardiomyocytes differentiated from human iPSCs", False), ("iPS cell derived neurons", False),
])  # fmt: skip
def test_what_cells_were_made_of_is_not_asked_for_as_what_they_are(text, stays):
    assert ("cell_type" in known_of(row(kind="microscopy", cell_type="iPSC", subcaption=text)).values) == stays


def test_every_text_tells_what_may_be_true():
    one = row(subcaption="Golgi", annotations=[{"term": "GO:0005764", "label": "lysosome", "field": "organelle"}])
    figure = {
        **one.figure,
        "mentions": [{"text": "Peroxisomes were seen."}],
        "facts": [{"name": "target", "value": "endosome"}],
        "article": {"title": "On vacuoles"},
    }
    named = {value for field, value in known_of(one._replace(figure=figure)).named if field == "organelle"}
    assert named >= {"Golgi apparatus", "lysosome", "peroxisome", "endosome", "vacuole"}


def test_a_panel_is_asked_of_each_task_before_a_second_time_of_one():
    firsts = set()
    for panel in range(40):
        each = {task: iter([question(task, at) for at in range(3)]) for task in ("a", "b", "c")}
        tasks = [one.task for one in in_turns(each, 17, f"{panel}")]
        assert sorted(tasks) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
        assert tasks[:3] == tasks[3:6] == tasks[6:]
        firsts.add(tasks[0])
    assert firsts == {"a", "b", "c"}


def test_what_isnt_asked_for_isnt_made():
    def made():
        yield question("a")
        raise AssertionError

    assert [one.task for one in islice(in_turns({"a": made()}, 17, "x"), 1)] == ["a"]


def test_classes_of_all_images_stand_beside_a_class(bench, server_module):
    sets = server_module("mask_sets")
    classes = ["neutrophil", "basophil", "monocyte", "eosinophil", "lymphocyte"]
    for at, name in enumerate(classes * 2):
        sets.write(bench.root / "cells" / name / f"{at}.png", sets.png(sets.picture(at, 128, 128)))
    source = {"type": "images", "path": "cells", "labels": "folder", "license": "CC0-1.0"}
    bench.items_per_part(2)
    bench.manifest(sources=[source], questions={"tasks": ["label"], "per_panel": 1})
    bench.made()
    each = [one for row in bench.rows("5-captioned") for one in row["questions"]]
    assert len(each) == len(classes) * 2
    assert {one["task"] for one in each} == {"label"}
    assert {option for one in each for option in one["options"]} >= {"neutrophil", "basophil", "monocyte"}
    parts = bench.parts()
    sets.write(bench.root / "cells" / "blast" / "99.png", sets.png(sets.picture(99, 128, 128)))
    bench.made()
    assert any(name.startswith("5-captioned") and bench.parts()[name] != mark for name, mark in parts.items())


def test_classes_of_two_lists_of_one_maker_stand_in_no_question_together(bench, server_module):
    sets, sources = server_module("mask_sets"), []
    for folder, classes in (("a", ["u", "v", "w", "x"]), ("b", ["1", "2", "3", "4"]), ("c", ["4", "5"])):
        for at, name in enumerate(classes):
            picture = sets.picture(10 * len(sources) + at, 128, 128)
            sets.write(bench.root / folder / name / f"{at}.png", sets.png(picture))
        sources.append({"type": "images", "path": folder, "labels": "folder", "license": "CC0-1.0", "attribution": "L"})
    bench.manifest(sources=sources, questions={"tasks": ["label"], "per_panel": 1, "none_of_the_above": 0})
    bench.made()
    each = [set(one["options"]) for row in bench.rows("5-captioned") for one in row["questions"]]
    assert len(each) == 10
    assert all(options <= set("uvwx") or options <= set("12345") for options in each)


def test_a_class_that_nobody_is_asked_for_is_told(bench, server_module):
    sets = server_module("mask_sets")
    classes = ["phyllodes tumor", "ductal carcinoma", "lobular carcinoma", "mucinous carcinoma", "papillary carcinoma"]
    for at, name in enumerate(classes * 2):
        sets.write(bench.root / "cells" / name / f"{at}.png", sets.png(sets.picture(at, 128, 128)))
    source = {"type": "images", "path": "cells", "labels": "folder", "license": "CC0-1.0"}
    bench.manifest(sources=[source], questions={"tasks": ["label"], "per_panel": 1, "none_of_the_above": 0})
    bench.made()
    asked_for = {one["answer"] for row in bench.rows("5-captioned") for one in row["questions"]}
    assert asked_for == {*classes[1:]}
    told = status(Workspace(bench.place))
    assert [stage.get("classes_not_asked") for stage in told["stages"]][-1] == {"phyllodes tumor": 2}
    assert "unasked  5-captioned: phyllodes tumor 2" in said(told)


def test_what_questions_read_is_part_of_the_stages_settings():
    assert Asker().reads == {}
    told = json.dumps(Asker(QuestionSettings()).reads)
    assert told != json.dumps(Asker(QuestionSettings(seed=3)).reads)
