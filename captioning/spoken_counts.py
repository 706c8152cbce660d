"""Spoken counts: numbers that stand in no numeral: a pair, twice, half of, the third, a single, an hour."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from captioning.letters import Token
from captioning.word_lists import grammar, units

Key = tuple[str, float]
"""Base unit, or "" for none, or the role ("n", "p<", "th", "part"), and the value in it."""


def key_of(base: str, value: float) -> Key:
    """Return a key, its value to six digits, so that 0.005 mm is 5 µm."""
    return base, float(f"{value:.6g}")


class Spoken(NamedTuple):
    """A count in words, from start to end."""

    start: int
    end: int
    keys: tuple[Key, ...]
    """Any of which evidence may carry."""
    counts: bool
    """True where it says how many there are of what follows, so that a numeral before the same word carries it."""


_SETS = {"pair": 2, "couple": 2, "duo": 2, "trio": 3, "triplet": 3, "quartet": 4, "quintet": 5, "score": 20}
_FOLD = {"double": 2, "dual": 2, "twin": 2, "triple": 3, "quadruple": 4}
_TIMES = {"twice": 2, "thrice": 3, "double the": 2, "double that": 2, "triple the": 3, "triple that": 3}
_DOUBLED = {"doubled": 2, "doubling": 2, "tripled": 3, "tripling": 3, "trebled": 3, "quadrupled": 4}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),  # noqa: SIM905
        2,
    )
}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_MANY = {"": 1, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_TIME = "hour|day|week|month|year"


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_SET = re.compile(rf"\b(?:a |the |one )?(?P<set>{_any(_SETS)}) of\b", re.IGNORECASE)
_FOLDED = re.compile(rf"\b(?P<set>{_any(_FOLD)})\b(?! (?:the|that)\b)", re.IGNORECASE)
_FACTOR = re.compile(rf"\b(?P<times>{_any({**_TIMES, **_DOUBLED})})\b", re.IGNORECASE)
_LATER = _any(word for word in _ORDINALS if word != "second")
_ORDINAL = re.compile(
    rf"\b(?:(?:the|a|an|each|every|their|its|of|and|in)[ ](?P<second>second)|(?P<ordinal>{_LATER}|\d+(?:nd|rd|th)))\b"
    rf"(?!s|[ -](?:of|{_any(_PARTS)})\b)(?:[ -](?P<unit>{_TIME})\b)?",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"\b(?:(?P<many>a|{_any(filter(None, _MANY))})[ -])?(?P<part>{_any(_PARTS)})s?(?: of|(?<=half)(?= the\b))\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    r"\b(?:an?|the|one|only|just|exactly)[ ](?:(?:an?|the)[ ])?(?:single|sole|lone|solitary)\b"
    r"|\b(?:only|just|exactly)[ ]one\b|\bone(?=[ ](?!of|another|or|and|to|side|end|hand|by|may|can|sees?)\w)",
    re.IGNORECASE,
)
_SPAN = re.compile(
    rf"\ban? (?P<more>{_TIME}) and a half\b"
    rf"|\b(?:(?P<half>half[ -](?:an?[ ])?)|(?:after|for|within|over|than) an? )(?P<unit>{_TIME}|minute)s?\b"
    rf"|\ban? (?P<later>{_TIME})(?= (?:after|later|before|post|following|old|of)\b)",
    re.IGNORECASE,
)
_ONE = re.compile(r"\b(?:an?|one|1|each|per|every|individual|isolated|single|sole|lone|solitary)\b", re.IGNORECASE)
_THE = frozenset({"the", "this", "another"})
_SINGLY = frozenset({"single", "singly", "individual", "individually", "isolated", "sole", "lone", "solitary"})


def spoken_counts(text: str) -> Iterator[Spoken]:
    """Yield the counts in words of a text that is `smooth`."""
    for found in (*_SET.finditer(text), *_FOLDED.finditer(text)):
        yield Spoken(*found.span(), (("", float({**_SETS, **_FOLD}[found["set"].lower()])),), True)
    for found in _FACTOR.finditer(text):
        word = found["times"].lower()
        yield Spoken(*found.span(), (("x", float({**_TIMES, **_DOUBLED}[word])),), False)
    for found in _ORDINAL.finditer(text):
        yield Spoken(*found.span(), tuple(_ordinal(found)), found["unit"] is None)
    for found in _PART.finditer(text):
        share = _MANY[(found["many"] or "").lower()] / _PARTS[found["part"].lower()]
        yield Spoken(*found.span(), (key_of("%", 100 * share), ("part", share)), False)
    for found in _SINGLE.finditer(text):
        yield Spoken(*found.span(), (("single", 1.0),), True)
    for found in _SPAN.finditer(text):
        unit = units()[1][(found["unit"] or found["later"] or found["more"]).lower()]
        many = 0.5 if found["half"] else 1.5 if found["more"] else 1.0
        yield Spoken(*found.span(), (key_of(unit.base, unit.factor * many),), False)


def _ordinal(found: re.Match[str]) -> Iterator[Key]:
    word = (found["ordinal"] or found["second"]).lower()
    number = float(_ORDINALS.get(word) or re.sub(r"\D", "", word))
    if found["unit"]:
        unit = units()[1][found["unit"].lower()]
        yield key_of(unit.base, unit.factor * number)
    else:
        yield "th", number


def _are_many(cut: list[Token]) -> bool:
    """Return whether a word looks like a plural."""
    return any(token.form.endswith("s") and not token.form.endswith(("us", "is", "ss")) for token in cut)


def is_single(cut: list[Token]) -> Iterator[str]:
    """Yield the stems of which a text has one: those behind "a", "one" and "each"; "" where it says single of any."""
    for at, token in enumerate(cut):
        if token.form in _SINGLY:
            yield ""
        elif _ONE.fullmatch(token.text) or (token.form in _THE and not _are_many(cut[at + 1 : at + 2])):
            yield from (each.stem for each in cut[at + 1 : at + 4] if each.form not in grammar())
