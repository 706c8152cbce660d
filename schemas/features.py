"""From a record's one definition to its Arrow schema, its `datasets` features and its JSON Schema."""

import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from schemas.records import Picture

_PLAIN: dict[Any, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def _arrow_type(annotation: Any) -> pa.DataType:  # noqa: ANN401  (an annotation has no narrower type)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marked = any(isinstance(mark, Picture) for mark in args[1:])
        return _IMAGE if marked else _arrow_type(args[0])
    if origin in (Union, types.UnionType):
        return _arrow_type(next(arg for arg in args if arg is not type(None)))
    if origin is Literal:
        return pa.string()
    if origin in (list, tuple):
        return pa.list_(_arrow_type(args[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(list(arrow_schema(annotation)))
    return _PLAIN[annotation]


def _is_picture(metadata: list[Any]) -> bool:
    return any(isinstance(mark, Picture) for mark in metadata)


def arrow_schema(model: type[BaseModel]) -> pa.Schema:
    """Return the Arrow schema of `model`, one column a field, in its order."""
    return pa.schema(
        [
            pa.field(name, _IMAGE if _is_picture(field.metadata) else _arrow_type(field.annotation))
            for name, field in model.model_fields.items()
        ]
    )


def pictures(model: type[BaseModel]) -> list[str]:
    """Return the names of the columns that hold pictures."""
    return [name for name, field in model.model_fields.items() if _is_picture(field.metadata)]


def dataset_features(model: type[BaseModel]) -> Any:  # noqa: ANN401  (datasets is imported late and untyped)
    """Return the `datasets.Features` of `model`; its Arrow schema equals `arrow_schema(model)`."""
    from datasets import Features, Image

    features = Features.from_arrow_schema(arrow_schema(model))
    for name in pictures(model):
        features[name] = Image()
    return features
