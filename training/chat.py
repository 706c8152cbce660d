"""Chat: a conversation about a picture as token ids and labels, by any chat template; only answers are learnt.

A template says where roles and turns begin and end. To know which of its text is whose, contents are replaced by
marks before it is filled; so no token's number and no wording of a template is known here. What is learnt is each
answer and what ends its turn. A picture is a run of `IMAGE`, which is no token of any vocabulary: projected features
take its place, and no embedding is added to the language model.

Shapes: B = conversations; L = tokens of the longest.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from schemas.errors import UsageError

PLACE: Final = "<image>"
"""Where the picture stands in a question; in what others say it is a word."""
ASKER: Final = "user"
IMAGE: Final = -1
"""In the place of a token's id: an image token."""
IGNORED: Final = -100
"""In the place of a label: nothing is learnt here."""

PLAIN_TEMPLATE: Final = (
    "{% for turn in messages %}{{ turn['role'] + ': ' + turn['content'] }}"
    "{% if turn['role'] == 'assistant' and eos_token %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
"""For models that have no chat template."""

_MARK: Final = re.compile(r"(BRICKS-TURN-\d+-)")

Turn = tuple[str, str]
"""(role, content); roles are system, user and assistant."""


class OddTalkError(ValueError):
    """A conversation that nothing can be learnt from as it stands; its words say why."""


class Tokens(NamedTuple):
    """Conversations of several pictures, padded at the right."""

    ids: Tensor
    """(B, L) int64; `IMAGE` where an image token stands, 0 in the padding."""
    mask: Tensor
    """(B, L) truth values: False in the padding."""


class Said(NamedTuple):
    """A conversation as numbers."""

    ids: list[int]
    labels: list[int]
    """Of each id: itself where it is learnt, else `IGNORED`."""


def encoded(turns: Sequence[Turn], tokenizer: Any, image_tokens: int, most: int | None = None) -> Said:  # noqa: ANN401
    """Return the ids of a conversation and their labels, with `image_tokens` for its picture.

    What is longer than `most` is cut at its end.

    Raises:
        UsageError: the picture itself doesn't fit, or the model's template refuses the conversation.
    """
    pairs = [pair for ids, learnt in _pieces(turns, tokenizer, image_tokens) for pair in _labelled(ids, learnt=learnt)]
    if most is not None and any(one == IMAGE for one, _ in pairs[most:]):
        mend = f"Raise max_tokens well above the {image_tokens} tokens of a picture, or make the frame smaller."
        raise UsageError(f"a picture doesn't fit into {most} tokens.", where="max_tokens", mend=mend)
    return Said([one for one, _ in pairs[:most]], [label for _, label in pairs[:most]])


def asked(turns: Sequence[Turn], tokenizer: Any, image_tokens: int) -> list[int]:  # noqa: ANN401
    """Return the ids of a conversation up to where the model is to answer."""
    texts = _between(turns, tokenizer, answer=True)
    ids: list[int] = []
    for text, turn in zip(texts, [*turns, None], strict=True):
        ids += _ids(tokenizer, text)
        ids += [] if turn is None else _content(turn, tokenizer, image_tokens)
    return ids


def up_to_image(turns: Sequence[Turn], tokenizer: Any, image_tokens: int) -> list[int]:  # noqa: ANN401
    """Return the ids up to the last image token: to a causal model what comes later makes no difference there."""
    ids = asked(turns, tokenizer, image_tokens)
    return ids[: len(ids) - ids[::-1].index(IMAGE)]


def stops(tokenizer: Any) -> list[int]:  # noqa: ANN401
    """Return the tokens that end an answer."""
    turns = [("user", "a"), ("assistant", "b")]
    found = _ending(_closing(turns, tokenizer), tokenizer, is_last=True)
    ends = {*found[-1:], tokenizer.eos_token_id}
    return sorted(one for one in ends if one is not None)


def padded(rows: Sequence[Sequence[int]]) -> Tokens:
    """Return rows of ids as one table."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.int64)
    mask = torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows])
    return Tokens(ids, mask)


def padded_labels(rows: Sequence[Sequence[int]]) -> Tensor:
    """Return rows of labels as one table (B, L), in which padding isn't learnt."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[IGNORED] * (longest - len(row))] for row in rows], dtype=torch.int64)


def with_place(turns: Sequence[Turn]) -> list[Turn]:
    """Return a conversation in which the picture has its place: behind the first question, where no question has one.

    Raises:
        OddTalkError: nobody asks anything, or the picture has several places.
    """
    questions = [(at, content) for at, (role, content) in enumerate(turns) if role == ASKER]
    if not questions:
        raise OddTalkError("nobody asks anything in its conversation")
    places = sum(content.count(PLACE) for _, content in questions)
    if places > 1:
        raise OddTalkError(f"its questions have {places} places for one picture")
    first = None if places else questions[0][0]
    return [(role, f"{content}\n{PLACE}" if at == first else content) for at, (role, content) in enumerate(turns)]


def _pieces(turns: Sequence[Turn], tokenizer: Any, image_tokens: int) -> Iterator[tuple[list[int], bool]]:  # noqa: ANN401
    """Yield runs of ids, and whether they are learnt: what the template says, and what was said."""
    first, *texts = _between(turns, tokenizer)
    yield _ids(tokenizer, first), False
    for at, (turn, text) in enumerate(zip(turns, texts, strict=True), start=1):
        answers = turn[0] == "assistant"
        yield _content(turn, tokenizer, image_tokens), answers
        if answers:
            closing = _shared(text, _closing(turns[:at], tokenizer))
            found, ending = _ids(tokenizer, closing), _ending(closing, tokenizer, is_last=at == len(turns))
            yield ending, True
            yield found[len(ending) :], False
            text = text[len(closing) :]  # noqa: PLW2901  (the rest of it)
        yield _ids(tokenizer, text), False


def _shared(one: str, other: str) -> str:
    """Return what two texts both begin with."""
    length = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[: min(len(one), len(other)) if length is None else length]


def _labelled(ids: Sequence[int], *, learnt: bool) -> Iterator[tuple[int, int]]:
    return ((one, one if learnt and one != IMAGE else IGNORED) for one in ids)


def _between(turns: Sequence[Turn], tokenizer: Any, *, answer: bool = False) -> list[str]:  # noqa: ANN401
    """Return what the template says before, between and after the contents of the turns, one text more than turns."""
    marks = [f"BRICKS-TURN-{at}-" for at in range(len(turns))]
    marked = [{"role": role, "content": mark} for (role, _), mark in zip(turns, marks, strict=True)]
    parts = _MARK.split(_filled(marked, tokenizer, answer=answer))
    if parts[1::2] != marks:
        raise UsageError(
            "the language model's chat template leaves out, repeats or reorders what is said.",
            where=str(tokenizer.name_or_path),
            mend="Leave `llm.system` out of the recipe, or give the model another template.",
        )
    return parts[::2]


def _filled(messages: list[dict[str, str]], tokenizer: Any, *, answer: bool) -> str:  # noqa: ANN401
    from jinja2 import TemplateError

    template = tokenizer.chat_template or PLAIN_TEMPLATE
    try:
        text = tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=answer
        )
    except TemplateError as error:
        mend = "Leave `llm.system` out of the recipe, or see that user and assistant take turns."
        raise UsageError(
            f"the language model's chat template refuses the conversation: {error}.",
            where=str(tokenizer.name_or_path),
            mend=mend,
        ) from error
    return str(text)


def _closing(turns: Sequence[Turn], tokenizer: Any) -> str:  # noqa: ANN401
    """Return what the template says behind the last of these turns, where nothing follows."""
    return _between(turns, tokenizer)[-1]


def _ending(closing: str, tokenizer: Any, *, is_last: bool) -> list[int]:  # noqa: ANN401
    """Return the tokens that a model says to end its turn: up to the first special one, such as <|im_end|>."""
    ids = _ids(tokenizer, closing)
    special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
    at = next((at for at, one in enumerate(ids, start=1) if one in special), None)
    if at is not None:
        return ids[:at]
    end = tokenizer.eos_token_id
    return [*ids, end] if is_last and end is not None else ids


def _content(turn: Turn, tokenizer: Any, image_tokens: int) -> list[int]:  # noqa: ANN401
    """Return the ids of what somebody said; words that look like a special token are words."""
    role, content = turn
    first, *later = content.strip().split(PLACE) if role == ASKER else [content.strip()]
    ids = _ids(tokenizer, first, plain=True)
    for text in later:
        ids += [IMAGE] * image_tokens + _ids(tokenizer, text, plain=True)
    return ids


def _ids(tokenizer: Any, text: str, *, plain: bool = False) -> list[int]:  # noqa: ANN401
    found: list[int] = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=plain) if text else []
    return found
