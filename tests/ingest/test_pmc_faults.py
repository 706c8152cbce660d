"""Live PMC with faults: nothing lost, nothing wrong kept, and each fault costs only itself."""

import hashlib
import time
from typing import Any

import pytest

from ingest.connector import Item
from ingest.session import Manners
from schemas.errors import SourceError
from schemas.records import Failed, Figure

FAULTS: list[dict[str, Any]] = [
    {"status": 429, "retry_after": "0"},
    {"status": 503},
    {"truncate": True},
    {"corrupt": True},
    {"reset": True},
    {"delay_s": 1.3},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_that_passes_loses_nothing(pmc: Any, pmc_server: Any, fault: dict[str, Any]) -> None:
    pmc_server.add(7)
    for within in ("PMC7.1.xml", "g001.jpg", "prefix=PMC7."):
        pmc_server.fault(within, **fault)
    good = pmc_server.objects
    if "corrupt" in fault:  # the listing has no MD5 to be checked by
        pmc_server.faults.pop()
    outcomes = pmc.brought(ids=("PMC7",))
    assert [one.blob for one in outcomes if isinstance(one, Figure)] == [
        good["PMC7.1/7-g001.jpg"],
        good["PMC7.1/7-g002.jpg"],
    ]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 503}, "http_503"),
        ({"status": 404}, "http_404"),
        ({"corrupt": True}, "md5_mismatch"),
        ({"truncate": True}, "truncated"),
        ({"html": True}, "html_instead"),
        ({"location": "http://localhost:9/x"}, "redirect_refused"),
        ({"drip_s": 0.02}, "too_slow"),
        ({"headers": {"Content-Encoding": "gzip, gzip"}}, "undecodable"),
        ({"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}, "truncated"),
        ({"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome"}, "md5_mismatch"),
    ],
    ids=str,
)
def test_a_picture_that_does_not_come_costs_itself_only(
    pmc: Any, pmc_server: Any, fault: dict[str, Any], reason: str
) -> None:
    pmc_server.add(7, figures=3)
    pmc_server.fault("g002.jpg", times=99, **fault)
    outcomes = pmc.brought(ids=("PMC7",))
    assert pmc.reasons(outcomes) == ["Figure:", f"Failed:{reason}", "Figure:"]
    failed = outcomes[1]
    assert isinstance(failed, Failed)
    assert (failed.locator, failed.label, failed.source_id) == ("pmc:PMC7@1", "Figure 2", "PMC7")


@pytest.mark.parametrize("within", ["PMC7.1.json", "PMC7.1.xml"])
def test_an_article_that_does_not_come_costs_itself_only(pmc: Any, pmc_server: Any, within: str) -> None:
    for number in (6, 7, 8):
        pmc_server.add(number, figures=1)
    pmc_server.fault(within, status=503, times=99)
    outcomes = pmc.brought(ids=("PMC6", "PMC7", "PMC8"))
    assert pmc.reasons(outcomes) == ["Figure:", "Failed:http_503", "Figure:"]


def test_an_endpoint_that_has_become_a_web_page_is_recognised(pmc: Any, pmc_server: Any) -> None:
    pmc_server.fault("prefix=", html=True, times=99)
    with pytest.raises(SourceError, match="html_instead"):
        list(pmc(ids=("PMC6", "PMC7", "PMC8", "PMC9")).find())
    assert len(pmc_server.asked("prefix=")) == 4


def test_a_listing_that_does_not_come_costs_its_article_only(pmc: Any, pmc_server: Any) -> None:
    for number in (6, 7, 8):
        pmc_server.add(number, figures=1)
    pmc_server.fault("prefix=PMC7.", status=503, times=99)
    ids = ("PMC6", "PMC7", "PMC8")
    assert pmc.reasons(pmc.brought(ids=ids)) == ["Figure:", "Failed:http_503", "Figure:"]
    pmc_server.faults.clear()
    items = {item.key: item.stamp for item in pmc(ids=ids).find()}
    assert items == {"PMC6": "1", "PMC7": "1", "PMC8": "1"}
    late = Item(source="pmc", key="PMC7", stamp="unlisted")
    assert pmc.reasons(pmc(ids=ids).fetch(late)) == ["Dropped:listed_later"]


def test_after_a_failure_the_metadata_are_read_anew(pmc: Any, pmc_server: Any) -> None:
    stored = pmc_server.add(7, figures=1)
    wrong = pmc_server.objects["PMC7.1/PMC7.1.xml"]
    pmc_server.objects["PMC7.1/PMC7.1.xml"] = wrong + b"<!-- changed while its metadata were not -->"
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Failed:md5_mismatch"]
    address = f"s3://pmc-oa-opendata/PMC7.1/PMC7.1.xml?md5={hashlib.md5(wrong + b' ').hexdigest()}"
    pmc_server.add(7, figures=1, metadata={**stored.metadata, "xml_url": address})
    pmc_server.objects["PMC7.1/PMC7.1.xml"] = wrong + b" "
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Figure:"]


def test_a_host_that_wants_a_day_fails_what_is_asked_of_it_and_is_asked_again_later(
    pmc: Any, pmc_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = Manners(per_second=2000, tries=3, backoff_s=0, max_retry_after_s=1.5)
    monkeypatch.setattr("ingest.pmc.manners_of", lambda _: brief)
    for number in (6, 7, 8):
        pmc_server.add(number, figures=1)
    connector = pmc(ids=("PMC6", "PMC7", "PMC8"))
    items = list(connector.find())
    pmc_server.fault("PMC7.1.xml", status=429, retry_after="86400", times=99)
    began = time.monotonic()
    outcomes = [outcome for item in items for outcome in connector.fetch(item)]
    assert time.monotonic() - began < 1.5
    assert pmc.reasons(outcomes) == ["Figure:", "Failed:told_to_wait", "Failed:told_to_wait"]
    assert "a pause of 86400 s" in outcomes[1].detail
    assert len(pmc_server.asked("PMC7.1.xml")) == 1
    assert not pmc_server.asked("PMC8.1.json")
    pmc_server.faults.clear()
    time.sleep(1.5)
    assert pmc.reasons(pmc.brought(ids=("PMC7", "PMC8"))) == ["Figure:"] * 2
