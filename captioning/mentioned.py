"""Mentioned: which values of the trees a text names; what is named may be true, and is no wrong answer.

Markers count too (LAMP1 names lysosomes), and loose words (a monkey may be any of five). Names are found wherever they
stand, also inside of longer ones, in any number, case or spelling: to find one too many costs a wrong answer, to miss
one costs the question.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from captioning.letters import smooth, tokens
from schemas.curated_table import Curated, curated, rows
from schemas.trees import FIELDS, values

Meaning = tuple[str, str]
"""Column and value."""
_WITHIN = {"submodality": "modality", "stain": "modality", "subdomain": "domain"}
"""The column that a term's `within` speaks of."""


class _Key(NamedTuple):
    """What stands in a text of stems for a name."""

    length: int
    is_species: bool
    """A name of two words or more, in which nothing else is named: no muscle in Mus musculus."""
    meanings: tuple[Meaning, ...]


@lru_cache(maxsize=2048)
def mentioned(text: str, *, by_markers: bool = True) -> frozenset[Meaning]:
    """Return the values that a text names, and what those imply: a stain its modality; or without what markers show.

    >>> sorted(mentioned("Mitochondrial network of HeLa cells"))
    [('cell_type', 'HeLa'), ('organelle', 'mitochondrion')]
    """
    if not text.isascii():
        text = smooth(text)
    stems = f" {' '.join(token.stem for token in tokens(text))} "
    found = [(end - key.length, end, key) for end, key in _automaton(by_markers=by_markers).iter(stems)]
    species = [(start, end) for start, end, key in found if key.is_species]
    return frozenset(
        meaning
        for start, end, key in found
        if key.is_species or not any(first <= start and end <= last for first, last in species)
        for meaning in key.meanings
    )


def of_terms(terms: Iterable[str]) -> frozenset[Meaning]:
    """Return the values of curated terms, given by their ids."""
    table = curated()
    return frozenset(meaning for term in terms if term in table for meaning in _meanings(table[term]))


@cache
def _automaton(*, by_markers: bool) -> Any:  # noqa: ANN401  (ahocorasick has no types)
    import ahocorasick

    meant: dict[str, set[Meaning]] = {}
    for name, meanings in (*_names(), *(_of_markers() if by_markers else ())):
        for key in _keys(name):
            meant.setdefault(key, set()).update(meanings)
    automaton = ahocorasick.Automaton()
    for key, found in meant.items():
        is_species = key.count(" ") > 2 and {field for field, _ in found} == {"organism"}
        automaton.add_word(key, _Key(len(key), is_species, tuple(sorted(found))))
    automaton.make_automaton()
    return automaton


def _names() -> Iterator[tuple[str, frozenset[Meaning]]]:
    """Yield every name of what the trees hold, but markers."""
    for row in curated().values():
        if meant := _meanings(row):
            yield from ((name, meant) for name in (row.label, row.value, *row.synonyms, *row.aliases))
    for field in FIELDS:
        yield from ((value, frozenset({(field, value)})) for value in values(field))


def _of_markers() -> Iterator[tuple[str, frozenset[Meaning]]]:
    for marker in rows("markers"):
        told = [(field, value) for field, _, value in (one.partition(":") for one in marker["meanings"].split("|"))]
        yield from ((name, frozenset(told)) for name in marker["names"].split("|"))


def _meanings(row: Curated) -> frozenset[Meaning]:
    found = {(field, node.value) for field, node in _nodes_of(row.id)}
    if row.field in FIELDS and row.value in values(row.field):
        found.add((row.field, row.value))
    if row.within and (column := _WITHIN.get(row.field)):
        found.add((column, row.within))
    return frozenset(found)


def _nodes_of(term: str) -> Iterator[tuple[str, Any]]:
    """Yield the values that have a term's id, whatever they are called there."""
    return ((field, node) for field in FIELDS for node in _by_id(field).get(term, ()))


@cache
def _by_id(field: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for node in values(field).values():
        found.setdefault(node.id, []).append(node)
    return found


def _keys(name: str) -> Iterator[str]:
    """Yield a name as it stands in a text of stems: in its words, and written as one (MCF-7, MCF7)."""
    cut = tokens(smooth(name))
    if [token.form for token in cut[:2]] == ["alexa", "fluor"]:
        number = name.rsplit(maxsplit=1)[-1]
        yield from (key for maker in ("Alexa", "AlexaFluor", "AF") for key in _keys(f"{maker} {number}"))
    if cut:
        yield f" {' '.join(token.stem for token in cut)} "
        yield f" {''.join(token.form for token in cut)} "
