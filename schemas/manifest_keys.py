"""Manifest keys: which keys stand where, and which one was meant by a key that doesn't."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel

from schemas.manifest import Manifest
from schemas.manifest_parts import nearest
from schemas.plugins import connector

EXTENDS: Final = "extends"
"""The key that the reader of files takes for itself."""

_SURE: Final = 0.85
"""From this likeness on a key is a typing mistake, whatever its name means elsewhere."""


def _models_of(annotation: Any) -> tuple[type[BaseModel], ...]:  # noqa: ANN401
    """Return the models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(model for inner in get_args(annotation) for model in _models_of(inner))


@cache
def _fields(model: type[BaseModel]) -> dict[str, tuple[type[BaseModel], ...]]:
    return {field.alias or name: _models_of(field.annotation) for name, field in model.model_fields.items()}


def _type_of(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("type")
    return get_args(field.annotation)[0] if field else None


def source_types() -> list[str]:
    """Return the types that a source may have."""
    return [kind for model in _fields(Manifest)["sources"] if (kind := _type_of(model))]


def source_model(kind: object) -> type[BaseModel] | None:
    """Return the model of a source of type `kind`; None where there is none."""
    own = next((model for model in _fields(Manifest)["sources"] if _type_of(model) == kind), None)
    plugged = connector(kind) if own is None and isinstance(kind, str) else None
    return plugged.source if plugged else own


def models_under(model: type[BaseModel], key: str) -> tuple[type[BaseModel], ...]:
    """Return the models that what stands under `key` may be of; none for plain values."""
    return _fields(model).get(key, ())


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys that may stand in a mapping of `model`."""
    return [*_fields(model), *([EXTENDS] if model is Manifest else [])]


def _homes(model: type[BaseModel] = Manifest, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (key, where it belongs) for every key of a manifest."""
    for key, inner in _fields(model).items():
        yield key, f"under {place}" if place else "at the top of the manifest"
        for each in inner:
            kind = _type_of(each)
            home = f"a source of type {kind}" if kind else f"{place}.{key}".removeprefix(".")
            yield from ((name, where.replace("under a source", "in a source")) for name, where in _homes(each, home))


@cache
def _homes_by_key() -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for key, where in _homes():
        by_key.setdefault(key, []).append(where)
    return by_key


def _home(key: str) -> str | None:
    homes = _homes_by_key().get(key)
    return " or ".join(dict.fromkeys(homes[:3])) if homes else None


def meant(key: str, model: type[BaseModel]) -> str | None:
    """Return the key of `model` that was meant by `key`; None where `key` belongs elsewhere or nowhere."""
    close = nearest(key, keys_of(model))
    if close and SequenceMatcher(None, key.lower(), close.lower()).ratio() < _SURE and _home(key):
        return None
    return close


def advice(key: str, model: type[BaseModel]) -> str:
    """Return what to do about `key`, which is none of `model`'s."""
    if close := meant(key, model):
        return f'is no key here (did you mean "{close}"?)'
    if home := _home(key):
        return f"is no key here; it belongs {home}"
    return f"is no key here; the keys are {', '.join(keys_of(model))}"
