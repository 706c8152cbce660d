"""Manifest words: pydantic's errors in plain words."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.manifest_keys import source_types
from schemas.manifest_parts import SAID, did_you_mean, nearest, spoken
from schemas.plugins import BROKEN, names

Error = Mapping[str, Any]
"""One of pydantic's errors."""


def _must_be(what: str) -> Callable[[Error], str]:
    return lambda error: f"must be {what}, not {spoken(error['input'])}"


def _text(error: Error) -> str:
    quote = " (put it in quotes)" if isinstance(error["input"], int | float) else ""
    return f"must be text, not {spoken(error['input'])}{quote}"


def _mapping(error: Error) -> str:
    if error["input"] is None:
        return "is empty: give it keys, or leave it out"
    return f"must be a mapping of keys, not {spoken(error['input'])}"


def _too_long(error: Error) -> str:
    value = error["input"]
    unit = "characters" if isinstance(value, str) else "entries"
    return f"must have at most {error['ctx']['max_length']} {unit}, not {len(value)}"


def _choice(error: Error) -> str:
    context = error["ctx"]
    expected = re.findall(r"'[^']*'|[^,\s]+", str(context.get("expected") or context.get("expected_tags")))
    words = [word.strip("'") for word in expected if word != "or"]
    plugged = _plugged(error)
    value = context.get("tag", error["input"])
    guess = nearest(value, [*words, *plugged]) if isinstance(value, str) else None
    listed = " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
    installed = f", or of a plug-in that is installed: {', '.join(plugged)}" if plugged else ""
    return f"must be {listed}{installed}, not {spoken(value)}{did_you_mean(guess)}"


def _plugged(error: Error) -> list[str]:
    """Return the names of plug-ins that might stand there as well."""
    if error["type"] == "union_tag_invalid":
        return names("connector")
    return names("captioner") if error["loc"] == ("captioning", "backend") else []


def _bound(words: str, key: str) -> Callable[[Error], str]:
    return lambda error: f"must be {words} {error['ctx'][key]:g}, not {spoken(error['input'])}"


_WORDS: Final[dict[str, Callable[[Error], str]]] = {
    "missing": lambda _: "is required",
    "union_tag_not_found": lambda _: f"is required: {', '.join(source_types())}",
    "union_tag_invalid": _choice,
    "literal_error": _choice,
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_type": _must_be("a number"),
    "finite_number": _must_be("a finite number"),
    "bool_type": _must_be("true or false"),
    "string_type": _text,
    "string_too_short": lambda _: "must not be empty",
    "too_short": lambda _: "must not be empty",
    "string_too_long": _too_long,
    "too_long": _too_long,
    "tuple_type": _must_be("a list"),
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    SAID: lambda error: str(error["ctx"]["what"]),
    BROKEN: lambda error: str(error["ctx"]["what"]),
    "value_error": lambda error: str(error["ctx"]["error"]),
}


def in_words(error: Error) -> str:
    """Return what `error` says, as a person would."""
    words = _WORDS.get(error["type"])
    return words(error) if words else str(error["msg"])
