"""Polarity: where a text turns what its evidence says: increased to decreased, not detected to detected."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from captioning.carried import Carried, Piece
from captioning.letters import Token, stem
from captioning.sentences import Sentence
from captioning.unsupported import Place
from captioning.word_lists import denials, grammar, negations, opposites, plain, visual

_WINDOW = 4
_UN = re.compile(r"(?:un|non|in|im|dis|de)(?=[a-z]{4})")
_REACH = 3
_NEAR = 8
_STOP = re.compile(r"[.;:()]")


def turned(
    cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], tied: frozenset[int], evidence: Carried
) -> Iterator[Place]:
    """Yield the words of a text whose contrary stands in the evidence, and negations that stand only on one side.

    A sentence that shares no word with the evidence turns nothing round.
    """
    company = _Company(evidence)
    about = [inside for _, inside in cuts if not tied.isdisjoint(inside)]
    denied, said = _denied(evidence.pieces)
    for at in (at for inside in about for at in inside):
        if _is_contrary(cut, at, evidence, company) and not _denies_too(cut, at, denied, said):
            yield Place(cut[at].start, cut[at].end, "polarity")
    yield from _negations(cut, about, evidence, denied, said)


def _denies_too(cut: Sequence[Token], at: int, denied: Counter[str], said: Counter[str]) -> bool:
    """Return whether text and evidence both deny a word, one by "un-", the other by "not"."""
    form = cut[at].form
    bare = stem(_UN.sub("", form, count=1))
    if bare != cut[at].stem and denied[bare] and not said[bare]:
        return True
    return any(each.form in negations() for each in cut[max(0, at - _REACH) : at]) and said[stem(f"un{form}")] > 0


def _is_contrary(cut: Sequence[Token], at: int, evidence: Carried, company: "_Company") -> bool:
    token = cut[at]
    against = _against(token.form, token.stem, denied=company.may_deny(token.form)) & evidence.stems
    if not against or token.form in _MANY_SENSES or (at and cut[at - 1].form in {"and", "or"}):
        return False
    if token.stem not in evidence.stems:
        alike = opposites().alike.get(token.stem, frozenset()) & evidence.stems
        return token.form not in evidence.forms and (
            not alike or _closer(_beside(cut, at), company, against, alike) > 0
        )
    if token.form in visual():
        return False
    return _closer(_beside(cut, at), company, against, {token.stem}) > _CLEARLY


def _closer(beside: set[str], company: "_Company", against: Iterable[str], alike: Iterable[str]) -> int:
    """Return how many more words stand in the evidence beside a word's contraries than beside those of its sense."""
    return len(beside & company.of(against)) - len(beside & company.of(alike))


_MANY_SENSES = frozenset(
    {"up", "down", "with", "without", "high", "low", "more", "less", "open", "single", "double", "before", "after"}
)
"""Words that often say something else than the contrary of the evidence's."""


_CLEARLY = 2


class _Company(dict[str, set[str]]):
    """The stems that stand around a stem in the evidence, looked up once."""

    def __init__(self, evidence: Carried) -> None:
        super().__init__()
        self._evidence = evidence
        self._heads = {each[:length] for each in evidence.stems for length in (3, 4)}
        self._is_bare = not evidence.stems.isdisjoint({"un", "non"})

    def __missing__(self, stem_: str) -> set[str]:
        pieces = self._evidence.pieces
        found = [_beside(piece.cut, at) for piece in pieces for at, each in enumerate(piece.cut) if each.stem == stem_]
        self[stem_] = set().union(*found)
        return self[stem_]

    def may_deny(self, form: str) -> bool:
        """Return whether some stem may be this word's behind "un-" or "non-": few are, and making them takes time.

        It begins as the two together do, or is the "un" alone, as of "unfully".
        """
        return self._is_bare or f"un{form[:1]}" in self._heads or f"non{form[:1]}" in self._heads

    def of(self, stems: Iterable[str]) -> set[str]:
        """Return what stands around any of some stems."""
        return set().union(*(self[each] for each in stems))


@lru_cache(maxsize=1 << 13)  # numbers and names of strangers come once: more would only grow
def _against(form: str, its_stem: str, *, denied: bool) -> frozenset[str]:
    """Return the stems that say the contrary of a word, those with "un-" and "non-" where it may be `denied` so."""
    found = opposites().against.get(its_stem, frozenset())
    bare = _UN.sub("", form, count=1)
    if bare != form and (bare in plain() or form[:2] in {"un", "no"}):
        found |= {stem(bare)}
    elif denied and form.isalpha() and len(form) > 4:
        found |= {stem(f"un{form}"), stem(f"non{form}")}
    return frozenset(found) - {its_stem}


def _beside(cut: Sequence[Token], at: int) -> set[str]:
    """Return the stems around a token that carry meaning."""
    around = [*cut[max(0, at - _WINDOW) : at], *cut[at + 1 : at + 1 + _WINDOW]]
    return {token.stem for token in around if len(token.stem) > 3}


def _negations(
    cut: Sequence[Token], cuts: Iterable[range], evidence: Carried, denied: Counter[str], said: Counter[str]
) -> Iterator[Place]:
    doubted, had = (
        _near_denials(evidence.pieces),
        set(_behind_all(evidence.pieces, "with")) - set(_behind_all(evidence.pieces, "without")),
    )
    for inside in cuts:
        negators = [at for at in inside if cut[at].form in negations()]
        turned_round = [
            at for at in negators if _denies(cut, at, said.keys() - doubted, evidence.stems - doubted | had)
        ]
        if not any(cut[at].form in denials() for at in inside):
            turned_round = [at for at in inside if denied[cut[at].stem] and not said[cut[at].stem]]
        yield from (Place(cut[at].start, cut[at].end, "polarity") for at in turned_round[:1])


def _denies(cut: Sequence[Token], at: int, said: AbstractSet[str], named: AbstractSet[str]) -> bool:
    """Return whether a negation stands before a word that the evidence says, and nowhere near a denial.

    What is done without has a name, which may be short: "without GO".
    """
    if cut[at].form == "without":
        if at and cut[at - 1].form in {"and", "or"}:  # with and without
            return False
        return next((word in named for word in _behind(cut, at)), False)
    ahead = cut[at + 1 : at + 1 + _REACH]
    return next((token.stem in said for token in ahead if _means(token)), False)


def _behind(cut: Sequence[Token], at: int) -> list[str]:
    """Return the stem of what stands right behind a preposition."""
    return [token.stem for token in cut[at + 1 : at + 1 + _REACH] if token.form not in grammar()][:1]


def _behind_all(pieces: Sequence[Piece], preposition: str) -> Iterator[str]:
    """Yield the stems of what evidence says right behind a preposition."""
    for piece in pieces:
        for at in (at for at, token in enumerate(piece.cut) if token.form == preposition):
            yield from _behind(piece.cut, at)


def _means(token: Token) -> bool:
    return len(token.stem) > 3 and token.form not in grammar() and token.form not in visual()


def _near_denials(pieces: Sequence[Piece]) -> set[str]:
    """Return the stems that stand close to a word that denies, before or behind it."""
    near: set[str] = set()
    for piece in pieces:
        for at, token in enumerate(piece.cut):
            if token.form in denials():
                near.update(each.stem for each in piece.cut[max(0, at - _NEAR) : at + 1 + _NEAR])
    return near


def _denied(pieces: Sequence[Piece]) -> tuple[Counter[str], Counter[str]]:
    """Return the meaningful stems that stand right behind a negation in the evidence, and those that don't."""
    denied: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for piece in pieces:
        left, end = 0, 0
        for token in piece.cut:
            left = 0 if token.form == "but" or _STOP.search(piece.text, end, token.start) else left
            end = token.end
            if token.form in negations():
                left = _REACH
            elif len(token.stem) > 3:
                (denied if left and _means(token) else said)[token.stem] += 1
                left -= left > 0
    return denied, said
