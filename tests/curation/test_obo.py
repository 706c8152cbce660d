"""OBO files are read leniently: a strange line costs itself, a strange file is refused in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation import obo as reader
from curation.obo import read_obo
from schemas.errors import OntologyError


def test_a_term_has_its_names_parents_and_state(obo):
    read = read_obo(obo())
    assert (read.name, read.version) == ("cl", "releases/2026-01-01")
    by_id = {term.id: term for term in read.terms}
    assert by_id["CL:0000540"].synonyms == (("nerve cell", "EXACT"),)
    assert by_id["CL:0000540"].parents == ("CL:0000000",)
    assert by_id["CL:9000002"].label == "glow cell"
    assert by_id["CL:9000003"].obsolete
    assert "part_of" not in by_id
    assert read.problems == ()


def test_escapes_relations_and_roles_are_read(obo):
    text = (
        '[Term]\nid: X:1 ! a comment\nname: a \\"b\\" c\nrelationship: part_of X:2 ! whole\n'
        'relationship: has_role X:3 {is_inferred="true"}\nsynonym: "x\\ny" NARROW PLURAL [PMID:1]\n'
    )
    (term,) = read_obo(obo(text)).terms
    assert (term.id, term.label, term.parents, term.roles) == ("X:1", 'a "b" c', ("X:2",), ("X:3",))
    assert term.synonyms == (("x y", "NARROW"),)


def test_a_definition_with_a_quote_too_many_costs_nothing(obo):
    (term,) = read_obo(obo('[Term]\nid: BTO:1\nname: liver\ndef: "a "quoted" thing" [x"]\n')).terms
    assert term.label == "liver"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"synonym: no quotes EXACT []", "line 4: a synonym without its quotes"),
        (b'synonym: "never ends EXACT []', "line 4: a synonym without its quotes"),
        (b"name: caf\xe9", "line 4: no UTF-8"),
        (b'def: "' + b"x" * (reader.MOST_LINE_BYTES + 10), f"line 4: longer than {reader.MOST_LINE_BYTES} bytes"),
    ],
)  # fmt: skip
def test_a_bad_line_is_left_out_and_told(obo, line, told):
    read = read_obo(obo(b"[Term]\nid: X:1\nname: one\n" + line + b"\nis_a: X:0\n"))
    assert [term.parents for term in read.terms] == [("X:0",)]
    assert read.problems == (told,)


def test_terms_without_an_id_or_name_and_second_ones_are_told(obo):
    read = read_obo(
        obo("[Term]\nname: nameless\n\n[Term]\nid: X:1\n\n[Term]\nid: X:2\nname: a\n\n[Term]\nid: X:2\nname: b\n")
    )
    assert [(term.id, term.label) for term in read.terms] == [("X:2", "a")]
    assert read.problems == ("a term: without an id", "X:1: without a name", "X:2: there twice; the first stays")


def test_problems_beyond_a_hundred_are_counted(obo):
    lines = "synonym: bad\n" * (reader.MOST_PROBLEMS + 5)
    read = read_obo(obo(f"[Term]\nid: X:1\nname: a\n{lines}"))
    assert len(read.problems) == reader.MOST_PROBLEMS + 1
    assert read.problems[-1] == "and 5 more"


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, b"<html>not found</html>", b"ontology: cl\n"])
def test_a_file_without_terms_is_refused(obo, content):
    with pytest.raises(OntologyError, match="no_terms") as told:
        read_obo(obo(content))
    assert "cl.obo" in str(told.value)


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(obo):
    read = read_obo(obo(b"\xef\xbb\xbfontology: x\r\n\r\n[Term]\r\nid: X:1\r\nname: one\r\n"))
    assert (read.name, read.terms[0].label) == ("x", "one")


def test_limits_hold(obo, monkeypatch):
    monkeypatch.setattr(reader, "MOST_TERMS", 1)
    with pytest.raises(OntologyError, match="too_many_terms"):
        read_obo(obo())
    monkeypatch.setattr(reader, "MOST_FILE_BYTES", 10)
    with pytest.raises(OntologyError, match="too_large"):
        read_obo(obo())


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_the_error_that_is_meant(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("obo") / "x.obo"
    path.write_bytes(b"[Term]\nid: X:1\nname: one\n" + content)
    assert read_obo(path).terms[0].id == "X:1"


@pytest.mark.parametrize("wrong", ["<script>alert(1)</script>", "A B:1", 'X:"1', "X:" + "1" * 200, "http://x/y z"])
def test_what_is_no_id_costs_its_term_alone(obo, wrong):
    read = read_obo(obo(f"ontology: x\n\n[Term]\nid: {wrong}\nname: bad\n\n[Term]\nid: X:1\nname: good\n"))
    assert [term.id for term in read.terms] == ["X:1"]
    assert len(read.problems) == 1
    assert read.problems[0].endswith("no id")
