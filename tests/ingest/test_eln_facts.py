"""ELN facts: what an entry says by name, however much that is."""

import tracemalloc

import pytest

from ingest.eln_crate import Crate
from ingest.eln_facts import facts_of
from ingest.eln_people import People

STAIN = {"@type": "PropertyValue", "propertyID": "Stain", "value": "DAPI"}


def told(**said):
    node = {"@id": "./e/", "@type": "Dataset", **said}
    root = {"@id": "./", "@type": "Dataset"}
    about = {"@id": "ro-crate-metadata.json", "about": {"@id": "./"}}
    crate = Crate({"": root, "e": node, "ro-crate-metadata.json": about})
    return [(fact.name, fact.value) for fact in facts_of(crate, node, People())]


@pytest.mark.parametrize("joined", [True, False])
def test_of_keywords_without_end_the_first_are_read_and_the_fields_still(joined, caplog):
    many = [f"k{at}" for at in range(200_000)]
    keywords = ",".join(many) if joined else many
    tracemalloc.start()
    found = told(keywords=keywords, variableMeasured=[STAIN])
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [*(("keyword", word) for word in many[:1_000]), ("Stain", "DAPI")]
    assert peak_bytes < 10 << 20
    assert [record.message for record in caplog.records] == [
        'facts_cut {"entry": "./e/", "at": "keyword", "read": 1000}'
    ]


@pytest.mark.parametrize("key", ["genre", "about", "instrument", "measurementTechnique"])
def test_of_facts_without_end_the_first_are_read(key, caplog):
    assert len(told(**{key: [f"k{at}" for at in range(20_000)]})) == 5_000
    assert "facts_cut" in caplog.text


def test_a_keyword_that_is_said_often_counts_once(caplog):
    assert told(keywords=["a"] * 20_000 + ["b"]) == [("keyword", "a"), ("keyword", "b")]
    assert told(keywords="a, 'b' ,,a,") == [("keyword", "a"), ("keyword", "b")]
    assert not caplog.records


@pytest.mark.parametrize(
    ("at_id", "name", "said"),
    [
        ("https://w3id.org/lab/stain", "Stain", "Stain"),
        ("http://purl.obolibrary.org/obo/CHMO_0000593", "Technique", "Technique"),
        ("https://w3id.org/lab/stain", "", "https://w3id.org/lab/stain"),
        ("stain.primary", "Stain", "stain.primary"),
    ],
)
def test_a_field_whose_id_is_an_address_is_called_by_its_name(at_id, name, said):
    assert told(variableMeasured=[{**STAIN, "propertyID": at_id, "name": name}]) == [(said, "DAPI")]
