"""Term names: words of a text that are a name of a curated term, so that all names of one term are one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from captioning.letters import Token, smooth, tokens
from schemas.curated_table import Curated, curated

Meaning = tuple[str, str]
"""Field and value, in lower case: what two names of one term have in common."""

_CHECKS = {
    "stains": "stains", "organisms": "organisms", "cell_types": "cell_types", "cell_lines": "cell_lines",
    "organelles": "structures", "tissues": "structures", "imaging": "imaging", "domains": "words",
}  # fmt: skip
_GROUPED = frozenset({"imaging", "stains"})
"""Tables whose values are groups of terms, and whose aliases are words that point to one: mNeonGreen to GFP."""
_CUES = frozenset({"domains"})
"""Tables whose aliases are no names at all: mitosis and apoptosis point to cell biology."""
_GENERIC = frozenset({"microscopi", "microscop", "imag", "micrograph", "stain", "label", "techniqu", "method"})
_BY_CASE = 6
"""Up to so many letters a name in capitals stands for nothing else only in capitals: "HE" is no "he"."""


class Meant(NamedTuple):
    """Tokens first to last (exclusive) are a name of a curated term."""

    first: int
    last: int
    meanings: frozenset[Meaning]
    implied: frozenset[Meaning]
    """What the term's column says beside: the modality of a stain."""
    check: str
    """Under which name it is refused."""


class _Entry(NamedTuple):
    meanings: frozenset[Meaning]
    implied: frozenset[Meaning]
    check: str
    shouted: bool


class _Names(NamedTuple):
    entries: Mapping[tuple[str, ...], _Entry]
    longest: Mapping[str, int]
    """The most tokens of a name that begins with a stem."""


def _meanings(row: Curated, cut: Sequence[Token]) -> frozenset[Meaning]:
    """Return what a name shares with other names of its term."""
    if row.table not in _GROUPED:
        return frozenset({(row.field, row.value.lower()), (row.field, row.label.lower())})
    stems = frozenset(token.stem for token in cut) - _GENERIC
    labels = {label for label, own in _labels()[row.field, row.value] if stems and stems <= own}
    return frozenset((row.field, meaning) for meaning in (*labels, *_forms(cut)))


def _forms(cut: Sequence[Token]) -> Iterator[str]:
    """Yield a name in its plain form and by its initials: those of transmission electron microscopy are TEM."""
    for said in (cut, [token for token in cut if token.stem not in _GENERIC]):
        words = [token.text.lower() for token in said]
        yield from ["=" + "".join(filter(str.isalnum, "".join(words)))] if words else []
        if len(words) > 1:
            yield "=" + "".join(word[0] for word in words)
            yield "=" + "".join(word[0] for word in words if word != "and")


@cache
def _labels() -> Mapping[tuple[str, str], list[tuple[str, frozenset[str]]]]:
    """Return the labels of each group of terms, with their stems."""
    found: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
    for row in curated().values():
        stems = frozenset(token.stem for token in tokens(smooth(row.label)))
        found.setdefault((row.field, row.value), []).append((row.label.lower(), stems))
    return found


def _implied(row: Curated) -> frozenset[Meaning]:
    column = {"stain": "modality", "submodality": "modality", "subdomain": "domain"}.get(row.field)
    return frozenset({(column, row.within.lower())}) if column and row.within else frozenset()


@cache
def _names() -> _Names:
    entries: dict[tuple[str, ...], _Entry] = {}
    longest: dict[str, int] = {}
    for row in curated().values():
        for name in (row.label, row.value, *row.synonyms, *(() if row.table in _CUES else row.aliases)):
            cut = tokens(smooth(name))
            key = tuple(token.stem for token in cut)
            if not key or (len(key) == 1 and len(key[0]) < 2):
                continue
            shouted = len(key) == 1 and name.isupper() and len(name) < _BY_CASE
            before = entries.get(key)
            meanings, implied = _meanings(row, cut), _implied(row)
            if before:
                meanings, implied = meanings | before.meanings, implied | before.implied
                shouted = shouted and before.shouted
            entries[key] = _Entry(meanings, implied, before.check if before else _CHECKS[row.table], shouted)
            longest[key[0]] = max(longest.get(key[0], 0), len(key))
    return _Names(entries, longest)


def names_in(cut: Sequence[Token], known: frozenset[Meaning] = frozenset()) -> Iterator[Meant]:
    """Yield the names of curated terms among tokens: the first and longest, but one of a `known` term before others."""
    at = 0
    while at < len(cut):
        found = list(_names_at(cut, at))
        best = next((meant for meant in found if meant.meanings & known), found[0] if found else None)
        if best:
            yield best
        at = best.last if best else at + 1


def _names_at(cut: Sequence[Token], at: int) -> Iterator[Meant]:
    entries, longest = _names()
    for count in range(min(longest.get(cut[at].stem, 0), len(cut) - at), 0, -1):
        said = cut[at : at + count]
        entry = entries.get(tuple([token.stem for token in said]))
        if entry and not (entry.shouted and not said[0].text.isupper()) and _close(said):
            yield Meant(at, at + count, entry.meanings, entry.implied, entry.check)


def _close(cut: Sequence[Token]) -> bool:
    """Return whether tokens stand side by side, a blank, a dash or a mark apart."""
    return all(after.start - before.end <= 3 for before, after in pairwise(cut))
