"""Word lists: what needs no fact names nothing."""

import pytest

from captioning.letters import stem
from captioning.word_lists import claims, grammar, kin, plain, units, visual
from schemas.curated_table import curated


@pytest.mark.parametrize(
    "word", ["mouse", "liver", "insulin", "neuron", "mitochondria", "aspirin", "virus", "human", "cancer"]
)
def test_a_thing_is_no_plain_word(word):
    assert word not in plain() | visual() | grammar()


@pytest.mark.parametrize(
    "word", ["shows", "reveals", "scattered", "visible", "at", "whereas", "localized", "bright", "captured"]
)
def test_a_word_of_description_is_free(word):
    assert word in plain() | visual() | grammar()


def test_no_name_of_an_organism_organelle_or_cell_line_is_free_but_those_that_claim():
    free, known = plain() | visual(), claims()
    names = {
        name.lower()
        for row in curated().values() if row.table in {"organisms", "organelles", "cell_lines"}
        for name in (row.label, row.value, *row.synonyms, *row.aliases)
    }  # fmt: skip
    loose = {name for name in names & free if name not in known.forms and stem(name) not in known.stems}
    assert loose == set()


def test_every_unit_is_a_positive_number_of_its_base():
    symbols, words = units()
    assert all(unit.factor > 0 for unit in (*symbols.values(), *words.values()))


def test_a_carcinoma_carries_a_tumor_but_no_tumor_a_carcinoma():
    assert stem("tumor") in kin().of_word[stem("carcinoma")]
    assert stem("carcinoma") not in kin().of_word.get(stem("tumor"), ())
