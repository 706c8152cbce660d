"""Replies: what a server answered, and what is wrong with it."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from captioning.asked import Asked, Reason, Sentence
from captioning.prompts import Prompt

_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")


_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_BROKEN_OFF = frozenset({"abort", "error"})
"""What vLLM says of requests that were under way when it was ended, with status 200."""
_MOST_TOKENS = 10**9


class Reply(BaseModel):
    """What of a server's answer is kept."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    finish_reason: str | None = None
    refusal: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0


class Fault(NamedTuple):
    """Why a reply can't be used, and what of that the model is told."""

    reason: Reason
    told: list[str]


def reply_of(said: object) -> Reply | None:
    """Return the reply in the JSON of a chat completion; None where it is none, or its server ended meanwhile."""
    choices = said.get("choices") if isinstance(said, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(first, Mapping) or not isinstance(message, Mapping):
        return None
    if _text(first.get("finish_reason")) in _BROKEN_OFF:
        return None
    usage = said.get("usage")
    counts = usage if isinstance(usage, Mapping) else {}
    return Reply(
        text=_text(message.get("content")),
        finish_reason=_text(first.get("finish_reason")) or None,
        refusal=_text(message.get("refusal")) or None,
        tokens_in=_count(counts.get("prompt_tokens")),
        tokens_out=_count(counts.get("completion_tokens")),
    )


def is_by(said: object, model: str) -> bool:
    """Return whether an answer is by the model that was asked, or by a dated release of it; many don't say.

    >>> is_by({"model": "gpt-4o-2024-08-06"}, "gpt-4o"), is_by({"model": "gpt-4o-mini"}, "gpt-4o")
    (True, False)
    """
    named = said.get("model") if isinstance(said, Mapping) else None
    if not isinstance(named, str) or not named:
        return True
    return named == model or re.fullmatch(re.escape(model) + r"[-@:]\d[\d.-]*", named) is not None


def _text(value: object) -> str:
    """Return a text, or those of a list of parts as one."""
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in value if isinstance(part, Mapping))
    return whole_characters(value) if isinstance(value, str) else ""


def whole_characters(text: str) -> str:
    """Return a text with U+FFFD for each half of a character, which JSON can say and no file can hold."""
    return _HALF_A_CHARACTER.sub("\ufffd", text)


def _count(value: object) -> int:
    return min(value, _MOST_TOKENS) if isinstance(value, int) and value > 0 else 0


def read_reply(reply: Reply, asked: Asked, prompt: Prompt) -> tuple[Sentence, ...] | Fault:
    """Return the sentences of a reply, or why it can't be used."""
    said = content_of(reply)
    return said if isinstance(said, Fault) else _sentences(said, asked, prompt)


def content_of(reply: Reply) -> Any:  # noqa: ANN401  (JSON)
    """Return the JSON of a reply, or the `Fault` for which it has none."""
    if reply.refusal or reply.finish_reason == "content_filter":
        return Fault("refused", ["the image is a published scientific micrograph and has to be described"])
    if reply.finish_reason == "length":
        return Fault("answer_cut", ["it was too long and was cut; write fewer and shorter sentences"])
    if not reply.text.strip():
        return Fault("answer_empty", ["it was empty"])
    try:
        return json.loads(_unfenced(reply.text), strict=False)
    except ValueError as error:
        return Fault("answer_no_json", [f"it is not JSON ({error})"])


def _unfenced(text: str) -> str:
    """Return the JSON that a server without structured output puts between ``` marks."""
    return text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")


def _sentences(said: object, asked: Asked, prompt: Prompt) -> tuple[Sentence, ...] | Fault:
    listed = said.get("sentences") if isinstance(said, Mapping) else None
    if not isinstance(listed, list) or not all(_is_sentence(one) for one in listed):
        return Fault("answer_no_json", ['it must be {"sentences": [{"text": ...}, ...]}'])
    found = tuple(Sentence(_plain(one["text"]), tuple(one.get("facts", ()))) for one in listed)
    kept = tuple(sentence for sentence in found if sentence.text)[: prompt.sentences.most]
    if not kept:
        return Fault("answer_empty", ["it has no sentence"])
    unknown = sorted({number for one in kept for number in one.facts if not 1 <= number <= len(asked.facts)})
    failures = [f"there is no fact {number}" for number in unknown]
    failures += asked.check(joined(kept)) if asked.check else []
    return Fault("unsupported", failures) if failures else kept


def _plain(text: str) -> str:
    """Return a text with single blanks for whatever is no character to read, which grammars for JSON let pass."""
    return " ".join(_UNREADABLE.sub(" ", text).split())


def _is_sentence(one: Any) -> bool:  # noqa: ANN401  (JSON)
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        return False
    facts = one.get("facts", [])
    return isinstance(facts, list) and all(type(number) is int for number in facts)


def joined(sentences: tuple[Sentence, ...]) -> str:
    """Return the sentences as one text."""
    return " ".join(sentence.text for sentence in sentences)
