"""ELN beside: files of RSpace, datalab and SampleDB say what their crates don't."""

import json

from eln_exports import brought, crate, dataset, file_node, picture, write

from ingest.eln_reading import opened
from ingest.eln_rspace import read_rspace


def test_an_rspace_document_gives_name_text_and_fields(tmp_path):
    field = "<field><fieldName>{}</fieldName><fieldType>{}</fieldType><fieldData>{}</fieldData></field>"
    fields = [
        field.format("Method", "TEXT", "&lt;p&gt;DAPI &lt;img src=&quot;a_1.png&quot;&gt;&lt;/p&gt;"),
        field.format("Choice", "CHOICE", "fieldSelectedChoices=a&amp;fieldSelectedChoices=c"),
        field.format("Temperature", "NUMBER", "37.0"),
    ]
    written = f"<name>Exp</name><createdBy>ada</createdBy><listFields>{''.join(fields)}</listFields>"
    xml = f"<archivalDocument>{written}</archivalDocument>"
    members = {"d/d.xml": xml.encode(), "d/a_1.png": picture(1)}
    files = [file_node(f"./{key}", blob) for key, blob in members.items()]
    nodes = [dataset("./d", "./d/d.xml", "./d/a_1.png"), *files]
    path = write(tmp_path / "a.eln", members, crate(nodes, ["./d"]))
    with opened(path) as export:
        (document,) = export.documents()
    assert (document.name, document.text) == ("Exp", "Method\n\nDAPI")
    told = [(fact.name, fact.value) for fact in document.facts[1:]]
    assert told == [("Choice", "a"), ("Choice", "c"), ("Temperature", "37.0")]


def test_a_large_picture_in_an_rspace_document_takes_no_field_with_it():
    pasted = f"before &lt;img src=&quot;data:image/png;base64,{'A' * 10_500_000}&quot;&gt; after"
    field = f"<field><fieldName>n</fieldName><fieldType>TEXT</fieldType><fieldData>{pasted}</fieldData></field>"
    document = read_rspace(f"<archivalDocument><listFields>{field}</listFields></archivalDocument>".encode())
    assert [block.text for block in document.blocks] == ["n", "before after"]


def test_an_rspace_document_that_declares_entities_is_not_read():
    assert read_rspace(b"<!-- <archivalDocument -->" + b" " * 5_000 + b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>") is None


def test_a_datalab_item_tells_its_words_and_which_block_shows_a_file(tmp_path):
    item = {
        "refcode": "demo:A",
        "description": "<p>Film, 500 µm thick.</p>",
        "chemform": "NaCoO2",
        "size": 5,
        "size_unit": "kg",
        "creators": [{"display_name": "ada"}],
        "files": [{"immutable_id": "f1", "name": "sem.png"}],
        "blocks_obj": {"b": {"blocktype": "media", "file_id": "f1", "freeform_comment": "<p>SEM of the edge</p>"}},
    }
    members = {"a/metadata.json": json.dumps(item).encode(), "a/sem.png": picture(1), "a/b.png": picture(2)}
    files = [file_node(f"./{key}", blob) for key, blob in members.items()]
    nodes = [dataset("./a/", *(f"./{key}" for key in members), name="film"), *files]
    write(tmp_path / "a.eln", members, crate(nodes, ["./a/"]), folder="demo:A")
    (sem, other), _ = brought(tmp_path)
    assert (sem.caption, other.caption) == ("SEM of the edge", "Film, 500 µm thick.\n\nSEM of the edge")
    told = {fact.name: (fact.value, fact.unit) for fact in sem.facts}
    assert (told["chemform"], told["size"], "creators" in told) == (("NaCoO2", None), ("5", "kg"), False)


def test_sampledb_says_of_a_file_what_it_is_in_a_file_beside_it(tmp_path):
    about = [{"path": "o/1/files/0/a.png", "original_file_name": "a.png", "title": "Edge", "description": "at 20 kV"}]
    members = {"o/1/files.json": json.dumps(about).encode(), "o/1/files/0/a.png": picture(1)}
    files = [file_node(f"./{key}", blob, description="File #0 for Object #1") for key, blob in members.items()]
    nodes = [dataset("./o/1/", *(f"./{key}" for key in members), name="OMBE", description="Object #1"), *files]
    write(tmp_path / "a.eln", members, crate(nodes, ["./o/1/"]))
    (figure,), _ = brought(tmp_path)
    assert figure.caption == "Edge\nat 20 kV"
