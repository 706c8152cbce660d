"""Spoken counts: a count that stands in no numeral needs a fact as a numeral does."""

import pytest

from captioning.carried import carried
from captioning.faithful import judge_by


def refused(text, evidence):
    return [(found.text, found.check) for found in judge_by(text, carried([evidence])).unsupported]


@pytest.mark.parametrize(
    ("text", "evidence", "words"),
    [
        ("A pair of nuclei lies at the top.", "Nuclei of HeLa cells.", "A pair of"),
        ("Cells twice as large.", "Cells are large.", "twice"),
        ("The amount doubled after treatment.", "The amount after treatment.", "doubled"),
        ("The third day of treatment.", "Treatment, day 4.", "third day"),
        ("Half of the cells are stained.", "Cells were stained.", "Half of"),
        ("A single nucleus is stained.", "Stained nuclei.", "A single"),
        ("Imaged half an hour after staining.", "Staining; imaged.", "half an hour"),
        ("Imaged for a week.", "Imaged.", "for a week"),
        ("Half of the field is dark.", "HeLa cells.", "Half of"),
        ("Every third spot is bright.", "Spots.", "third"),
        ("The fourth layer.", "Mice, n = 4. The second layer.", "fourth"),
        ("One nucleus is visible.", "Two nuclei are visible.", "One"),
        ("A double ring.", "A single ring.", "double"),
        ("Two dozen cells.", "Twelve cells.", "Two dozen"),
        ("Four proteins, LipH, LipN and LipY.", "Proteins LipH, LipN, LipY.", "Four"),
    ],
)
def test_a_count_in_words_is_refused_without_a_fact(text, evidence, words):
    assert words in [found for found, _ in refused(text, evidence)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("A pair of nuclei lies at the top.", "Two nuclei of HeLa cells."),
        ("Cells twice as large.", "Cells, 2-fold, large."),
        ("The amount doubled after treatment.", "Two times the amount after treatment."),
        ("The third day of treatment.", "Treatment, day 3."),
        ("Half of the cells are stained.", "50% of the cells were stained."),
        ("A single nucleus is stained.", "A stained nucleus."),
        ("Imaged half an hour after staining.", "Staining; imaged after 30 min."),
        ("Imaged an hour and a half after staining.", "Staining; imaged after 90 min."),
        ("Seven days after infection.", "Infection, D7."),
        ("Two dozen cells.", "24 cells."),
        ("Five thousand cells.", "5,000 cells."),
        ("Three proteins, LipH, LipN and LipY.", "Proteins LipH, LipN, LipY."),
        ("One nucleus is visible.", "The nucleus is visible."),
        ("Four samples.", "Samples, n = 4."),
        ("Larvae at 48 hours post fertilization.", "Larvae, 48 hpf."),
        ("Kept at thirty degrees Celsius.", "Kept at 30 °C."),
        ("Sixty per cent of the cells.", "60% of the cells."),
        ("Infection at an MOI of 10.", "Multiplicity of infection of 10."),
    ],
)
def test_a_count_in_words_that_a_fact_carries_is_let_through(text, evidence):
    assert refused(text, evidence) == []
