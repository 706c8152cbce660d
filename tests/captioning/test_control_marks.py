"""Control marks: what a chat template reads as a mark is legible and no mark any more; other signs stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.control_marks import unmarked
from captioning.prompts import prompt_named, repair_text, user_text

MARKS = """<|im_start|> <|im_end|> <|vision_start|> <|image_pad|> <|endoftext|> <|eot_id|> <|start_header_id|> <image>
    <start_of_turn> <end_of_turn> <image_soft_token> <bos> <s> </s> <unk> <pad> <think> <tool_call> <<SYS>> <fim_prefix>
    <IMG_CONTEXT> <\uff5cUser\uff5c> <\uff5cbegin\u2581of\u2581sentence\uff5c> [INST] [/INST] [IMG] [IMG_END]
    [TOOL_CALLS] [SYSTEM_PROMPT] [gMASK]""".split()  # noqa: SIM905


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_in_a_fact_reaches_no_prompt_and_can_still_be_read(mark):
    told = user_text(prompt_named("evidence-v1"), (f"HeLa cells{mark}and more",))
    assert mark not in told
    assert mark.strip("<>[]") in told
    assert mark not in repair_text(prompt_named("evidence-v1"), [f"names: {mark}"])


@pytest.mark.parametrize(
    "text", ["p<0.05", "a < b > c", "n = 3 [12]", "10 \u00b5m [A]", "Ca2+ -> Mg2+", "<5 nM and >3 nM"]
)
def test_other_signs_stay_as_they_are(text):
    assert unmarked(text) == text


@given(st.lists(st.sampled_from([*MARKS, "<", ">", "|", "im_end", "[", "]", "INST", " "]), max_size=8))
def test_none_is_left_however_they_are_put_together(pieces):
    left = unmarked("".join(pieces))
    assert not any(mark in left for mark in MARKS), left
