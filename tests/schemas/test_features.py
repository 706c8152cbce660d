"""Features: one definition gives the Arrow schema and the features, and every row survives the way through them."""

import inspect
import types
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, create_model

from schemas import captioned, panel_records, published_rows, records
from schemas.features import arrow_schema, dataset_features, pictures
from schemas.published_rows import Instance, PublishedPanel, PublishedSegmentation
from schemas.records import Picture, Record

MODELS = [
    model
    for module in (records, panel_records, captioned, published_rows)
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, Record) and model is not Record and model.__module__ == module.__name__
]
NUMBERS = st.integers(min_value=0, max_value=2**40)
BOXES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(lambda b: (b[0], b[1], b[0] + b[2] + 1, b[1] + b[3] + 1))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: NUMBERS,
    float: st.floats(min_value=1e-9, max_value=1e9),
    str: st.text(max_size=10),
    bytes: st.binary(max_size=10),
    datetime: st.datetimes(timezones=st.just(UTC)),
    AwareDatetime: st.datetimes(timezones=st.just(UTC)),
}


def _values(annotation: Any, marks: list[Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911  (one a kind)
    """Return a strategy for what may stand in a field."""
    pattern = next((mark.pattern for mark in marks if getattr(mark, "pattern", None)), None)
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation == records.Box:
        return BOXES
    if pattern:
        return st.from_regex(pattern.replace("$", r"\Z"))
    if origin is Annotated:
        return _values(args[0], [*args[1:], *(one for mark in args[1:] for one in getattr(mark, "metadata", []))])
    if origin in (Union, types.UnionType):
        return st.one_of(st.none() if one is type(None) else _values(one, []) for one in args)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is list:
        return st.lists(_values(args[0], []), max_size=2)
    if origin is tuple:
        return st.tuples(*(_values(one, []) for one in args))
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return _rows(annotation)
    return PLAIN[annotation].map(lambda value: value + 1 if annotation is int else value)


def _rows(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = {name: _values(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(model.model_validate)


def _stored(row: BaseModel) -> dict[str, Any]:
    """Return `row` as the store writes it: a picture as bytes and path."""
    plain = row.model_dump()
    return plain | {name: {"bytes": plain[name], "path": None} for name in pictures(type(row))}


def _loaded(model: type[BaseModel], stored: dict[str, Any]) -> BaseModel:
    return model.model_validate(stored | {name: stored[name]["bytes"] for name in pictures(model)})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_survives_arrow(model: type[BaseModel]) -> None:
    @given(st.lists(_rows(model), min_size=1, max_size=3))
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def check(rows: list[BaseModel]) -> None:
        table = pa.Table.from_pylist([_stored(row) for row in rows], schema=arrow_schema(model))

        assert table.schema == arrow_schema(model)
        assert [_loaded(model, stored) for stored in table.to_pylist()] == rows

    check()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_features_have_the_columns_of_the_schema(model: type[BaseModel]) -> None:
    features = dataset_features(model)

    assert list(features) == [field.alias or name for name, field in model.model_fields.items()]
    assert features.arrow_schema.remove_metadata() == arrow_schema(model)


def test_a_column_may_bear_a_word_that_python_keeps_for_itself() -> None:
    assert "class" in arrow_schema(Instance).names
    assert "class" in dataset_features(PublishedSegmentation)["instances"].feature


def test_only_what_is_marked_is_a_picture() -> None:
    assert pictures(PublishedPanel) == {"image"}
    assert type(dataset_features(PublishedPanel)["image"]).__name__ == "Image"
    assert type(dataset_features(PublishedPanel)["raw"]).__name__ == "Value"


def test_a_picture_that_may_be_missing_is_a_picture_too() -> None:
    class Row(Record):
        thumbnail: Annotated[bytes, Picture()] | None = None

    assert pictures(Row) == {"thumbnail"}
    assert type(dataset_features(Row)["thumbnail"]).__name__ == "Image"


def test_a_type_without_a_column_type_is_refused_by_name() -> None:
    class Row(Record):
        odd: complex

    with pytest.raises(TypeError, match="complex"):
        arrow_schema(Row)


@pytest.mark.parametrize("annotation", [int | str, tuple[int, str], list[int | str]])
def test_a_column_of_two_types_is_refused(annotation: Any) -> None:
    with pytest.raises(TypeError, match="single Arrow type"):
        arrow_schema(create_model("Row", odd=(annotation, ...)))


def test_a_time_keeps_its_microseconds_and_its_zone() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    field = pa.schema([arrow_schema(records.Figure).field("retrieved_at")])

    assert pa.Table.from_pylist([{"retrieved_at": at}], schema=field).to_pylist() == [{"retrieved_at": at}]
