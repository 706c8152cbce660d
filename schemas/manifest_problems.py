"""Manifest problems: every mistake in a tree of values, where it stands."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from schemas.errors import Problem
from schemas.manifest import Manifest
from schemas.manifest_keys import advice, keys_of, meant, models_under, source_model
from schemas.manifest_parts import nearest, spoken
from schemas.manifest_rules import RULE, manifest_rules, source_rules
from schemas.manifest_words import Error, in_words
from schemas.manifest_yaml import Loc, Tree, told
from schemas.plugins import BROKEN, BUILT_IN

_MOST_LOOKED_UP: Final = 1000
"""Wrong keys of which a file may have so many that are looked up; one with more is not mistyped, it is no manifest."""

_TAGS: Final = {"union_tag_invalid", "union_tag_not_found", BROKEN}


def problems_of(tree: Tree) -> Iterator[Problem]:
    """Yield every mistake in `tree`, those of reading it first."""
    yield from tree.problems
    if not isinstance(tree.value, dict):
        what = "is empty" if tree.value is None else f"must be a mapping of keys, not {spoken(tree.value)}"
        yield _problem(tree, (), what)
        return
    repair = _Repair(tree)
    right = Tree(repair.mapping(tree.value, (), (), Manifest), repair.places)
    yield from repair.problems
    seen: set[Loc] = set()
    for error in _errors(right.value):
        loc = _located(error, right.value)
        if loc not in seen:
            seen.add(loc)
            yield _problem(right, loc, in_words(error))
    yield from (_problem(right, loc, what) for loc, what in _broken_rules(right.value) if loc not in seen)


class _Repair:
    """Takes a tree without its wrong keys; mistyped ones are read as they were meant, so that what stands under
    them is checked as well, and one mistake is told once.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.places = dict(tree.places)
        self.problems: list[Problem] = []

    def mapping(self, value: dict[str, Any], loc: Loc, right: Loc, model: type[BaseModel] | None) -> dict[str, Any]:
        """Return the mapping that stands at `loc`, and in the repaired tree at `right`."""
        known = keys_of(model) if model else list(value)
        told_keys: dict[str, Any] = {}
        for key in sorted(value, key=lambda key: key not in known):
            name = key
            if model and key not in known:
                looked_up = len(self.problems) < _MOST_LOOKED_UP
                self._unknown(key, loc, advice(key, model) if looked_up else "is no key here")
                name = (meant(key, model) if looked_up else None) or ""
                if not name or name in value or name in told_keys:
                    continue
            inner = models_under(model, name) if model else ()
            told_keys[name] = self._any(value[key], (*loc, key), (*right, name), inner)
        return told_keys

    def _any(self, value: Any, loc: Loc, right: Loc, models: tuple[type[BaseModel], ...]) -> Any:  # noqa: ANN401
        if place := self._tree.places.get(loc):
            self.places[right] = place
        if isinstance(value, list):
            return [self._any(one, (*loc, at), (*right, at), models) for at, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if len(models) > 1:
            return self._source(value, loc, right)
        return self.mapping(value, loc, right, models[0] if models else None)

    def _source(self, value: dict[str, Any], loc: Loc, right: Loc) -> dict[str, Any]:
        mistyped = None if "type" in value else nearest("type", value)
        if mistyped:
            self._unknown(mistyped, loc, 'is no key here (did you mean "type"?)')
            self.places[*right, "type"] = self._tree.places[*loc, mistyped]
            value = {"type": value[mistyped]} | {key: one for key, one in value.items() if key != mistyped}
        return self.mapping(value, loc, right, source_model(value.get("type")))

    def _unknown(self, key: str, loc: Loc, what: str) -> None:
        self.problems.append(_problem(self._tree, (*loc, key), what, key=True))


def _errors(value: Any) -> list[Error]:  # noqa: ANN401
    try:
        Manifest.model_validate(value)
    except ValidationError as error:
        return [one for one in error.errors(include_url=False) if one["type"] != RULE]
    return []


def _located(error: Error, value: Any) -> Loc:  # noqa: ANN401
    """Return the path of `error` in the data: pydantic's own also names the types it tried."""
    steps = error["loc"]
    if steps[:1] == ("sources",) and len(steps) > 2 and _is_tag(value, *steps[1:3]):  # sources, index, type, key
        steps = (*steps[:2], *steps[3:])
    loc: Loc = ()
    for step in steps:
        if not isinstance(value, dict | list):
            break
        loc = (*loc, step)
        value = value.get(step) if isinstance(value, dict) else value[step]
    return (*loc, "type") if error["type"] in _TAGS else loc


def _is_tag(value: Any, at: int, step: int | str) -> bool:  # noqa: ANN401
    """Return whether a step names the type of a source; a plug-in's model is asked by itself, and tells no type."""
    return step in BUILT_IN["connector"] and value["sources"][at].get("type") == step


def _broken_rules(value: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    yield from manifest_rules(_without_nothing(value))
    sources = value.get("sources")
    for at, source in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(source, Mapping):
            for loc, what in source_rules(_without_nothing(source)):
                yield ("sources", at, *loc), what


def _without_nothing(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if one is not None}


def _problem(tree: Tree, loc: Loc, what: str, *, key: bool = False) -> Problem:
    """Return the problem at `loc`, or at the nearest place above it that stands in a file."""
    at = next(loc[:length] for length in range(len(loc), -1, -1) if loc[:length] in tree.places)
    place = tree.places[at]
    return Problem(place.file, *(place.key if key else place.value), told(loc), what)
