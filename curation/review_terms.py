"""Review terms: ontology terms that a reviewer's words may mean, the likeliest first."""

import json
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache, partial

from curation.lexicons import Ontologies, terms_of
from curation.stated import column_of
from curation.terms import Kind, Known
from schemas.curated_table import curated
from schemas.errors import UsageError
from schemas.review import ReviewItem

MOST = 20
_NEAREST = 3
_STEM = 4
"""Letters by which a misspelt word still finds something."""
Search = Callable[[str], list[dict[str, str]]]
"""Terms that one search brings."""


def searcher(asked: Ontologies) -> Callable[[str], list[dict[str, str]]]:
    """Return what looks words up in these ontologies and the curated table; they are read with the first search."""
    return partial(search, asked)


def search(asked: Ontologies, words: str) -> list[dict[str, str]]:
    """Return the terms with a name in which all the words stand; names that begin with them come first.

    Raises:
        UsageError, OntologyError: an ontology can't be read.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    found: list[tuple[int, int, str, Known]] = []
    for known, folded in _folded(asked):
        ranks = [rank for name in folded if (rank := _rank(name, wanted)) is not None]
        if ranks:
            found.append((min(ranks), len(known.label), known.id, known))
    return [_told(known) for *_, known in sorted(found)[:MOST]]


class UnknownTermError(UsageError):
    """A column was set to what no vocabulary has; `typed` is what the next form says to keep it as it stands."""

    typed: str = ""


def refuse_unknown(
    look_up: Search, item: ReviewItem, value: object, typed: str, mend: str = "Save once more to keep it as typed."
) -> None:
    """Refuse columns set to words that are no known term, unless `typed` says that these very words are meant.

    Known are the terms that `look_up` finds by their name, and the values that the item shows.

    Raises:
        UnknownTermError: there is one; the nearest terms are named.
    """
    columns = value.get("columns") if item.origin == "tags" and isinstance(value, dict) else None
    if not isinstance(columns, dict):
        return
    unknown = {
        name: word
        for name, word in columns.items()
        if isinstance(word, str) and word and not _is_known(look_up, item, name, word)
    }
    told = json.dumps(unknown, sort_keys=True)
    if unknown and typed != told:
        words = "; ".join(
            f"{name.replace('_', ' ')}: {word!r}{_near(look_up, name, word)}" for name, word in unknown.items()
        )
        error = UnknownTermError(f"not a known term: {words}. {mend}")
        error.typed = told
        raise error


def _is_known(look_up: Search, item: ReviewItem, column: str, word: str) -> bool:
    told = [each for each in item.shown["conflicts"] if each["column"] == column]
    if word in [item.shown["columns"].get(column), *(each[side] for each in told for side in ("chosen", "other"))]:
        return True
    if any(row.value == word and column in _columns(row.field) for row in curated().values()):
        return True
    return any(found["value"] == word and column in _columns(found["field"]) for found in look_up(word))


def _columns(field: str) -> tuple[str | None, ...]:
    return field, column_of(field)


def _near(look_up: Search, column: str, word: str) -> str:
    """Return the terms of a column that somebody may have meant who wrote a word there."""
    asked = (word, *word.split()[:_NEAREST], word[:_STEM])
    ours = ([each["value"] for each in look_up(one) if column in _columns(each["field"])] for one in asked)
    known = [row.value for row in curated().values() if row.value and column in _columns(row.field)]
    names = list(dict.fromkeys(next(filter(None, ours), get_close_matches(word, known, _NEAREST))))[:_NEAREST]
    return f" (is it {' or '.join(names)}?)" if names else ""


@lru_cache(maxsize=1)
def _folded(asked: Ontologies) -> list[tuple[Known, tuple[str, ...]]]:
    return [(known, tuple(dict.fromkeys(_names(known)))) for known in terms_of(asked)]


def _names(known: Known) -> list[str]:
    """Return the names by which people ask for a term; forms that were derived are left out."""
    texts = [name.text for name in known.names if name.kind in (Kind.LABEL, Kind.EXACT, Kind.ALIAS)]
    return [each.casefold() for each in (known.label, *texts, known.id)]


def _rank(name: str, wanted: list[str]) -> int | None:
    phrase = " ".join(wanted)
    if name == phrase:
        return 0
    if name.startswith(phrase):
        return 1
    if f" {phrase}" in name:
        return 2
    return 3 if all(word in name for word in wanted) else None


def _told(known: Known) -> dict[str, str]:
    row = curated().get(known.id)  # columns have words of their own for some terms
    told = {"term": known.id, "label": known.label, "ontology": known.ontology, "field": known.field}
    return {**told, "value": row.value if row and row.value else known.label}
