"""Prompts: every one can be read, asks for what it promises, and bounds its answers."""

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest

import captioning
from captioning.prompts import answer_schema, prompt_named, prompt_names, repair_text, user_text
from schemas.errors import UsageError

FOLDER = Path(captioning.__file__).parent / "prompts"


def test_the_prompts_are_those_of_the_manual():
    assert prompt_names() == ["detailed-v1", "evidence-v1", "short-v1"]


@pytest.mark.parametrize("name", prompt_names())
def test_a_prompt_has_the_digest_of_its_file(name):
    assert prompt_named(name).sha256 == hashlib.sha256((FOLDER / f"{name}.toml").read_bytes()).hexdigest()


def test_a_published_prompt_is_never_changed_but_gets_a_new_name():
    """A changed text under an old name would make other datasets than the lock says; make a -v2 instead."""
    told = {name: prompt_named(name).sha256[:12] for name in prompt_names()}
    assert told == {"detailed-v1": "baf5eb07422e", "evidence-v1": "0caf21784aad", "short-v1": "4eb94a543b96"}


def test_an_unknown_prompt_is_told_with_those_there_are():
    with pytest.raises(UsageError, match="Use detailed-v1"):
        prompt_named("../../secret")


@pytest.mark.parametrize("name", prompt_names())
def test_facts_are_numbered_a_line_each_and_left_out_where_there_are_none(name):
    prompt = prompt_named(name)
    told = user_text(prompt, ("stain: DAPI", "two\nlines {facts}"))
    assert told.endswith("1. stain: DAPI\n2. two lines {facts}")
    assert "\n\n" in told
    bare = user_text(prompt, ())
    assert "{" not in bare
    assert "1." not in bare


@pytest.mark.parametrize("name", prompt_names())
def test_a_repair_names_what_was_wrong(name):
    told = repair_text(prompt_named(name), ["no fact holds 12.", "it is not JSON"])
    assert "can't be used: no fact holds 12; it is not JSON." in told


@pytest.mark.parametrize("facts", [(), ("a",), ("a",) * 50])
@pytest.mark.parametrize("name", prompt_names())
def test_an_answers_schema_is_one_and_bounded_everywhere(name, facts):
    schema = answer_schema(prompt_named(name), facts)
    jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert text.count('"maxItems"') == text.count('"array"')
    assert text.count('"maxLength"') == text.count('"string"')
    assert text.count('"additionalProperties": false') == text.count('"object"')


def test_only_numbers_of_facts_can_be_cited():
    schema = answer_schema(prompt_named("evidence-v1"), ("a", "b"))
    right = {"sentences": [{"text": "Cells.", "facts": [1, 2]}]}
    jsonschema.validate(right, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"sentences": [{"text": "Cells.", "facts": [3]}]}, schema)
    none = answer_schema(prompt_named("evidence-v1"), ())
    jsonschema.validate({"sentences": [{"text": "Cells.", "facts": []}]}, none)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"sentences": [{"text": "Cells.", "facts": [0]}]}, none)
