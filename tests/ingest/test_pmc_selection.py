"""Which articles a request names, and what fetching them would take."""

import random
from datetime import date
from typing import Any

import pytest


def test_a_query_finds_through_eutils_and_the_days_bound_it(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(1, released=date(2026, 1, 1))
    pmc_server.add(2, released=date(2026, 1, 5))
    pmc_server.add(3, released=date(2026, 1, 9))
    pmc_server.add(4, title="Nothing to see")
    asked = {"query": "confocal AND open access[filter]", "api_key": "s3cret"}
    assert [item.key for item in pmc(**asked).find()] == ["PMC1", "PMC2", "PMC3"]
    bounded = pmc(**asked, since=date(2026, 1, 2), until=date(2026, 1, 5))
    assert [item.key for item in bounded.find()] == ["PMC2"]
    assert {seen.query["api_key"] for seen in pmc_server.asked("esearch")} == {"s3cret"}
    assert "s3cret" not in repr(bounded._request)


def test_days_alone_ask_the_inventory(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(1)
    pmc_server.add(2)
    rows = [("metadata/PMC1.1.json", "2026-01-04T00:00:00Z"), ("metadata/PMC2.1.json", "2026-01-06T00:00:00Z")]
    pmc_server.add_inventory("2026-01-08T01-00Z", rows)
    assert [item.key for item in pmc(since=date(2026, 1, 5)).find()] == ["PMC2"]


def test_limit_and_sample_are_the_same_every_time(pmc: Any, pmc_server: Any) -> None:
    for number in range(1, 31):
        pmc_server.catalogue[number] = (date(2026, 1, 1), "confocal")

    def keys(**asked: Any) -> list[str]:
        return [item.key for item in pmc(query="confocal", **asked).find()]

    assert keys(limit=3) == ["PMC1", "PMC2", "PMC3"]
    sample = keys(sample_n=5, sample_seed=1)
    assert sample == keys(sample_n=5, sample_seed=1)
    assert sample == [f"PMC{n}" for n in sorted(random.Random(1).sample(range(1, 31), 5))]
    assert sample != keys(sample_n=5, sample_seed=2)
    assert keys(sample_n=5, sample_seed=1, limit=2) == sample[:2]
    assert len(keys(sample_n=99)) == 30


def test_a_plan_downloads_no_article(pmc: Any, pmc_server: Any) -> None:
    for number in range(1, 31):
        pmc_server.add(number, figures=1)
    pmc_server.add_inventory("2026-01-08T01-00Z", [("metadata/PMC1.1.json", "2026-01-04T00:00:00Z")])
    by_query, by_ids = pmc(query="confocal").plan(), pmc(ids=("PMC1", "PMC2")).plan()
    by_days = pmc(since=date(2026, 1, 1)).plan()
    assert (by_query.articles, by_ids.articles, by_days.articles) == (30, 2, None)
    assert pmc(query="confocal", limit=4).plan().articles == 4
    assert by_query.requests > 30 * 3
    assert by_query.seconds == pytest.approx(by_query.requests / 2000, rel=0.1)
    assert by_days.size_bytes > 0
    assert not [path for path in pmc.downloaded() if "manifest" not in path]
