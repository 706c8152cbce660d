"""Senses: words that mean something else in the company of other words, such as the membrane of a blot."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from curation.curated_terms import rows
from curation.inflection import is_code
from curation.lexicon import form_of
from curation.words import words_of

_NEAR = 40
"""Characters to either side that are looked at."""


def form(said: str) -> str:
    """Return the key under which words are judged: an abbreviation as it is, other words by their stems."""
    return said if is_code(said) else form_of(words_of(said))


class _Company(NamedTuple):
    """Letters that tell a word's sense."""

    unless: tuple[str, ...] = ()
    """Not the term where one of these stands near."""
    needs: tuple[str, ...] = ()
    """The term only where one of these stands anywhere in the text."""


@cache
def _senses() -> Mapping[tuple[str, str], _Company]:
    return {(row["ontology"], form(row["form"])): _company_in(row) for row in rows("senses")}


def _company_in(row: Mapping[str, str]) -> _Company:
    return _Company(*(tuple(filter(None, (row[column] or "").split("|"))) for column in _Company._fields))


@lru_cache(maxsize=100_000)
def _company(ontology: str, said: str) -> _Company | None:
    return _senses().get((ontology, form(said)))


def means_else(ontology: str, text: str, start: int, end: int) -> bool:
    """Return whether what stands at a place is another word that only looks like a term of the ontology."""
    company = _company(ontology, text[start:end])
    if company is None:
        return False
    near = text[max(0, start - _NEAR) : end + _NEAR].lower()
    if any(letters in near for letters in company.unless):
        return True
    return bool(company.needs) and not _speaks_of(text, company.needs)


@lru_cache(maxsize=8)
def _speaks_of(text: str, needs: tuple[str, ...]) -> bool:
    """Return whether some letters stand in a text; kept, since an article on rods names them a hundred times."""
    whole = text.lower()
    return any(letters in whole for letters in needs)
