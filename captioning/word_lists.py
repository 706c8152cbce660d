"""Word lists: which words say something that a fact must carry, and which don't; the data lie in `words/`."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from captioning.letters import stem, tokens

_FOLDER = Path(__file__).parent / "words"


def _lines(name: str) -> Iterator[str]:
    with (_FOLDER / name).open(encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file if not line.startswith("#"))


def _table(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(_lines(name), delimiter="\t", quoting=csv.QUOTE_NONE)


def _words(name: str) -> frozenset[str]:
    return frozenset(part for line in _lines(name) for word in line.split() for part in word.split("-"))


@cache
def plain() -> frozenset[str]:
    """Return the English words that claim nothing, in all their forms."""
    return frozenset(_lines("plain.txt")) | _words("plain_too.txt")


@cache
def grammar() -> frozenset[str]:
    """Return the words that only hold a sentence together."""
    return _words("grammar.txt")


@cache
def negations() -> frozenset[str]:
    """Return the words that deny what follows them."""
    return _words("negations.txt")


@cache
def denials() -> frozenset[str]:
    """Return the words of evidence that a text may say with a negation."""
    return _words("denials.txt") | negations()


@cache
def visual() -> frozenset[str]:
    """Return the words for what a picture shows by itself."""
    return _words("visual.txt")


class Claims(NamedTuple):
    """Words that must be carried, with the check that refuses them: by form, by stem, in two words."""

    forms: Mapping[str, str]
    stems: Mapping[str, str]
    pairs: Mapping[tuple[str, str], str]


@cache
def claims() -> Claims:
    """Return the English words that claim something."""
    forms, stems, pairs = {}, {}, {}
    for row in _table("claims.tsv"):
        for word in row["words"].split():
            first, _, second = word.partition("-")
            if second:
                pairs[stem(first), stem(second)] = row["check"]
            elif word.startswith("="):
                forms[word[1:]] = row["check"]
            else:
                stems[stem(word)] = row["check"]
    return Claims(forms, stems, pairs)


class Kin(NamedTuple):
    """Words that carry each other, and words that others carry, or the terms of a field; all as stems."""

    groups_of: Mapping[str, tuple[int, ...]]
    of_word: Mapping[str, frozenset[str]]
    of_field: Mapping[str, frozenset[str]]


@cache
def kin() -> Kin:
    """Return the words of which one carries the others."""
    groups: dict[str, tuple[int, ...]] = {}
    of_word: dict[str, frozenset[str]] = {}
    of_field: dict[str, frozenset[str]] = {}
    for number, row in enumerate(_table("kin.tsv")):
        stems = frozenset(token.stem for token in tokens(row["words"]))
        if not row["of"]:
            groups |= {each: (*groups.get(each, ()), number) for each in stems}
        elif row["of"].startswith("field:"):
            field = row["of"].removeprefix("field:")
            of_field[field] = of_field.get(field, frozenset()) | stems
        else:
            carriers = {token.stem for token in tokens(row["of"])}
            of_word |= {each: of_word.get(each, frozenset()) | stems for each in carriers}
    return Kin(groups, of_word, of_field)


class Opposites(NamedTuple):
    """For a stem: those that say the contrary, and those that say the same way."""

    against: Mapping[str, frozenset[str]]
    alike: Mapping[str, frozenset[str]]


@cache
def opposites() -> Opposites:
    """Return the stems that say the contrary of a stem, and its own side's."""
    against: dict[str, frozenset[str]] = {}
    alike: dict[str, frozenset[str]] = {}
    for row in _table("opposites.tsv"):
        sides = [frozenset(map(stem, row[column].split())) for column in ("one", "other")]
        for own, other in (sides, sides[::-1]):
            against |= {each: against.get(each, frozenset()) | other for each in own}
            alike |= {each: alike.get(each, frozenset()) | own for each in own}
    return Opposites(against, alike)


class Unit(NamedTuple):
    """How many of which base a unit is."""

    base: str
    factor: float


@cache
def units() -> tuple[Mapping[str, Unit], Mapping[str, Unit]]:
    """Return units by symbol, case included, and by word in lower case."""
    symbols: dict[str, Unit] = {}
    words: dict[str, Unit] = {}
    for row in _table("units.tsv"):
        unit = Unit(row["base"], float(row["factor"]))
        symbols |= dict.fromkeys(row["symbols"].split(), unit)
        words |= {word.replace("_", " "): unit for word in (row["words"] or "").split()}
    return symbols, words
