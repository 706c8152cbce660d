"""Distill: a panel's text is made of its evidence and marked so; what may not be adapted keeps its words."""

import json


def test_a_panels_text_begins_with_its_own_words_and_every_check_passes(bench):
    bench.article(1, figures=2)
    bench.article(2)
    bench.made()
    captions = {row["id"]: row["subcaption"] for row in bench.rows("2-panels")}
    rows = bench.rows("5-captioned")
    assert {row["id"] for row in rows} == captions.keys()
    for row in rows:
        distilled = row["distilled"]
        assert distilled["text"].startswith(captions[row["id"]])
        assert (distilled["prompt"], distilled["model"], distilled["revision"]) == ("metadata-v1", None, None)
        assert len(distilled["checks"]) > 20
        assert all(check["passed"] for check in distilled["checks"])


def test_what_may_not_be_adapted_keeps_its_words(bench):
    bench.article(1, license_href="https://creativecommons.org/licenses/by-nd/4.0/")
    bench.manifest(licenses=["CC-BY-ND-4.0"])
    bench.made()
    (row,), (panel,) = bench.rows("5-captioned"), bench.rows("2-panels")
    assert row["distilled"]["text"] == panel["subcaption"]
    assert (row["distilled"]["prompt"], row["distilled"]["checks"]) == ("verbatim", [])


def test_each_row_has_the_words_of_its_own_figure(bench):
    bench.items_per_part(3)
    for number in range(1, 6):
        bench.article(number, figures=2, license_code="CC BY-NC" if number == 2 else "CC BY")
    bench.made()
    captions = {row["id"]: row["subcaption"] for row in bench.rows("2-panels")}
    rows = bench.rows("5-captioned")
    assert len(rows) == 8
    assert all(row["distilled"]["text"].startswith(captions[row["id"]]) for row in rows)


def test_only_what_was_curated_gets_words(bench):
    bench.article(1)
    bench.article(2, license_code="CC BY-NC")
    said = bench.made()
    assert (said["stages"][4]["found"], said["stages"][4]["kept"]) == (1, 1)
    assert [row["source_id"] for row in bench.rows("5-captioned")] == ["PMC1"]


def test_a_part_of_which_nothing_was_curated_is_a_part_without_rows(bench):
    bench.items_per_part(1)
    bench.article(1)
    bench.article(2, license_code="CC BY-NC")
    bench.made()
    state = json.loads((bench.place / "5-captioned" / "stage.json").read_text())
    assert (state["parts"], state["counts"]["kept"], state["complete"]) == (2, 1, True)
