"""Described: a panel in words that are all facts: its own words, then what its columns and its scale say beside.

No model is asked. The own words stand as they stand in the caption, so each of them is evidence; the whole is checked
like the text of a model all the same.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from captioning.evidence import FIELDS, Statement
from captioning.faithful import judge
from captioning.letters import smooth, tokens
from captioning.term_names import Meaning, names_in
from schemas.captioned import Check

PROMPT = "metadata-v1"
"""Marks a text that no model wrote."""

_BESIDE = frozenset({*FIELDS, "microns_per_pixel", "scale_bar"})
_ID = re.compile(r" \([A-Za-z]+[:_]\w+\)$")
_BY_CASE = 6
_ADDRESS = re.compile(r"https?://\S+$")
_ENDED = (".", "!", "?", ":", ";", '."', ".)", ".\u201d", ".'")


def described(said: Sequence[Statement]) -> tuple[str, list[Check]]:
    """Return a text made of a panel's facts and nothing else, and what the checks say of it.

    >>> said = [
    ...     Statement(1, "HeLa cells, DAPI", "caption", "caption:0-16"),
    ...     Statement(2, "Stain: DAPI", "tags", "stain"),
    ...     Statement(3, "Organism: Homo sapiens (NCBITaxon:9606)", "tags", "organism"),
    ...     Statement(4, "Scale: 0.1 \u00b5m per pixel", "metadata", "microns_per_pixel"),
    ... ]
    >>> described(said)[0]
    'HeLa cells, DAPI. Organism: Homo sapiens. Scale: 0.1 \u00b5m per pixel.'
    """
    own = " ".join(each.text for each in said if each.where.startswith(("caption:", "subcaption")))
    words = _sentences([own] if own else [each.text for each in said if each.where.startswith("fact:")])
    beside = [each for each in said if each.where in _BESIDE]
    heard = _heard(words) if beside else None
    added = [each for each in beside if heard is None or not _says(heard, each)]
    text = " ".join(filter(None, (words, _sentences(_without_id(each.text) for each in added))))
    return text, list(judge(text, [each.text for each in said]).checks)


class _Heard(NamedTuple):
    stems: str
    """In order, between blanks."""
    words: str
    meanings: frozenset[Meaning]


def _heard(text: str) -> _Heard:
    cut = tokens(smooth(text))
    meanings = frozenset(meaning for meant in names_in(cut) for meaning in meant.meanings)
    return _Heard(_joined(token.stem for token in cut), _joined(token.text for token in cut), meanings)


def _says(heard: _Heard, fact: Statement) -> bool:
    """Return whether words say a field's value already: itself in any number, or another name of its term."""
    value = _value(fact.text)
    own = _heard_value(value)
    if value.isupper() and len(value) < _BY_CASE:  # "ER" is no "er"
        return own.words in heard.words
    named = {meaning for meaning in own.meanings if meaning[0] == fact.where}
    return own.stems in heard.stems or not named.isdisjoint(heard.meanings)


@lru_cache(maxsize=10_000)
def _heard_value(value: str) -> _Heard:
    return _heard(value)


def _joined(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _sentences(texts: Iterable[str]) -> str:
    return " ".join(text if text.endswith(_ENDED) or _ADDRESS.search(text) else f"{text}." for text in texts)


def _without_id(text: str) -> str:
    return _ID.sub("", text)


def _value(text: str) -> str:
    return _without_id(text).partition(": ")[2]
