"""Carried: what a panel's evidence says, read once, so that each claim of a text can be looked up."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from captioning.bounds import bound_of
from captioning.letters import Token, as_code, smooth, stem, tokens, visible
from captioning.quantities import quantities
from captioning.spoken_counts import Key, is_single, key_of
from captioning.term_names import Meaning, names_in
from captioning.word_lists import grammar, kin, negations

_DAY = re.compile(r"\b[dDPE](\d{1,3}(?:\.5)?)\b")
"""D7, P21, E17.5: so many days after the beginning, birth or conception."""
_LETTERS = re.compile(r"\b([A-Za-z])\s?-\s?([A-Za-z])\b")
_LABEL = re.compile(
    r"(?:^|[.;:(\[,/&]\s{0,2}|\b(?:panels?|insets?|images?|rows?|columns?|and|or|to|in|from|of)\s|"
    r"\b(?:figs?\.?|figures?)\s?(?:\d{1,2}\s?)?)([A-Za-z])(?=\d?\s?(?:$|[),:;.\]/&'-]|(?:and|or|to|shows?|is|are)\b))",
    re.IGNORECASE | re.MULTILINE,
)
"""A letter where that of a panel stands."""
_INNER = re.compile(r"[a-z][A-Z]|^[A-Z]{2,}|\d")


class Piece(NamedTuple):
    """A text of the evidence, cut."""

    text: str
    """As `smooth` leaves it."""
    cut: list[Token]
    stems: frozenset[str]


class Carried(NamedTuple):
    """Everything that evidence carries."""

    pieces: tuple[Piece, ...]
    forms: frozenset[str]
    stems: frozenset[str]
    codes: frozenset[str]
    """Symbols, as pieces and as two or three pieces in a row: hek, 293t, hek293t."""
    letters: frozenset[str]
    """Single letters, those between the ends of a range among them."""
    labels: frozenset[str]
    """Those of them that may be a panel's."""
    quantities: frozenset[Key]
    bounds: frozenset[tuple[str, Key]]
    """Those that are told as the least or the most."""
    bare: frozenset[float]
    """Numbers without a unit, whatever stands beside them."""
    values: frozenset[float]
    """All numbers, whatever their unit."""
    initials: tuple[str, ...]
    """The first letters of the words that say something, text by text: what a short form may be made of."""
    short_forms: frozenset[str]
    """Names of three and more capitals, in lower case."""
    meanings: frozenset[Meaning]
    kin: frozenset[int]
    beside: frozenset[str]
    """Stems that words or terms of a field carry: "tumor" where a carcinoma is named."""


def carried(texts: Iterable[str]) -> Carried:
    """Return what texts carry."""
    pieces = tuple(_piece(text) for text in texts)
    every = [token for piece in pieces for token in piece.cut]
    stems = frozenset().union(*(piece.stems for piece in pieces))
    counted = [(piece.text, found) for piece in pieces for found in quantities(piece.text)]
    measured = [key for _, found in counted for key in found.keys]
    measured += [(f"one {each}", 1.0) for piece in pieces for each in is_single(piece.cut)]
    measured += [_key_of_day(day) for piece in pieces for day in _DAY.findall(piece.text)]
    meant = [found for piece in pieces for found in names_in(piece.cut)]
    meanings = frozenset().union(*(found.meanings | found.implied for found in meant))
    alike = kin()
    fields = {field for field, _ in meanings}
    return Carried(
        pieces=pieces,
        forms=frozenset(token.form for token in every),
        stems=stems,
        codes=frozenset(code for piece in pieces for code in codes_in(piece.cut)),
        letters=frozenset(letter for piece in pieces for letter in _letters(piece)),
        labels=frozenset(letter for piece in pieces for letter in _labels(piece)),
        quantities=frozenset(measured),
        bounds=frozenset(
            (bound, key) for text, found in counted if (bound := bound_of(text, found.start)) for key in found.keys
        ),
        bare=frozenset(value for base, value in measured if not base or base.startswith(("of ", "after "))),
        values=frozenset(value for _, value in measured),
        initials=tuple(initials_of(piece.cut) for piece in pieces),
        short_forms=frozenset(token.form for token in every if is_short_form(token.text)),
        meanings=meanings,
        kin=frozenset(group for each in stems | _of_signs(pieces) for group in alike.groups_of.get(each, ())),
        beside=frozenset(_turned_words(pieces)).union(
            *(alike.of_word[each] for each in stems & alike.of_word.keys()),
            *(alike.of_field.get(field, frozenset()) for field in fields),
        ),
    )


def _piece(text: str) -> Piece:
    smoothed = smooth(visible(text)[0])
    cut = tokens(smoothed)
    return Piece(smoothed, cut, frozenset(token.stem for token in cut))


_SIGNS = {
    "percentage": re.compile(r"%"),
    "homozygous": re.compile(r"[-\u207b]/[-\u207b]"),
    "knockout": re.compile(r"[-\u207b]/[-\u207b]"),
    "wildtype": re.compile(r"[+\u207a]/[+\u207a]"),
    "heterozygous": re.compile(r"[+\u207a]/[-\u207b]"),
}


def _of_signs(pieces: Iterable[Piece]) -> frozenset[str]:
    """Return the stems that signs stand for, as in Sam68-/- and 5 %."""
    texts = [piece.text for piece in pieces]
    return frozenset(stem(word) for word, signs in _SIGNS.items() if any(signs.search(text) for text in texts))


def _key_of_day(day: str) -> Key:
    return key_of("s", 86400 * float(day))


_DENIED_AHEAD = 3
_PREFIX = re.compile(r"(?:un|non)(?=[a-z]{4})")


def _turned_words(pieces: Iterable[Piece]) -> Iterable[str]:
    """Yield the stem of "untreated" where evidence says "not treated", and the other way round.

    Whether the text turns them as well is looked at by the check of polarity.
    """
    for piece in pieces:
        left = 0
        for token in piece.cut:
            left = _DENIED_AHEAD if token.form in negations() else left - 1
            if 0 <= left < _DENIED_AHEAD and token.form.isalpha():
                yield from (stem(f"un{token.form}"), stem(f"non{token.form}"))
            if bare := _PREFIX.match(token.form):
                yield stem(token.form[bare.end() :])


def codes_in(cut: Sequence[Token]) -> Iterable[str]:
    """Yield each token as a code, and with the one or two behind it."""
    for at, token in enumerate(cut):
        joined, end = as_code(token.form), token.end
        yield joined
        for after in cut[at + 1 : at + 3]:
            if after.start - end > 2:
                break
            joined, end = joined + as_code(after.form), after.end
            yield joined


def _letters(piece: Piece) -> Iterable[str]:
    for token in piece.cut:
        if len(token.text) == 1 and token.text.isalpha():
            yield token.text.upper()
        elif len(token.text) <= 3 and token.text[0].isdigit() and token.text[-1].isalpha():  # "3B"
            yield token.text[-1].upper()
    for first, last in _LETTERS.findall(piece.text):
        yield from map(chr, range(ord(first.upper()), ord(last.upper()) + 1))


def _labels(piece: Piece) -> Iterable[str]:
    yield from (letter.upper() for letter in _LABEL.findall(piece.text))
    for first, last in _LETTERS.findall(piece.text):
        yield from map(chr, range(ord(first.upper()), ord(last.upper()) + 1))


def initials_of(cut: Iterable[Token]) -> str:
    """Return the first letters of the words that say something; a blank for each other token."""
    return "".join(_initial(token) for token in cut)


def _initial(token: Token) -> str:
    return token.form[0] if len(token.form) > 2 and token.form.isalpha() and token.form not in grammar() else " "


def is_short_form(word: str) -> bool:
    """Return whether a word may be short for three words or more."""
    return 3 <= len(word) <= 6 and word.isupper() and word.isalpha() and word.isascii()


def is_code(word: str) -> bool:
    """Return whether a word looks like a symbol: digits, capitals within or throughout.

    >>> [is_code(word) for word in ("Sox2", "GFP", "siRNA", "Nucleus", "nm")]
    [True, True, True, False, False]
    """
    return bool(_INNER.search(word)) or not word.isascii()
