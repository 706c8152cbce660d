"""Features: from a record's one definition to its Arrow schema and its `datasets` features."""

import types
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from schemas.records import Picture

_PLAIN: dict[Any, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
    AwareDatetime: pa.timestamp("us", tz="UTC"),
}
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def _arrow_type(annotation: Any) -> pa.DataType:  # noqa: ANN401  (an annotation has no narrower type)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _IMAGE if _is_picture(args[1:]) else _arrow_type(args[0])
    if origin is Literal:
        return pa.string()
    if origin in (Union, types.UnionType):
        return _one_type([arg for arg in args if arg is not type(None)], annotation)
    if origin in (list, tuple):
        return pa.list_(_one_type([arg for arg in args if arg is not ...], annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(list(arrow_schema(annotation)))
    return _plain(annotation)


def _one_type(each: Sequence[Any], annotation: Any) -> pa.DataType:  # noqa: ANN401
    """Return the type that all of `each` have."""
    found = [_arrow_type(one) for one in each]
    if any(one != found[0] for one in found):
        raise TypeError(f"{annotation} has no single Arrow type")
    return found[0]


def _plain(annotation: Any) -> pa.DataType:  # noqa: ANN401
    if annotation not in _PLAIN:
        raise TypeError(f"{annotation} has no Arrow type")
    return _PLAIN[annotation]


def _is_picture(marks: Sequence[Any]) -> bool:
    return any(isinstance(mark, Picture) for mark in marks)


def _column_type(field: FieldInfo) -> pa.DataType:
    return _IMAGE if _is_picture(field.metadata) else _arrow_type(field.annotation)


@cache
def arrow_schema(model: type[BaseModel]) -> pa.Schema:
    """Return the Arrow schema of `model`, one column a field, in its order."""
    return pa.schema(
        [pa.field(column_of(name, field), _column_type(field)) for name, field in model.model_fields.items()]
    )


def column_of(name: str, field: FieldInfo) -> str:
    """Return the column that holds a field: its alias where Python can't use the word (`class`)."""
    return field.alias or name


@cache
def pictures(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the columns that hold pictures."""
    fields = model.model_fields.items()
    return frozenset(column_of(name, field) for name, field in fields if _column_type(field) == _IMAGE)


def dataset_features(model: type[BaseModel]) -> Any:  # noqa: ANN401  (datasets is imported late and untyped)
    """Return the `datasets.Features` of `model`; its Arrow schema equals `arrow_schema(model)`."""
    from datasets import Features, Image

    features = Features.from_arrow_schema(arrow_schema(model))
    for name in pictures(model):
        features[name] = Image()
    return features
