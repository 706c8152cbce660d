"""OBO: ontology files read leniently; what strict readers refuse as a whole costs here one line, and is told.

The released BTO has a quote too many in one definition, at which pronto and fastobo give up. Format: the OBO Flat
File Format guide, 1.2 and 1.4.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from schemas.errors import OntologyError

MOST_LINE_BYTES = 1 << 20
MOST_FILE_BYTES = 2 << 30
MOST_TERMS = 5_000_000
MOST_PROBLEMS = 100
_MOST_NAME = 500
"""Characters; longer names are sentences, and nobody writes them."""

_ID = re.compile(r"[\w.-]{1,40}(?::[^\s<>\"'\\`]{1,100})?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*([A-Z]+)?')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": " ", "W": " ", "t": " "}
_COMMENT = re.compile(r"\s+(?:!|\{[^}]*\}\s*$).*")
SCOPES = ("EXACT", "NARROW", "BROAD", "RELATED")


class Term(NamedTuple):
    """A class of an ontology; a plain tuple, since files hold a hundred thousand and more."""

    id: str
    label: str
    synonyms: tuple[tuple[str, str], ...] = ()
    """(words, scope), scope one of SCOPES."""
    parents: tuple[str, ...] = ()
    """is_a and part_of."""
    roles: tuple[str, ...] = ()
    """has_role, by which ChEBI says what a chemical is used for."""
    namespace: str = ""
    obsolete: bool = False


class Ontology(NamedTuple):
    """A file's classes, and what was wrong with its lines."""

    name: str
    """As its header has it, such as "cl"; empty where it has none."""
    version: str
    terms: tuple[Term, ...]
    problems: tuple[str, ...]


class _Draft:
    """The stanza that is being read."""

    def __init__(self, kind: str) -> None:
        self.kind, self.id, self.label, self.namespace, self.obsolete = kind, "", "", "", False
        self.synonyms: list[tuple[str, str]] = []
        self.parents: list[str] = []
        self.roles: list[str] = []

    def take(self, tag: str, value: str) -> str | None:
        """Take a line in; return what is wrong with it."""
        if tag == "id":
            self.id = _plain(value)
        elif tag == "name":
            self.label = _ESCAPE.sub(_unescape, value.partition(" {")[0]).strip()[:_MOST_NAME]
        elif tag == "synonym":
            return self._synonym(value)
        elif tag == "is_a":
            self.parents.append(_plain(value))
        elif tag == "relationship" and value.startswith(("part_of ", "BFO:0000050 ")):
            self.parents.append(_plain(value.split(" ", 1)[1]))
        elif tag == "relationship" and value.startswith(("has_role ", "RO:0000087 ")):
            self.roles.append(_plain(value.split(" ", 1)[1]))
        elif tag == "namespace":
            self.namespace = value
        elif tag == "is_obsolete":
            self.obsolete = value.startswith("true")
        return None

    def _synonym(self, value: str) -> str | None:
        found = _QUOTED.match(value)
        if not found:
            return "a synonym without its quotes"
        words = _ESCAPE.sub(_unescape, found[1]).strip()
        scope = found[2] if found[2] in SCOPES else "RELATED"
        if words and len(words) <= _MOST_NAME:
            self.synonyms.append((words, scope))
        return None

    def term(self) -> Term:
        relations = (tuple(self.synonyms), tuple(self.parents), tuple(self.roles))
        return Term(self.id, self.label, *relations, self.namespace, self.obsolete)


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[1])


def _plain(value: str) -> str:
    """Return a value without the comment and the qualifiers behind it."""
    return _COMMENT.sub("", value).strip()


def _lines(file: BinaryIO, problems: list[str]) -> Iterator[tuple[int, str]]:
    number = 0
    while raw := file.readline(MOST_LINE_BYTES):
        number += 1
        if len(raw) == MOST_LINE_BYTES and not raw.endswith(b"\n"):
            problems.append(f"line {number}: longer than {MOST_LINE_BYTES} bytes")
            while (rest := file.readline(MOST_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            continue
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            problems.append(f"line {number}: no UTF-8")
            line = raw.decode("utf-8", "replace")
        yield number, line.rstrip()


def _stanzas(file: BinaryIO, problems: list[str]) -> Iterator[_Draft]:
    draft = _Draft("header")
    for number, line in _lines(file, problems):
        if line.startswith("["):
            yield draft
            draft = _Draft(line.strip("[]"))
            continue
        tag, colon, value = line.partition(":")
        if draft.kind == "header":
            if tag in ("ontology", "data-version"):
                draft.synonyms.append((tag, value.strip()))
        elif draft.kind == "Term" and colon and (wrong := draft.take(tag, value.strip())):
            problems.append(f"line {number}: {wrong}")
    yield draft


def _terms(drafts: Iterator[_Draft], problems: list[str], where: str) -> list[Term]:
    found: dict[str, Term] = {}
    for draft in drafts:
        if draft.kind != "Term":
            continue
        if draft.id and not _ID.fullmatch(draft.id):
            problems.append(f"{draft.id[:80]!r}: no id")
        elif not draft.id or not draft.label:
            problems.append(f"{draft.id or 'a term'}: without {'a name' if draft.id else 'an id'}")
        elif draft.id in found:
            problems.append(f"{draft.id}: there twice; the first stays")
        else:
            found[draft.id] = draft.term()
        if len(found) > MOST_TERMS:
            raise OntologyError("too_many_terms", f"more than {MOST_TERMS}", where=where)
    return list(found.values())


def read_obo(path: Path) -> Ontology:
    """Return what an OBO file holds.

    Raises:
        OntologyError: it is too large, or holds no term at all.
    """
    if path.stat().st_size > MOST_FILE_BYTES:
        raise OntologyError("too_large", f"more than {MOST_FILE_BYTES} bytes", where=str(path))
    problems: list[str] = []
    with path.open("rb") as file:
        drafts = _stanzas(file, problems)
        header = dict(next(drafts).synonyms)
        terms = _terms(drafts, problems, str(path))
    if not terms:
        raise OntologyError("no_terms", "no [Term] with an id and a name: is it an OBO file?", where=str(path))
    more = len(problems) - MOST_PROBLEMS
    told = (*problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else []))
    return Ontology(header.get("ontology", ""), header.get("data-version", ""), tuple(terms), told)
