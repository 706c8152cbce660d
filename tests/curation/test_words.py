"""Words and their inflections: which spellings, numbers and cases are one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.inflection import adjectives, bracketed, dyes, inversions, is_code, same_code, same_words, vernaculars
from curation.words import Forms, cut, key_of, stem, words_of


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("nuclei", "nucleus"), ("mitochondria", "mitochondrion"), ("axes", "axis"), ("cortices", "cortex"),
        ("bodies", "body"), ("retinae", "retina"), ("viruses", "virus"), ("synapses", "synapse"), ("mice", "mouse"),
        ("ganglia", "ganglion"), ("stomata", "stoma"), ("testes", "testis"), ("Oesophagus", "esophagus"),
        ("tumours", "tumor"), ("haematoxylin", "hematoxylin"), ("\u03b2-cells", "beta cell"), ("T-cells", "T cell"),
        ("fibre", "fiber"), ("Purkinje's cells", "Purkinje cell"),
    ],
)  # fmt: skip
def test_a_word_meets_its_plural_and_spelling(said, name):
    assert key_of(said) == key_of(name)
    assert same_words(words_of(said), words_of(name), plural=True)


@pytest.mark.parametrize(
    ("said", "name"),
    [("rates", "rat"), ("test", "testis"), ("codes", "cod"), ("basis", "base"), ("\u00b5m", "mum"), ("glass", "glas")],
)
def test_words_that_only_share_a_stem_stay_apart(said, name):
    assert not same_words(words_of(said), words_of(name), plural=True)


def test_a_code_keeps_its_case():
    assert [is_code(word) for word in ("ER", "Cy3", "eGFP", "H2B", "a", "Golgi", "axon", "T cell")] == [
        True, True, True, True, True, False, False, False,
    ]  # fmt: skip
    assert same_code("DRGs", "DRG")
    assert not same_code("drg", "DRG")


def test_names_that_follow_by_rule():
    assert "retinal" in adjectives("retina")
    assert "arterial" in adjectives("artery")
    assert "ventricular" in adjectives("ventricle")
    assert adjectives("Golgi") == []
    assert inversions("epithelium of the retina") == ["retina epithelium"]
    assert bracketed("structured illumination microscopy (SIM)") == ["structured illumination microscopy", "SIM"]
    assert "Alexa 488" in dyes("Alexa Fluor 488")
    assert vernaculars("Coronaviridae") == ["coronavirus", "coronaviral"]


@given(st.text())
def test_tokens_lie_in_order_and_hold_no_blanks(text):
    pieces = cut(text)
    borders = [place for pair in zip(pieces.starts, pieces.ends, strict=True) for place in pair]
    assert borders == sorted(borders)
    for start, end, form in zip(*pieces, strict=True):
        assert form
        assert not text[start:end].strip() or text[start:end] == text[start:end].strip()


@given(st.text(max_size=30))
def test_a_stem_is_stable(word):
    assert stem(stem(word)) == stem(word) or len(stem(word)) <= 4


def test_words_that_come_once_are_not_remembered_for_good():
    forms = Forms()
    assert [forms[f"word{at}s"] for at in range(40_000)] == [f"word{at}" for at in range(40_000)]
    assert len(forms) < 33_000
