"""Tagging: which terms a text names, where, and how sure that is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.lexicons import Ontologies, lexicon
from curation.senses import form
from curation.tagging import shorts, tag
from curation.terms import Kind, Known, Name
from schemas.curated_table import curated

ROOT = Path(__file__).resolve().parents[2]


def found(text, compiled, ontology=None):
    return [(each.text, each.term) for each in tag(text, compiled) if ontology in (None, each.ontology)]


def test_a_term_is_found_by_label_synonym_plural_and_adjective(small):
    text = "Neurons, a nerve cell and neuronal tissue."
    assert found(text, small, "CL") == [
        ("Neurons", "CL:0000540"), ("nerve cell", "CL:0000540"), ("neuronal", "CL:0000540"),
    ]  # fmt: skip


def test_the_longest_name_wins_and_related_or_dead_names_are_not_looked_for(small):
    assert found("a Kenyon cell, a lumen cell, a ghost cell", small, "CL") == [
        ("Kenyon cell", "CL:9000001"), ("cell", "CL:0000000"), ("cell", "CL:0000000"),
    ]  # fmt: skip


def test_words_end_where_words_end(small):
    assert found("neuronlike preneuron neuron-like", small, "CL") == [("neuron", "CL:0000540")]


def test_a_term_of_another_ontology_in_a_file_is_not_its_own(small):
    (brain,) = (each for each in tag("brain", small) if each.ontology == "UBERON")
    assert brain.field == "tissue"
    assert small.terms[small.number_of("UBERON:0000955")].names[0].kind == Kind.LABEL


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Kenyon cells (KCs) fire. KCs and a KC.", "KC"),
        ("KC (Kenyon cell). KCs and a KC.", "KC"),
        ("(A) Map. KC, Kenyon cell; OB, other. KCs and a KC.", "KC"),
    ],
)
def test_a_short_form_means_what_the_text_defines(small, text, short):
    assert [said for said, term in found(text, small, "CL") if term == "CL:9000001"].count("KCs") >= 1
    assert (short, "CL:9000001") in found(text, small, "CL")


def test_a_short_form_that_stands_for_something_else_is_no_term(shipped):
    assert ("SEM", "FBbi:00000257") in found("By SEM at 5 kV we saw cilia.", shipped)
    assert "SEM" not in dict(found("Bars show the strongest ever movement (SEM). SEM of three.", shipped))
    assert "SEM" not in dict(found("Values are mean ± SEM.", shipped))


def test_short_forms_of_other_texts_of_the_article_are_read(small):
    given_forms = shorts(["Kenyon cells (KCs) fire."], small)
    assert found("Two KCs.", small, "CL") == []
    assert [each.term for each in tag("Two KCs.", small, given_forms)] == ["CL:9000001"]


def test_a_name_goes_on_behind_a_short_form_in_brackets(shipped):
    assert ("embryonic stem (ES) cells", "CL:0002322") in found("We grew embryonic stem (ES) cells.", shipped)


def test_a_species_is_known_by_its_short_name_once_it_was_named(small):
    text = "Exemplar vulgaris eats. E. vulgaris sleeps."
    assert [said for said, _ in found(text, small, "NCBITaxon")] == ["Exemplar vulgaris", "E. vulgaris"]
    assert found("E. vulgaris sleeps.", small, "NCBITaxon") == []


def test_a_scientific_name_keeps_its_capital_and_a_common_one_has_a_plural(small):
    assert found("lampas lamp; Lampas; example beasts", small, "NCBITaxon") == [
        ("Lampas", "NCBITaxon:99000002"), ("example beasts", "NCBITaxon:99000001"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("no neurons were seen", True),
        ("cells without neurons", True),
        ("neurons were not detected", True),
        ("neuron-free areas", True),
        ("neurons were seen", False),
        ("not only neurons", False),
        ("no glow; neurons fire", False),
        ("cells without a nucleus are neurons", False),
        ("no difference between neurons and glow", False),
        ("no significant change in neurons", False),
        ("no effect on neurons", False),
        ("they do not have neurons", True),
        ("no glow and no neurons were seen", True),
        ("no glow, but neurons fire", False),
    ],
)
def test_what_is_denied_is_marked(small, text, negated):
    (each,) = (each for each in tag(text, small) if each.term == "CL:0000540")
    assert each.negated == negated


def test_what_is_only_supposed_is_less_sure(small):
    sure, unsure = (tag(text, small)[0].confidence for text in ("neurons fire", "these may be neurons"))
    assert (sure > 0.9, unsure <= 0.5) == (True, True)


def test_a_month_or_a_name_supposes_nothing(small):
    assert [each.confidence > 0.9 for each in tag("May-Gr\u00fcnwald stained neurons, in May", small)] == [True]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("epidermal growth factor receptor", "epidermal"),
        ("brain-derived neurotrophic factor", "brain"),
        ("glial fibrillary acidic protein", "glial"),
        ("nerve growth factor", "nerve"),
        ("Firefly luciferase", "Firefly"),
        ("the CMV promoter", "CMV"),
        ("Aleuria aurantia lectin", "Aleuria aurantia"),
        ("Taq polymerase, Taq DNA polymerase", "Taq"),
        ("fetal bovine serum", "bovine"),
        ("bovine serum albumin", "bovine"),
        ("T cell receptor", "T cell"),
        ("Goat serum", "Goat"),
        ("goat anti-rabbit IgG", "rabbit"),
        ("mouse hepatitis virus", "mouse"),
    ],
)
def test_a_name_within_a_molecule_s_name_is_hardly_a_finding(text, word):
    for field in ("tissue", "cell_type", "organism"):
        compiled = Lexicon([Known("X:1", word, "X", field, (Name(word, Kind.LABEL),))])
        assert [each.confidence for each in tag(text, compiled)] in ([0.3], [0.3, 0.3])
        assert tag(f"the {word} here", compiled)[0].confidence > 0.9


def test_an_antibody_s_animal_is_hardly_an_organism(shipped):
    (goat, mouse) = tag("goat anti-mouse IgG", shipped)[:2]
    assert goat.confidence < 0.5
    assert mouse.confidence < 0.5
    assert tag("mouse brain", shipped)[0].confidence > 0.8
    assert tag("normal human colon", shipped)[0].confidence > 0.8
    assert tag("fetal mouse brain", shipped)[0].confidence > 0.8


def test_the_curated_table_names_what_ontologies_lack(shipped):
    text = "TIRF, cryo-EM, CLEM, FIB-SEM and H&E; HeLa cells with DAPI and Alexa 488."
    said = {each.text: (each.ontology, each.field) for each in tag(text, shipped)}
    assert said["TIRF"] == ("bricks", "submodality")
    assert said["H&E"] == ("bricks", "stain")
    assert said["HeLa cells"] == ("BTO", "cell_type")
    assert {"cryo-EM", "CLEM", "FIB-SEM", "DAPI", "Alexa 488"} <= said.keys()


def test_words_beside_which_a_name_means_else_take_it_away(shipped):
    assert "membrane" in dict(found("the membrane and the pore", shipped))
    assert "membrane" not in dict(found("transferred to a nitrocellulose membrane", shipped))


@pytest.mark.parametrize(
    "text",
    [
        "Data are shown (+/\u2212 SEM).", "Shading indicates SEM.", "Whiskers, SEM.", "Values are mean ± SEM, by SEMs.",
        "Electron micrographs counted; whiskers, SEM.", "Recovery of the signal, SEM in grey.",
    ],
)  # fmt: skip
def test_a_bare_sem_is_the_standard_error_whatever_ontology_has_it(text):
    named = Name("SEM", Kind.EXACT)
    compiled = Lexicon([Known(f"{of}:1", "x", of, "method", (named,)) for of in ("FBbi", "EFO", "EDAM-bioimaging")])
    assert tag(text, compiled) == []
    assert len(tag("Scanning electron microscopy. Scale bar, 1 µm. By SEM.", compiled)) == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("diameter at breast height", "breast"),
        ("the research vessel left", "vessel"),
        ("the tail of the distribution", "tail"),
        ("the root-mean-square noise", "root"),
        ("joint distribution of sizes", "joint"),
        ("the Bird et al. data", "Bird"),
        ("Dr. Wolf saw it", "Wolf"),
        ("a model (Rice and Fox, 1999)", "Rice"),
        ("a worm-like chain", "worm"),
        ("tick labels and tick marks", "tick"),
        ("Figure 2 leaves it open", "leaves"),
        ("skeletons of neurons", "skeletons"),
        ("Merck, Cat. no. 5", "Cat"),
        ("Golgi-stained sections", "Golgi"),
        ("after oxygen plasma treatment", "plasma"),
        ("a crystal nucleus and a comet nucleus", "nucleus"),
        ("Neuron 75, 12-20", "Neuron"),
        ("published in Blood 110.", "Blood"),
        ("ER-positive tumours", "ER"),
        ("A band of light", "A band"),
    ],
)
def test_everyday_words_are_no_terms_beside_their_company(text, word):
    names = ("breast", "vessel", "tail", "root", "joint", "bird", "wolf", "rice", "worm", "tick", "leaf", "skeleton",
             "cat", "Golgi", "plasma", "nucleus", "neuron", "blood", "ER", "A band")  # fmt: skip
    compiled = Lexicon([Known(f"X:{name}", name, "GO_CC", "organelle", (Name(name, Kind.LABEL),)) for name in names])
    said = {each.text for each in tag(text, compiled)}
    assert word not in said
    alone = f"ixodid parasites, sarcomeres, knees: {word.lower() if word.istitle() and word != 'Golgi' else word} here"
    assert len([each for each in tag(alone, compiled) if each.text.lower() == word.lower()]) == 1


def test_a_text_is_searched_for_company_once_however_often_a_word_asks(shipped, monkeypatch):
    import curation.senses as module

    asked = []

    class Watched:
        def search(self, text):
            asked.append(text)

    monkeypatch.setattr(module, "_companies", lambda *_: (module._Company(None, watched),))
    watched = Watched()
    assert tag("neurons " * 50, shipped) == []
    assert len(asked) == 1


def test_equally_good_terms_are_told_as_doubtful():
    names = (Name("twin", Kind.EXACT),)
    terms = [
        Known("X:1", "first twin", "X", "factor", names),
        Known("X:2", "second of all twins", "X", "factor", names),
    ]
    (each,) = tag("a twin", Lexicon(terms))
    assert (each.term, each.confidence) == ("X:1", 0.5)


def test_a_verdict_stands_above_the_names():
    terms = [Known("X:1", "rod", "X", "factor", (Name("rod", Kind.LABEL),)), Known("X:2", "bar", "X", "factor", ())]
    assert tag("a rod", Lexicon(terms, {("X", "rod"): ""})) == []
    assert [each.term for each in tag("a rod", Lexicon(terms, {("X", "rod"): "X:2"}))] == ["X:2"]


def test_the_table_s_names_stand_above_learnt_ones_and_synonyms_but_not_above_a_label():
    wing = Known("NCBITaxon:7147", "Diptera", "NCBITaxon", "organism", (Name("flies", Kind.EXACT),))
    compiled = Lexicon(with_curated([wing]), {("NCBITaxon", form("fly")): "NCBITaxon:7147"})
    assert [each.label for each in tag("a fly, cattle", compiled)] == ["Drosophila melanogaster", "Bos taurus"]
    own = Known("NCBITaxon:1", "fly", "NCBITaxon", "organism", (Name("fly", Kind.LABEL),))
    assert [each.term for each in tag("a fly", Lexicon(with_curated([own])))] == ["NCBITaxon:1"]
    sub = Known("NCBITaxon:32281", "Drosophila", "NCBITaxon", "organism", (Name("Drosophila", Kind.LABEL),))
    assert [each.term for each in tag("in Drosophila", Lexicon(with_curated([sub])))] == ["NCBITaxon:7215"]


def test_a_letter_is_a_cell_s_only_as_the_ontology_writes_it():
    compiled = Lexicon(
        [Known(f"CL:{name}", name, "CL", "cell_type", (Name(name, Kind.LABEL),)) for name in ("T cell", "P cell")]
    )
    assert found("a T cell, a t-cell, T-cells", compiled) == [
        ("T cell", "CL:T cell"), ("t-cell", "CL:T cell"), ("T-cells", "CL:T cell"),
    ]  # fmt: skip
    assert found("a t cell, in each p cell", compiled) == []


_PARTS = [
    "neurons",
    "Kenyon cells",
    "(KCs)",
    "KC",
    "no",
    "may",
    "brain",
    "E. coli",
    "Escherichia coli",
    "DAPI",
    "H&E",
    ";",
    "not",
    "GFP",
    "T-cell",
    "β-cells",
    "the",
    "of",
    "(",
    ")",
    ",",
    ".",
    "\n\n",
    "mouse",
    "anti-",
    "±",
    "SEM",
]
_WORDS = st.lists(st.sampled_from(_PARTS), max_size=25)


@given(_WORDS)
@settings(max_examples=150)
def test_what_is_told_stands_there_and_never_overlaps_in_an_ontology(shipped, words):
    text = " ".join(words)
    last: dict[str, int] = {}
    for each in tag(text, shipped):
        assert each.text == text[each.start : each.end]
        assert each.text == each.text.strip() != ""
        assert each.start >= last.get(each.ontology, 0)
        assert 0 < each.confidence <= 1
        last[each.ontology] = each.end


@given(_WORDS, st.text(" \t\n", max_size=4), st.text(" \t\n", max_size=4))
@settings(max_examples=100)
def test_white_space_around_a_text_only_shifts_what_is_told(shipped, words, before, behind):
    text = " ".join(words).strip()
    shifted = [
        each._replace(start=each.start - len(before), end=each.end - len(before))
        for each in tag(before + text + behind, shipped)
    ]
    assert shifted == tag(text, shipped)


@given(st.text(max_size=300))
def test_any_text_can_be_tagged(shipped, text):
    for each in tag(text, shipped):
        assert each.text == text[each.start : each.end]


@pytest.mark.shared
def test_the_real_ontologies_compile_and_find(shared_data, tmp_path):
    files = tuple(sorted((shared_data / "ontology").glob("*.obo")))
    compiled = lexicon(Ontologies(files=files, folder=tmp_path))
    text = "Purkinje cells of the mouse cerebellum; mitochondria and the ER."
    assert {"CL:0000121", "NCBITaxon:10088", "UBERON:0002037", "GO:0005739", "GO:0005783"} <= {
        each.term for each in tag(text, compiled)
    }
    lexicon.cache_clear()
    again = lexicon(Ontologies(files=files, folder=tmp_path))
    assert tag(text, again) == tag(text, compiled)
    assert again.terms == compiled.terms


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("macrophages infected with live Staphylococcus aureus", False),
        ("Staphylococcus aureus infected by a phage", True),
        ("mice fed on zebrafish", False),
        ("infected mouse cells", True),
        ("blocked with salmon sperm DNA", False),
        ("hen egg lysozyme", False),
        ("the chicken beta-actin promoter", False),
        ("chicken expressing the promoter", True),
        ("Liver X receptor", False),
        ("Epidermal Growth Factor Receptor", False),
        ("peroxisome proliferator-activated receptor", False),
        ("what is thought to be a lysosome", False),
        ("not to scale, lysosome", True),
        ("the lysosome may be", True),
    ],
)
def test_what_is_seen_is_told_from_what_was_put_to_it_or_is_only_a_name(text, seen, shipped):
    living = {"organism", "tissue", "cell_type", "organelle"}
    known = ("Staphylococcus", "zebrafish", "mouse", "salmon", "hen", "chicken", "Liver", "Epidermal", "perox", "lyso")
    tags = [one for one in tag(text, shipped) if one.field in living and one.text.startswith(known)]
    assert all((one.confidence > 0.5 and not one.negated) == seen for one in tags)
    assert tags or not seen


def test_a_bare_scanning_electron_micrograph_is_one_and_an_error_of_a_mean_is_not(shipped):
    assert [one.text for one in tag("SEM of cells.", shipped) if one.field == "submodality"] == ["SEM"]
    assert [one.text for one in tag("SEM of three wells.", shipped) if one.field == "submodality"] == []


UNSAID = {
    "cell_type": {"BY-2", "CHO", "S2", "precursor cell", "progenitor cell"},
    "organelle": {"chromosome", "spindle"},
    "tissue": {"joint"},
    "organism": set(),
}
"""Values whose bare word means something else far too often, or was never right where annotators read."""


@pytest.mark.parametrize("field", list(UNSAID))
def test_a_value_of_the_table_is_found_by_its_own_name(field, shipped):
    table = curated()
    for row in table.values():
        if row.field == field and row.value not in UNSAID[field]:
            found = {table[one.term].value for one in tag(row.value, shipped) if one.term in table}
            assert row.value in found, row.value
