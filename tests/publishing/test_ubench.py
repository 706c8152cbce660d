"""uBench: the layout has Micro-Bench's 22 fields, and its questions are those of the dataset."""

from datasets import load_dataset

from publishing.ubench import TASKS, _template, write_ubench

FIELDS = {
    "image_id", "image", "label", "label_name", "dataset", "domain", "institution", "license", "microns_per_pixel",
    "modality", "ncbitaxon_id", "ncbitaxon_name", "pmid", "split", "stain", "subdomain", "submodality", "synthetic",
    "captions", "questions", "bbox", "polygon",
}  # fmt: skip


def test_each_image_has_its_questions_under_the_names_of_the_field(demo, tmp_path):
    said = write_ubench(demo / "dataset", tmp_path / "out")
    ours = {}
    for view in ("questions", "questions-noncommercial"):
        for split in load_dataset(str(demo / "dataset"), view).values():
            for row in split:
                if row["task"] in TASKS:
                    ours[row["id"]] = row
    found = load_dataset(str(tmp_path / "out"))
    assert sum(split.num_rows for split in found.values()) == said["images"]
    seen = 0
    for name, split in found.items():
        assert set(split.column_names) == FIELDS
        for row in split:
            assert row["split"] == name
            for task, one in row["questions"].items():
                if one is None:
                    assert row["captions"][f"{task}_0"] is None
                    continue
                mine, sentence = ours[one["id"]], row["captions"][f"{task}_0"]
                seen += 1
                assert one["options"][one["answer_idx"]] == one["answer"] == mine["answer"]
                assert (one["name"], TASKS[mine["task"]], mine["panel_id"]) == (task, task, row["image_id"])
                assert sentence["answer_idx"] == str(one["answer_idx"])
                assert sentence["options"] == mine["captions"]
                assert sentence["question"].count("{class}") == 1
    assert seen == said["questions"] == len(ours)


def test_classes_are_class_labels_and_taxa_have_their_form(bench, server_module, tmp_path):
    sets = server_module("mask_sets")
    classes = ["neutrophil", "basophil", "monocyte", "eosinophil", "lymphocyte"]
    for at, name in enumerate(classes):
        sets.write(bench.root / "cells" / name / f"{at}.png", sets.png(sets.picture(at, 128, 128)))
    source = {"type": "images", "path": "cells", "labels": "folder", "license": "CC0-1.0"}
    bench.manifest(sources=[source], questions={"tasks": ["label"]})
    bench.made()
    assert write_ubench(bench.place / "dataset", tmp_path / "out")["images"] == 5
    for split in load_dataset(str(tmp_path / "out")).values():
        for row in split:
            assert split.features["label"].int2str(row["label"]) == row["label_name"]
            assert row["questions"]["classification"]["answer"] in {row["label_name"], "none of the above"}


def test_the_command_tells_and_writes(demo, command, tmp_path):
    told = command("questions", demo, "--json").json
    assert told["questions"] == sum(sums["questions"] for sums in told["tasks"].values())
    assert not any(gate["fires"] for gate in told["gates"])
    assert command("questions", demo / "dataset", "--json").json["gates"] == told["gates"]
    assert "majority_class modality" in command("questions", demo).out
    said = command("questions", demo, "--layout", "ubench", "--out", tmp_path / "out", "--json").json
    assert said["questions"] + said["other_tasks"] == told["questions"]


def test_what_cant_be_done_is_told(command, demo, tmp_path):
    assert command("questions", tmp_path).code == 2
    assert command("questions", demo, "--layout", "ubench").code == 2
    assert command("questions", demo, "--layout", "csv", "--out", tmp_path).code == 2


def test_a_folder_with_anything_else_in_it_is_left_as_it_is(command, demo, tmp_path):
    place = tmp_path / "thesis"
    place.mkdir()
    (place / "train-00000-of-00001.parquet").write_text("mine")
    told = command("questions", demo, "--layout", "ubench", "--out", place)
    assert told.code == 2
    assert [path.name for path in place.iterdir()] == ["train-00000-of-00001.parquet"]
    assert (place / "train-00000-of-00001.parquet").read_text() == "mine"


def test_its_own_earlier_export_is_written_anew(command, demo, tmp_path):
    said = [command("questions", demo, "--layout", "ubench", "--out", tmp_path / "out").code for _ in range(2)]
    assert said == [0, 0]
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert command("questions", demo, "--layout", "ubench", "--out", tmp_path / "out").code == 2


def test_an_export_into_a_file_is_refused(command, demo, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert command("questions", demo, "--layout", "ubench", "--out", tmp_path / "out").code == 2
    assert (tmp_path / "out").read_text() == "mine"


def test_a_class_that_is_a_word_of_the_sentence_leaves_one_place_for_it():
    options = ["A", "micrograph", "of", "none of the above"]
    captions = [*(f"A micrograph of {option}." for option in options[:3]), "None of the above."]
    assert _template(options, captions) == "A micrograph of {class}."
    assert _template(options[::-1][1:], captions[::-1][1:]) == "A micrograph of {class}."
