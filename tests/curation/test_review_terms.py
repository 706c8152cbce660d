"""Terms that a reviewer looks for: by name, by part of one, by id; the likeliest first."""

import pytest
from review_items_by_hand import item_of

from curation.lexicons import Ontologies
from curation.review_terms import MOST, UnknownTermError, refuse_unknown, search, searcher
from curation.stated import column_of


def labels(words, asked=None):
    return [each["label"] for each in search(asked or Ontologies(), words)]


def test_a_name_comes_before_those_that_begin_with_it(obo):
    found = labels("neuron", Ontologies(files=(obo(),)))
    assert found[0] == "neuron"
    assert "Mus musculus" in labels("mouse")[:2]


def test_terms_of_a_file_are_found_by_name_synonym_and_id(obo):
    asked = Ontologies(files=(obo(),))
    assert "neuron" in labels("nerve cell", asked)
    assert "neuron" in labels("cl:0000540", asked)
    assert "Kenyon cell" in labels("cell keny", asked)


@pytest.mark.parametrize("words", ["", "   ", "no such words at all", "%", "'; DROP TABLE items"])
def test_what_names_nothing_brings_nothing(words):
    assert labels(words) == []


def test_a_search_brings_no_more_than_a_page_shows():
    assert 0 < len(labels("a")) <= MOST
    assert set(searcher(Ontologies())("mouse")[0]) == {"term", "label", "ontology", "field", "value"}


def told_of(columns, typed=""):
    refuse_unknown(searcher(Ontologies()), item_of("tags"), {"columns": columns}, typed)


def test_a_column_is_set_to_a_known_term_or_to_what_the_item_shows():
    told_of({"organism": "Mus musculus", "stain": "GFP"})
    told_of({"organism": ""})
    told_of({})
    refuse_unknown(searcher(Ontologies()), item_of("captions"), {"text": "Nonsensia"}, "")


@pytest.mark.parametrize(("column", "word"), [("organism", "Mus muscullus"), ("organism", "GFP"), ("tissue", "mouse")])
def test_a_word_that_is_no_term_of_the_column_is_kept_only_when_it_is_said_twice(column, word):
    with pytest.raises(UnknownTermError, match="not a known term") as refused:
        told_of({column: word})
    told_of({column: word}, refused.value.typed)
    with pytest.raises(UnknownTermError):
        told_of({column: f"{word}s"}, refused.value.typed)


def test_the_nearest_terms_are_of_the_same_column(obo):
    from_file = searcher(Ontologies(files=(obo(),)))
    for column, word in (("organism", "neuron"), ("organism", "smooth"), ("cell_type", "Mus muscullus")):
        with pytest.raises(UnknownTermError) as refused:
            refuse_unknown(from_file, item_of("tags"), {"columns": {column: word}}, "")
        offered = refused.value.what.partition("(is it ")[2].partition("?)")[0]
        for name in filter(None, offered.split(" or ")):
            assert any(column in (one["field"], column_of(one["field"])) for one in from_file(name)), (word, name)


def test_the_nearest_terms_are_named():
    with pytest.raises(UnknownTermError, match=r"is it .*Mus musculus"):
        told_of({"organism": "Mus muscullus"})
