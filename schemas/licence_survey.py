"""Licence survey: what each licence that a text names speaks of, and what the text takes out of them.

Sentence by sentence, in text as `schemas.licence_grammar` reads it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.licence_clauses import scope_of, sentences
from schemas.licence_exceptions import figure_names, is_taken, taken_out, without_harmless
from schemas.licence_grammar import Scope
from schemas.licence_words import Named


class Told(NamedTuple):
    """A licence that a text names, and what it speaks of."""

    named: Named
    scope: Scope
    figures: frozenset[str]
    """The figures that its sentence is about; empty where it is about more."""


class Survey(NamedTuple):
    """What a text says with the licences that it names."""

    told: Sequence[Told]
    excepted: frozenset[str]
    """The figures that are taken out."""
    refused: bool
    """True where something is taken out, and nobody can say what."""


def survey(struck: str, named: Sequence[Named]) -> Survey:
    """Return what each of `named` speaks of, sentence by sentence, and what is taken out of them."""
    told: list[Told] = []
    excepted: set[str] = set()
    refused = False
    before, place = "", 0
    text = without_harmless(struck.lower())
    starts = [one.start for one in named]
    for start, end in sentences(text, struck):
        inside = named[place : bisect_left(starts, end)]
        place += len(inside)
        taken = taken_out(text[start:end], names_a_licence=bool(inside))
        found = _told_in(taken.rest, inside, start, before)
        for clause, scope in _clauses(taken.rest, found, start):
            figures = figure_names(clause)
            if is_taken(clause, figures, may_credit=scope == "work"):
                excepted |= figures
                refused = refused or not figures
        excepted |= taken.figures.union(*(one.figures for one in found))
        refused = refused or taken.unclear
        told += found
        before = taken.rest
    return Survey(told, frozenset(excepted), refused)


def _clauses(sentence: str, told: Sequence[Told], start: int) -> Iterator[tuple[str, Scope | None]]:
    """Yield what stands before each licence of a sentence, with what it speaks of, and what stands behind the last."""
    place = 0
    for one in told:
        yield sentence[place : one.named.start - start], one.scope
        place = one.named.end - start
    yield sentence[place:], None


def _told_in(sentence: str, inside: Sequence[Named], start: int, before: str) -> list[Told]:
    told: list[Told] = []
    for place, one in enumerate(inside):
        first, last = one.start - start, one.end - start
        sibling = told[-1].scope if told else None
        scope = scope_of(sentence, (first, last, bool(one.url)), before, sibling)
        since = inside[place - 1].end - start if place else 0
        figures = figure_names(sentence[since:first]) if scope in {"part", "denied"} else frozenset()
        if scope == sibling and not sentence[since:first].strip(" (),/&-"):
            figures = told[-1].figures
        told.append(Told(one, scope, figures))
    return told
