"""Verdicts: what words mean against what the ontologies' names say: learnt from annotated articles, or by hand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from curation.senses import form
from curation.terms import Kind, Known, Name, unique
from schemas.curated_table import rows

Verdicts = Mapping[tuple[str, str], str]
"""(ontology, form) -> the term that it means, or "" where it is ambiguous and names nothing."""


@cache
def by_hand() -> frozenset[tuple[str, str]]:
    """Return the names that people found to be common words: (ontology, word in lower case), plurals beside them.

    They aren't judged by their stems, since "colon" has that of "cola".
    """
    words = ((row["ontology"], word.lower()) for row in rows("ambiguous") for word in row["forms"].split("|"))
    return frozenset(each for name, word in words for each in ((name, word), (name, f"{word}s"), (name, f"{word}es")))


@cache
def standing() -> frozenset[tuple[str, str]]:
    """Return the names of the table that nothing learnt overrules, as they are judged."""
    return frozenset((row["ontology"], form(word)) for row in rows("standing") for word in row["forms"].split("|"))


@cache
def verdicts() -> Verdicts:
    """Return what was learnt from annotated articles."""
    return {(row["ontology"], form(row["form"])): row["term"] for row in rows("learnt")}


def with_learnt(terms: Iterable[Known], learnt: Iterable[tuple[str, str]] | None = None) -> list[Known]:
    """Return terms with the names that annotators used for them; `learnt` holds (term, words)."""
    named: dict[str, list[Name]] = defaultdict(list)
    told = ((row["term"], row["form"]) for row in rows("learnt")) if learnt is None else learnt
    for term, words in told:
        named[term].append(Name(words, Kind.DERIVED))
    return [
        known._replace(names=unique([*known.names, *named[known.id]])) if known.id in named else known
        for known in terms
    ]
