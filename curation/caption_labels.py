"""Panel labels as captions write them: "A-C, E and F" to A, B, C, E, F, and the place of each in its alphabet."""

# ruff: noqa: RUF001, RUF002  (dashes and primes are what is read)

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["upper", "lower", "roman", "number"]

DASHES = r"–—‐‑‒−~\-"
"""As they stand in a class of characters."""
PRIMES = "'’′″‴\""
_PRIMED = rf"[{PRIMES}]{{0,3}}(?!\w)"
_ROMAN = r"(?:i{1,3}|iv|vi{0,3}|ix|x)"
_CAPITALS = r"(?:A[A-H]|BB|CC|DD|EE|FF|GG|HH|[A-Z])\d{0,2}"
_LETTER = rf"(?:[ivx]{{2,5}}|[IVX]{{2,5}}|[A-Z]{_ROMAN}(?:[{DASHES}]{_ROMAN})?|{_CAPITALS}|[a-z]\d{{0,2}}){_PRIMED}"
_NUMBER = rf"\d{{1,2}}{_PRIMED}"
ATOM = rf"(?:{_LETTER}|{_NUMBER})"
_JOIN = rf"(?:\s?,\s?(?:and\s|&\s?)?|\s?/\s?|\s?[&+]\s?|\s?[{DASHES}]\s?|\s(?:and|to|through|or)\s)"
LABELS = rf"(?:{_LETTER}(?:{_JOIN}{_LETTER}|[{DASHES}]{_NUMBER}){{0,30}}|{_NUMBER}(?:{_JOIN}{_NUMBER}){{0,30}})"
"""A pattern of one label or of a list with ranges."""

MOST = 60
"""More panels than this no figure has: a longer range is something else."""

_PARTS = re.compile(rf"(?:and|or)\b|([{DASHES}]|\bto\b|\bthrough\b)|({ATOM})")
_ONE = re.compile(rf"([A-Za-z]+|)(\d*)([{PRIMES}]*)")
_ROMANS = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_ROW = ("", "′", "″", "‴")
_NUMERALS = tuple(_ROMANS)
_INNER = re.compile(rf"^([A-Z]){_ROMAN}(?:[{DASHES}]{_ROMAN})?$")
"""Bi, Bii: parts of panel B."""
_PLAIN_PRIMES = str.maketrans({"'": "′", "’": "′", '"': "″"})


def plain(label: str) -> str:
    """Return a label with its primes as primes."""
    return label.translate(_PLAIN_PRIMES).replace("′′′", "‴").replace("′′", "″")


def parts_of(label: str) -> tuple[str, str, str]:
    """Return the letters, the number and the primes of a label.

    >>> parts_of("A1′")
    ('A', '1', '′')
    """
    found = _ONE.fullmatch(label)
    return (found[1], found[2], found[3]) if found else (label, "", "")


@lru_cache(maxsize=4096)
def place(label: str, kind: Kind) -> int:
    """Return the place of a label in its alphabet, from 1; 0 where it is none of that kind.

    >>> place("C", "upper"), place("AA", "upper"), place("iv", "roman"), place("b2", "lower"), place("DF", "upper")
    (3, 27, 4, 2, 0)
    """
    letters, number, _ = parts_of(label)
    if kind == "number":
        return int(number) if not letters and number and int(number) <= MOST else 0
    if kind == "roman":
        return _ROMANS.get(letters.lower(), 0) if not number and letters in {letters.lower(), letters.upper()} else 0
    if not letters or (letters.isupper() if kind == "lower" else letters.islower()) or number.startswith("0"):
        return 0
    at = [ord(letter) - 64 for letter in letters.upper()]
    if len(at) == 1:
        return at[0]
    if at[0] == at[1]:  # AA, BB, CC after Z, as much in use as AA, AB, AC
        return 26 + at[0]
    return 26 + at[1] if at[0] == 1 else 0


def _same_row(first: str, last: str) -> tuple[str, ...]:
    """Return A1, A2, A3 of A1-A3 and A, A′, A″ of A-A″; () where the two differ in more."""
    (letters, number, primes), (others, other, more) = parts_of(first), parts_of(last)
    if (letters != others and (others or not number)) or not letters:
        return ()
    if number and other and int(number) < int(other):
        return tuple(f"{letters}{at}" for at in range(int(number), int(other) + 1))
    if number == other and len(plain(primes)) <= 1 and more:
        start, stop = _ROW.index(plain(primes)), _ROW.index(plain(more)) if plain(more) in _ROW else 0
        return tuple(f"{letters}{number}{prime}" for prime in _ROW[start : stop + 1])
    return ()


def _name(at: int, kind: Kind) -> str:
    if kind == "number":
        return str(at)
    if kind == "roman":
        return _NUMERALS[at - 1]
    name = chr(64 + at) if at <= 26 else "A" + chr(64 + at - 26)
    return name if kind == "upper" else name.lower()


def _between(first: str, last: str) -> tuple[str, ...] | None:
    """Return the labels of a range, A, A′, B, B′ of A-B′; None where it runs backwards or nowhere."""
    if row := _same_row(first, last):
        return row
    kinds: tuple[Kind, ...] = ("number", "upper", "lower", "roman")
    if len(last) > 1 and last.isalpha() and last.islower():
        kinds = ("roman",)
    for kind in kinds:
        start, stop = place(first, kind), place(last, kind)
        if start and stop and start < stop and stop - start < MOST:
            primes = _ROW[: _ROW.index(parts_of(last)[2]) + 1] if parts_of(last)[2] in _ROW else ("",)
            plain_ones = (
                "".join(parts_of(first)[:2]),
                *(_name(at, kind) for at in range(start + 1, stop)),
                "".join(parts_of(last)[:2]),
            )
            return tuple(f"{label}{prime}" for label in plain_ones for prime in primes)
    return None


@lru_cache(maxsize=16384)
def labels_of(text: str) -> tuple[str, ...]:
    """Return the labels that a list names; () where it isn't a list of labels.

    >>> labels_of("A-C, E and F"), labels_of("a1-3"), labels_of("A-A″"), labels_of("i–iii"), labels_of("F-A")
    (('A', 'B', 'C', 'E', 'F'), ('a1', 'a2', 'a3'), ('A', 'A′', 'A″'), ('i', 'ii', 'iii'), ())
    """
    labels: list[str] = []
    is_range = False
    for dash, atom in _PARTS.findall(text):
        if not atom:
            is_range = is_range or bool(dash)
            continue
        label = _INNER.sub(r"\1", plain(atom))
        if is_range and labels:
            row = _between(labels.pop(), label)
            if row is None:
                return ()
            labels.extend(row)
        else:
            labels.append(label)
        is_range = False
    return tuple(dict.fromkeys(labels)) if len(labels) <= MOST else ()
