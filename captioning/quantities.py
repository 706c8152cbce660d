"""Quantities: the numbers of a text with unit and role, so that 5 µm, 5 um, 0.005 mm and five micrometres are one."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from captioning.letters import SUPERSCRIPT, stem
from captioning.spoken_counts import Key, Spoken, key_of, spoken_counts
from captioning.word_lists import Unit, grammar, units, visual


class Quantity(NamedTuple):
    """A number in a text from start to end, its unit included."""

    start: int
    end: int
    keys: tuple[Key, ...]
    """Any of which evidence may carry; the first is what was written."""
    has_unit: bool


_ONES = "two three four five six seven eight nine".split()  # noqa: SIM905  (a row of words)
_TEENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_LARGE = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1e6}
_ABOUT = {f"{word}s": number for word, number in _LARGE.items()}
_WORDS: dict[str, float] = {
    "zero": 0,
    **{word: number for number, word in enumerate(_ONES, 2)},
    **{word: number for number, word in enumerate(_TEENS, 10)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **_LARGE,
    **_ABOUT,
}
_TO_DIGITS = str.maketrans(SUPERSCRIPT + "\u207b", "0123456789-")

_ALONE = r"(?:(?<=[\s(,*]x)|(?<=^x)|(?<![\w.])(?<![^\W\d_][-/']))"
"""Before a number: no part of a symbol, but a cross."""
_DIGITS = rf"{_ALONE}(?:\d{{1,3}}(?:[, ]\d{{3}})+(?:\.\d+)?(?![\d]|,\d)|\d+(?:\.\d+)?|\.\d+)"
_POWER = rf"(?:\s?[x\u00d7\u00b7*]\s?10(?:\^?(?P<plain>-?\d+)|(?P<raised>\u207b?[{SUPERSCRIPT}]+)))?"
_ANY_WORD = "|".join(sorted([*_WORDS, "one"], key=len, reverse=True))
_LARGE_WORD = "|".join(_LARGE)
_TEN_AND_ONE = rf"(?:{'|'.join(_TENS)})[- ](?:one|{'|'.join(_ONES)})"
_NUMBER_WORD = rf"\b(?:{_TEN_AND_ONE}|(?:{_ANY_WORD})[ ](?:{_LARGE_WORD})|{_ANY_WORD})(?:\b|(?=fold\b))"
_VALUE = re.compile(
    rf"(?P<ten>(?<![^\W])10(?:\^(?P<up>-?\d+)|(?P<high>\u207b?[{SUPERSCRIPT}]+)))|(?P<digits>{_DIGITS}){_POWER}"
    rf"|(?P<word>{_NUMBER_WORD})",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s?(?:-|to|and|or|,|/|x|\u00d7|\u00b1|\+/-|, ?and|, ?or|vs\.?|versus|:)\s?", re.IGNORECASE)
_ROLE_N = re.compile(r"\bn\s?[=>\u2265]\s?$", re.IGNORECASE)
_ROLE_P = re.compile(
    r"\bp(?:[- ]?values?)?(?: of| was| is)?\s?([<>=\u2264\u2265]|less than|below|above)?\s?$", re.IGNORECASE
)
_BEFORE = re.compile(r"\b(days?|weeks?|months?|hours?|years?|minutes?)[ -]$", re.IGNORECASE)
_TIMES_BEFORE = re.compile(
    r"(?:(?<!\d)(?<!\d )(?<![^\W\d_])[x\u00d7*]|\bmagnif\w*(?:,| of| was| is|:| at)?)\s?$", re.IGNORECASE
)
_ROLE_MOI = re.compile(r"\b(?:moi|multiplicity of infection)(?: of| was| is)?\s?[=:(]?\s?$", re.IGNORECASE)
_FRACTION = re.compile(r"[- ](?:thirds?|quarters?|fifths?|halves|half)\b", re.IGNORECASE)
_SIGNS = {"\u2264": "<", "\u2265": ">", "less than": "<", "below": "<", "above": ">", None: "="}
_LOOK_BACK = 24
_LOOK_AHEAD = 60
_NEXT = re.compile(r"[a-z]{3,}")
_MOST_WORDS = 4
_CLAUSE = re.compile(r"[.;:()]")
_LEAST_TIMES = 2
"""Below it a star or a cross behind a number is a footnote's."""


_RAISED = r"(?:(?<=m)(?:\^?[23]|[\u00b2\u00b3]))?"
_INVERSE = r"(?:\^?-[123]|\u207b[\u00b9\u00b2\u00b3])"


@cache
def _unit() -> re.Pattern[str]:
    symbols, words = units()
    written = "|".join(re.escape(name) for name in sorted(symbols, key=len, reverse=True))
    spoken = "|".join(sorted(words, key=len, reverse=True))
    one = rf"(?:(?i:{spoken})|{written})(?!(?<=[xX\u00d7])\s?\d)"
    per = rf"(?:\s?(?:/|\bper\b)\s?{one}{_RAISED}|[ \u00b7]{one}{_INVERSE})*"
    return re.compile(rf"[ -]?({one}{_RAISED}{per})(?![^\W_])")


_PARTS = re.compile(r"\s?(?:/|\bper\b)\s?|[ \u00b7](?=\S)")
_POWERED = re.compile(rf"(?:{_RAISED[:-1]}|{_INVERSE})$")


@cache
def _read_unit(text: str) -> Unit | None:
    base, factor = [], 1.0
    symbols, words = units()
    if text.lower() in words:
        return words[text.lower()]
    for at, part in enumerate(_PARTS.split(text)):
        bare = _POWERED.sub("", part) if part not in symbols else part
        power = part[len(bare) :].strip("^").translate(_TO_DIGITS)
        known = symbols.get(bare) or words.get(bare.lower())
        if known is None:
            return None
        exponent = int(power or 1) if not at or power.startswith("-") else -int(power or 1)
        base.append(f"{known.base}{'' if exponent == 1 else exponent}")
        factor *= known.factor**exponent
    return Unit("*".join(base), factor)


class _Found(NamedTuple):
    start: int
    end: int
    value: float
    unit: Unit | None
    unit_end: int
    is_one: bool


def _value(found: re.Match[str]) -> float:
    if found["word"]:
        tens, _, ones = re.sub(r"[- ]", " ", found["word"].lower()).partition(" ")
        if ones in _LARGE:
            return _WORDS.get(tens, 1) * _LARGE[ones]
        return _WORDS.get(tens, 1) + (_WORDS.get(ones, 1) if ones else 0)
    if found["ten"]:
        return float(10 ** min(300, int(found["up"] or found["high"].translate(_TO_DIGITS))))
    number = float(re.sub(r"[, ]", "", found["digits"])[:300])
    power = found["plain"] or (found["raised"] or "0").translate(_TO_DIGITS)
    return float(number * 10.0 ** max(-300, min(200, int(power[:6]))))


def _matches(text: str) -> Iterator[_Found]:
    pattern = _unit()
    for found in _VALUE.finditer(text):
        after = pattern.match(text, found.end())
        unit = _read_unit(after[1]) if after else None
        if after and not unit:
            after = None
        glued = found.end() < len(text) and (text[found.end()].isalnum() or text[found.end()] == "_")
        if after is None and glued:  # "3T3"
            continue
        if _FRACTION.match(text, found.end()):
            continue
        is_one = (found["word"] or "").lower() == "one"
        yield _Found(found.start(), found.end(), _value(found), unit, after.end() if after else found.end(), is_one)


@lru_cache(maxsize=512)  # a caption is looked at for each of its panels, and for each claim about them
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the numbers of a text that is `smooth`, by place, those in words among them."""
    written = _written(text)
    taken = {at for each in written for at in range(each.start, each.end)}
    spoken = [each for each in spoken_counts(text) if taken.isdisjoint(range(each.start, each.end))]
    return tuple(sorted([*written, *(_of_words(text, each) for each in spoken)]))


def _of_words(text: str, said: Spoken) -> Quantity:
    base, value = said.keys[0]
    counted = _counted(text, said.end, value) if said.counts else ()
    words = [(key, count) for key, count in counted if base != "single" or key.removeprefix("of ") not in _seen()]
    named = [key_of(f"one {key.removeprefix('of ')}", 1) if base == "single" else (key, count) for key, count in words]
    return Quantity(
        said.start, said.end, (*said.keys, *named) if base else (*named,) or said.keys, has_unit=not said.counts
    )


@cache
def _seen() -> frozenset[str]:
    """Return the stems of words for what is seen: one large cell is no single large spot."""
    return frozenset(map(stem, visual()))


def _written(text: str) -> list[Quantity]:
    found = list(_matches(text))
    answers: list[Quantity] = []
    later: _Found | None = None
    for each in reversed(found):
        shared = None
        if each.unit is None and later is not None and later.unit is not None:
            gap = text[each.end : later.start]
            shared = later.unit if len(gap) < 8 and _JOINT.fullmatch(gap) else None
        later = each._replace(unit=each.unit or shared)
        if not each.is_one or each.unit:
            answers.append(_quantity(text, each, shared))
    answers.reverse()
    return answers


def _quantity(text: str, found: _Found, shared: Unit | None) -> Quantity:
    start = max(0, found.start - _LOOK_BACK)
    before = text[start : found.start]
    if found.unit and not (found.unit.base == "x" and found.value < _LEAST_TIMES):
        return Quantity(found.start, found.unit_end, (_in(found.unit, found.value),), True)
    if said := _with_role(text, found, before, start):
        return said
    if _TIMES_BEFORE.search(before):
        return Quantity(found.start, found.end, (key_of("x", found.value),), True)
    named = _BEFORE.search(before)
    unit = shared or (units()[1][named[1].lower()] if named else None)
    own = (_in(unit, found.value),) if unit else ()
    return Quantity(found.start, found.end, (*own, *_bare(text, found)), unit is not None)


def _with_role(text: str, found: _Found, before: str, start: int) -> Quantity | None:
    """Return a number that is about so many, a sample's size or a p-value."""
    if text[found.start : found.end].lower() in _ABOUT:
        return Quantity(found.start, found.end, (key_of("about", found.value),), False)
    if role := _ROLE_N.search(before):
        return Quantity(
            start + role.start(), found.end, (key_of("n", found.value), *_counted(text, found.end, found.value)), False
        )
    if _ROLE_MOI.search(text[max(0, found.start - 2 * _LOOK_BACK) : found.start]):
        return Quantity(found.start, found.end, (key_of("moi", found.value),), False)
    if role := _ROLE_P.search(before):
        sign = _SIGNS.get(role[1].lower() if role[1] else None, role[1])
        return Quantity(start + role.start(), found.end, (key_of(f"p{sign}", found.value),), False)
    return None


def _in(unit: Unit, value: float) -> Key:
    return key_of(unit.base, value * unit.factor)


def _bare(text: str, found: _Found) -> list[Key]:
    """Return the keys of a number without a unit: by its neighbours, or by itself where it has none."""
    counted = [*_counted(text, found.end, found.value), *_numbered(text, found)]
    return counted or [key_of("", found.value)]


def _counted(text: str, end: int, value: float) -> Iterator[Key]:
    """Yield what a number may count: n = 5 independent mice is five mice, but no five cells."""
    ahead = _CLAUSE.split(text[end : end + _LOOK_AHEAD], maxsplit=1)[0]
    for word in _words_in(ahead)[:_MOST_WORDS]:
        yield key_of(f"of {stem(word)}", value)


def _numbered(text: str, found: _Found) -> Iterator[Key]:
    """Yield what a number may be the name of: group 3, grade 3."""
    behind = _CLAUSE.split(text[max(0, found.start - _LOOK_BACK) : found.start])[-1]
    for word in _words_in(behind)[-2:]:
        yield key_of(f"after {stem(word)}", found.value)


def _words_in(text: str) -> list[str]:
    return [word for word in _NEXT.findall(text.lower()) if word not in grammar()]
