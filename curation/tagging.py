"""Tagging: a text to the ontology terms that it names, each with its place and how sure it is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curation.abbreviations import Definition, definitions, uses
from curation.assertion import denied, supposed
from curation.lexicon import Found, Lexicon
from curation.senses import means_else
from curation.species import short_names
from curation.words import cut

_SUPPOSED = 0.5
"""At most so sure is a tag that the text only thinks of."""

_BRACKET = re.compile(r"\s?\([^()\s]{1,20}\)")
_FURTHER = 60
"""Characters behind a bracket in which a name may go on."""


class Tag(NamedTuple):
    """A term named in a text; `text` is what stands there from start to end."""

    start: int
    end: int
    text: str
    term: str
    label: str
    ontology: str
    field: str
    negated: bool
    confidence: float


def tag(text: str, lexicon: Lexicon) -> list[Tag]:
    """Return the terms that a text names, by place; those of one ontology never overlap."""
    defined = definitions(text)
    found = [*lexicon.find(text, cut(text)), *_across_brackets(text, defined, lexicon)]
    found = [each for each in found if not means_else(each.ontology, text, each.start, each.end)]
    found = _longest([*found, *_short_species(text, found)])
    found = _with_abbreviations(text, found, defined)
    spans = [(each.start, each.end) for each in found]
    no, perhaps = denied(text, spans), supposed(text, spans)
    return [_tag(text, each, lexicon, at in no, at in perhaps) for at, each in enumerate(found)]


def _tag(text: str, found: Found, lexicon: Lexicon, negated: bool, thought: bool) -> Tag:  # noqa: FBT001
    known = lexicon.terms[found.term]
    sure = min(found.confidence, _SUPPOSED) if thought else found.confidence
    said = text[found.start : found.end]
    return Tag(found.start, found.end, said, known.id, known.label, known.ontology, known.field, negated, sure)


def _longest(found: Iterable[Found]) -> list[Found]:
    """Return what stays where the first and longest place wins, ontology by ontology."""
    kept: list[Found] = []
    free_from: dict[str, int] = {}
    for each in sorted(found, key=lambda each: (each.start, -each.end, each.ontology, -each.confidence, each.term)):
        if each.start >= free_from.get(each.ontology, 0):
            free_from[each.ontology] = each.end
            kept.append(each)
    return kept


def _short_species(text: str, found: Iterable[Found]) -> Iterator[Found]:
    named = ((each.start, each.end, each.term) for each in found if each.ontology == "NCBITaxon")
    for start, end, term in short_names(text, named):
        yield Found("NCBITaxon", start, end, term, 0.96)


def _across_brackets(text: str, defined: Iterable[Definition], lexicon: Lexicon) -> Iterator[Found]:
    """Yield names that go on behind a short form in brackets: "embryonic stem (ES) cells"."""
    for definition in defined:
        bracket = _BRACKET.match(text, definition.end)
        if bracket is None:
            continue
        start, border = definition.start, definition.end - definition.start
        bare = text[start : definition.end] + " " * len(bracket[0]) + text[bracket.end() : bracket.end() + _FURTHER]
        for each in lexicon.find(bare, cut(bare)):
            if each.start < border < each.end:
                yield each._replace(start=each.start + start, end=each.end + start)


def _with_abbreviations(text: str, found: list[Found], definitions: Iterable[Definition]) -> list[Found]:
    """Return what was found with the short forms that the text defines, each meaning what its long form does."""
    defined = {each.short: each for each in definitions}
    if not defined:
        return found
    meant = _meanings(defined.values(), found)
    added, used = [], []
    for short, start, end in uses(text, defined):
        used.append((start, end))
        added += [Found(each.ontology, start, end, each.term, each.confidence) for each in meant[short]]
    return _longest([*added, *_outside(found, used)])


def _meanings(defined: Iterable[Definition], found: Iterable[Found]) -> dict[str, list[Found]]:
    by_end: dict[int, list[Found]] = defaultdict(list)
    for each in found:
        by_end[each.end].append(each)
    return {
        definition.short: [each for each in by_end[definition.end] if each.start <= definition.start]
        for definition in defined
    }


def _outside(found: Iterable[Found], used: Iterable[tuple[int, int]]) -> Iterator[Found]:
    """Yield what lies in no short form: what the text itself defines is no word of a dictionary any more."""
    taken = {at for start, end in used for at in range(start, end)}
    return (each for each in found if not (each.start in taken and each.end - 1 in taken))
