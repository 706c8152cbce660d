"""Consistency: an id whose words are another term's name is a fault, a slip of the pen is none."""

import pytest

from curation.consistency import Given, Names, check
from curation.terms import Kind, Known, Name

TERMS = [
    Known("X:1", "tail", "X", "tissue", (Name("tail", Kind.LABEL),)),
    Known(
        "X:2", "oral epithelium", "X", "tissue", (Name("oral epithelium", Kind.LABEL), Name("mouth lining", Kind.RARE))
    ),
    Known("X:3", "fluorescence microscopy", "X", "method", (Name("fluorescence microscopy", Kind.LABEL),)),
    Known("X:4", "sampling time", "X", "factor", (Name("sampling time", Kind.LABEL),)),
    Known("X:5", "treatment protocol", "X", "factor", (Name("treatment protocol", Kind.LABEL),)),
]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Tails", "X:1"), ("mouth lining", "X:2"), ("Oral Epithelium (mouse)", "X:2"), ("Sampling Timepoint", "X:4"),
        ("wide-field fluorescence microscopy", "X:3"),
    ],
)  # fmt: skip
def test_a_name_in_any_number_case_or_spelling_is_right(text, term):
    assert check([Given(text, term)], Names(TERMS)).faults == []


@pytest.mark.parametrize(
    ("text", "term", "reason", "better"),
    [
        ("Tail", "X:2", "names_another_term", ("X:1",)),
        ("image acquisition protocol", "X:5", "not_its_name", ()),
    ],
)
def test_words_of_something_else_are_a_fault(text, term, reason, better):
    (fault,) = check([Given(text, term)], Names(TERMS)).faults
    assert (fault.reason, fault.better, fault.id) == (reason, better, term)


def test_every_id_is_checked_or_told_as_not_checkable():
    given = [Given("tail", "X:1"), Given("tail", "X:99"), Given("tail", "Y:1")]
    done = check(given, Names(TERMS))
    assert (done.checked, done.unknown, done.unchecked) == (1, [given[1]], [given[2]])


@pytest.mark.shared
def test_the_faults_that_are_known_in_idr_are_found_and_few_others(shared_data):
    from benchmarks.tagging import idr_scores
    from curation.lexicons import Ontologies, lexicon
    from curation.term_index import index_file

    known = [each for path in sorted((shared_data / "ontology").glob("*.obo")) for each in index_file(path)[0]]
    scores = idr_scores(shared_data / "idr_terms", known, lexicon(Ontologies()))
    flagged = " ".join(scores["consistency"]["flagged"])
    for fault in ("UBERON:0002424", "CMPO:0000123", "EFO:0003969", "FBbi:00000622"):
        assert fault in flagged
    assert len(scores["consistency"]["flagged"]) <= 8
    assert scores["imaging method"]["f1"] >= 0.45
