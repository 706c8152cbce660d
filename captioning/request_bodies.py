"""Request bodies: a question in OpenAI's form, the key that its answer is kept under, and its bytes on the wire.

The same question gives the same bytes: keys are sorted, the temperature is 0 and the seed is fixed. Until a question
is sent, a name stands in place of its picture, so that neither the key nor the cache needs pixels.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from captioning.asked import Asked, Picture
from captioning.prompts import Prompt, answer_schema, user_text
from schemas.manifest import CaptioningSettings

FORM = 1
"""Raised by hand when answers to the same question would no longer be asked for in the same way."""

PICTURE_RECIPE = "jpeg95-v1"
"""How `captioning.picture_parts` makes what is sent; raised when its bytes change."""

_SEED = 17
_NAME = "picture:"


@dataclass(frozen=True)
class Question:
    """What is asked, with a name in the picture's place."""

    body: dict[str, Any]
    revision: str | None = None
    round: int = 1
    """The second one tells what was wrong with the first answer."""

    @cached_property
    def written(self) -> bytes:
        """Return the request in one spelling, with the picture's name."""
        return canonical(self.body)

    @property
    def shows_picture(self) -> bool:
        """Return whether a picture belongs to it."""
        parts = (part for message in self.body["messages"] for part in message["content"])
        return any(isinstance(part, dict) and part["type"] == "image_url" for part in parts)

    @cached_property
    def key(self) -> str:
        """Return what the answer is kept under: of the whole request, the picture and the model's revision."""
        return hashlib.sha256(canonical([FORM, self.revision]) + self.written).hexdigest()


def canonical(said: Any) -> bytes:  # noqa: ANN401  (JSON)
    """Return JSON of one spelling: keys sorted, no blanks.

    >>> canonical({"b": 1, "a": [2.0]})
    b'{"a":[2.0],"b":1}'
    """
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def opening(asked: Asked, prompt: Prompt, settings: CaptioningSettings) -> Question:
    """Return the first question about a panel."""
    words = (prompt.system, user_text(prompt, asked.facts))
    return asking(asked.picture, words, ("caption", answer_schema(prompt, asked.facts)), settings)


def asking(
    picture: Picture | None, words: tuple[str, str], form: tuple[str, dict[str, Any]], settings: CaptioningSettings
) -> Question:
    """Return a question in the `words` of system and user, to be answered in a named JSON Schema."""
    said = _picture_and_words(picture, words[1], settings)
    schema = {"name": form[0], "strict": True, "schema": form[1]}
    body = {
        "model": settings.model,
        "messages": [{"role": "system", "content": words[0]}, {"role": "user", "content": said}],
        "max_tokens": settings.max_tokens,
        "temperature": 0,
        "seed": _SEED,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    return Question(body, settings.revision)


def plain(asked: Asked, words: str, settings: CaptioningSettings, max_tokens: int) -> Question:
    """Return a question in words of its own, whose answer may have any form."""
    body = {
        "model": settings.model,
        "messages": [{"role": "user", "content": _picture_and_words(asked.picture, words, settings)}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "seed": _SEED,
    }
    return Question(body, settings.revision)


def _picture_and_words(picture: Picture | None, words: str, settings: CaptioningSettings) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"type": "text", "text": words}]
    if picture is not None:
        name = f"{_NAME}{picture.name}:{settings.image_side_px}:{PICTURE_RECIPE}"
        said.insert(0, {"type": "image_url", "image_url": {"url": name}})
    return said


def once_more(question: Question, answer: str, told: str) -> Question:
    """Return the question with the answer that was given to it and what is wrong with that."""
    said = [{"role": "assistant", "content": answer}] if answer else []
    messages = [*question.body["messages"], *said, {"role": "user", "content": told}]
    return Question({**question.body, "messages": messages}, question.revision, question.round + 1)


def on_the_wire(question: Question, picture: bytes | None) -> bytes:
    """Return the bytes of the request, with the picture itself in place of its name, where it has one."""
    written = question.written
    if picture is None or not question.shows_picture:
        return written
    start = written.index(f'"url":"{_NAME}'.encode()) + len('"url":"')
    end = written.index(b'"}', start)
    return b"".join((written[:start], picture, written[end:]))
