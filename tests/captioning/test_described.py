"""Described: a text of facts alone, which the checks let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.described import described
from captioning.evidence import FIELDS, statements
from captioning.faithful import judge
from schemas.curated_table import curated

EMPTY = {"caption": "", "mentions": [], "facts": []}


def panel(**told):
    return {"panel_label": None, "subcaption": "", "subcaption_spans": [], "scale_bar": None, **told}


def test_own_words_come_first_then_what_they_do_not_say():
    said = statements(
        EMPTY, panel(subcaption="HeLa cells, DAPI", cell_type="HeLa", organism="Homo sapiens", stain="DAPI")
    )
    text, checks = described(said)
    assert text == "HeLa cells, DAPI. Organism: Homo sapiens."
    assert all(check.passed for check in checks)


@pytest.mark.parametrize(
    ("words", "field", "value", "is_said"),
    [
        ("Cells with two nuclei.", "organelle", "nucleus", True),
        ("Mitochondria of a neuron.", "organelle", "mitochondrion", True),
        ("Hippocampal neurons.", "cell_type", "neuron", True),
        ("Mouse liver.", "organism", "Mus musculus", True),
        ("Transmission electron micrograph (TEM).", "submodality", "TEM", True),
        ("The cells were fixed.", "organelle", "ER", False),
        ("Delivery of cargo.", "tissue", "liver", False),
        ("HeLa cells.", "organism", "Homo sapiens", False),
    ],
)
def test_a_field_is_left_out_where_the_words_say_it_in_any_number_or_by_another_name(words, field, value, is_said):
    text, _ = described(statements(EMPTY, panel(subcaption=words, **{field: value})))
    assert (text == words) == is_said, text


def test_a_picture_without_words_is_described_by_its_facts():
    facts = [{"name": "organism", "value": "mouse", "unit": None, "id": None, "origin": "x"}]
    assert described(statements(EMPTY | {"facts": facts}, panel()))[0] == "Organism: mouse."


@pytest.mark.parametrize("row", [row for row in curated().values() if row.field in FIELDS], ids=lambda row: row.id)
def test_every_value_of_the_columns_passes_the_checks(row):
    said = statements(EMPTY, panel(subcaption="A picture.", microns_per_pixel=0.2, **{row.field: row.value}))
    text, checks = described(said)
    assert row.value in text
    assert [check for check in checks if not check.passed] == []
    assert judge(text, [each.text for each in said]).accepted


@given(st.text(min_size=1, max_size=80), st.sampled_from(["Mus musculus", "", "x\n<b>1 \u00b5m"]), st.floats(0.001, 90))
def test_a_text_holds_nothing_but_its_facts(words, organism, um_per_px):
    said = statements(EMPTY, panel(subcaption=words, organism=organism, microns_per_pixel=um_per_px))
    text, _ = described(said)
    rest = text
    for each in sorted((each.text for each in said), key=len, reverse=True):
        rest = rest.replace(each, "")
    assert set(rest) <= {".", " "}
