"""Lengths: a number with a unit of length, however its micro sign is written, in micrometres."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = r"\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6}(?:[.,·]\d{1,4})?|\.\d{1,4}"
_MICRO = r"[µμɥ]|Âµ|Î¼|u|\?|mu(?:\s|-)?|micro-?"
"""The micro sign, the Greek letter, what lesser encodings made of them, and their names."""
_UNITS = (
    (r"nm|nanomet(?:er|re)s?", 1e-3),
    (rf"(?:{_MICRO})\s?m|microns?|micromet(?:er|re)s?|mcm", 1.0),
    (rf"(?:{_MICRO})\s?M", 1.0),
    (r"mm|mms|millimet(?:er|re)s?", 1e3),
    (r"cm|cms|centimet(?:er|re)s?", 1e4),
    (r"km|kilomet(?:er|re)s?", 1e9),
    (r"m|met(?:er|re)s?", 1e6),
    (r"Å|Å|[Aa]ngstr[oö]ms?", 1e-4),
    (r"inch(?:es)?", 25400.0),
)
_MOLAR = 2
"""The place among the units of the one that also means a concentration."""

_MEASURE = re.compile(
    rf"(?<![\w.,])(?P<numbers>(?:{_NUMBER})(?:\s{{0,2}}(?:,|and|or|&|/)\s{{0,2}}(?:and\s)?(?:{_NUMBER})){{0,5}})"
    r"[\s\u00a0\u2009]{0,3}[-\u2010\u2011=]?\s{0,2}(?:" + "|".join(f"({unit})" for unit, _ in _UNITS) + r")(?![\w²³/])"
)
_ONE_NUMBER = re.compile(_NUMBER)


class Measure(NamedTuple):
    """A length as a text has it."""

    length_um: float
    start: int
    end: int
    may_be_molar: bool = False
    """Its unit is written µM: a misspelt µm, or a concentration."""


def measures(text: str, start: int, end: int) -> Iterator[Measure]:
    """Yield the lengths that stand in a part of a text; "5 and 10 µm" are two."""
    for match in _MEASURE.finditer(text, start, end):
        unit = next(i for i in range(len(_UNITS)) if match[i + 2])
        numbers = list(_ONE_NUMBER.finditer(text, *match.span("numbers")))
        ends = [number.end() for number in numbers[:-1]] + [match.end()]
        for number, stop in zip(numbers, ends, strict=True):
            if value := _value(number[0]):
                yield Measure(round(value * _UNITS[unit][1], 9), number.start(), stop, unit == _MOLAR)


def _value(number: str) -> float:
    """Return what digits mean: in "1,000" the comma parts thousands, in "0,5" it is the decimal one.

    >>> _value("1,000"), _value("0,5"), _value(".5")
    (1000.0, 0.5, 0.5)
    """
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", number):
        return float(number.replace(",", ""))
    return float(number.replace(",", ".").replace("·", "."))
