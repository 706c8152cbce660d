"""Review marks: texts in pieces, so that a page can show which words a verdict hangs on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_WORD = re.compile(r"[^\W_]+(?:[-.,'][^\W_]+)*")
_PLAIN = frozenset(
    ("a", "an", "and", "are", "at", "by", "for", "from", "in", "i", "it", "of", "on", "or", "that", "the", "thi", "to",
     "wa", "were", "which", "with")
)  # fmt: skip
"""Small words, without the s at their end, as all words are compared."""
_LICENCE = re.compile(
    r"creative\s+commons|cc[ -]?(?:by|0|zero)[a-z0-9 .-]*|public\s+domain|open\s+access|all\s+rights\s+reserved|"
    r"non-?commercial\w*|no\s+derivatives?|share-?alike|permission\w*|permitted|licen[cs]e\w*|copyright\w*|©|"
    r"reproduc\w+|may\s+(?:not\s+)?(?:be\s+)?\w+|without\s+\w+|must\s+\w+|https?://\S+",
    re.IGNORECASE,
)

_JOINED = re.compile(r"(?<=[.!?]);\s+")


class Piece(NamedTuple):
    """A stretch of a text."""

    text: str
    is_marked: bool


def pieces(text: str, spans: Iterable[Sequence[int]]) -> list[Piece]:
    """Return a text cut at spans; offsets that don't fit are left out."""
    told, at = [], 0
    for start, end in sorted((int(start), int(end)) for start, end in spans):
        if at <= start < end <= len(text):
            told += [Piece(text[at:start], is_marked=False), Piece(text[start:end], is_marked=True)]
            at = end
    return [piece for piece in (*told, Piece(text[at:], is_marked=False)) if piece.text]


def licence_words(text: str | None) -> list[Piece]:
    """Return the words of a licence, with those marked that grant or keep rights; sentences joined by ";" are apart."""
    told = _JOINED.sub(" ", text or "")
    return pieces(told, (found.span() for found in _LICENCE.finditer(told)))


def carried(text: str, evidence: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """Return a text with the words marked that stand nowhere in its evidence."""
    known = {word for each in evidence for word, _ in _words(each["text"])}
    return pieces(text, (span for word, span in _words(text) if word not in known and word not in _PLAIN))


def shared(evidence: str, text: str) -> list[Piece]:
    """Return a piece of evidence with the words marked that a text took from it."""
    told = {word for word, _ in _words(text)} - _PLAIN
    return pieces(evidence, (span for word, span in _words(evidence) if word in told))


def _words(text: str) -> list[tuple[str, tuple[int, int]]]:
    return [(found.group().casefold().rstrip("s") or found.group(), found.span()) for found in _WORD.finditer(text)]
