"""Class names: whether two names of classes may both be true of one picture, by their words; the set doesn't say."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache

from captioning.letters import smooth, stem, tokens
from captioning.mentioned import Meaning, mentioned
from schemas.curated_table import rows
from schemas.trees import relatives

_DENY = frozenset({"non", "no", "not", "without", "negat"})
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_DIGITS = {stem(word): str(number) for number, word in enumerate(_NUMBERS, start=1)}


@lru_cache(maxsize=100_000)
def may_both_be_true(one: str, other: str) -> bool:
    """Return whether two names are one class, a class and a kind or part of it, or in doubt about that.

    >>> may_both_be_true("RBC", "blood cell"), may_both_be_true("Tumours", "tumor"), may_both_be_true("mitosis", "G1")
    (True, True, False)
    """
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return _plain(one) == _plain(other)
    if _listed(frozenset(mine), frozenset(theirs)):
        return True
    if mine.keys() & _DENY != theirs.keys() & _DENY:
        return False
    if _is_a_cell(mine, other) or _is_a_cell(theirs, one):
        return True
    mine_only, theirs_only = mine.keys() - theirs.keys(), theirs.keys() - mine.keys()
    if not mine_only or not theirs_only:
        return True
    return _differ_by_kin(one, other) or _by_words(mine.keys(), theirs.keys())


def without_doubles(names: Iterable[str], right: Iterable[str]) -> Sequence[str]:
    """Return the names of classes that can't be true together with any of `right`, in the words an option has."""
    return _without_doubles(tuple(names), frozenset(right))


@lru_cache(maxsize=2048)
def _without_doubles(names: tuple[str, ...], right: frozenset[str]) -> tuple[str, ...]:
    return tuple(_apart(names, right))


def _apart(names: Iterable[str], right: Iterable[str]) -> Iterator[str]:
    known = tuple(map(words_of, right))
    seen = set[object]()
    for name in sorted(map(words_of, names)):
        key = frozenset(_words(name)) or _plain(name)
        if key not in seen and not any(may_both_be_true(name, each) for each in known):
            seen.add(key)
            yield name


def words_of(label: str) -> str:
    """Return a class as it is said: blanks for underscores, none twice, letters composed."""
    return " ".join(unicodedata.normalize("NFC", label).replace("_", " ").split())


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", words_of(name)).casefold().strip(" .,;:")


@lru_cache(maxsize=20_000)
def _words(name: str) -> Mapping[str, str]:
    """Return the words of a name by their stems, small numbers as digits (two-cell, 2-cell)."""
    return {_DIGITS.get(token.stem, token.stem): token.text for token in tokens(smooth(_plain(name)))}


def _is_a_cell(words: Collection[str], other: str) -> bool:
    return set(words) == {"cell"} and any(field == "cell_type" for field, _ in mentioned(other))


def _differ_by_kin(one: str, other: str) -> bool:
    """Return whether what only one name says is a kind or part of what only the other says; or the same in two ways.

    Where both end alike, a marker only tells them apart: a CD4 T cell is no CD8 T cell, though both markers are of T
    cells.
    """
    mine, theirs = _words(one), _words(other)
    by_markers = [*mine][-1] != [*theirs][-1]
    rest = " ".join(word for key, word in mine.items() if key not in theirs)
    their_rest = " ".join(word for key, word in theirs.items() if key not in mine)
    whole, their_whole = mentioned(one, by_markers=by_markers), mentioned(other, by_markers=by_markers)
    rests = mentioned(rest, by_markers=by_markers), mentioned(their_rest, by_markers=by_markers)
    return _are_kin(whole - their_whole, their_whole - whole) or _are_kin(*rests)


def _are_kin(mine: Collection[Meaning], theirs: Collection[Meaning]) -> bool:
    return any(value in relatives(field, own) for field, own in mine for column, value in theirs if column == field)


def _listed(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Return whether `class_words.tsv` has just these two names, in any order."""
    return (mine, theirs) in _pairs() or (theirs, mine) in _pairs()


def _by_words(mine: AbstractSet[str], theirs: AbstractSet[str]) -> bool:
    """Return whether `class_words.tsv` has what two names hold as the same, or the one as a kind of the other.

    Each of a pair must say something that the other name doesn't: a plasma membrane is a cell membrane, but two human
    lines aren't one since the one is human.
    """
    ours, others = _held(mine, theirs), _held(theirs, mine)
    return any(_listed(one, other) for one in ours for other in others)


def _held(mine: AbstractSet[str], theirs: AbstractSet[str]) -> set[frozenset[str]]:
    """Return the names of `class_words.tsv` that a name holds and the other doesn't."""
    near = (name for word in mine for name in _known().get(word, ()))
    return {name for name in near if name <= mine and not name <= theirs}


@cache
def _known() -> Mapping[str, AbstractSet[frozenset[str]]]:
    """Return the names of `class_words.tsv` by the words that they have."""
    found: dict[str, set[frozenset[str]]] = {}
    for name in (name for pair in _pairs() for name in pair):
        for word in name:
            found.setdefault(word, set()).add(name)
    return found


@cache
def _pairs() -> frozenset[tuple[frozenset[str], frozenset[str]]]:
    found: set[tuple[frozenset[str], frozenset[str]]] = set()
    for row in rows("class_words"):
        names = [frozenset(_words(name)) for name in row["names"].split("|")]
        kinds = [frozenset(_words(name)) for name in row["kinds"].split("|") if name]
        found.update((one, other) for one in names for other in (*names, *kinds))
    return frozenset(found)
