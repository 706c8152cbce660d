"""Bindings: colours and marks that a text gives to another thing than its evidence does: actin in green, not in red."""

import re
from collections.abc import Iterable, Iterator, Sequence

from captioning.carried import Carried, Piece
from captioning.letters import Token
from captioning.sentences import Sentence
from captioning.unsupported import Place
from captioning.word_lists import grammar, visual

_MARKS = {
    "colour": "red green blue cyan magenta yellow orange purple violet pink brown black white grey gray",
    "shape": "circle square triangle diamond dot cross star",
    "pointer": "arrow arrowhead asterisk",
}
_KIND = {word: kind for kind, words in _MARKS.items() for word in words.split()}
_SAME = {"gray": "grey", "violet": "purple"}
_REACH = 8
_PARTED = re.compile(r"[.;]\s|\n")
_BRACKETED = re.compile(r"\((?:[a-z]+[ -]){0,2}[a-z]+(?: [a-z]+)?\)", re.IGNORECASE)
"""A few words in brackets: a mark among them is that of what stands before."""
_CLAUSE = re.compile(r"[,;:.()]|\b(?:and|while|whereas|but|or)\b", re.IGNORECASE)


def misbound(
    text: str, cut: Sequence[Token], cuts: Iterable[tuple[Sentence, range]], evidence: Carried
) -> Iterator[Place]:
    """Yield the marks of a text whose things have only others of the same kind in the evidence.

    A thing of the evidence has the mark in brackets behind it; else it may have the nearest before it and the nearest
    behind it. In "DAPI, blue, actin, green" actin may be either, so a text that exchanges two is told from DAPI alone.
    """
    if not any(_mark(token) for token in cut):
        return
    had = _had(evidence.pieces)
    bracketed = _bracketed(text, cut)
    for inside in (part for _, sentence in cuts for part in _clauses(text, cut, sentence, bracketed)):
        marks = [at for at in inside if _mark(cut[at]) and not _in_a_row(cut, at)]
        for at in marks if len(marks) > 1 else ():  # "blue tubulin beside green nuclei"
            if at + 1 in inside and _is_exchanged(cut, [at + 1], at, had):
                yield Place(cut[at].start, cut[at].end, "bindings")
        if len({_mark(cut[at]) for at in marks}) == 1 and _is_exchanged(cut, inside, marks[0], had):
            yield Place(cut[marks[0]].start, cut[marks[0]].end, "bindings")


def _mark(token: Token) -> str:
    word = token.form.removesuffix("s")
    return _SAME.get(word, word) if word in _KIND else ""


def _in_a_row(cut: Sequence[Token], at: int) -> bool:
    """Return whether a mark is one of several: red or blue lines."""
    pairs = ((at - 1, at - 2), (at + 1, at + 2))
    return any(
        0 <= other < len(cut) and cut[between].form in {"or", "and"} and bool(_mark(cut[other]))
        for between, other in pairs
    )


def _is_exchanged(cut: Sequence[Token], inside: Iterable[int], at: int, had: dict[str, set[str]]) -> bool:
    mark = _mark(cut[at])
    kind = _KIND[mark]
    of_kind = [
        {each for each in had[cut[thing].stem] if _KIND[each] == kind} for thing in inside if _is_thing(cut[thing], had)
    ]
    sure = [marks for marks in of_kind if len(marks) == 1]
    return bool(sure) and all(mark not in marks for marks in sure)


def _is_thing(token: Token, had: dict[str, set[str]]) -> bool:
    return token.stem in had and not _mark(token)


def _bracketed(text: str, cut: Sequence[Token]) -> set[int]:
    """Return the tokens of brackets that hold a mark and little else."""
    places = {token.start: at for at, token in enumerate(cut)}
    found: set[int] = set()
    for bracket in _BRACKETED.finditer(text):
        first = places[bracket.start() + 1]
        inside = [at for at in range(first, min(first + 4, len(cut))) if cut[at].end < bracket.end()]
        found.update(inside if any(_mark(cut[at]) for at in inside) else ())
    return found


def _clauses(text: str, cut: Sequence[Token], sentence: range, bracketed: set[int]) -> Iterator[list[int]]:
    """Yield the tokens of each clause, a mark in brackets with what it is of."""
    clause: list[int] = []
    end = cut[sentence.start].start if len(sentence) else 0
    for at in sentence:
        if at not in bracketed and _CLAUSE.search(text, end, cut[at].end) and clause:
            yield clause
            clause = []
        clause.append(at)
        end = cut[at].end
    yield clause


def _had(pieces: Iterable[Piece]) -> dict[str, set[str]]:
    """Return the marks that each thing of the evidence may have."""
    had: dict[str, set[str]] = {}
    for piece in pieces:
        cut = piece.cut
        bracketed = _bracketed(piece.text, cut) if any(map(_mark, cut)) else set()
        for at, token in enumerate(cut):
            if not _mark(token) and token.form not in grammar() and token.form not in visual():
                behind = list(_nearest(piece.text, cut, at, 1))
                before = [other for other in _nearest(piece.text, cut, at, -1) if other not in bracketed]
                before = [] if behind[:1] and behind[0] in bracketed else before
                had.setdefault(token.stem, set()).update(_mark(cut[other]) for other in (*behind, *before))
    return had


def _nearest(text: str, cut: Sequence[Token], at: int, step: int) -> Iterator[int]:
    """Yield the place of the nearest mark of each kind on one side, within a sentence."""
    seen: set[str] = set()
    for other in range(at + step, at + step * (_REACH + 1), step):
        if not 0 <= other < len(cut):
            return
        first, last = sorted((other, other - step))
        if _PARTED.search(text, cut[first].end, cut[last].start):
            return
        mark = _mark(cut[other])
        if mark and _KIND[mark] not in seen:
            seen.add(_KIND[mark])
            yield other
