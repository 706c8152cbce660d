"""Published schemas: the files say what the models say, and editors can use them."""

from typing import Any

import jsonschema
import pytest

from schemas.errors import UsageError
from schemas.published_schemas import NAMES, PUBLISHED, as_text, manifest_json_schema, schema_named, write_published
from schemas.records import Figure

VALID: dict[str, Any] = {
    "bricks": 1,
    "name": "valid",
    "licenses": ["CC0-1.0"],
    "sources": [
        {"type": "pmc", "path": "mirror/"},
        {"type": "eln", "path": ["a.eln"], "schema": "s.json"},
        {"type": "images", "path": "p/", "license": "CC0-1.0", "plane": 3, "metadata": {"stain": "DAPI"}},
    ],
    "review": {"queues": [{"name": "a", "from": "tags"}]},
    "curation": {"ontologies": ["FBbi", {"CL": "cl.obo"}]},
}


def _judge(value: Any) -> None:
    jsonschema.validate(value, manifest_json_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", NAMES)
def test_the_published_file_equals_what_the_model_says(name: str) -> None:
    path = PUBLISHED / f"{name}.schema.json"

    assert path.read_text(encoding="utf-8") == as_text(schema_named(name)), "run `python -m scripts.publish_schemas`"


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_named(name))


def test_no_file_is_published_that_no_model_stands_behind() -> None:
    assert sorted(path.name for path in PUBLISHED.iterdir()) == sorted(f"{name}.schema.json" for name in NAMES)


def test_the_files_can_be_written_anew(tmp_path: Any) -> None:
    assert len(write_published(tmp_path)) == len(NAMES)


def test_a_right_manifest_pleases_the_editor() -> None:
    _judge(VALID)
    _judge({"extends": "base.yaml"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": 1},
        {"bricks": 2},
        {"name": "Two Words"},
        {"licenses": ["CC BY"]},
        {"sources": [{"type": "pcm"}]},
        {"sources": [{"type": "pmc", "querry": "x"}]},
        {"sources": [{"type": "pmc", "path": "x", "api_key": "hunter2"}]},
        {"split": {"test": "x"}},
    ],
)
def test_a_wrong_manifest_does_not(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        _judge(VALID | wrong)


def test_a_manifest_without_its_keys_does_not() -> None:
    with pytest.raises(jsonschema.ValidationError):
        _judge({"bricks": 1, "name": "a"})


def test_docstrings_become_descriptions_also_those_of_a_base() -> None:
    schema = manifest_json_schema()

    assert schema["properties"]["licenses"]["description"].startswith("SPDX ids")
    assert schema["$defs"]["PmcSource"]["properties"]["limit"]["description"].startswith("At most so many")
    assert schema["$defs"]["Queue"]["properties"]["from"]["description"] == "What is asked about."


def test_a_stages_schema_requires_every_column() -> None:
    assert schema_named("figures")["required"] == list(Figure.model_fields)


def test_an_unknown_name_is_told_with_the_names() -> None:
    with pytest.raises(UsageError, match="figures, panels"):
        schema_named("figure")
