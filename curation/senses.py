"""Senses: words that mean something else in the company of other words, such as the membrane of a blot."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from curation.inflection import is_code
from curation.lexicon import form_of
from curation.words import words_of
from schemas.curated_table import rows

_NEAR = 40
"""Characters to either side that are looked at."""

_ANY = "*"
"""In place of an ontology: the words mean else wherever an ontology has them."""

_YEAR = r"(?:, (?:19|20)\d\d[a-z]?[);,]| \((?:19|20)\d\d[a-z]?\))"
_SURNAME_BEHIND = re.compile(rf",? et al\b|(?: (?:and|&) [A-Z]\w+)?{_YEAR}")
_TITLE_BEFORE = re.compile(r"\b(?:Drs?|Profs?|Mrs?|Ms)\.? $|\b(?:Professor|Doctor) $")


def form(said: str) -> str:
    """Return the key under which words are judged: an abbreviation as it is, other words by their stems."""
    return said if is_code(said) else form_of(words_of(said))


class _Company(NamedTuple):
    """Letters that tell a word's sense."""

    unless: re.Pattern[str] | None
    """Not the term where this stands near."""
    needs: re.Pattern[str] | None
    """The term only where this stands anywhere in the text."""


@cache
def _senses() -> Mapping[tuple[str, str], _Company]:
    told: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows("senses"):
        for word in row["forms"].split("|"):
            told[row["ontology"], form(word)].append(row)
    return {key: _Company(_any_of(same, "unless"), _any_of(same, "needs")) for key, same in told.items()}


def _any_of(told: Iterable[Mapping[str, str]], column: str) -> re.Pattern[str] | None:
    patterns = [pattern for row in told if (pattern := row[column])]
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


@lru_cache(maxsize=100_000)
def _companies(ontology: str, said: str) -> tuple[_Company, ...]:
    keys = ((ontology, form(said)), (_ANY, form(said)))
    return tuple(_senses()[key] for key in keys if key in _senses())


def senses_in(text: str) -> Callable[[str, int, int], bool]:
    """Return what tells whether words of a text, from start to end, only look like a term of an ontology.

    What stands anywhere in the text is looked for once, however often a word asks.
    """
    speaks: dict[re.Pattern[str], bool] = {}

    def spoken_of(needs: re.Pattern[str]) -> bool:
        if needs not in speaks:
            speaks[needs] = bool(needs.search(text))
        return speaks[needs]

    def means_else(ontology: str, start: int, end: int) -> bool:
        near = text[max(0, start - _NEAR) : end + _NEAR]
        return is_surname(text, start, end) or any(
            (company.unless and company.unless.search(near)) or (company.needs and not spoken_of(company.needs))
            for company in _companies(ontology, text[start:end])
        )

    return means_else


def is_surname(text: str, start: int, end: int) -> bool:
    """Return whether a capitalised word names a person: "Wolf et al.", "Dr. Rice", "(Bird and Fox, 1999)"."""
    said = text[start:end]
    if not (said.isalpha() and said.istitle()):
        return False
    return bool(_SURNAME_BEHIND.match(text, end) or _TITLE_BEFORE.search(text, max(0, start - 12), start))
