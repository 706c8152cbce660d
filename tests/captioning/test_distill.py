"""Distill: until a model is asked, a panel's text is its caption, word for word, and marked so."""

import json


def test_a_panels_text_is_its_caption_word_for_word(bench):
    bench.article(1, figures=2)
    bench.article(2)
    bench.made()
    captions = {row["id"]: row["subcaption"] for row in bench.rows("2-panels")}
    rows = bench.rows("5-captioned")
    assert {row["id"]: row["distilled"]["text"] for row in rows} == captions
    for row in rows:
        distilled = row["distilled"]
        assert (distilled["prompt"], distilled["model"], distilled["revision"]) == ("verbatim", None, None)


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
