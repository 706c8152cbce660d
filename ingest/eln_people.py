"""ELN people: the one filter of every fact of a notebook: what holds a person is left out and told, addresses masked.

A fact is left out where its name says a person for certain; where its name may mean one and its value looks like a
person's name; where it is nothing but an address; or where it is a name of several words that the crate gives to a
person. In its place stands its name, never its value. What names say: `eln_person_fields`; what values look like:
`eln_person_values`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from ingest.eln_crate import Crate, Node, many, text_of, types_of
from ingest.eln_person_fields import is_login, says, words_of
from ingest.eln_person_values import looks, looks_like_login
from schemas.personal import is_personal, masked
from schemas.records import Fact

AUTHORS = ("author", "creator", "authors", "contributor")
NOTE, _NOTE_ORIGIN = "person_left_out", "export"
"""The fact that tells the name of a field that was left out."""
_PERSON_KEYS = frozenset({"affiliation", "email", "mail", "orcid", "phone", "role"})
_NAME_KEYS = frozenset({"name", "fullname", "displayname"})
_SHOWN_AS = re.compile(r"[^\W\d][\w.,' -]{0,60}[<(]\[e-mail\][>)]")
_LEFT = re.compile(r"\[(?:e-mail|ORCID|name)\]|[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_MAX_DEPTH = 16
_MOST_NAMES = 2_000


class People:
    """The names that a crate gives to persons."""

    def __init__(self, names: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        """Take the names of persons, and those of fields that stay whatever they are called."""
        known = list(islice(dict.fromkeys(name for name in names if words_of(name)), _MOST_NAMES))
        self._keep = {_plain(name) for name in keep}
        self._known = {tuple(sorted(words_of(name))) for name in known}
        self._logins = {login for name in known for login in _logins(name)}
        written = (tuple(_LETTERS.findall(name.casefold())) for name in known if "@" not in name)
        several = [key for key in written if len(key) > 1]
        self._orders = {order for key in several for order in (key, (*key[1:], key[0]), (key[-1], *key[:-1]))}
        self._lengths: dict[str, set[int]] = {}
        for order in self._orders:
            self._lengths.setdefault(order[0], set()).add(len(order))

    def masked(self, text: str) -> str:
        """Return a text with "[e-mail]", "[ORCID]" and "[name]" in the place of what they name."""
        text = masked(text)
        if not self._orders:
            return text
        parts, done = [], 0
        for start, end in self._places(text):
            parts += [text[done:start], "[name]"]
            done = end
        return "".join([*parts, text[done:]])

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a name of several words stands; words are looked up, so that many names cost no more than one."""
        found = list(_LETTERS.finditer(text))
        words, at = [each[0].casefold() for each in found], 0
        while at < len(words):
            sizes = sorted(self._lengths.get(words[at], ()), reverse=True)
            size = next((size for size in sizes if tuple(words[at : at + size]) in self._orders), 0)
            if size:
                yield found[at].start(), found[at + size - 1].end()
            at += size or 1

    def are(self, text: str) -> bool:
        """Return whether a text is nothing but a person's address or name; one word alone may be any word."""
        words = tuple(sorted(words_of(text)))
        if is_personal(text) or (len(words) > 1 and words in self._known):
            return True
        hidden = self.masked(text)
        return "[" in hidden and hidden != text and (not _LEFT.sub("", hidden) or bool(_SHOWN_AS.fullmatch(hidden)))

    def hold(self, name: str, value: str) -> bool:
        """Return whether a field holds a person: by its name, by its value, or by both together."""
        said = "thing" if _plain(name) in self._keep else says(name)
        if said == "person" or self.are(value):
            return True
        if said == "thing":
            return False
        like = looks(value)
        if like == "whole" or self._is_known(value):
            return True
        is_account = is_login(name) and looks_like_login(value)
        return said == "likely" and (like == "part" or is_account or self.masked(value) != value)

    def _is_known(self, value: str) -> bool:
        return tuple(sorted(words_of(value))) in self._known or value.strip().casefold() in self._logins

    def left_out_of(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """Yield the facts that hold no person, addresses and names in them masked; of others what they are called."""
        for fact in facts:
            is_told = (fact.name, fact.origin) == (NOTE, _NOTE_ORIGIN)
            kept = left_out(fact.name) if not is_told and self.hold(fact.name, fact.value) else fact
            unit = self.masked(kept.unit) if kept.unit else kept.unit
            told = {"name": self.masked(kept.name), "value": self.masked(kept.value), "unit": unit}
            yield kept.model_copy(update=told)


def left_out(name: str) -> Fact:
    """Return what tells that a field was left out: its name alone."""
    return Fact(name=NOTE, value=name, origin=_NOTE_ORIGIN)


def people_in(crate: Crate, keep: Iterable[str] = ()) -> People:
    """Return the people whom a crate describes, by node, in place or by mere name; `keep` are fields that stay."""
    found = ((*_named_in(node, 0), *_authors_of(crate, node)) for node in crate.all_nodes())
    return People(chain.from_iterable(found), keep)


def is_person(node: Mapping[str, Any]) -> bool:
    """Return whether an object is a person by its type, or by what it tells: a name beside a role or an address.

    >>> is_person({"role": "operator", "name": "Ada"}), is_person({"name": "DAPI", "value": 1})
    (True, False)
    """
    keys = {"".join(words_of(key)) for key in node}
    return "Person" in types_of(node) or (not keys.isdisjoint(_NAME_KEYS) and not keys.isdisjoint(_PERSON_KEYS))


def _plain(name: str) -> str:
    return " ".join(words_of(name))


def _logins(name: str) -> Iterator[str]:
    """Yield how accounts of a person are called: jdoe, doej, jane.doe, what stands before an address's @."""
    if "@" in name:
        yield name.partition("@")[0].casefold()
    elif len(words := words_of(name)) > 1:
        first, last = words[0], words[-1]
        yield from (first[0] + last, last + first[0], *(mark.join((first, last)) for mark in ("", ".", "_", "-")))


def _named_in(node: object, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, list):
        for each in node:
            yield from _named_in(each, depth + 1)
    elif isinstance(node, Mapping):
        if "Person" in types_of(node):
            yield from _names_of(node)
        yield from (each for key in AUTHORS for each in many(node.get(key)) if isinstance(each, str))
        for inner in node.values():
            if isinstance(inner, Mapping | list):
                yield from _named_in(inner, depth + 1)


def _authors_of(crate: Crate, node: Node) -> Iterator[str]:
    """Yield the names of those whom a node calls its authors, whatever they are called by type."""
    authors = (each for key in AUTHORS for each in crate.nodes(node.get(key)))
    yield from (name for each in authors if "Organization" not in types_of(each) for name in _names_of(each))


def _names_of(node: Mapping[str, Any]) -> Iterator[str]:
    given, family = text_of(node.get("givenName")), text_of(node.get("familyName"))
    yield from (text_of(node.get(key)) for key in ("name", "alternateName", "email"))
    if given and family:
        yield from (f"{given} {family}", f"{given[0]} {family}")
