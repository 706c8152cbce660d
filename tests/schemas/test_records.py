"""Records: a row that cannot be true cannot be made."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.panel_records import Panel
from schemas.records import Article, make_id

PARTS = st.lists(st.none() | st.text(max_size=8), max_size=4)
PANEL: dict[str, Any] = {
    "id": "0" * 32,
    "figure_row": 0,
    "figure_id": "1" * 32,
    "source_id": "PMC1",
    "panel_key": "A",
    "box": (0, 0, 10, 5),
    "subcaption": "",
    "subcaption_spans": [],
    "phash": "00",
    "phash_version": "1",
    "sketch": b"",
}


@given(PARTS, PARTS)
def test_an_id_is_of_its_parts_and_of_no_others(some: list[str | None], others: list[str | None]) -> None:
    assert (make_id(*some) == make_id(*others)) == (some == others)


def test_an_id_stays_the_same_for_ever() -> None:
    assert make_id("pmc", "PMC1", None, "fig1") == make_id("pmc", "PMC1", None, "fig1")
    assert len(make_id("pmc")) == 32
    assert make_id("a", "b") != make_id("ab")
    assert make_id(None) != make_id("null")


@pytest.mark.parametrize("box", [(5, 0, 5, 5), (0, 5, 10, 5), (6, 0, 5, 5), (-1, 0, 5, 5), (0, 0, 5), (0, 0, 0.5, 1)])
def test_a_box_without_area_or_outside_is_refused(box: Any) -> None:
    with pytest.raises(ValidationError):
        Panel.model_validate(PANEL | {"box": box})


def test_a_box_with_an_area_is_taken() -> None:
    assert Panel.model_validate(PANEL).box == (0, 0, 10, 5)


@pytest.mark.parametrize(
    "wrong", [{"id": "xyz"}, {"id": "A" * 32}, {"colour": 1}, {"microns_per_pixel": 0}, {"tiles": 0}]
)
def test_a_wrong_column_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Panel.model_validate(PANEL | wrong)


def test_a_row_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Article(doi="10.1/x").doi = "10.1/y"  # type: ignore[misc]
