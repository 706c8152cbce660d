"""What PMC says now of articles that are here already."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.connector import Change, Known
from ingest.pmc import PmcConnector, PmcRequest
from schemas.errors import SourceError

Recheck = Callable[..., list[Change]]


@pytest.fixture
def connector(pmc_server: Any, tmp_path: Path) -> PmcConnector:
    request = PmcRequest(ids=("PMC7",), licenses=("CC-BY-4.0",), cloud_url=pmc_server.cloud_url, per_second=2000)
    return PmcConnector(request, contact="lab@example.org", cache=tmp_path)


@pytest.fixture
def recheck(connector: PmcConnector) -> Recheck:
    def ask(*numbers: int, here: str | None = "CC-BY-4.0") -> list[Change]:
        known = [Known(source="pmc", source_id=f"PMC{n}", version="1", license=here) for n in numbers or (7,)]
        return list(connector.recheck(known))

    return ask


def test_what_has_not_changed_is_no_news_and_is_not_read_from_the_cache(
    recheck: Recheck, connector: PmcConnector, pmc_server: Any
) -> None:
    pmc_server.add(7)
    for item in connector.find():
        list(connector.fetch(item))
    before = len(pmc_server.asked("PMC7.1.json"))
    assert recheck() == []
    assert len(pmc_server.asked("PMC7.1.json")) == before + 1


def test_a_retraction_is_told(recheck: Recheck, connector: PmcConnector, pmc_server: Any) -> None:
    pmc_server.add(7)
    for item in connector.find():
        list(connector.fetch(item))
    pmc_server.add(7, metadata={"is_retracted": True})
    (change,) = recheck()
    assert (change.what, change.source, change.source_id) == ("retracted", "pmc", "PMC7")
    assert "PMC7.1.json" in change.evidence


def test_a_withdrawn_article_is_told(recheck: Recheck, pmc_server: Any) -> None:
    pmc_server.add(7)
    pmc_server.remove(7)
    (change,) = recheck()
    assert (change.what, change.before, change.after) == ("gone", "1", None)


def test_a_newer_version_and_a_version_that_is_gone_are_told(recheck: Recheck, pmc_server: Any) -> None:
    pmc_server.add(7)
    pmc_server.add(7, version=10)
    assert [(one.what, one.before, one.after) for one in recheck()] == [("version", "1", "10")]
    pmc_server.objects = {
        key: body for key, body in pmc_server.objects.items() if "PMC7.1" not in key or "PMC7.10" in key
    }
    assert [(one.what, one.before, one.after) for one in recheck()] == [("gone", "1", "10")]


def test_a_retraction_in_the_newest_version_concerns_the_one_that_is_here(recheck: Recheck, pmc_server: Any) -> None:
    pmc_server.add(7)
    pmc_server.add(7, version=2, metadata={"is_retracted": True})
    assert [one.what for one in recheck()] == ["version", "retracted"]


@pytest.mark.parametrize(
    ("now", "here", "news"),
    [
        ({"license_code": "CC BY-NC"}, "CC-BY-4.0", True),
        ({"license_code": "TDM"}, "CC-BY-4.0", True),
        ({"license_code": None}, "CC-BY-4.0", True),
        ({"metadata": {"is_pmc_openaccess": False}}, "CC-BY-4.0", True),
        ({"license_code": "CC BY"}, "CC-BY-3.0", False),
        ({"license_code": "CC BY"}, "CC-BY-NC-4.0", False),
        ({"license_code": "CC BY"}, "CC0-1.0", True),
    ],
    ids=str,
)
def test_a_licence_that_became_stricter_is_told(
    recheck: Recheck, pmc_server: Any, now: dict[str, Any], here: str, *, news: bool
) -> None:
    pmc_server.add(7, **now)
    assert [one.what for one in recheck(here=here)] == (["license"] if news else [])


def test_an_article_that_gives_no_answer_is_told_after_the_others(recheck: Recheck, pmc_server: Any) -> None:
    pmc_server.add(7)
    pmc_server.add(9, metadata={"is_retracted": True})
    pmc_server.fault("prefix=PMC7.", status=404, times=99)
    with pytest.raises(SourceError, match=r"1 articles gave no answer: PMC7 \(http_404\)"):
        recheck(7, 9)


def test_a_listing_alone_takes_nothing_down(recheck: Recheck, pmc_server: Any) -> None:
    pmc_server.add(7)
    empty = (
        b"<ListBucketResult><Prefix>PMC7.</Prefix><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
        b"</ListBucketResult>"
    )
    pmc_server.fault("prefix=PMC7.", body=empty, times=99)
    with pytest.raises(SourceError, match=r"recheck_incomplete: .*PMC7 \(not_a_listing\)"):
        recheck()


@pytest.mark.parametrize("flag", ["is_retracted", "is_pmc_openaccess"])
@pytest.mark.parametrize("told", [..., None, "false", 0, [True]], ids=str)
def test_a_flag_that_is_none_is_no_news_and_no_answer(
    recheck: Recheck, pmc_server: Any, flag: str, told: object
) -> None:
    pmc_server.add(7, metadata={flag: told})
    with pytest.raises(SourceError, match=r"recheck_incomplete: .*PMC7 \(metadata_invalid\)"):
        recheck()
