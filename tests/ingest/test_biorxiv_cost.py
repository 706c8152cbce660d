"""In which folders of the bucket a preprint may lie, and what reading them costs."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.biorxiv_bucket import estimate, months_of


@pytest.mark.parametrize(
    ("server", "days", "months"),
    [
        ("biorxiv", ["2026-01-15"], ["January_2026", "February_2026", "December_2025"]),
        ("biorxiv", ["2025-12-31", "2026-01-01"], ["January_2026", "December_2025", "February_2026", "November_2025"]),
        ("biorxiv", ["2018-12-10"], ["December_2018", "January_2019", "November_2018", "Back_Content/"]),
        ("medrxiv", ["2020-12-10"], ["December_2020", "January_2021", "November_2020", "Back_Content/"]),
        ("medrxiv", ["2021-01-10"], ["January_2021", "February_2021", "December_2020"]),
        ("biorxiv", [], []),
    ],
)
def test_a_preprint_lies_in_the_month_of_its_day_or_beside_it(server: Any, days: list[str], months: list[str]) -> None:
    found = months_of(server, *map(date.fromisoformat, days))
    assert [month.removeprefix("Current_Content/").rstrip("/") for month in found] == [
        one.rstrip("/") for one in months
    ]


def test_the_cost_follows_from_sizes_where_they_are_known() -> None:
    assert estimate([SimpleNamespace(size_bytes=10**9)] * 2).dollars == pytest.approx(0.18)
    cost = estimate(unsized=100, heads=5_460)
    assert (cost.archives, cost.heads, cost.requests) == (100, 5_460, 100 + 2 * 5_460 + 6)
    assert cost.size_bytes == 100 * 20_750_000 + 5_460 * 57_000
    assert cost.dollars == pytest.approx(0.2192, abs=1e-4)
    assert estimate().dollars == 0
