"""Terms that a reviewer looks for: by name, by part of one, by id; the likeliest first."""

import pytest

from curation.lexicons import Ontologies
from curation.review_terms import MOST, search, searcher


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
    assert set(searcher(Ontologies())("mouse")[0]) == {"term", "label", "ontology", "field"}
