"""Published schemas: what the models say, as JSON Schema; the folder `schemas/published/` holds the files."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

from schemas import published_rows, records
from schemas.captioned import Captioned
from schemas.eln_entry import PairedEntry
from schemas.errors import UsageError
from schemas.manifest import Manifest
from schemas.panel_records import Panel

PUBLISHED: Final = Path(__file__).parent / "published"
"""The folder that holds one file a name."""

NAMES: Final[dict[str, type[BaseModel]]] = {
    "manifest": Manifest,
    "figures": records.Figure,
    "panels": Panel,
    "groups": records.Group,
    "curated": records.Curated,
    "captioned": Captioned,
    "dropped": records.Dropped,
    "entry": PairedEntry,
    "published": published_rows.PublishedPanel,
    "segmentation": published_rows.PublishedSegmentation,
    "conversations": published_rows.PublishedConversation,
    "questions": published_rows.PublishedQuestion,
}
"""What `bricks schema NAME` prints: the manifest, rows of stages and published views, a notebook's entry."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_named(name: str) -> dict[str, Any]:
    """Return the JSON Schema that `bricks schema NAME` prints.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in NAMES:
        raise UsageError(f'there is no schema "{name}".', mend=f"The names are {', '.join(NAMES)}.")
    return manifest_json_schema() if name == "manifest" else _row_schema(NAMES[name])


def manifest_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a manifest file, which may extend another."""
    schema = _described(Manifest, "validation")
    extends = {"type": "string", "description": "Another manifest, relative to this file, that this one is laid over."}
    schema["properties"]["extends"] = extends
    required = schema.pop("required")
    return schema | {"anyOf": [{"required": ["extends"]}, {"required": required}]}


def _row_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a row on disk, where every column stands."""
    schema = _described(model, "serialization")
    for each in (schema, *schema.get("$defs", {}).values()):
        each["required"] = list(each["properties"])
    return schema


def write_published(folder: Path = PUBLISHED) -> list[Path]:
    """Write every schema to `folder` and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in NAMES:
        path = folder / f"{name}.schema.json"
        path.write_text(as_text(schema_named(name)), encoding="utf-8")
        written.append(path)
    return written


def as_text(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _described(model: type[BaseModel], mode: Any) -> dict[str, Any]:  # noqa: ANN401  (pydantic's own literal)
    """Return the schema of `model` with the docstrings of its attributes as descriptions."""
    schema = {"$schema": _DIALECT, **model.model_json_schema(mode=mode)}
    shelf = {**schema.get("$defs", {}), model.__name__: schema}
    for each in _models_in(model):
        properties = shelf.get(each.__name__, {}).get("properties", {})
        for name, words in _attribute_docs(each):
            key = each.model_fields[name].alias or name
            if key in properties:
                properties[key].setdefault("description", words)
    return schema


def _models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield `model` and every model inside it."""
    yield model
    for field in model.model_fields.values():
        for inner in _inner(field.annotation):
            yield from _models_in(inner)


def _inner(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  (an annotation has no narrower type)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for argument in get_args(annotation):
            yield from _inner(argument)


def _attribute_docs(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield (attribute, its docstring) as the source says, the class's own before those of its bases."""
    for owner in model.__mro__:
        if not issubclass(owner, BaseModel) or owner is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        assert isinstance(body, ast.ClassDef)
        for assigned, after in pairwise(body.body):
            if isinstance(assigned, ast.AnnAssign) and isinstance(assigned.target, ast.Name):
                words = _words(after)
                if words:
                    yield assigned.target.id, words


def _words(statement: ast.stmt) -> str | None:
    value = statement.value if isinstance(statement, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else None
    return " ".join(text.split()) if isinstance(text, str) else None
