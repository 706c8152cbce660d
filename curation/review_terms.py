"""Review terms: ontology terms that a reviewer's words may mean, the likeliest first."""

from collections.abc import Callable
from functools import lru_cache, partial

from curation.lexicons import Ontologies, terms_of
from curation.terms import Kind, Known

MOST = 20
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
    return {"term": known.id, "label": known.label, "ontology": known.ontology, "field": known.field}
