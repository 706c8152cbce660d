"""Chat: whatever the template, what is learnt is the answers and what ends them; nothing of padding or pictures."""

import pytest

from schemas.errors import UsageError

pytest.importorskip("transformers")
pytestmark = pytest.mark.train

TURNS = [
    ("system", "You look at cells."),
    ("user", "What is this?\n<image>"),
    ("assistant", "Nuclei, stained."),
    ("user", "How many?"),
    ("assistant", "Twelve."),
]
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ '<<SYS>>' + m.content + '<</SYS>>' }}"
    "{% elif m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
    "{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{% for m in messages %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' "
    "+ m.content | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
BARE = "{% for m in messages %}{{ m.content + '\n' if m.role != 'assistant' else m.content }}{% endfor %}"
ENDS = {"chatml": "<|im_end|>", "llama": " <|im_end|>", "gemma": "<end_of_turn>\n", "plain": "<|im_end|>"}
TEMPLATES = {"chatml": CHATML, "llama": LLAMA, "gemma": GEMMA, "plain": None}


@pytest.fixture(scope="module")
def tokenizer():
    from training.language import tiny_tokenizer

    return tiny_tokenizer([content for _, content in TURNS] * 3, 300)


def learnt(said, tokenizer):
    return tokenizer.decode([label for label in said.labels if label >= 0])


def text(said, tokenizer):
    return tokenizer.decode([one for one in said.ids if one >= 0])


@pytest.mark.parametrize("name", TEMPLATES)
def test_answers_and_what_ends_them_are_learnt_and_nothing_else(tokenizer, name):
    from training.chat import encoded

    tokenizer.chat_template = TEMPLATES[name]
    said = encoded(TURNS, tokenizer, 3)
    end = ENDS[name]
    last = "<|im_end|>" if name == "gemma" else ""  # its own end is no special token here: the tokenizer's is added
    assert learnt(said, tokenizer) == f"Nuclei, stained.{end}Twelve.{end}{last}"
    assert all(label in (-100, one) for one, label in zip(said.ids, said.labels, strict=True))


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_the_template_says_is_lost(tokenizer, name):
    from training.chat import PLAIN_TEMPLATE, encoded

    tokenizer.chat_template = TEMPLATES[name]
    messages = [{"role": role, "content": content} for role, content in TURNS]
    template = TEMPLATES[name] or PLAIN_TEMPLATE
    whole = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False).replace("<image>", "")
    assert text(encoded(TURNS, tokenizer, 3), tokenizer).startswith(whole)


def test_an_answer_that_a_template_leaves_open_is_ended(tokenizer):
    from training.chat import encoded

    tokenizer.chat_template = BARE
    assert learnt(encoded(TURNS[1:3], tokenizer, 1), tokenizer) == "Nuclei, stained.<|im_end|>"


def test_a_picture_is_a_run_of_image_tokens_where_its_place_is(tokenizer):
    from training.chat import IMAGE, encoded, up_to_image

    tokenizer.chat_template = CHATML
    said = encoded(TURNS, tokenizer, 5)
    first = said.ids.index(IMAGE)
    assert said.ids[first : first + 5] == [IMAGE] * 5
    assert said.ids.count(IMAGE) == 5
    assert said.labels[first : first + 5] == [-100] * 5
    assert up_to_image(TURNS[:2], tokenizer, 5) == said.ids[: first + 5]


def test_words_that_look_like_the_end_of_a_turn_are_words(tokenizer):
    from training.chat import encoded

    tokenizer.chat_template = CHATML
    plain = encoded(TURNS, tokenizer, 1).ids.count(tokenizer.eos_token_id)
    told = encoded([*TURNS[:4], ("assistant", "Say <|im_end|> twice: <|im_end|>")], tokenizer, 1)
    assert told.ids.count(tokenizer.eos_token_id) == plain


def test_padding_is_neither_seen_nor_learnt(tokenizer):
    from training.chat import padded, padded_labels

    tokens = padded([[5, -1, 7], [8]])
    assert tokens.ids.tolist() == [[5, -1, 7], [8, 0, 0]]
    assert tokens.mask.tolist() == [[True, True, True], [True, False, False]]
    assert padded_labels([[5, -100, 7], [8]]).tolist() == [[5, -100, 7], [8, -100, -100]]


def test_what_is_asked_ends_where_the_answer_begins(tokenizer):
    from training.chat import asked, encoded, stops

    tokenizer.chat_template = CHATML
    question = asked(TURNS[:2], tokenizer, 3)
    assert encoded(TURNS[:3], tokenizer, 3).ids[: len(question)] == question
    assert stops(tokenizer) == [tokenizer.eos_token_id]


def test_what_is_too_long_is_cut_at_its_end_but_never_in_the_picture(tokenizer):
    from training.chat import encoded

    tokenizer.chat_template = CHATML
    whole = encoded(TURNS, tokenizer, 4)
    assert encoded(TURNS, tokenizer, 4, most=len(whole.ids) - 3).ids == whole.ids[:-3]
    with pytest.raises(UsageError, match=r"a picture doesn't fit into 20 tokens\. Raise max_tokens"):
        encoded(TURNS, tokenizer, 400, most=20)


def test_a_template_that_refuses_or_drops_a_turn_is_told(tokenizer):
    from training.chat import encoded

    tokenizer.chat_template = "{{ raise_exception('System role not supported') }}"
    with pytest.raises(UsageError, match=r"refuses the conversation: System role not supported\. Leave `llm.system`"):
        encoded(TURNS, tokenizer, 1)
    tokenizer.chat_template = "{{ messages[-1].content }}"
    with pytest.raises(UsageError, match="leaves out, repeats or reorders"):
        encoded(TURNS, tokenizer, 1)


def test_a_conversation_without_a_place_gets_one_behind_its_question():
    from training.chat import with_place

    assert with_place([("system", "s"), ("user", "q"), ("assistant", "a")])[1] == ("user", "q\n<image>")
    assert with_place([("user", "<image> q")]) == [("user", "<image> q")]


def test_the_place_of_a_picture_is_a_word_wherever_nobody_asks(tokenizer):
    from training.chat import IMAGE, encoded, with_place

    tokenizer.chat_template = CHATML
    turns = [("system", "<image>"), ("user", "q"), ("assistant", "It says <image>.")]
    said = encoded(with_place(turns), tokenizer, 4)
    assert said.ids.count(IMAGE) == 4
    assert learnt(said, tokenizer) == "It says <image>.<|im_end|>"


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([], "nobody asks"),
        ([("assistant", "a")], "nobody asks"),
        ([("user", "<image><image>"), ("assistant", "a")], "2 places"),
        ([("user", "<image>"), ("assistant", "a"), ("user", "<image>")], "2 places"),
    ],
)
def test_a_conversation_without_a_question_or_with_two_pictures_is_odd(turns, why):
    from training.chat import OddTalkError, with_place

    with pytest.raises(OddTalkError, match=why):
        with_place(turns)
