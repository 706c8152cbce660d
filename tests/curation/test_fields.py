"""Fields: which value a column gets from words and facts, and when a reviewer is asked."""

from functools import partial

import pytest

from curation.curated_terms import with_curated
from curation.fields import choose
from curation.lexicon import Lexicon
from curation.lexicons import Ontologies, names
from curation.panel_tags import PanelText, believed, tag_panel
from curation.stated import COLUMNS, taxon_of
from curation.terms import Kind, Known, Name
from schemas.panel_records import Annotation
from schemas.records import Fact


def said(term, field, where="caption", **more):
    known = {"label": term, "ontology": "X", "text": "x", "start": 0, "end": 1, "confidence": 0.9}
    return Annotation(field=field, term=term, where=where, **{**known, **more})


def fact(name, value, identifier=None):
    return Fact(name=name, value=value, id=identifier, origin="test")


def value(values, field):
    return values.choices[field].value if field in values.choices else None


DAPI, TEM, CONFOCAL, MOUSE, RAT = "CHEBI:51231", "FBbi:00000258", "FBbi:00000251", "NCBITaxon:10088", "NCBITaxon:10114"


def test_nothing_said_nothing_chosen():
    assert choose([], []) == ({}, None, ())


def test_a_submodality_and_a_stain_speak_for_their_modality():
    values = choose([said(CONFOCAL, "submodality"), said(DAPI, "stain")], [])
    assert [value(values, field) for field in ("modality", "submodality", "stain")] == [
        "fluorescence microscopy",
        "confocal",
        "DAPI",
    ]
    assert values.conflicts == ()


def test_a_fact_beats_prose_and_what_contradicts_it_is_told():
    values = choose(
        [said(CONFOCAL, "submodality"), said(RAT, "organism", "subcaption")], [fact("Organism", "Mus musculus")]
    )
    assert (value(values, "organism"), values.ncbitaxon_id) == ("Mus musculus", "NCBITaxon:10090")
    assert values.choices["organism"].source == "fact:Organism"
    (conflict,) = values.conflicts
    assert (conflict.field, conflict.chosen, conflict.other) == ("organism", "Mus musculus", "Rattus norvegicus")
    assert conflict.reason == "fact_against_text"


def test_a_fact_in_other_words_gets_the_table_s_value_and_its_modality():
    values = choose([], [fact("imaging_method", "spinning disk confocal microscopy", "FBbi:00000253")])
    assert (value(values, "submodality"), value(values, "modality")) == (
        "spinning disk confocal",
        "fluorescence microscopy",
    )
    assert value(choose([], [fact("tissue", "moon rock")]), "tissue") == "moon rock"


@pytest.mark.parametrize(
    "weak",
    [
        said(DAPI, "stain", negated=True), said(DAPI, "stain", confidence=0.4), said("CL:0000000", "cell_type"),
        said("PATO:1", "quality"),
    ],
)  # fmt: skip
def test_what_is_denied_doubtful_or_says_nothing_doesn_t_count(weak):
    assert choose([weak], []).choices == {}


def test_the_panel_s_own_words_weigh_more_than_the_figure_s():
    values = choose([said(TEM, "submodality"), said(CONFOCAL, "submodality", "subcaption")], [])
    assert value(values, "submodality") == "confocal"


def test_two_that_are_said_equally_well_are_a_conflict_and_of_organisms_none_is_taken():
    values = choose([said(MOUSE, "organism"), said(RAT, "organism")], [])
    assert (value(values, "organism"), values.ncbitaxon_id) == (None, None)
    assert {one.other for one in values.conflicts} == {"Mus musculus", "Rattus norvegicus"}
    assert {one.reason for one in values.conflicts} == {"two_values"}
    both = choose([said(TEM, "submodality"), said(CONFOCAL, "submodality")], [])
    assert [one.reason for one in both.conflicts if one.field == "submodality"] == ["two_values"]
    assert value(both, "submodality") == "TEM"


def test_a_word_within_a_longer_name_doesn_t_count(shipped):
    done = tag_panel([PanelText("caption", "hematoxylin and eosin")], [], shipped)
    assert value(done.values, "stain") == "H&E"
    assert {each.text for each in done.annotations} >= {"hematoxylin and eosin", "hematoxylin"}


def test_a_group_of_species_counts_less_than_one():
    values = choose(
        [said("NCBITaxon:7742", "organism"), said("NCBITaxon:7742", "organism"), said(MOUSE, "organism")], []
    )
    assert value(values, "organism") == "Mus musculus"


def test_a_submodality_of_another_modality_than_the_fact_s_is_left_out():
    values = choose([said(CONFOCAL, "submodality")], [fact("modality", "electron microscopy")])
    assert value(values, "submodality") is None
    assert "not_of_modality" in {conflict.reason for conflict in values.conflicts}


def test_one_panel_s_texts_and_facts_become_annotations_and_columns(shipped):
    texts = [
        PanelText("caption", "Confocal image of HeLa cells. (A) Nuclei (DAPI). (B) MTs."),
        PanelText("subcaption", "(B) MTs."),
        PanelText("mention:p1", "We stained microtubules (MTs) of cells."),
    ]
    done = tag_panel(texts, [fact("organism", "human")], shipped)
    assert {(each.where, each.term) for each in done.annotations if each.text == "MTs"} == {
        ("caption", "GO:0005874"), ("subcaption", "GO:0005874"), ("mention:p1", "GO:0005874"),
    }  # fmt: skip
    values = {field: value(done.values, field) for field in COLUMNS}
    assert values["organelle"] == "microtubule"
    assert values["cell_type"] == "HeLa"
    assert values["modality"] == "fluorescence microscopy"
    assert (values["organism"], done.values.ncbitaxon_id) == ("Homo sapiens", "NCBITaxon:9606")


def test_a_fact_whose_words_and_id_name_different_terms_fills_nothing_and_is_told():
    values = choose([], [fact("organism", "Mus musculus", "NCBITaxon:9606")])
    assert value(values, "organism") is None
    assert {(one.other, one.reason) for one in values.conflicts} == {
        ("Homo sapiens", "facts_disagree"),
        ("Mus musculus", "facts_disagree"),
    }


@pytest.mark.parametrize("nothing", ["none", "Unknown", "not applicable", "n/a", " - "])
def test_what_says_that_nothing_is_known_is_no_value(nothing):
    assert choose([], [fact("organism", nothing), fact("stain", nothing)]) == ({}, None, ())


def test_what_a_text_only_supposes_fills_no_column(shipped):
    done = tag_panel([PanelText("caption", "These might be neurons.")], [], shipped)
    assert [one.confidence <= 0.5 for one in done.annotations] == [True]
    assert value(done.values, "cell_type") is None


def test_a_group_of_species_is_no_organism_of_an_image():
    assert value(choose([said("NCBITaxon:40674", "organism", label="Mammalia")], []), "organism") is None


def test_the_pulp_of_a_spleen_is_no_pollen_tube(shipped):
    done = tag_panel([PanelText("caption", "Spleen. Red pulp (RP) and white pulp (WP).")], [], shipped)
    assert value(done.values, "tissue") == "spleen"


def test_a_fact_whose_id_its_words_speak_against_is_not_believed_and_told():
    facts = [
        fact("tissue", "tail", "UBERON:0002107"),
        fact("organism", "mouse", "NCBITaxon:10090"),
        fact("stain", "DAPI"),
    ]
    kept, doubted = believed(facts, partial(names, Ontologies()))
    assert [one.name for one in kept] == ["organism", "stain"]
    assert [(one.field, one.other, one.reason) for one in doubted] == [
        ("tissue", "liver (UBERON:0002107)", "id_against_words")
    ]


def test_names_are_not_built_where_no_fact_has_an_id():
    def built():
        raise AssertionError

    assert believed([fact("stain", "DAPI")], built) == ([fact("stain", "DAPI")], [])


def test_a_paragraph_alone_fills_nothing_but_backs_what_the_caption_says():
    assert value(choose([said(MOUSE, "organism", "mention:p1")], []), "organism") is None
    both = choose(
        [said(MOUSE, "organism"), said(RAT, "organism", "mention:p1"), said(RAT, "organism", "mention:p2")], []
    )
    assert value(both, "organism") == "Mus musculus"


def only(text, compiled):
    return {
        name: one.value for name, one in tag_panel([PanelText("caption", text)], [], compiled).values.choices.items()
    }


ANATOMY = [
    ("UBERON:1", "temple", "UBERON", "tissue"), ("UBERON:2", "dorsal crest", "UBERON", "tissue"),
    ("BTO:1", "plant column", "BTO", "tissue"), ("BTO:2", "XY-99 cell", "BTO", "cell_type"),
    ("FBbi:1", "wide angle imaging", "FBbi", "submodality"), ("NCBITaxon:9625", "Vulpes", "NCBITaxon", "organism"),
    ("NCBITaxon:9627", "Vulpes vulpes", "NCBITaxon", "organism"),
]  # fmt: skip


@pytest.fixture(scope="module")
def loaded():
    rows = [Known(term, label, name, field, (Name(label, Kind.LABEL),)) for term, label, name, field in ANATOMY]
    return Lexicon(with_curated(rows))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Stained at the temple.", {}),
        ("The dorsal crest.", {"tissue": "dorsal crest"}),
        ("A plant column and XY-99 cells.", {"cell_type": "XY-99 cell"}),
        ("By wide angle imaging.", {}),
        ("Vulpes here.", {}),
        ("Vulpes vulpes here.", {"organism": "Vulpes vulpes"}),
        ("The head of a sperm and its tail.", {"cell_type": "sperm"}),
        ("Embryonic stem cells.", {"cell_type": "embryonic stem cell"}),
        ("Red blood cells.", {"cell_type": "erythrocyte"}),
        ("Nerve cells.", {"cell_type": "neuron"}),
        ("Chinese hamster ovary cells.", {"organism": "Cricetulus griseus", "cell_type": "CHO"}),
        ("Skeletal muscle, hippocampus.", {"tissue": "skeletal muscle"}),
        ("Larval habitats and heart rates.", {}),
        ("Outer nuclear layer.", {"tissue": "outer nuclear layer"}),
        ("Mitochondria could not be detected.", {}),
        ("Non-neuronal cells.", {}),
        ("Kidney cells (Vero).", {"tissue": "kidney", "cell_type": "Vero"}),
        ("Blood: red blood cells.", {"tissue": "blood", "cell_type": "erythrocyte"}),
    ],
)
def test_what_only_an_ontology_has_needs_a_name_of_several_words(text, columns, loaded):
    assert only(text, loaded) == columns


def test_what_paragraphs_speak_of_most_doesn_t_overrule_the_caption(shipped):
    texts = [PanelText("caption", "Rat."), PanelText("title", "Of mice")]
    texts += [PanelText(f"mention:{at}", "Mouse, mouse, mouse.") for at in range(5)]
    assert value(tag_panel(texts, [], shipped).values, "organism") == "Rattus norvegicus"
    assert value(tag_panel(texts[1:], [], shipped).values, "organism") == "Mus musculus"


def test_facts_are_tagged_and_fill_only_the_columns_that_they_are_named_after(shipped):
    facts = [fact("study_description", "Mouse liver"), fact("organism", "Rattus norvegicus")]
    done = tag_panel([PanelText(f"fact:{one.name}", one.value) for one in facts], facts, shipped)
    assert {(one.where, one.text) for one in done.annotations} == {
        ("fact:study_description", "Mouse"), ("fact:study_description", "liver"),
        ("fact:organism", "Rattus norvegicus"),
    }  # fmt: skip
    assert {name: one.value for name, one in done.values.choices.items()} == {"organism": "Rattus norvegicus"}


def test_the_taxon_of_an_organism_that_a_person_names():
    assert [taxon_of(name) for name in ("Mus musculus", "mouse", "Bos taurus", "a yeti", None)] == [
        "NCBITaxon:10090", "NCBITaxon:10090", "NCBITaxon:9913", None, None,
    ]  # fmt: skip
