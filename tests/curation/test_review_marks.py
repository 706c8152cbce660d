"""Marks on texts, plain forms and proposals: what the page shows beside a question and what it makes of fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.review_forms import reason_of, value_of
from curation.review_marks import carried, licence_words, pieces, shared
from curation.review_proposals import _splits
from schemas.errors import UsageError
from schemas.review import ReviewItem

SPANS = st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30)))


def marked(told):
    return [piece.text for piece in told if piece.is_marked]


@given(st.text(max_size=25), SPANS)
def test_pieces_together_are_the_text_whatever_the_spans(text, spans):
    told = pieces(text, spans)
    assert "".join(piece.text for piece in told) == text
    assert all(piece.text for piece in told)


@given(st.text(max_size=40), st.text(max_size=40))
def test_marks_lose_no_character(text, other):
    evidence = [{"text": other}]
    for told in (carried(text, evidence), shared(text, other), licence_words(text)):
        assert "".join(piece.text for piece in told) == text


def test_words_that_no_evidence_carries_are_marked_and_those_it_gave_in_it():
    evidence = [{"text": "Nuclei, stained with DAPI (10 µm)."}]
    assert marked(carried("Nuclei of rats, stained by DAPI.", evidence)) == ["rats"]
    assert marked(shared("Nuclei, stained with DAPI.", "DAPI in a nucleus")) == ["DAPI"]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("All rights reserved. Ask us.", ["All rights reserved"]),
        ("Under CC BY 4.0; no permission is needed.", ["CC BY 4.0", "permission"]),
        (None, []),
    ],
)
def test_words_that_grant_or_keep_rights_are_marked(words, seen):
    assert [each.strip() for each in marked(licence_words(words))] == seen


def item(origin, **shown):
    place = {"queue": "q", "stage": "s", "id": "0" * 32, "field": "f", "content_hash": "h", "part": 0, "figure_row": 0}
    return ReviewItem(**place, origin=origin, source_id="PMC1", question="?", shown=shown)


def test_plain_fields_make_the_value_that_a_decision_has():
    assert value_of(item("captions"), {"text": " One.\r\nTwo. "}) == {"text": "One.\nTwo."}
    assert value_of(item("kinds"), {"value": '"plot"'}) == "plot"
    fields = {"question": "Which?", "option-0": "a", "option-1": "b", "answer_index": "1"}
    said = value_of(item("questions", options=["x", "y"]), fields)
    assert said == {"question": "Which?", "options": ["a", "b"], "answer_index": 1}
    assert value_of(item("questions", options=["x", "y"]), {"question": "?"})["answer_index"] == -1


def test_of_tags_only_what_differs_is_said():
    one = {"term": "CL:1", "where": "subcaption", "start": 0, "end": 3}
    tags = item("tags", columns={"organism": "Mus musculus", "stain": None}, annotations=[one, {**one, "term": "CL:2"}])
    fields = {"terms": "1", "column-organism": "Mus musculus", "column-stain": "DAPI", "keep-0": "1", "added-000": ""}
    removed = [["CL:2", "subcaption", 0, 3]]
    assert value_of(tags, fields) == {"columns": {"stain": "DAPI"}, "annotations": {"added": [], "removed": removed}}
    assert value_of(tags, {"column-organism": ""}) == {"columns": {"organism": ""}}


def test_what_is_no_json_is_refused_in_words():
    for value in ("{", "[" * 100_000):
        with pytest.raises(UsageError, match="JSON"):
            value_of(item("panels"), {"value": value})


def test_a_reason_is_the_one_that_was_picked_or_the_words_beside():
    assert reason_of({"reason": "unclear", "words": "x"}) == "unclear"
    assert reason_of({"words": "  two\n words "}) == "two words"
    assert reason_of({}) == ""


def test_grids_cover_the_figure_once_for_each_count_of_rows():
    from curation.figure_panels import FoundPanels

    labels = list("ABCDEF")
    _, *grids, whole = _splits(FoundPanels((), ""), labels, (601, 907))
    assert [len({each["box"][1] for each in grid}) for grid in grids] == [1, 2, 3, 6]
    for grid in grids:
        assert [each["label"] for each in grid] == labels
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (each["box"] for each in grid)]
        assert sum(areas) == 601 * 907
    assert whole == [{"key": None, "label": None, "box": [0, 0, 907, 601]}]


def test_statements_of_a_licence_that_were_joined_are_told_apart():
    told = licence_words("All rights are theirs.; Ask the society; or us.")
    assert "".join(piece.text for piece in told) == "All rights are theirs. Ask the society; or us."
