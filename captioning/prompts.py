"""Prompts: the words in which a model is asked, by name, each with the digest of its file."""

import hashlib
import tomllib
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PositiveInt

from captioning.control_marks import unmarked
from schemas.errors import UsageError

_FOLDER = files("captioning") / "prompts"
_MOST_FAILURES = 1000
"""Characters: what is wrong with a long text can be long."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sentences(_Part):
    """The form of an answer; without bounds a model can go on within one sentence for ever."""

    most: PositiveInt
    most_characters: PositiveInt
    cite_facts: bool


class Worded(_Part):
    """What every prompt has: how it asks, with facts or without, and how once more.

    `{facts}`, `{numbered}` and `{failures}` stand for what is filled in.
    """

    name: str
    sha256: str
    """The digest of the prompt's file."""
    system: str
    user: str
    facts: str
    """What is added where there are facts."""
    repair: str


class Prompt(Worded):
    """A prompt for texts."""

    sentences: Sentences


_Words = TypeVar("_Words", bound=Worded)


def prompt_names() -> list[str]:
    """Return the names of all prompts, in order."""
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


@lru_cache
def prompt_named(name: str) -> Prompt:
    """Return a prompt.

    Raises:
        UsageError: there is none of this name.
    """
    names = prompt_names()
    if name not in names:
        raise UsageError(f"no prompt is called {name!r}.", where="captioning.prompt", mend=f"Use {', '.join(names)}.")
    return read_prompt(_FOLDER / f"{name}.toml", Prompt)


def read_prompt(file: Traversable, kind: type[_Words]) -> _Words:
    """Return the prompt of a kind that a file holds; `name` and `sha256` are those of the file."""
    written = file.read_bytes()
    said = tomllib.loads(written.decode())
    texts = {key: value.strip("\n") for key, value in said.items() if isinstance(value, str)}
    own = {"name": file.name.removesuffix(".toml"), "sha256": hashlib.sha256(written).hexdigest()}
    return kind.model_validate({**said, **texts, **own}, strict=True)


def user_text(prompt: Worded, facts: tuple[str, ...]) -> str:
    """Return the question about one panel, with its facts numbered from 1, each on one line.

    Marks of chat templates in a fact are made plain words by `captioning.control_marks`.
    """
    numbered = "\n".join(f"{number}. {' '.join(unmarked(fact).split())}" for number, fact in enumerate(facts, start=1))
    told = f"\n{prompt.facts.replace('{numbered}', numbered)}" if facts else ""
    return prompt.user.replace("{facts}", told).rstrip()


def repair_text(prompt: Worded, failures: list[str]) -> str:
    """Return how the model is asked once more: what was wrong is named."""
    said = unmarked("; ".join(failure.strip().rstrip(".") for failure in failures))[:_MOST_FAILURES]
    return prompt.repair.replace("{failures}", said).strip()


def answer_schema(prompt: Prompt, facts: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON Schema of an answer, bounded everywhere."""
    limits = prompt.sentences
    sentence: dict[str, Any] = {"text": {"type": "string", "minLength": 1, "maxLength": limits.most_characters}}
    if limits.cite_facts:
        number = {"type": "integer", "enum": list(range(1, len(facts) + 1)) or [0]}
        sentence["facts"] = {"type": "array", "items": number, "maxItems": min(len(facts), 8)}
    closed = {"type": "object", "properties": sentence, "required": list(sentence), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": closed, "minItems": 1, "maxItems": limits.most}},
        "required": ["sentences"],
        "additionalProperties": False,
    }
