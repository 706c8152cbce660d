"""Croissant fields: the record set of each view, every column of it a field, from the view's Arrow schema."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from publishing.views import View
from schemas.column_meanings import meaning_of
from schemas.features import arrow_schema, pictures

SPLITS: Final = "splits"
"""The record set that names the splits."""
_KEYS: Final = {"conversations": ("id", "purpose")}
"""What names a row, where it isn't the id alone."""
_USES: Final = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_MEANT: Final[dict[str, str | list[str]]] = {
    "url": "sc:URL",
    "license_url": "sc:URL",
    "label": ["sc:Text", "cr:Label"],
    "mask": ["cr:SegmentationMask", "sc:ImageObject"],
}
"""Columns of which Croissant knows more than their type."""
_KEYWORDS: Final = frozenset({"where"})
"""Words that JSONPath's readers keep for themselves; in quotes they are names."""
_TYPES: Final = {
    pa.string(): "sc:Text",
    pa.binary(): "sc:Text",  # Croissant has no type of bytes; its readers give text as bytes
    pa.bool_(): "sc:Boolean",
    pa.int64(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.timestamp("us", tz="UTC"): "sc:DateTime",
}


def record_set(view: View, name: str, about: str) -> dict[str, Any]:
    """Return the record set of the folder `name` of a view; its file set has the same name with `-files`."""
    columns = {"@type": "cr:RecordSet", "@id": name, "name": name, "description": about}
    key = [{"@id": f"{name}/{column}"} for column in _KEYS.get(view.name, ("id",))]
    return {**columns, "key": key, "field": list(_columns(view, name))}


def splits(names: list[str]) -> dict[str, Any]:
    """Return the record set of the splits, in which every row's `split` is found."""
    name, url = f"{SPLITS}/name", f"{SPLITS}/url"
    words = {"name": ("The split's name.", "sc:Text"), "url": ("What it is for.", "sc:URL")}
    return {
        "@type": "cr:RecordSet",
        "@id": SPLITS,
        "name": SPLITS,
        "description": "The splits; a family of works and a cluster of equal pictures stands in one alone.",
        "dataType": "cr:Split",
        "key": [{"@id": name}],
        "field": [{**_named(SPLITS, field, about), "dataType": kind} for field, (about, kind) in words.items()],
        "data": [{name: split, url: _USES[split]} for split in names],
    }


def _columns(view: View, name: str) -> Iterator[dict[str, Any]]:
    images = pictures(view.model)
    for column in arrow_schema(view.model):
        source = {"fileSet": {"@id": f"{name}-files"}, "extract": {"column": column.name}}
        words = meaning_of(view.name, column.name)
        if column.name in images:
            yield {
                **_named(name, column.name, words),
                **_leaf(_MEANT.get(column.name, "sc:ImageObject"), source, ("bytes",)),
            }
        else:
            told = _field(f"{name}/{column.name}", column, source, (), words)
            reference = {"references": {"field": {"@id": f"{SPLITS}/name"}}} if column.name == "split" else {}
            yield {**told, **reference}


def _named(parent: str, name: str, words: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": f"{parent}/{name}", "name": name, "description": words}


def _leaf(kind: str | list[str], source: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return the type and source of a value; each step of `path` goes through a list's members by itself."""
    steps = {"transform": [{"jsonPath": f"'{step}'" if step in _KEYWORDS else step} for step in path]} if path else {}
    return {"dataType": kind, "source": {**source, **steps}}


def _field(key: str, column: pa.Field, source: dict[str, Any], path: tuple[str, ...], words: str) -> dict[str, Any]:
    """Return the field of a column, or of what stands at `path` in it; what it holds is told by fields of its own."""
    told = {"@type": "cr:Field", "@id": key, "name": column.name, "description": words}
    kind, depth = column.type, 0
    while pa.types.is_list(kind):
        kind, depth = kind.value_type, depth + 1
    if depth:
        told |= {"isArray": True, "arrayShape": ",".join(["-1"] * depth)}
    if not pa.types.is_struct(kind):
        return {**told, **_leaf(_MEANT.get(key.partition("/")[2], _TYPES[kind]), source, path)}
    view, _, place = key.partition("/")
    inner = [
        _field(
            f"{key}/{each.name}",
            each,
            source,
            (*path, each.name),
            meaning_of(view.removesuffix("-noncommercial"), f"{place}/{each.name}".replace("/", ".")),
        )
        for each in kind
    ]
    return {**told, "subField": inner}
