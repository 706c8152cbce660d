"""Senses: words that mean something else in the company of other words, such as the membrane of a blot."""

from collections.abc import Mapping
from functools import cache, lru_cache

from curation.curated_terms import rows
from curation.inflection import is_code
from curation.lexicon import form_of
from curation.words import words_of

_NEAR = 40
"""Characters to either side that are looked at."""


def form(said: str) -> str:
    """Return the key under which words are judged: an abbreviation as it is, other words by their stems."""
    return said if is_code(said) else form_of(words_of(said))


@cache
def _senses() -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {(row["ontology"], form(row["form"])): tuple(row["unless"].split("|")) for row in rows("senses")}


@lru_cache(maxsize=100_000)
def _company(ontology: str, said: str) -> tuple[str, ...]:
    return _senses().get((ontology, form(said)), ())


def means_else(ontology: str, text: str, start: int, end: int) -> bool:
    """Return whether what stands at a place is another word that only looks like a term of the ontology."""
    company = _company(ontology, text[start:end])
    if not company:
        return False
    near = text[max(0, start - _NEAR) : end + _NEAR].lower()
    return any(word in near for word in company)
