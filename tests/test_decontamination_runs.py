"""Benchmarks in a run: what they hold leaves with its reason, and report and card tell what was looked for."""

import json
import shutil

import pytest
from drawn_cells import cells
from PIL import Image


@pytest.fixture
def held_out(bench):
    """Three articles, and a folder of benchmark pictures with a turned copy of the second one's."""
    for number in (1, 2, 3):
        place = bench.article(number)
        cells(number).convert("RGB").save(place / f"{number}-g001.jpg", quality=92)
    folder = bench.root / "held"
    folder.mkdir()
    cells(2).transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png")
    cells(70).save(folder / "another.png")
    return bench


def asks(bench, *benchmarks):
    bench.manifest(curation={"decontaminate": list(benchmarks)})


@pytest.mark.parametrize("as_list", [False, True])
def test_what_a_benchmark_holds_leaves_and_the_checks_that_fired_are_told(held_out, command, as_list):
    if as_list:
        said = command("hashes", held_out.root / "held", "--out", held_out.root / "held.parquet", "--name", "held")
        assert said.code == 0, said.err
        shutil.rmtree(held_out.root / "held")
    asks(held_out, "held.parquet" if as_list else "held")
    held_out.made()
    assert {row["source_id"] for row in held_out.published()} == {"PMC1", "PMC3"}
    (gone,) = held_out.rows("4-curated", "dropped")
    assert (gone["source_id"], gone["reason"]) == ("PMC2", "contaminated")
    assert gone["detail"].startswith("is in held by hash (")
    checks = {hit["check"] for row in held_out.rows("3-groups") for hit in row["contamination"]}
    assert checks == ({"hash"} if as_list else {"hash", "pixels"})
    page = (held_out.place / "report" / "index.html").read_text()
    assert "Benchmarks that it must not hold" in page
    card = held_out.dataset()["README.md"].decode()
    assert f"| held | hash | 1 | {int(as_list)} |" in card


def test_a_benchmark_that_holds_nothing_of_it_is_told_too(held_out):
    (held_out.root / "held" / "turned.png").unlink()
    asks(held_out, "held")
    held_out.made()
    assert len(held_out.published()) == 3
    assert "| held | nothing of it was found | 0 | 0 |" in held_out.dataset()["README.md"].decode()


def test_the_name_of_a_benchmark_is_words_in_the_card_and_nothing_else(held_out, command):
    name = "<b>a</b> | ![b](http://c)\nd"
    list_ = held_out.root / "held.parquet"
    assert command("hashes", held_out.root / "held", "--out", list_, "--name", name).code == 0
    asks(held_out, "held.parquet")
    held_out.made()
    card = held_out.dataset()["README.md"].decode()
    assert r"| &lt;b&gt;a&lt;/b&gt; \| !\[b\](http://c) d | hash | 1 | 1 |" in card
    assert "<b>" not in card


def test_a_benchmark_that_changes_is_looked_for_again_and_an_unchanged_one_is_not(held_out):
    asks(held_out, "held")
    held_out.made()
    parts = held_out.parts()
    held_out.made()
    assert held_out.parts() == parts
    cells(3).save(held_out.root / "held" / "third.png")
    held_out.made()
    assert {row["source_id"] for row in held_out.published()} == {"PMC1"}
    asks(held_out)
    held_out.made()
    assert len(held_out.published()) == 3


def test_a_source_that_a_benchmark_names_leaves_with_all_its_pictures(held_out):
    held_out.article(1004, figures=2)
    folder = held_out.root / "questions"
    folder.mkdir()
    (folder / "test.jsonl").write_text(json.dumps({"question": "What is it?", "pmcid": "PMC1004"}))
    asks(held_out, "questions")
    held_out.made()
    assert {row["source_id"] for row in held_out.published()} == {"PMC1", "PMC2", "PMC3"}
    assert [row["reason"] for row in held_out.rows("4-curated", "dropped")] == ["contaminated"] * 2


def test_a_benchmark_that_is_not_there_ends_the_run_before_anything_is_fetched(held_out):
    asks(held_out, "nowhere.parquet")
    said = held_out.run()
    assert said.code == 2
    assert "nowhere.parquet" in said.err
    assert not (held_out.place / "1-figures").exists()
