"""ELN facts: the metadata fields of an entry or file as named facts with their units; people are left out.

Fields come as PropertyValues (in place or by id), as eLabFTW's JSON string, as other JSON strings, as lists or bare
words. Who did it is kept as a hash, which groups entries of one person and names nobody.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from ingest.eln_crate import Crate, Node, is_absolute, many, text_of, types_of
from ingest.eln_people import AUTHORS, NOTE, People, is_person, left_out
from ingest.eln_person_fields import says
from schemas.records import Fact, make_id

ORIGIN = "eln"
_ELABFTW = "elabftw_metadata"
_PEOPLE_TYPES = frozenset({"email", "users", "user"})
"""eLabFTW's kinds of field that hold a person."""
_MAX_DEPTH = 16
_MAX_FACTS = 5_000
_MAX_KEYWORDS = 1_000
"""So many that no list of them leaves no room for the fields."""
_log = logging.getLogger(__name__)


def facts_of(crate: Crate, node: Node, people: People) -> list[Fact]:
    """Return what an entry, or a file, says of itself by name, each fact once, `people` left out."""
    told = _first(chain(_described(crate, node), _measured(crate, node)), _MAX_FACTS, node)
    return list({(fact.name, fact.value, fact.unit): fact for fact in people.left_out_of(told)}.values())


def _first(facts: Iterable[Fact], most: int, node: Node) -> Iterator[Fact]:
    """Yield facts, each once, until there are too many, which is told; no more of them is made."""
    seen: set[tuple[str, str, str | None, str | None]] = set()
    for fact in facts:
        key = (fact.name, fact.value, fact.unit, fact.id)
        if key not in seen and len(seen) == most:
            _log.warning("facts_cut %s", json.dumps({"entry": text_of(node.get("@id")), "at": fact.name, "read": most}))
            return
        if key not in seen:
            seen.add(key)
            yield fact


def people_of(crate: Crate, node: Node) -> list[str]:
    """Return a hash for each person who made an entry."""
    people = [person for key in AUTHORS for person in many(node.get(key))]
    names = [_identity(crate, person) for person in people]
    return list(dict.fromkeys(make_id("person", name)[:16] for name in names if name))


def _identity(crate: Crate, person: object) -> str:
    node = crate.node(person) or {}
    said = (node.get(key) for key in ("identifier", "email", "name"))
    whole = " ".join(text_of(node.get(key)) for key in ("givenName", "familyName"))
    return next((words.lower() for each in (*said, whole, node.get("@id"), person) if (words := text_of(each))), "")


def _described(crate: Crate, node: Node) -> Iterator[Fact]:
    """Yield what is said by properties of their own: kind, category, keywords, technique, instrument."""
    for name, key in (("kind", "genre"), ("category", "about"), ("category", "category")):
        yield from (_fact(name, words) for each in many(node.get(key)) if (words := crate.words(each)))
    yield from _first(_keywords(crate, node), _MAX_KEYWORDS, node)
    for each in many(node.get("measurementTechnique")):
        term = crate.node(each) or {}
        yield from (_fact("measurement_technique", words, id=_curie(term)) for words in [crate.words(each)] if words)
    yield from (_fact("instrument", words) for each in many(node.get("instrument")) if (words := crate.words(each)))


def _keywords(crate: Crate, node: Node) -> Iterator[Fact]:
    for each in many(node.get("keywords")):
        words = crate.words(each)
        # eLabFTW and SampleDB join their tags with commas; an exporter that gives a list means each of it
        is_joined = isinstance(node.get("keywords"), str)
        tags = (found[0] for found in re.finditer("[^,]+", words)) if is_joined else iter([words])
        yield from (_fact("keyword", plain) for tag in tags if (plain := tag.strip(" '\"")))


def _curie(term: Node) -> str | None:
    """Return the CURIE of an OBO term: CHMO:0000593.

    >>> _curie({"@id": "http://purl.obolibrary.org/obo/CHMO_0000593"}), _curie({"termCode": "x"})
    ('CHMO:0000593', None)
    """
    found = re.search(r"/obo/([A-Za-z]+)_(\w+)$", str(term.get("@id", "")))
    return f"{found[1]}:{found[2]}" if found else None


def _fact(name: str, value: str, unit: str | None = None, id: str | None = None) -> Fact:  # noqa: A002
    return Fact(name=name, value=value, unit=unit, id=id, origin=ORIGIN)


def _measured(crate: Crate, node: Node) -> Iterator[Fact]:
    values = crate_values(crate, node)
    flat = {_name(value) for value in values if _name(value) != _ELABFTW}
    for value in values:
        if _name(value) == _ELABFTW:
            yield from (fact for fact in _extra_fields(value) if _field(fact) not in flat)
        elif _is_of_a_person(value.get("valueReference")):
            yield from [left_out(_name(value))] if value.get("value") else []
        else:
            yield from _of_value(crate, _name(value), value, 0)


def _field(fact: Fact) -> str:
    return fact.value if fact.name == NOTE else fact.name


def crate_values(crate: Crate, node: Node) -> list[Node]:
    """Return the PropertyValues of a node; bare words become one without a name."""
    found = [*many(node.get("variableMeasured")), *many(node.get("additionalProperty"))]
    named = [crate.node(each) or ({"value": each} if isinstance(each, str) else None) for each in found]
    return [value for value in named if value is not None]


def _name(value: Node) -> str:
    """Return what a field is called: its id, where that isn't the address of a term that has a name."""
    at_id, name = text_of(value.get("propertyID")), text_of(value.get("name"))
    return (name if name and is_absolute(at_id) else at_id) or name or "variable"


def _unit(value: Node) -> str | None:
    unit = text_of(value.get("unitText")) or text_of(value.get("unitCode")) or text_of(value.get("unit"))
    return unit if unit not in {"", "1"} else None


def _is_of_a_person(kind: object) -> bool:
    return text_of(kind) in _PEOPLE_TYPES


def _of_value(crate: Crate, name: str, value: Node, depth: int) -> Iterator[Fact]:
    """Yield the facts of a PropertyValue, whose value may be a list, a range, a node or a JSON string."""
    unit = _unit(value)
    for each in many(value.get("value")):
        inner = crate.node(each) if isinstance(each, Mapping) else None
        if inner is None:
            yield from _leaves(name, _unpacked(_named(crate, each)), unit)
        elif not types_of(inner).isdisjoint({"PropertyValue", "QuantitativeValue"}):
            yield from _of_inner(crate, name, inner, depth)
        elif is_person(inner):
            yield left_out(name)
        else:
            yield from _plain(name, crate.words(each), unit)
    low, high = text_of(value.get("minValue")), text_of(value.get("maxValue"))
    if low or high:
        yield from _plain(name, f"{low} to {high}" if low and high else low or high, unit)


def _of_inner(crate: Crate, name: str, inner: Node, depth: int) -> Iterator[Fact]:
    """Yield the facts of a PropertyValue within another, whose name is theirs; its own too where it may be a person."""
    own = f"{name}.{_name(inner)}" if says(_name(inner)) != "thing" else name
    if _is_of_a_person(inner.get("valueReference")):
        yield from [left_out(own)] if inner.get("value") else []
    elif depth < _MAX_DEPTH:
        yield from _of_value(crate, own, inner, depth + 1)


def _named(crate: Crate, value: object) -> object:
    """Return the name of the entry that a value links to by its path, as SampleDB does; any other value as it is."""
    linked = crate.node(value) if isinstance(value, str) and value.startswith("./") else None
    return text_of(linked.get("name")) or value if linked else value


def _unpacked(value: object) -> object:
    """Return what a JSON string holds, where it holds more than a word."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _leaves(name: str, value: object, unit: str | None, depth: int = 0) -> Iterator[Fact]:
    """Yield a fact for every word or number in a tree, named by its path."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping) and is_person(value):
        yield left_out(name)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner, unit, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner, unit, depth + 1)
    else:
        yield from _plain(name, text_of(value), unit)


def _plain(name: str, words: str, unit: str | None) -> Iterator[Fact]:
    if words:
        yield _fact(name, words, unit)


def _extra_fields(value: Node) -> Iterator[Fact]:
    """Yield the extra fields that eLabFTW gives as a JSON string."""
    metadata = _unpacked(value.get("value"))
    fields = metadata.get("extra_fields") if isinstance(metadata, Mapping) else None
    for name, told in fields.items() if isinstance(fields, Mapping) else ():
        if isinstance(told, Mapping):
            is_person_field = _is_of_a_person(told.get("type")) and text_of(told.get("value"))
            yield from [left_out(name)] if is_person_field else _told(name, told)


def _told(name: str, told: Mapping[str, Any]) -> Iterable[Fact]:
    return _leaves(name, told.get("value"), text_of(told.get("unit")) or None)
