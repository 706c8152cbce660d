"""Instructions: right grammar, and no word that neither a class nor a fact has said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.instructions import instruction

DAPI = [{"name": "modality", "value": "fluorescence microscopy"}, {"name": "stain", "value": "DAPI"}]


def facts(*pairs):
    return [{"name": name, "value": value} for name, value in pairs]


@pytest.mark.parametrize(
    ("classes", "known", "said"),
    [
        ([], [], "Segment every object in this image."),
        ([None, None], DAPI, "Segment every object in this fluorescence microscopy image (DAPI)."),
        (["nucleus"], DAPI, "Segment every nucleus in this fluorescence microscopy image (DAPI)."),
        (["nuclei"], DAPI, "Segment all nuclei in this fluorescence microscopy image (DAPI)."),
        (["Mitochondria"], [], "Segment all Mitochondria in this image."),
        (["cells"], [], "Segment all cells in this image."),
        (["mass"], [], "Segment every mass in this image."),
        (["blood_vessel"], [], "Segment every blood vessel in this image."),
        (["3"], [], "Segment every object of class 3 in this image."),
        (["nucleus", "cell", "nucleus"], [], "Segment every cell and every nucleus in this image."),
        (["nucleus", "cell", "gland"], [], "Segment every cell, every gland, and every nucleus in this image."),
        (["nucleus", None], [], "Segment every nucleus and every other object in this image."),
        (["cell", "  "], [], "Segment every cell and every other object in this image."),
        (
            ["gland"],
            facts(("organism", "Homo sapiens"), ("tissue", "colon"), ("stain", "H&E"), ("modality", "histology slide")),
            "Segment every gland in this histology slide of Homo sapiens colon (H&E).",
        ),
        (["cell"], facts(("tissue", "liver")), "Segment every cell in this image of liver."),
        (["cell"], facts(("submodality", "phase contrast")), "Segment every cell in this phase contrast image."),
        (
            ["cell"],
            facts(("modality", "light microscopy"), ("modality", "electron microscopy")),
            "Segment every cell in this image.",
        ),
        (
            ["cell"],
            facts(("stain", "DAPI"), ("stain", "phalloidin."), ("stain", "DAPI")),
            "Segment every cell in this image (DAPI, phalloidin).",
        ),
        (["cell"], facts(("gene", "ACTB"), ("title", "A study")), "Segment every cell in this image."),
    ],
)
def test_it_asks_for_the_classes_in_the_words_of_the_facts(classes, known, said):
    assert instruction(classes, known) == said


_WORDS = st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=1, max_size=8)
_NAMES = st.sampled_from(["modality", "submodality", "organism", "tissue", "stain", "gene"])


@given(st.lists(st.none() | _WORDS, max_size=4), st.lists(st.tuples(_NAMES, _WORDS), max_size=5))
def test_every_word_is_the_sentences_own_or_was_said(classes, pairs):
    own = {"Segment", "every", "all", "other", "object", "and", "in", "this", "image", "of", "class"}
    said = {
        word for text in [*filter(None, classes), *(value for _, value in pairs)] for word in re.findall(r"\w+", text)
    }
    text = instruction(classes, facts(*pairs))
    assert set(re.findall(r"\w+", text)) <= own | said
    assert text.endswith(".")
    assert "  " not in text
    assert instruction(reversed(classes), facts(*pairs)) == text
