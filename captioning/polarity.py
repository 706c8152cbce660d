"""Polarity: where a text turns what its evidence says: increased to decreased, not detected to detected."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from captioning.carried import Carried, Piece
from captioning.letters import Token, stem
from captioning.sentences import Sentence
from captioning.unsupported import Place
from captioning.word_lists import denials, negations, opposites, plain, visual

_WINDOW = 4
_UN = re.compile(r"(?:un|non|in|im|dis|de)(?=[a-z]{4})")
_REACH = 3
_STOP = re.compile(r"[.;:()]")


def turned(cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], evidence: Carried) -> Iterator[Place]:
    """Yield the words of a text whose contrary stands in the evidence, and negations that stand only on one side."""
    for at, token in enumerate(cut):
        if _contrary(cut, at, evidence):
            yield Place(token.start, token.end, "polarity")
    yield from _negations(cut, cuts, evidence)


def _contrary(cut: Sequence[Token], at: int, evidence: Carried) -> bool:
    token = cut[at]
    against = _against(token.form, token.stem) & evidence.stems
    if not against:
        return False
    if token.stem not in evidence.stems:
        return token.form not in evidence.forms and not _is_place(token.form)
    if token.form in visual():
        return False
    beside = _beside(cut, at)
    with_it, with_other = _company(evidence, token.stem, against)
    return bool(beside) and len(beside & with_other) > len(beside & with_it) + 2


def _is_place(form: str) -> bool:
    return form in {"up", "down", "with", "high", "low", "more", "less", "open", "single", "double", "before", "after"}


@lru_cache(maxsize=100_000)
def _against(form: str, its_stem: str) -> frozenset[str]:
    """Return the stems that say the contrary of a word."""
    found = opposites().get(its_stem, frozenset())
    if bare := _UN.sub("", form, count=1):
        if bare != form:
            found |= {stem(bare)} if bare in plain() or form[:2] in {"un", "no"} else set()
        elif form.isalpha() and len(form) > 4:
            found |= {stem(f"un{form}"), stem(f"non{form}")}
    return frozenset(found) - {its_stem}


def _beside(cut: Sequence[Token], at: int) -> set[str]:
    """Return the stems around a token that carry meaning."""
    around = [*cut[max(0, at - _WINDOW) : at], *cut[at + 1 : at + 1 + _WINDOW]]
    return {token.stem for token in around if len(token.stem) > 3}


def _company(evidence: Carried, one: str, others: frozenset[str]) -> tuple[set[str], set[str]]:
    with_one: set[str] = set()
    with_others: set[str] = set()
    for piece in evidence.pieces:
        for at, token in enumerate(piece.cut):
            if token.stem == one:
                with_one |= _beside(piece.cut, at)
            elif token.stem in others:
                with_others |= _beside(piece.cut, at)
    return with_one, with_others


def _negations(cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], evidence: Carried) -> Iterator[Place]:
    denied, said = _denied(evidence.pieces)
    for _, inside in cuts:
        words = [cut[at] for at in inside]
        negators = [token for token in words if token.form in negations()]
        about = [token for token in words if token.stem in denied or token.stem in said]
        if negators and about and not evidence.forms & denials():
            yield from (Place(token.start, token.end, "polarity") for token in negators[:1])
        if not negators:
            only = [token for token in words if denied[token.stem] and not said[token.stem]]
            yield from (Place(token.start, token.end, "polarity") for token in only[:1])


def _denied(pieces: Sequence[Piece]) -> tuple[Counter[str], Counter[str]]:
    """Return the meaningful stems that stand right behind a negation in the evidence, and those that don't."""
    denied: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for piece in pieces:
        left, end = 0, 0
        for token in piece.cut:
            left = 0 if _STOP.search(piece.text, end, token.start) else left
            end = token.end
            if token.form in negations():
                left = _REACH
            elif len(token.stem) > 3:
                (denied if left else said)[token.stem] += 1
                left -= left > 0
    return denied, said
