"""Lexicon: from words in a text to the terms that they may name, by one Aho-Corasick automaton over all names."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import ahocorasick

from curation.inflection import is_code, is_latin, is_shouted, same_code, same_words
from curation.ontology_rules import BY_NAME, Rule, rule_of
from curation.terms import Kind, Known, Name
from curation.words import Cut, key_of, words_of
from schemas.curated_table import curated

_CONFIDENCE = {
    Kind.LABEL: 0.95,
    Kind.EXACT: 0.92,
    Kind.ALIAS: 0.9,
    Kind.DERIVED: 0.85,
    Kind.ADJECTIVE: 0.8,
    Kind.LOOSE: 0.7,
}
_DOUBTFUL = 0.5
"""Confidence where the same words name several terms of an ontology equally well."""
_MOST_SEEN = 200_000
_JOINED = re.compile(r"\b[A-Za-z][-\u2010-\u2015]|[-\u2010-\u2015][A-Za-z]\b")


class Meaning(NamedTuple):
    """A term that words may name."""

    ontology: str
    term: int
    confidence: float


class Found(NamedTuple):
    """Words in a text that may name a term of an ontology."""

    ontology: str
    start: int
    end: int
    term: int
    confidence: float


class Lexicon:
    """All names, compiled; the same names always make the same answers."""

    def __init__(
        self,
        terms: Sequence[Known],
        verdicts: Mapping[tuple[str, str], str] | None = None,
        common: Container[tuple[str, str]] = frozenset(),
    ) -> None:
        self.terms = terms
        self._common = common
        self._number = {known.id: number for number, known in enumerate(terms)}
        self._ours = {self._number[term] for term in curated() if term in self._number}
        self._verdicts = verdicts or {}
        self._entries: list[list[tuple[int, Name]]] = []
        self._seen: dict[tuple[int, str], tuple[Meaning, ...]] = {}
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_ANY)
        self._fill(terms)

    def _fill(self, terms: Sequence[Known]) -> None:
        by_key: dict[str, list[tuple[int, Name]]] = defaultdict(list)
        for number, known in enumerate(terms):
            for name in known.names:
                if name.kind != Kind.RARE:
                    by_key[name.key or key_of(name.text)].append((number, name))
        for key, names in by_key.items():
            if len(key) > 3:  # a single letter names nothing
                self._automaton.add_word(key, (len(self._entries), key.count(" ") - 1))
                self._entries.append(names)
        self._automaton.make_automaton()

    def number_of(self, term: str) -> int | None:
        """Return where a term stands in `terms`."""
        return self._number.get(term)

    def find(self, text: str, pieces: Cut) -> Iterator[Found]:
        """Yield every place where `text`, cut into `pieces`, may name a term; places may overlap."""
        if not pieces.forms:
            return
        joined = f" {' '.join(pieces.forms)} "
        # Where each token ends in `joined`, the blank behind it included.
        borders = list(accumulate([len(form) + 1 for form in pieces.forms]))
        starts, ends, seen = pieces.starts, pieces.ends, self._seen
        for last, (entry, count) in self._automaton.iter(joined):
            token = bisect_left(borders, last)
            start, end = starts[token - count + 1], ends[token]
            said = text[start:end]
            meanings = seen.get((entry, said))
            if meanings is None:
                meanings = self._remember(entry, said)
            for ontology, term, confidence in meanings:
                yield Found(ontology, start, end, term, confidence)

    def _remember(self, entry: int, said: str) -> tuple[Meaning, ...]:
        if len(self._seen) > _MOST_SEEN:
            self._seen.clear()
        found = self._seen[entry, said] = tuple(self._meanings(entry, said))
        return found

    def _meanings(self, entry: int, said: str) -> Iterator[Meaning]:
        words = words_of(said)
        by_ontology: dict[str, list[tuple[Kind, int]]] = defaultdict(list)
        for number, name in self._entries[entry]:
            ontology = self.terms[number].ontology
            if names(said, words, name, BY_NAME.get(ontology) or rule_of(ontology)):
                by_ontology[ontology].append((name.kind, number))
        for ontology, named in by_ontology.items():
            meaning = self._chosen(ontology, said, words, named)
            if meaning:
                yield meaning

    def _chosen(
        self, ontology: str, said: str, words: tuple[str, ...], named: Collection[tuple[Kind, int]]
    ) -> Meaning | None:
        if (ontology, said.lower()) in self._common:
            return None
        verdict = self._verdicts.get((ontology, said if is_code(said) else form_of(words)))
        ours = self._table_s(named)
        if verdict == "":
            return None
        if not ours and verdict is not None and (number := self._number.get(verdict)) is not None:
            return Meaning(ontology, number, _CONFIDENCE[Kind.ALIAS])
        # Of several that are named equally well, the one with the plainest label: it is the most general.
        ranked = sorted((kind, len(words_of(self.terms[number].label)), number) for kind, number in ours or set(named))
        kind, _, best = ranked[0]
        doubtful = any(other != best and rank == kind for rank, _, other in ranked[1:])
        return Meaning(ontology, best, _DOUBTFUL if doubtful else _CONFIDENCE[kind])

    def _table_s(self, named: Collection[tuple[Kind, int]]) -> set[tuple[Kind, int]]:
        """Return the curated table's terms: they stand above learnt names and synonyms, not above a label."""
        ours = {(kind, number) for kind, number in named if number in self._ours and kind <= Kind.EXACT}
        labelled = {number in self._ours for kind, number in named if kind == Kind.LABEL}
        return set() if labelled == {False} else ours


def form_of(words: Iterable[str]) -> str:
    """Return the key under which words are judged: their stems."""
    return key_of(" ".join(words)).strip()


def names(said: str, words: tuple[str, ...], name: Name, rule: Rule) -> bool:
    """Return whether `said`, as cut into `words`, is a name under an ontology's rule."""
    if is_code(name.text):
        return same_code(said, name.text) and (name.kind != Kind.LOOSE or len(name.text) > 3)
    if is_shouted(said) and not name.text.isupper():
        return False
    if rule.latin and is_latin(name.text):
        return words == words_of(name.text)
    return same_words(words, words_of(name.text), plural=rule.plural) and _same_letters(said, words, name.text)


def _same_letters(said: str, words: tuple[str, ...], name: str) -> bool:
    """Return whether a letter beside other words is the name's: "T cell" and "t-cell", but no "p cell" or "a band"."""
    return all(
        len(letter) > 1 or not letter.isascii() or (letter == own and letter.isupper()) or _JOINED.search(said)
        for letter, own in zip(words, words_of(name), strict=True)
        if letter.isalpha()
    )
