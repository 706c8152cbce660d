"""Replies: what servers put around an answer is taken off, and what is no answer is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.asked import Asked
from captioning.prompts import prompt_named
from captioning.replies import Fault, Reply, joined, read_reply, reply_of

PROMPT = prompt_named("evidence-v1")
ASKED = Asked("a", None, ("stain: DAPI", "organism: mouse"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def read(text, **more):
    return read_reply(Reply(text=text, finish_reason="stop", **more), ASKED, PROMPT)


def said(*texts, facts=()):
    return json.dumps({"sentences": [{"text": text, "facts": list(facts)} for text in texts]})


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "```{}```", "\n  {} "])
def test_an_answer_may_stand_between_marks(around):
    assert joined(read(around.replace("{}", said("Cells.", "Round.", facts=[2])))) == "Cells. Round."


def test_what_cannot_be_read_is_a_blank():
    assert (
        joined(read('{"sentences": [{"text": "Round\x1e\\ud800\\u0000 cells\nlie\u2028here."}]}'))
        == "Round cells lie here."
    )


def test_more_sentences_than_were_asked_for_are_left_out():
    assert len(read(said(*["Cells."] * 30))) == PROMPT.sentences.most


def test_a_fact_that_there_is_not_is_told_with_what_the_check_found():
    asked = Asked("a", None, ("x",), lambda _: ["no fact holds 12"])
    fault = read_reply(Reply(text=said("12 cells.", facts=[1, 3])), asked, PROMPT)
    assert fault == Fault("unsupported", ["there is no fact 3", "no fact holds 12"])


@given(JSON)
def test_whatever_comes_is_read_or_has_a_reason(value):
    found = read(json.dumps(value))
    assert isinstance(found, Fault)
    assert isinstance(read(json.dumps({"sentences": value})), Fault | tuple)
    assert isinstance(read(json.dumps({"sentences": [value]})), Fault | tuple)


@given(JSON)
def test_whatever_a_server_says_is_a_reply_or_none(value):
    assert reply_of(value) is None
    assert reply_of({"choices": [value]}) is None
    reply = reply_of({"choices": [{"message": {"content": value}, "finish_reason": value}], "usage": value})
    assert reply is not None
    assert isinstance(reply.text, str)


def test_an_answer_that_its_servers_end_broke_off_is_none():
    assert reply_of({"choices": [{"message": {"content": ""}, "finish_reason": "abort"}]}) is None


def test_parts_of_text_are_one_text_and_counts_have_an_end():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    reply = reply_of({"choices": [{"message": {"content": parts}}], "usage": {"prompt_tokens": 10**30}})
    assert reply is not None
    assert (reply.text, reply.tokens_in) == ("ab", 10**9)
