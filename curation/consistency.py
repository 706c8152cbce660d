"""Consistency: whether words that were given together with an id are a name of it.

Curators copy ids down a spreadsheet and pick a neighbour from a list; the words beside an id tell. Words that are a
name of another term speak against it most; words that share little with any of its names do too. Words that only
are typed differently don't.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from curation.inflection import same_words
from curation.terms import Known
from curation.words import cut, key_of, words_of
from schemas.records import Record

Reason = Literal["names_another_term", "not_its_name"]

_LITTLE = 0.5
"""Less than this share of the words in common is little."""

_ALIKE = 0.8
"""From this share of equal letters on, words are the same with a slip: "sampling timepoint", "sampling time"."""

# Words of every second label, which tell nothing about which one is meant.
_FILLERS = frozenset(
    form
    for word in ("of", "the", "and", "in", "a", "an", "phenotype", "protocol", "cell", "assay")
    for form in cut(word).forms
)


class Given(NamedTuple):
    """Words with the id that somebody gave them."""

    text: str
    id: str


class Fault(Record):
    """An id whose words speak against it."""

    text: str
    id: str
    label: str
    """Of the id."""
    reason: Reason
    better: tuple[str, ...] = ()
    """Terms whose names the words are."""


class Checked(NamedTuple):
    """What was looked at."""

    faults: list[Fault]
    checked: int
    unknown: list[Given]
    """Ids that the ontology's file, which may be a part of it, doesn't hold."""
    unchecked: list[Given]
    """Ids of ontologies that aren't here."""


class Names:
    """The names of all terms, every synonym included, by their words."""

    def __init__(self, terms: Iterable[Known]) -> None:
        self.by_id: dict[str, Known] = {}
        self._by_key: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for known in terms:
            self.by_id[known.id] = known
            for name in known.names:
                self._by_key[name.key or key_of(name.text)].append((known.id, name.text))
        self.prefixes = {identifier.partition(":")[0] for identifier in self.by_id}

    def named(self, text: str) -> set[str]:
        """Return the terms that have a text as a name, in any number, case and spelling; a last bracket may go."""
        return {
            identifier
            for words in {text, text.partition(" (")[0]}
            for identifier, name in self._by_key.get(key_of(words), ())
            if same_words(words_of(words), words_of(name), plural=True)
        }


def check(given: Iterable[Given], names: Names) -> Checked:
    """Return the ids whose words are no name of them."""
    done = Checked([], 0, [], [])
    checked = 0
    for entry in given:
        if entry.id.partition(":")[0] not in names.prefixes:
            done.unchecked.append(entry)
        elif entry.id not in names.by_id:
            done.unknown.append(entry)
        else:
            checked += 1
            done.faults.extend(_faults(entry, names))
    return done._replace(checked=checked)


def _faults(entry: Given, names: Names) -> Iterator[Fault]:
    known = names.by_id[entry.id]
    others = sorted(other for other in names.named(entry.text) if other.startswith(f"{entry.id.partition(':')[0]}:"))
    if entry.id in others or _says_more(entry.text, known):
        return
    told = {"text": entry.text, "id": entry.id, "label": known.label}
    if others:
        yield Fault(**told, reason="names_another_term", better=tuple(others))
    elif _in_common(entry.text, known) < _LITTLE and not _typed_differently(entry.text, known):
        yield Fault(**told, reason="not_its_name")


def _says_more(text: str, known: Known) -> bool:
    """Return whether a text ends in a name of the term, of two words or more: it is meant more precisely."""
    said = key_of(text)
    keys = (name.key or key_of(name.text) for name in known.names)
    return any(said.endswith(key) and key.count(" ") > 2 for key in keys)


def _in_common(text: str, known: Known) -> float:
    """Return the largest share of words that a text has in common with a name of the term."""
    ours = _telling(cut(text).forms)
    return max((_share(ours, _telling((name.key or key_of(name.text)).split())) for name in known.names), default=0.0)


def _typed_differently(text: str, known: Known) -> bool:
    said = text.lower()
    return any(SequenceMatcher(None, said, name.text.lower()).ratio() >= _ALIKE for name in known.names)


def _telling(forms: Sequence[str]) -> frozenset[str]:
    return frozenset(forms) - _FILLERS or frozenset(forms)


def _share(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / max(1, len(ours | theirs))
