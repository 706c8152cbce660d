"""Tagging: a text to the ontology terms that it names, each with its place and how sure it is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from curation.abbreviations import Definition, definitions, uses
from curation.assertion import denied, is_reagent, supposed
from curation.lexicon import Found, Lexicon, Meaning
from curation.senses import senses_in
from curation.species import short_names
from curation.words import cut

_SUPPOSED = 0.5
"""At most so sure is a tag that the text only thinks of."""

_REAGENT = 0.3
"""At most so sure is what only gave a molecule its name, an antibody or a serum."""

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


Shorts = Mapping[str, tuple[Meaning, ...]]
"""Short forms with what they stand for; nothing for a form that stands for something that isn't tagged."""


def tag(text: str, lexicon: Lexicon, given: Shorts | None = None) -> list[Tag]:
    """Return the terms that a text names, by place; those of one ontology never overlap.

    `given` are short forms that other texts of the same article define, as `shorts` returns them.
    """
    defined = definitions(text)
    found = _plainly(text, lexicon, defined)
    found = _with_shorts(text, found, {**(given or {}), **_meanings(defined, found)})
    spans = [(each.start, each.end) for each in found]
    no, perhaps = denied(text, spans), supposed(text, spans)
    return [_tag(text, each, lexicon, at in no, at in perhaps) for at, each in enumerate(found)]


def shorts(texts: Iterable[str], lexicon: Lexicon) -> Shorts:
    """Return the short forms that the texts of an article define, with what they stand for; the first holds."""
    known: dict[str, tuple[Meaning, ...]] = {}
    for text in texts:
        if defined := definitions(text):
            for short, meant in _meanings(defined, _plainly(text, lexicon, defined)).items():
                known.setdefault(short, meant)
    return known


def _plainly(text: str, lexicon: Lexicon, defined: Iterable[Definition]) -> list[Found]:
    """Return what a text names by names that are known."""
    found = [*lexicon.find(text, cut(text)), *_across_brackets(text, defined, lexicon)]
    means_else = senses_in(text)
    found = [each for each in found if not means_else(each.ontology, each.start, each.end)]
    return _longest([*found, *_short_species(text, found)])


def _tag(text: str, found: Found, lexicon: Lexicon, negated: bool, thought: bool) -> Tag:  # noqa: FBT001
    known = lexicon.terms[found.term]
    sure = min(found.confidence, _SUPPOSED) if thought else found.confidence
    if is_reagent(text, found.start, found.end, known.field):
        sure = min(sure, _REAGENT)
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


def _with_shorts(text: str, found: list[Found], known: Shorts) -> list[Found]:
    """Return what was found with the article's short forms, each meaning what its long form does."""
    if not known:
        return found
    added, used = [], []
    for short, start, end in uses(text, known):
        used.append((start, end))
        added += [Found(meant.ontology, start, end, meant.term, meant.confidence) for meant in known[short]]
    return _longest([*added, *_outside(found, used)])


def _meanings(defined: Iterable[Definition], found: Iterable[Found]) -> dict[str, tuple[Meaning, ...]]:
    by_end: dict[int, list[Found]] = defaultdict(list)
    for each in found:
        by_end[each.end].append(each)
    return {
        definition.short: tuple(
            Meaning(each.ontology, each.term, each.confidence)
            for each in by_end[definition.end]
            if each.start <= definition.start
        )
        for definition in defined
    }


def _outside(found: Iterable[Found], used: Iterable[tuple[int, int]]) -> Iterator[Found]:
    """Yield what lies in no short form: what the text itself defines is no word of a dictionary any more."""
    taken = {at for start, end in used for at in range(start, end)}
    return (each for each in found if not (each.start in taken and each.end - 1 in taken))
