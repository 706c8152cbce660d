"""ELN contract: entries are asked what the lab asks of them, and what breaks it goes the way that the manifest says."""

import json

import pytest
from eln_exports import STAIN, brought, crate, dataset, file_node, one_entry, picture, write

from ingest.eln import ElnConnector
from ingest.eln_contract import Contract
from schemas.errors import ArchiveError, UsageError
from schemas.manifest_sources import ElnSource

LAB = {
    "properties": {
        "caption": {"minLength": 5},
        "facts": {"items": {"properties": {"value": {"not": {"const": "secret"}}}}},
    }
}


def lab(tmp_path, contract, schema=LAB, **entry):
    (tmp_path / "lab.schema.json").write_text(json.dumps(schema))
    one_entry(tmp_path / "a.eln", **entry)
    return brought(tmp_path, schema="lab.schema.json", contract=contract)


def test_discard_row_drops_an_entry_with_the_path_and_the_reason(tmp_path):
    figures, ((reason, detail),) = lab(tmp_path, "discard_row", text="abc")
    assert (figures, reason, detail) == ([], "schema_violated", "Entry: /caption: 'abc' is too short")


def test_discard_value_takes_out_what_is_wrong_and_keeps_the_rest(tmp_path):
    secret = [{"propertyID": "k", "value": "secret"}, STAIN]
    (figure,), dropped = lab(tmp_path, "discard_value", text="long enough", variableMeasured=secret)
    assert ("Stain" in [fact.name for fact in figure.facts], dropped) == (True, [])
    assert "secret" not in figure.model_dump_json(exclude={"blob"})


def test_discard_value_drops_an_entry_of_which_a_needed_value_is_wrong_and_names_the_rule(tmp_path):
    figures, ((reason, detail),) = lab(tmp_path, "discard_value", text="abc")
    assert (figures, reason) == ([], "schema_violated")
    assert detail == "/caption: breaks /properties/caption/minLength"


NOBODY = {"properties": {"facts": {"items": {"properties": {"name": {"not": {"const": "Batch"}}}}}}}
BATCH = {"propertyID": "Batch", "value": "secret"}


def test_what_is_discarded_is_gone_from_the_words_too_and_is_told(tmp_path, caplog):
    (figure,), dropped = lab(tmp_path, "discard_value", NOBODY, text="", variableMeasured=[BATCH, STAIN])
    assert (figure.caption, dropped) == ("Entry. Stain: DAPI.", [])
    assert "secret" not in figure.model_dump_json(exclude={"blob"})
    rule = "/properties/facts/items/properties/name/not"
    told = [fact.value for fact in figure.facts if fact.name == "value_discarded"]
    assert told == [f"/facts/1/name by {rule}"]
    (line,) = [record.message for record in caplog.records if "value_discarded" in record.message]
    assert json.loads(line.partition(" ")[2]) == {"entry": "export/e", "path": "/facts/1/name", "rule": rule}


def test_an_entry_of_which_no_words_are_left_names_the_rule_that_took_them(tmp_path):
    figures, ((_, detail),) = lab(tmp_path, "discard_value", NOBODY, text="", variableMeasured=[BATCH])
    assert figures == []
    assert detail.startswith("/facts/1/name: breaks /properties/facts/items/properties/name/not")
    assert "Batch" not in detail


@pytest.mark.parametrize(("way", "taken"), [("discard_value", 1), ("discard_row", 0)])
def test_the_labs_schema_sees_the_facts_of_files(tmp_path, way, taken):
    (tmp_path / "lab.schema.json").write_text(json.dumps(NOBODY))
    nodes = [
        dataset("./e/", "./e/a.png", name="E", text="words"),
        file_node("./e/a.png", picture(1), variableMeasured=[BATCH, STAIN]),
    ]
    write(tmp_path / "a.eln", {"e/a.png": picture(1)}, crate(nodes, ["./e/"]))
    figures, dropped = brought(tmp_path, schema="lab.schema.json", contract=way)
    assert (len(figures), len(dropped)) == (taken, 1 - taken)
    for figure in figures:
        assert "secret" not in figure.model_dump_json(exclude={"blob"})
        assert "Stain" in {fact.name for fact in figure.facts}


def test_freeze_fails_the_whole_export(tmp_path):
    with pytest.raises(ArchiveError, match="schema_violated: Entry: /caption"):
        lab(tmp_path, "freeze", text="abc")


def test_evolve_takes_what_the_labs_schema_does_not_know_and_logs_it(tmp_path, caplog):
    figures, dropped = lab(tmp_path, "evolve", text="abc")
    assert (len(figures), dropped) == (1, [])
    assert "/caption: 'abc' is too short" in caplog.text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("{", "can't be read"),
        ("[]", "must be an object"),
        ('{"type": "nothing"}', "is no JSON Schema"),
        ('{"$schema": {}}', "can't be read"),
        (None, "can't be read"),
    ],
)
def test_a_schema_that_is_none_is_said_before_anything_is_read(tmp_path, schema, words):
    one_entry(tmp_path / "a.eln")
    if schema is not None:
        (tmp_path / "lab.schema.json").write_text(schema)
    with pytest.raises(UsageError, match=words):
        brought(tmp_path, schema="lab.schema.json")


@pytest.mark.parametrize("named", ["https://example.org/schema.json", "#", "#/$defs/absent", "other.json"])
def test_a_schema_that_leads_elsewhere_or_nowhere_is_unusable_and_never_fetched(tmp_path, named):
    with pytest.raises(ArchiveError, match="schema_unusable"):
        lab(tmp_path, "discard_row", schema={"$ref": named})


@pytest.mark.parametrize(
    "schema",
    [
        {"$id": "http://[bad", "$ref": "x"},
        {"$schema": "http://json-schema.org/draft-03/schema#", "extends": {"$ref": "http://127.0.0.1:9/s.json"}},
    ],
)
@pytest.mark.parametrize("way", ["discard_row", "discard_value", "evolve", "freeze"])
def test_a_schema_that_the_library_chokes_on_is_unusable(tmp_path, schema, way):
    with pytest.raises(ArchiveError, match="schema_unusable"):
        lab(tmp_path, way, schema)


def test_another_schema_is_another_route(tmp_path):
    (tmp_path / "s.json").write_text("{}")
    source = ElnSource.model_validate({"type": "eln", "path": "*.eln", "schema": "s.json"})
    before = ElnConnector(source, tmp_path).route
    (tmp_path / "s.json").write_text('{"title": "new"}')
    assert ElnConnector(source, tmp_path).route != before


def test_an_entry_is_checked_against_the_published_schema():
    line = {"figure_id": "x", "entry": {"id": "x", "name": "x", "license": None, "license_evidence": None}}
    _, broken, _ = Contract().settle({**line, "caption": "w", "facts": [], "images": []})
    assert [str(one) for one in broken] == ["/images: [] should be non-empty"]


SECRET = {"properties": {"caption": {"not": {"pattern": "secret"}}}}


def described(tmp_path, contract, schema=SECRET, text="HeLa cells."):
    """Return what comes of an entry of two pictures, of which one is described by what the lab wants nowhere."""
    (tmp_path / "lab.schema.json").write_text(json.dumps(schema))
    blobs = {f"e/{name}.png": picture(seed) for seed, name in enumerate("ab")}
    said = {"e/a.png": "secret plan", "e/b.png": "nuclei"}
    files = [file_node(f"./{key}", blob, description=said[key]) for key, blob in blobs.items()]
    head = dataset("./e/", *(f"./{key}" for key in blobs), name="E", text=text)
    write(tmp_path / "a.eln", blobs, crate([head, *files], ["./e/"]))
    return brought(tmp_path, schema="lab.schema.json", contract=contract)


PICTURES = {"properties": {"images": {"items": {"properties": {"caption": {"not": {"pattern": "secret"}}}}}}}


@pytest.mark.parametrize(
    ("schema", "rule"),
    [(SECRET, "/properties/caption/not"), (PICTURES, "/properties/images/items/properties/caption/not")],
)
def test_discard_value_takes_the_description_of_a_picture_out_of_its_caption(tmp_path, schema, rule):
    figures, dropped = described(tmp_path, "discard_value", schema)
    assert ([figure.caption for figure in figures], dropped) == (["HeLa cells.", "nuclei"], [])
    assert "secret" not in "".join(figure.model_dump_json(exclude={"blob"}) for figure in figures)
    told = [fact.value for fact in figures[0].facts if fact.name == "value_discarded"]
    assert told == [f"/images/0/caption by {rule}"]


def test_discard_row_drops_the_picture_that_is_described_so(tmp_path):
    (figure,), ((reason, detail),) = described(tmp_path, "discard_row")
    assert (figure.caption, reason) == ("nuclei", "schema_violated")
    assert detail.startswith("a.png: /images/0/caption: 'secret plan' should not be valid")


def test_freeze_fails_the_export_for_the_description_of_a_picture(tmp_path):
    with pytest.raises(ArchiveError, match="schema_violated: E: /images/0/caption: 'secret plan'"):
        described(tmp_path, "freeze")


def test_evolve_takes_the_description_of_a_picture_and_logs_it(tmp_path, caplog):
    figures, dropped = described(tmp_path, "evolve")
    assert ([figure.caption for figure in figures], dropped) == (["secret plan", "nuclei"], [])
    assert "/images/0/caption: 'secret plan' should not be valid" in caplog.text


def test_a_description_before_the_text_of_the_only_picture_is_asked_too(tmp_path):
    (tmp_path / "lab.schema.json").write_text(json.dumps(SECRET))
    node = file_node("./e/a.png", picture(1), description="secret plan")
    head = dataset("./e/", "./e/a.png", name="E", text="HeLa cells.")
    write(tmp_path / "a.eln", {"e/a.png": picture(1)}, crate([head, node], ["./e/"]))
    (figure,), _ = brought(tmp_path, schema="lab.schema.json", contract="discard_value")
    assert figure.caption == "HeLa cells."


def test_a_picture_that_the_contract_takes_out_is_told(tmp_path):
    schema = {"properties": {"images": {"items": {"properties": {"name": {"const": "b.png"}}}}}}
    (figure,), ((reason, detail),) = described(tmp_path, "discard_value", schema)
    assert (figure.caption, reason) == ("nuclei", "schema_violated")
    assert detail == "a.png: /images/0/name: breaks /properties/images/items/properties/name/const"


def test_no_contract_is_asked_about_the_names_of_fields_that_were_left_out(tmp_path):
    schema = {"properties": {"facts": {"items": {"properties": {"name": {"enum": ["title", "Stain"]}}}}}}
    values = [{"propertyID": "Operator", "value": "Jane Doe"}, STAIN]
    (figure,), dropped = lab(tmp_path, "discard_row", schema, variableMeasured=values)
    assert (dropped, ("person_left_out", "Operator") in [(fact.name, fact.value) for fact in figure.facts]) == (
        [],
        True,
    )


def test_a_log_line_of_the_contract_names_no_person_of_the_crate(tmp_path, caplog):
    values = [{"propertyID": "Note", "value": "secret"}]
    lab(tmp_path, "evolve", SECRET, text="secret of Jane Doe", author={"name": "Jane Doe"}, variableMeasured=values)
    assert ("secret of [name]" in caplog.text, "Jane" in caplog.text) == (True, False)
