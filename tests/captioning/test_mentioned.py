"""Mentioned: every value of the trees that a text names is found, in whatever form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.mentioned import mentioned, of_terms
from schemas.curated_table import curated, rows
from schemas.trees import FIELDS, values

NAMES = [
    (row.field, row.value, name)
    for row in curated().values()
    if row.field in FIELDS and row.value in values(row.field)
    for name in (row.label, row.value, *row.synonyms, *row.aliases)
]


@given(st.sampled_from(NAMES))
def test_each_name_of_a_value_names_it(named):
    field, value, name = named
    assert (field, value) in mentioned(f"A picture of {name}, seen from above.")
    assert (field, value) in mentioned(name.upper())


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("MCF7 cells", "cell_type", "MCF-7"),
        ("the mitochondria", "organelle", "mitochondrion"),
        ("Drosophila\u00a0melanogaster", "organism", "Drosophila melanogaster"),
        ("haematoxylin", "stain", "hematoxylin"),
        ("spinning\u2011disk confocal", "submodality", "confocal"),
        ("stained with DAPI", "modality", "fluorescence microscopy"),
        ("by TEM", "modality", "electron microscopy"),
        ("HeLa cells with Alexa568", "stain", "Alexa Fluor 568"),
        ("AlexaFluor-488", "stain", "Alexa Fluor 488"),
        ("AF 647", "stain", "Alexa Fluor 647"),
        ("AO/EB staining", "stain", "acridine orange"),
        ("EtBr", "stain", "ethidium bromide"),
        ("LAMP1 (red)", "organelle", "lysosome"),
        ("\u03b1-tubulin", "organelle", "microtubule"),
        ("MAP2", "organelle", "dendrite"),
        ("insulin and glucagon", "cell_type", "pancreatic alpha cell"),
        ("cells with flagella", "organelle", "motile cilium"),
        ("a monkey testis", "organism", "Macaca fascicularis"),
        ("by EM", "submodality", "TEM"),
        ("U-2OS cells", "cell_type", "U2OS"),
        ("293 cells", "cell_type", "HEK293"),
        ("A488", "stain", "Alexa Fluor 488"),
        ("tdTom", "stain", "tdTomato"),
        ("bisbenzimide", "stain", "Hoechst"),
        ("thrombocytes", "cell_type", "platelet"),
        ("WBCs", "cell_type", "neutrophil"),
        ("cornu ammonis", "tissue", "hippocampus"),
        ("in children and infants", "organism", "Homo sapiens"),
        ("SARS-CoV-2", "organism", "Viruses"),
        ("HIV", "organism", "Homo sapiens"),
        ("influenza", "organism", "Viruses"),
        ("bright-field images", "modality", "brightfield microscopy"),
    ],
)
def test_forms_and_what_is_implied(text, field, value):
    assert (field, value) in mentioned(text)


def test_nothing_else_is_named_in_the_name_of_a_species():
    assert mentioned("Mus musculus") == {("organism", "Mus musculus")}
    assert ("tissue", "muscle tissue") in mentioned("muscle tissue of Mus musculus")


def test_markers_speak_of_values():
    told = {one.partition(":")[::2] for marker in rows("markers") for one in marker["meanings"].split("|")}
    assert all(value in values(field) for field, value in told)


def test_terms_are_known_by_their_ids():
    assert of_terms(["CL:0000540", "XX:1"]) == {("cell_type", "neuron")}


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    assert isinstance(mentioned(text), frozenset)
