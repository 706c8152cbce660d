"""ELN people: no fact of a notebook holds a person, from whatever file it comes and whatever its field is called."""

import json

import pytest
from eln_exports import STAIN, brought, crate, dataset, file_node, picture, write
from hypothesis import given
from hypothesis import strategies as st

from ingest.eln_people import People, holds_person, is_person
from schemas.records import Fact

JANE = {"@id": "#j", "@type": "Person", "name": "Jane Doe", "email": "jane.doe@lab.org"}
FIELDS = """Operator|operator name|operatorName|OPERATOR_ID|Responsible person|Supervisor|Owner|Author|Creator|E-mail
|e_mail|PI|project.PI|Principal investigator|Investigator|Student|Technician|Patient name|Acquired by|prepared by
|Performed By|Measured by|Imaged by (name)|User|users|metaUser.operator|Contact|Bearbeiter|Bearbeiterin|Benutzer
|Name des Bearbeiters
|Name des Präparators|Aufgenommen von|Verantwortlicher|Responsable|Auteur|Opérateur|Préparé par|Nom de l'utilisateur
|Usuario|Realizado por|Nombre del operador|Técnico|mikroskop.benutzer|creator_name|actor.givenName"""
THINGS = """Objective|Contact angle|Stain|Student's t-test|User defined gain|Excited by|Normalized by
|Name des Farbstoffs|PI concentration|Temperature|Gene|Operation mode|Sample name|Cell line|Authority|Fixed by
|IP address|Technique|metaUser.imageHeight"""


def field(name, value, **more):
    return {"@type": "PropertyValue", "propertyID": name, "value": value, **more}


def entry(tmp_path, *values, members=(), nodes=(JANE,), text="", **more):
    """Return the only figure of an export of one entry, and all that is told of it."""
    blobs = {"e/a.png": picture(1), **dict(members)}
    files = [file_node(f"./{key}", blob) for key, blob in blobs.items()]
    head = dataset("./e/", *(f"./{key}" for key in blobs), name="E", text=text, variableMeasured=list(values), **more)
    write(tmp_path / "a.eln", blobs, crate([head, *files, *nodes], ["./e/"]))
    (figure,), dropped = brought(tmp_path)
    assert dropped == []
    return figure, figure.model_dump_json(exclude={"blob"})


@pytest.mark.parametrize("name", FIELDS.replace("\n", "").split("|"))
def test_a_field_that_holds_a_person_is_known_by_its_name(name):
    assert holds_person(name)


@pytest.mark.parametrize("name", THINGS.replace("\n", "").split("|"))
def test_a_field_that_holds_a_thing_stays(name):
    assert not holds_person(name)


def test_no_field_of_a_crate_names_a_person_nor_does_a_caption_made_of_fields(tmp_path):
    staff = {"staff": [{"role": "op", "name": "John Roe", "mail": "j@lab.org"}], "operator": "John Roe"}
    figure, said = entry(
        tmp_path,
        *(field(name, "John Roe") for name in FIELDS.replace("\n", "").split("|")),
        field("who", {"@id": "#j"}),
        field("x", "Doe, Jane"),
        field("y", "mailto:jane.doe@lab.org?subject=x"),
        field("z", "0000-0002-1825-0097"),
        field("tel", "+49 30 123456"),
        field("outer", field("operator", "John Roe")),
        field("list", json.dumps([{"role": "operator", "name": "John Roe"}])),
        field("tree", json.dumps(staff)),
        field("note", "ask jane.doe@lab.org or Jane Doe, 0000-0002-1825-0097"),
        STAIN,
        keywords=["jane.doe@lab.org", "jane doe", "actin"],
        about={"@id": "#j"},
        instrument=[{"@id": "#j"}, {"@type": "Person", "name": "John Roe"}],
        author={"@id": "#j"},
        license={"@id": "#l"},
        nodes=(JANE, {"@id": "#l", "@type": "CreativeWork", "name": "(c) Jane Doe, jane.doe@lab.org"}),
    )
    told = {(fact.name, fact.value) for fact in figure.facts if fact.name not in {"person", "checksum"}}
    assert told == {
        ("title", "E"),
        ("keyword", "actin"),
        ("note", "ask [e-mail] or [name], [ORCID]"),
        ("Stain", "DAPI"),
        ("export_license", "(c) [name], [e-mail]"),
    }
    assert not [name for name in ("Jane", "jane", "Roe", "lab.org", "1825") if name in said]
    assert figure.caption == "E. Keyword: actin. Note: ask [e-mail] or [name], [ORCID]. Stain: DAPI."


def test_nor_does_a_file_of_datalab_or_rspace(tmp_path):
    item = {"blocks_obj": {}, "refcode": "x", "operator": "Jane Doe", "creator_name": "J Roe", "made": "Doe, Jane"}
    fields = (("Operator", "Jane Doe"), ("E-mail", "j@lab.org"), ("Bearbeiter", "J Roe"), ("Gain", "5"))
    template = "<field><fieldType>STRING</fieldType><fieldName>{}</fieldName><fieldData>{}</fieldData></field>"
    written = "".join(template.format(*each) for each in fields)
    xml = f"<archivalDocument><name>D</name><listFields>{written}</listFields></archivalDocument>"
    members = {"e/metadata.json": json.dumps(item).encode(), "e/d.xml": xml.encode()}
    figure, said = entry(tmp_path, STAIN, members=members)
    assert {fact.name for fact in figure.facts} == {"title", "Stain", "Gain", "checksum"}
    assert not [name for name in ("Doe", "Roe", "lab.org") if name in said]


def test_a_person_by_an_object_is_one_with_a_name_and_a_role_or_address():
    assert is_person({"Full name": "A", "E-Mail": "x"})
    assert not is_person({"name": "tubulin", "dilution": "1:500"})


@given(st.text(max_size=80), st.text(max_size=40))
def test_what_was_filtered_once_stays_as_it_is(value, name):
    people = People(["Jane Doe", "jane.doe@lab.org", "Müller"])
    once = list(people.left_out_of([Fact(name=name, value=value, origin="x")]))
    assert list(people.left_out_of(once)) == once


@given(st.sampled_from(["Jane Doe", "DOE, JANE", "doe jane", "Jane.Doe@Lab.org", "J. Doe <j@x.org>", "müller"]))
def test_a_known_name_in_any_order_and_case_is_no_fact(value):
    people = People(["Jane Doe", "jane.doe@lab.org", "Müller"])
    assert not list(people.left_out_of([Fact(name="x", value=value, origin="x")]))


def test_an_author_without_a_type_is_a_person_and_an_organization_is_none(tmp_path):
    nodes = ({"@id": "#a", "name": "Jane Doe"}, {"@id": "#o", "@type": "Organization", "name": "Example Lab"})
    authors = [{"@id": "#a"}, {"@id": "#o"}]
    figure, _ = entry(tmp_path, field("x", "doe, jane"), field("place", "Example Lab"), nodes=nodes, author=authors)
    assert {fact.name for fact in figure.facts} == {"title", "place", "person", "checksum"}


def test_many_names_and_a_long_text_cost_no_more_than_their_sum():
    people = People(f"Given{'x' * (at % 7)} Family{'y' * at}" for at in range(2_000))
    text = "Given words and no family; " * 20_000 + "Givenxx Familyyy"
    assert people.masked(text).endswith("; [name]")
