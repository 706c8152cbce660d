"""Question prompts: the words in which a model is asked for a question, and then its own question, blind."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import PositiveInt

from captioning.prompts import Worded, read_prompt, user_text

_FILE = files("captioning") / "question_words" / "cognition-v1.toml"
LETTERS = "ABCDEF"


class QuestionPrompt(Worded):
    """A prompt for questions; in `blind`, `{question}` and `{options}` stand for what is filled in."""

    blind: str
    wrong: PositiveInt
    """Wrong options."""
    most_characters: PositiveInt
    """Of each text."""


@lru_cache
def cognition_prompt() -> QuestionPrompt:
    """Return the prompt by which questions are written."""
    return read_prompt(_FILE, QuestionPrompt)


def asking_text(prompt: QuestionPrompt, facts: tuple[str, ...]) -> str:
    """Return how a question about a panel is asked for, its facts numbered from 1."""
    return user_text(prompt, facts)


def blind_text(prompt: QuestionPrompt, question: str, options: list[str]) -> str:
    """Return a question with its options, without anything about the picture."""
    listed = "\n".join(f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))
    return prompt.blind.replace("{options}", listed).replace("{question}", question)


def item_schema(prompt: QuestionPrompt, facts: int) -> dict[str, Any]:
    """Return the JSON Schema of a written question, bounded everywhere."""
    text = {"type": "string", "minLength": 1, "maxLength": prompt.most_characters}
    numbers = {"type": "integer", "enum": list(range(1, facts + 1))}
    parts = {
        "question": text,
        "statement": text,
        "answer": text,
        "wrong": {"type": "array", "items": text, "minItems": prompt.wrong, "maxItems": prompt.wrong},
        "facts": {"type": "array", "items": numbers, "minItems": 1, "maxItems": min(facts, 8)},
    }
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def letter_schema(options: int) -> dict[str, Any]:
    """Return the JSON Schema of the letter of an option."""
    parts = {"answer": {"type": "string", "enum": list(LETTERS[:options])}}
    return {"type": "object", "properties": parts, "required": ["answer"], "additionalProperties": False}
