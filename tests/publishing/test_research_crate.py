"""The crate: rocrate reads it, and every file, licence and source is an entity with what is known of it."""

import hashlib
import json

import pytest
from rocrate.rocrate import ROCrate


@pytest.fixture(scope="module")
def crate(demo):
    return ROCrate(demo / "dataset")


def test_the_root_tells_name_day_licences_sources_and_files(demo, crate):
    root = crate.root_dataset
    assert (root["name"], root["datePublished"]) == ("demo", "2025")
    assert {one["name"] for one in root["license"]} == {
        "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0",
    }  # fmt: skip
    assert [one["name"] for one in root["isBasedOn"]] == ["pmc", "biorxiv"]
    names = {path.relative_to(demo / "dataset").as_posix() for path in (demo / "dataset").rglob("*") if path.is_file()}
    assert {one.id for one in root["hasPart"]} == names - {"ro-crate-metadata.json", "SHA256SUMS"}


def test_every_file_has_its_sum_size_and_format(demo, crate):
    for one in crate.root_dataset["hasPart"]:
        blob = (demo / "dataset" / one.id).read_bytes()
        assert one["sha256"] == hashlib.sha256(blob).hexdigest()
        assert one["contentSize"] == str(len(blob))
        assert "/" in one["encodingFormat"]


def test_it_tells_what_made_it_and_from_what(crate):
    (made,) = (one for one in crate.contextual_entities if one.type == "CreateAction")
    assert made["result"] == crate.root_dataset
    (bricks,) = made["instrument"] if isinstance(made["instrument"], list) else [made["instrument"]]
    assert (bricks["name"], bricks["softwareVersion"]) == ("bricks", "0.1.0")
    assert {"manifest.yaml", "manifest.lock.json", "https://pmc.ncbi.nlm.nih.gov/"} <= {
        one.id for one in made["object"]
    }


def test_no_reference_leads_nowhere(demo):
    graph = json.loads((demo / "dataset" / "ro-crate-metadata.json").read_text())["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph)
    named = {one for entity in graph for value in entity.values() for one in references(value)}
    assert named - known == {"https://w3id.org/ro/crate/1.2"}


def references(value):
    each = value if isinstance(value, list) else [value]
    return [one["@id"] for one in each if isinstance(one, dict)]
