"""Abbreviations: which short forms a text defines for itself, and where it uses them.

A definition is a short form beside a longer one whose letters it is made of, in order (the idea of Schwartz and
Hearst, PSB 2003): "Kenyon cells (KCs)", "KC (Kenyon cell)", and, as legends list them, "KC, Kenyon cell; ...".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from curation.words import PARAGRAPH

_SHORT = r"[A-Za-z0-9\u0391-\u03c9][\w\u0391-\u03c9+/\-]{1,9}"
_BEHIND = re.compile(rf"(?<=[\w)]) ?\((?P<short>{_SHORT})(?=[);,])")
_BEFORE = re.compile(r" \((?P<long>[^()]{4,80})[);,]")
_SHORT_BEFORE = re.compile(rf"(?<![\w-])(?P<short>{_SHORT})$")
_LISTED = re.compile(
    rf"(?:^|[;.,:(] |\()(?P<short>{_SHORT})(?:, | ?[:=] ?| [\u2013\u2014-] )"
    r"(?P<long>[A-Za-z][^;.,:()]{3,60})(?=[;.,)])",
    re.MULTILINE,
)
_WORD_STARTS = re.compile(r"(?<![^\W_])[^\W_]")
_MOST_DEFINED = 500


class Definition(NamedTuple):
    """A short form, and where its long form stands."""

    short: str
    start: int
    end: int


def definitions(text: str) -> Sequence[Definition]:
    """Return the short forms that a text defines; the first definition of each holds."""
    return _kept_definitions(text) if len(text) < PARAGRAPH else _definitions(text)


def _definitions(text: str) -> Sequence[Definition]:
    found: dict[str, Definition] = {}
    for definition in _candidates(text):
        found.setdefault(definition.short, definition)
        if len(found) == _MOST_DEFINED:
            break
    return tuple(found.values())


_kept_definitions = lru_cache(maxsize=128)(_definitions)


def _candidates(text: str) -> Iterator[Definition]:
    for match in _BEHIND.finditer(text):
        short = _singular(match["short"])
        if short and (start := _long_start(short, text, match.start())) is not None:
            yield Definition(short, start, match.start())
    for match in _BEFORE.finditer(text):
        if before := _SHORT_BEFORE.search(text, max(0, match.start() - 12), match.start()):
            yield from _spelled_out(before["short"], text, match.span("long"))
    for match in _LISTED.finditer(text):
        yield from _spelled_out(match["short"], text, match.span("long"))


def _spelled_out(written: str, text: str, span: tuple[int, int]) -> Iterator[Definition]:
    short, (start, end) = _singular(written), span
    if short and text[start].lower() == short[0].lower() and _spells(short, text[start:end]):
        yield Definition(short, start, end)


def _singular(short: str) -> str | None:
    """Return a short form without its plural's s; None for what is a word or a number."""
    if (short.endswith("s") and any(letter.isupper() for letter in short[1:-1])) or short[:-1].isupper():
        short = short.removesuffix("s")
    return short if any(map(str.isupper, short)) and len(short) > 1 else None


def _letters(short: str) -> str:
    return "".join(letter for letter in short.lower() if letter.isalnum())


def _spells(short: str, words: str) -> bool:
    """Return whether the letters of `short` stand in `words`, in order."""
    rest = iter(words.lower())
    return len(words) > len(short) + 2 and all(letter in rest for letter in _letters(short))


def _long_start(short: str, text: str, end: int) -> int | None:
    """Return where the long form that ends at `end` begins: the nearest word from which `short` can be read."""
    letters = _letters(short)
    begin = max(0, end - 12 * (len(letters) + 5))
    stop = max(text.rfind(mark, begin, end) for mark in ("(", ")", ". ", "; ", "\n"))
    window = text[max(begin, stop + 1) : end]
    offset = end - len(window)
    at = [match.start() for match in _WORD_STARTS.finditer(window)][-min(len(letters) + 5, 2 * len(letters)) :]
    for start in reversed(at):
        if window[start].lower() == letters[0] and _spells(short, window[start:]):
            return offset + start
    return None


def uses(text: str, shorts: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (short form, start, end) for each place where a text uses one, its plurals too."""
    longest_first = sorted(shorts, key=lambda short: (-len(short), short))
    if longest_first:
        pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, longest_first))})s?(?!\w)")
        for match in pattern.finditer(text):
            yield match[1], match.start(), match.end()
