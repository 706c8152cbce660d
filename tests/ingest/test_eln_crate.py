"""ELN crate: every shape of a crate gives the same plain answers."""

import json

import pytest
from eln_exports import crate, dataset, file_node

from ingest.eln_crate import read_crate
from ingest.eln_entries import entries_of
from ingest.eln_facts import facts_of, people_of
from ingest.eln_people import people_in
from schemas.errors import ArchiveError


def read(nodes, parts, **root):
    return read_crate(json.dumps(crate(nodes, parts, **root)).encode())


def entries(nodes, parts, **root):
    return {entry.key: [file.name for file in entry.files] for entry in entries_of(read(nodes, parts, **root)).entries}


def facts(crate_of, at_id="./e/"):
    return [
        (fact.name, fact.value, fact.unit) for fact in facts_of(crate_of, crate_of.node(at_id), people_in(crate_of))
    ]


def test_what_the_root_lists_is_an_entry_and_a_file_is_its_entrys():
    nodes = [dataset("./e/", "./e/a.png"), dataset("./f/"), file_node("./e/a.png", b"a")]
    assert entries(nodes, ["./e/", "./f/", "./e/a.png"]) == {"e": ["a.png"], "f": []}


def test_a_file_that_only_the_root_lists_is_that_of_the_entry_around_it_or_the_crates_own():
    nodes = [dataset("./e/"), file_node("./e/x/a.png", b"a"), file_node("./b.png", b"b")]
    assert entries(nodes, ["./e/", "./e/x/a.png", "./b.png"]) == {"e": ["a.png"], "": ["b.png"]}


def test_of_two_entries_that_list_a_file_it_is_that_of_the_one_it_lies_in():
    nodes = [dataset("./p/", "./p/e/", "./p/e/a.png"), dataset("./p/e/", "./p/e/a.png"), file_node("./p/e/a.png", b"a")]
    assert entries(nodes, ["./p/", "./p/e/"]) == {"p": [], "p/e": ["a.png"]}


def test_messages_in_a_logbook_are_entries_and_so_are_comments_with_files():
    nodes = [
        {**dataset("./book/", "./m/", "./c/"), "@type": ["Book", "Dataset"], "description": "a logbook"},
        {**dataset("./m/", "./m/a.jpeg", text="<p>first</p>"), "@type": ["Message", "Dataset"]},
        {**dataset("./c/", "./c/b.jpeg", text="<p>answer</p>"), "@type": ["Comment", "Dataset"]},
        file_node("./m/a.jpeg", b"a"),
        file_node("./c/b.jpeg", b"b"),
    ]
    assert entries(nodes, ["./book/"]) == {"book": [], "m": ["a.jpeg"], "c": ["b.jpeg"]}


def test_a_child_with_a_text_that_the_root_does_not_list_is_left_out_where_its_parent_has_a_text():
    nodes = [dataset("./e/", "./e/c/", text="parent"), dataset("./e/c/", "./e/c/a.png", text="child", name="C")]
    found = entries_of(read([*nodes, file_node("./e/c/a.png", b"a")], ["./e/"]))
    assert [(left.name, left.reason) for left in found.left_out] == [("C", "entry_not_listed")]
    assert [entry.files for entry in found.entries] == [()]


def test_folders_versions_and_links_within_an_entry_are_no_entries():
    nodes = [
        dataset("./e/", "./e/raw/", "./e/versions/0/", "./e/f/", isBasedOn={"@id": "./e/versions/0/"}),
        dataset("./e/raw/", "./e/raw/a.png", name="raw"),
        dataset("./e/versions/0/", "./e/versions/0/b.png", text="the entry as it was"),
        {**dataset("./e/f/", text="A file linked by a document"), "identifier": "./f"},
        dataset("./f/"),
        file_node("./e/raw/a.png", b"a"),
        file_node("./e/versions/0/b.png", b"b"),
    ]
    assert set(entries(nodes, ["./e/", "./f/"])) == {"e", "f"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"creativeWorkStatus": "Deleted"}, "entry_deleted"),
        ({"status": "archived"}, "entry_archived"),
        ({"deleted": True}, "entry_deleted"),
        ({"deleted": "true"}, "entry_deleted"),
        ({"isDeleted": True}, "entry_deleted"),
        ({"dateDeleted": "2026-01-31"}, "entry_deleted"),
        ({"archived": 1}, "entry_archived"),
        ({"creativeWorkStatus": {"@type": "DefinedTerm", "name": "Archived"}}, "entry_archived"),
        ({"creativeWorkStatus": {"@id": "https://example.org/terms#Deleted"}}, "entry_deleted"),
    ],
)
def test_what_is_deleted_or_archived_is_left_out_with_its_files(said, reason):
    nodes = [dataset("./e/", "./e/a.png", name="E", **said), file_node("./e/a.png", b"a")]
    found = entries_of(read(nodes, ["./e/", "./e/a.png"]))
    assert (found.entries, [left.reason for left in found.left_out]) == ((), [reason])


@pytest.mark.parametrize("said", [{"deleted": False}, {"archived": "0"}, {"isDeleted": "no"}, {"dateDeleted": None}])
def test_what_says_that_it_is_not_deleted_stays(said):
    assert entries([dataset("./e/", **said)], ["./e/"]) == {"e": []}


def test_an_entry_that_nothing_lists_is_told():
    nodes = [dataset("./e/"), dataset("./f/", "./f/a.png", name="F", text="words"), file_node("./f/a.png", b"a")]
    found = entries_of(read(nodes, ["./e/"]))
    assert [(left.name, left.reason) for left in found.left_out] == [("F", "entry_not_listed")]
    assert {"f", "f/a.png"} <= found.reached


def test_a_file_that_two_entries_list_is_taken_once_and_told():
    nodes = [dataset(f"./{name}/", "./s/a.png", name=name.upper()) for name in "ef"]
    found = entries_of(read([*nodes, file_node("./s/a.png", b"a")], ["./e/", "./f/"]))
    assert [len(entry.files) for entry in found.entries] == [1, 0]
    told = [(left.reason, left.detail) for left in found.left_out]
    assert told == [("file_shared", "taken as a file of E; also listed by F")]


def test_of_ids_that_differ_by_an_escape_or_composition_each_is_itself():
    nodes = [file_node(f"./{name}.png", b"a", name=name) for name in ("10%25", "10%2525", "caf\u00e9", "cafe\u0301")]
    crate_of = read([dataset("./e/"), *nodes], ["./e/"])
    assert [crate_of.node(node["@id"])["name"] for node in nodes] == [node["name"] for node in nodes]
    assert crate_of.node("./10%.png") is None


def test_a_name_in_lists_without_end_is_read():
    name = "deep"
    for _ in range(600):
        name = [name]
    assert [entry.name for entry in entries_of(read([dataset("./e/", name=name)], ["./e/"])).entries] == ["deep"]


def test_an_archived_file_is_left_out_and_its_entry_stays():
    nodes = [dataset("./e/", "./e/a.png"), file_node("./e/a.png", b"a", creativeWorkStatus="Archived")]
    found = entries_of(read(nodes, ["./e/"]))
    assert [left.reason for left in found.left_out] == ["entry_archived"]
    assert [entry.files for entry in found.entries] == [()]


def test_datasets_that_hold_each_other_end():
    nodes = [dataset("./a/", "./b/", text=""), dataset("./b/", "./a/", text="b"), dataset("./c/", "./c/")]
    assert set(entries(nodes, ["./a/", "./c/"])) == {"a", "b", "c"}


def test_ids_that_mean_the_same_are_the_same():
    nodes = [dataset("e", ".\\e\\my image.png"), file_node("./e//my%20image.png", b"a")]
    assert entries(nodes, ["./e/"]) == {"e": ["my%20image.png"]}


def test_a_uuid_file_bears_its_real_name():
    nodes = [dataset("./e/", "./e/0b0c"), file_node("./e/0b0c", b"a", name="cells.tif")]
    assert entries(nodes, ["./e/"]) == {"e": ["cells.tif"]}


def test_what_is_described_twice_is_what_either_says():
    nodes = [dataset("./e/", name="first"), {"@id": "./e", "@type": ["Message"], "name": "second", "text": "words"}]
    node = read(nodes, ["./e/"]).node("./e/")
    assert (node["name"], node["text"]) == ("first", "words")


def test_half_a_character_becomes_a_question_mark():
    blob = json.dumps(crate([dataset("./e/", name="a\ud800b")], ["./e/"])).encode()
    assert read_crate(blob).node("./e/")["name"] == "a?b"


def test_a_file_that_is_called_a_work_is_a_file():
    nodes = [dataset("./e/", "./e/a.png"), {"@id": "./e/a.png", "@type": "CreativeWork", "name": "a.png"}]
    assert entries(nodes, ["./e/"]) == {"e": ["a.png"]}


def test_a_crates_own_names_for_properties_are_understood():
    document = crate([{"@id": "./e/", "rdf_type": "Dataset", "schema:name": "E", "has_part": []}], ["./e/"])
    document["@context"] = ["https://w3id.org/ro/crate/1.1/context", {"has_part": {"@id": "schema:hasPart"}}]
    document["@context"][1]["rdf_type"] = "@type"
    (entry,) = entries_of(read_crate(json.dumps(document).encode())).entries
    assert (entry.name, entry.node["hasPart"]) == ("E", [])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"@type": "PropertyValue", "propertyID": "T", "value": "37", "unitText": "C"}], [("T", "37", "C")]),
        ({"propertyID": "T", "value": 37.5, "unitCode": "CEL"}, [("T", "37.5", "CEL")]),
        ([{"@id": "#pv"}], [("from id", "true", None)]),
        ([{"name": "only a name", "value": ["a", "b"]}], [("only a name", "a", None), ("only a name", "b", None)]),
        ([{"propertyID": "r", "minValue": 1, "maxValue": 2, "unitText": "um"}], [("r", "1 to 2", "um")]),
        ([{"propertyID": "m", "value": {"@id": "#q"}}], [("m", "128.1", "g/mol")]),
        (["pH 7"], [("variable", "pH 7", None)]),
        ([{"propertyID": "j", "value": '{"a": {"b": [1, "x"]}}'}], [("j.a.b", "1", None), ("j.a.b", "x", None)]),
        ([{"propertyID": "j", "value": "{not json"}], [("j", "{not json", None)]),
        ([{"propertyID": "none", "value": ""}, {"propertyID": "no", "value": None}], []),
        ([{"propertyID": "n", "value": 1, "unitText": "1"}], [("n", "1", None)]),
        (None, []),
        ([{"@id": "#absent"}], []),
    ],
)
def test_a_field_is_a_fact_in_whatever_shape_it_comes(given, expected):
    nodes = [
        dataset("./e/", variableMeasured=given),
        {"@id": "#pv", "@type": "PropertyValue", "propertyID": "from id", "value": True},
        {"@id": "#q", "@type": "PropertyValue", "value": 128.1, "unitCode": "g/mol"},
    ]
    assert facts(read(nodes, ["./e/"])) == expected


def test_elabftws_json_is_read_where_its_fields_are_not_given_one_by_one():
    extra = {"Objective": {"type": "number", "value": "63", "unit": "x"}, "Cells": {"type": "text", "value": "HeLa"}}
    values = [
        {"propertyID": "elabftw_metadata", "value": json.dumps({"extra_fields": extra})},
        {"@type": "PropertyValue", "propertyID": "Cells", "value": "HeLa"},
    ]
    assert sorted(facts(read([dataset("./e/", variableMeasured=values)], ["./e/"]))) == [
        ("Cells", "HeLa", None),
        ("Objective", "63", "x"),
    ]


@pytest.mark.parametrize("given", ["a, b", ["a", "b"], [{"@id": "#a"}, "b"]])
def test_keywords_may_be_a_list_or_a_string(given):
    nodes = [dataset("./e/", keywords=given), {"@id": "#a", "@type": "DefinedTerm", "name": "a"}]
    assert facts(read(nodes, ["./e/"])) == [("keyword", "a", None), ("keyword", "b", None)]


def test_people_are_no_facts_and_are_kept_as_hashes():
    values = [
        {"propertyID": "actor.givenName", "value": "Ada"},
        {"propertyID": "contact", "value": "x"},
        {"propertyID": "who", "value": "ada@example.org"},
        {"propertyID": "id", "value": "https://orcid.org/0000-0002-1825-0097"},
        {"propertyID": "Taken by", "valueReference": "users", "value": "7"},
        {"propertyID": "Objective", "value": "63x"},
    ]
    nodes = [
        dataset("./e/", author={"@id": "#ada"}, variableMeasured=values),
        dataset("./f/", creator=[{"@id": "#ada"}]),
        {"@id": "#ada", "@type": "Person", "name": "Ada", "email": "ada@example.org"},
    ]
    read_of = read(nodes, ["./e/", "./f/"])
    gone = ["actor.givenName", "who", "id", "Taken by"]
    told = [*(("person_left_out", name, None) for name in gone), ("contact", "x", None), ("Objective", "63x", None)]
    assert sorted(facts(read_of)) == sorted(told)
    (one,) = people_of(read_of, read_of.node("./e/"))
    assert [one] == people_of(read_of, read_of.node("./f/"))
    assert "ada" not in one


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"@graph": {}}',
        b'{"@graph": []}',
        b"[" * 100_000,
        b'{"@graph": [1, null, "x"]}',
    ],
)
def test_what_is_no_crate_is_refused(blob):
    with pytest.raises(ArchiveError, match="eln_metadata_broken"):
        read_crate(blob)
