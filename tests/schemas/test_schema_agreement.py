"""One row, two judges: what the models refuse, the published JSON Schemas refuse, and the other way round."""

import copy
import json
from functools import cache
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.published_schemas import NAMES, schema_named

STAGES = {"panels": "2-panels", "groups": "3-groups", "curated": "4-curated", "captioned": "5-captioned"}
_OTHERS = st.sampled_from([None, "", "x", "2", -1, 0, 3, 1.5, True, [], ["x"], [1], {}, {"x": 1}])


@cache
def _judge(name: str) -> Any:
    return jsonschema.Draft202012Validator(schema_named(name))


def _says_the_model(name: str, row: dict[str, Any]) -> bool:
    if row.keys() != NAMES[name].model_fields.keys():  # a row on disk has every column
        return False
    try:
        NAMES[name].model_validate_json(json.dumps(row), strict=True)
    except ValidationError as error:
        # what the whole row must be (a box with an area) no JSON Schema can say
        return all(one["type"] == "value_error" for one in error.errors())
    return True


@pytest.fixture(scope="session")
def rows(demo: Any) -> dict[str, dict[str, Any]]:
    """The first row of each stage of the demo."""
    paths = {name: min((demo / stage).glob("part-*.parquet")) for name, stage in STAGES.items()}
    first = {name: pq.ParquetFile(path).read().slice(0, 1).to_pylist()[0] for name, path in paths.items()}
    return {name: {key: _said(value) for key, value in row.items()} for name, row in first.items()}


def _said(value: Any) -> Any:
    """Bytes as JSON has them."""
    return value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", STAGES)
def test_a_row_of_the_demo_pleases_both(rows: Any, name: str) -> None:
    assert _says_the_model(name, rows[name])
    assert _judge(name).is_valid(rows[name])


@pytest.mark.parametrize("name", STAGES)
@given(data=st.data())
def test_a_row_with_another_value_is_judged_alike(rows: Any, name: str, data: Any) -> None:
    row = copy.deepcopy(rows[name])
    at = data.draw(st.sampled_from([*row, "unheard_of"]))
    row[at] = data.draw(_OTHERS)
    assert _says_the_model(name, row) == _judge(name).is_valid(row), (at, row[at])


@pytest.mark.parametrize("name", STAGES)
def test_a_row_that_lacks_a_column_pleases_neither(rows: Any, name: str) -> None:
    for column in rows[name]:
        less = {key: value for key, value in rows[name].items() if key != column}
        assert not _says_the_model(name, less)
        assert not _judge(name).is_valid(less)
