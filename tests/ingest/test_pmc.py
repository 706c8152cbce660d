"""Live PMC against a local one: what of an article comes in, and what stays out with which reason."""

import hashlib
import pickle
from typing import Any

import pytest

from ingest.connector import Connector, Item
from ingest.pmc import ABSENT
from schemas.records import Dropped, Failed, Figure


def test_an_article_comes_with_its_figures_and_no_other_file(pmc: Any, pmc_server: Any) -> None:
    stored = pmc_server.add(11370360, figures=2, unused=3)
    one, two = pmc.brought(ids=("PMC11370360",))
    assert isinstance(one, Figure)
    assert isinstance(two, Figure)
    assert one.blob == pmc_server.objects["PMC11370360.1/11370360-g001.jpg"]
    assert one.source_sha256 == hashlib.sha256(one.blob).hexdigest()
    assert (one.source, one.source_id, one.version) == ("pmc", "PMC11370360", "1")
    assert one.caption.startswith("Picture 1 of article 11370360.")
    assert one.license == "CC-BY-4.0"
    assert one.article is not None
    assert one.article.title == stored.title
    assert one.retrieved_at is not None
    assert one.id != two.id
    assert sorted(pmc.downloaded()) == [
        "PMC11370360.1/11370360-g001.jpg",
        "PMC11370360.1/11370360-g002.jpg",
        "PMC11370360.1/PMC11370360.1.json",
        "PMC11370360.1/PMC11370360.1.xml",
    ]


def test_the_connector_is_one(pmc: Any) -> None:
    connector: Connector = pmc(ids=("PMC1",))
    assert pickle.loads(pickle.dumps(connector)) is not connector


def test_versions_are_numbers_and_a_longer_id_is_another_article(pmc: Any, pmc_server: Any) -> None:
    for version in (1, 2, 9, 10):
        pmc_server.add(123, version=version)
    pmc_server.add(1234, version=77)
    pmc_server.page_keys = 3
    (item,) = pmc(ids=("PMC123",)).find()
    assert item == Item(source="pmc", key="PMC123", stamp="10")
    assert {one.version for one in pmc.brought(ids=("123",)) if isinstance(one, Figure)} == {"10"}


def test_a_version_that_is_asked_for_is_the_one_that_comes(pmc: Any, pmc_server: Any) -> None:
    for version in (1, 2):
        pmc_server.add(123, version=version)
    outcomes = pmc.brought(ids=("PMC123.1", "PMC123.3"))
    assert {one.version for one in outcomes if isinstance(one, Figure)} == {"1"}
    assert [one.reason for one in outcomes if isinstance(one, Dropped)] == ["absent"]
    assert {one.source_id for one in outcomes} == {"PMC123"}


def test_an_absent_article_is_a_drop(pmc: Any) -> None:
    connector = pmc(ids=("PMC99999999999",))
    (item,) = connector.find()
    assert item.stamp == ABSENT
    (drop,) = connector.fetch(item)
    assert isinstance(drop, Dropped)
    assert (drop.reason, drop.source_id, drop.stage) == ("absent", "PMC99999999999", "1-figures")


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ({"license_code": "TDM", "metadata": {"is_pmc_openaccess": False}}, "license_not_allowed"),
        ({"license_code": "TDM"}, "license_not_allowed"),
        ({"license_code": None}, "license_not_allowed"),
        ({"license_code": "CC BY-NC"}, "license_not_allowed"),
        ({"license_code": "CC BY-ND"}, "license_not_allowed"),
        ({"metadata": {"license_code": ["CC BY"]}}, "metadata_invalid"),
        ({"metadata": {"license_code": 4}}, "metadata_invalid"),
        ({"metadata": {"license_code": ...}}, "license_not_allowed"),
        ({"metadata": {"is_retracted": True}}, "retracted"),
        ({"metadata": {"is_retracted": ...}}, "metadata_invalid"),
        ({"metadata": {"is_retracted": "false"}}, "metadata_invalid"),
        ({"metadata": {"is_retracted": 0}}, "metadata_invalid"),
        ({"metadata": {"is_historical_ocr": True}}, "historical_ocr"),
        ({"metadata": {"is_historical_ocr": None}}, "metadata_invalid"),
        ({"metadata": {"is_pmc_openaccess": False}}, "not_open_access"),
        ({"metadata": {"is_pmc_openaccess": "true"}}, "metadata_invalid"),
        ({"metadata": {"is_pmc_openaccess": 1}}, "metadata_invalid"),
    ],
    ids=str,
)
def test_what_may_not_come_in_is_known_before_anything_else_is_fetched(
    pmc: Any, pmc_server: Any, stored: dict[str, Any], reason: str
) -> None:
    pmc_server.add(7, **stored)
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == [f"Dropped:{reason}"]
    assert pmc.downloaded() == ["PMC7.1/PMC7.1.json"]


@pytest.mark.parametrize("told", [{"pmcid": "PMC8"}, {"pmcid": 7}, {"version": "1"}, {"version": 2}], ids=str)
def test_metadata_of_another_article_are_a_failure(pmc: Any, pmc_server: Any, told: dict[str, Any]) -> None:
    pmc_server.add(7, metadata=told)
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Failed:metadata_invalid"]


@pytest.mark.parametrize("field", ["media_urls", "xml_url"])
@pytest.mark.parametrize("told", [None, 5, 1.5, True, {"a": 1}, [5, None], [["s3://x"]]], ids=str)
def test_a_wrong_type_is_a_failure_that_names_its_field(pmc: Any, pmc_server: Any, field: str, told: object) -> None:
    pmc_server.add(7, metadata={field: told})
    (failed,) = pmc.brought(ids=("PMC7",))
    assert (type(failed), failed.reason) == (Failed, "metadata_invalid")
    assert field in failed.detail


def test_media_that_are_one_text_or_name_a_file_twice_are_a_failure(pmc: Any, pmc_server: Any) -> None:
    twice = [f"s3://pmc-oa-opendata/PMC7.1/7-g001.jpg?md5={digit * 32}" for digit in "12"]
    for told in (twice[0], twice):
        pmc_server.add(7, metadata={"media_urls": told})
        assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Failed:metadata_invalid"]


@pytest.mark.parametrize("field", ["pmid", "doi", "title", "citation", "text_url", "mid"])
@pytest.mark.parametrize("told", [None, 5, ["x"], {"a": 1}, ...], ids=str)
def test_what_nobody_reads_may_be_of_any_type(pmc: Any, pmc_server: Any, field: str, told: object) -> None:
    pmc_server.add(7, metadata={field: told})
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Figure:"] * 2


def test_an_article_without_media_has_none(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(7, metadata={"media_urls": ...})
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Dropped:image_missing"] * 2


@pytest.mark.parametrize(
    "told",
    [
        "",
        "https://example.org/a.xml",
        "s3://pmc-oa-opendata/PMC7.1/PMC7.1.xml",
        "s3://[::1/PMC7.1/PMC7.1.xml?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC77.1/PMC77.1.xml?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/PMC7.1.xml?md5=" + "0" * 31,
        "s3://pmc-oa-opendata/PMC7.1/PMC7.1\n.xml?md5=" + "0" * 32,
    ],
)
def test_an_xml_that_cannot_be_checked_is_a_failure(pmc: Any, pmc_server: Any, told: object) -> None:
    pmc_server.add(7, metadata={"xml_url": told})
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Failed:key_refused"]
    assert pmc.downloaded() == ["PMC7.1/PMC7.1.json"]


def test_the_highest_version_that_may_come_in_is_taken(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(7, version=1)
    pmc_server.add(7, version=2, license_code="TDM")
    pmc_server.add(7, version=3)
    del pmc_server.objects["PMC7.3/PMC7.3.json"]
    outcomes = pmc.brought(ids=("PMC7",))
    assert {one.version for one in outcomes if isinstance(one, Figure)} == {"1"}


def test_a_retracted_version_speaks_for_those_before_it(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(7, version=1)
    pmc_server.add(7, version=2, metadata={"is_retracted": True})
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Dropped:retracted"]


@pytest.mark.parametrize(
    "told", [{"is_retracted": "true"}, {"is_pmc_openaccess": None}, {"license_code": ["CC BY"]}, {"media_urls": 5}]
)
def test_a_version_that_nobody_can_read_speaks_for_those_before_it(
    pmc: Any, pmc_server: Any, told: dict[str, Any]
) -> None:
    pmc_server.add(7, version=1)
    pmc_server.add(7, version=2, metadata=told)
    (outcome,) = pmc.brought(ids=("PMC7",))
    assert outcome.reason == "metadata_invalid"


def test_a_stricter_licence_in_the_xml_governs_and_spares_the_pictures(pmc: Any, pmc_server: Any) -> None:
    pmc_server.add(7, license_href="https://creativecommons.org/licenses/by-nc/4.0/")
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Dropped:license_not_allowed"] * 2
    assert not [path for path in pmc.downloaded() if path.endswith(".jpg")]


@pytest.mark.parametrize(
    "address",
    [
        "s3://other-bucket/PMC7.1/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/../PMC8.1/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/%2e%2e/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/..\\7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1//7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/7-g001.jpg?md5=d332",
        "https://pmc-oa-opendata/PMC7.1/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC8.1/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/\ud800/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/\x07/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/%0a/7-g001.jpg?md5=" + "0" * 32,
        "s3://pmc-oa-opendata/PMC7.1/7-g001.jpg",
        "s3://[::1/PMC7.1/7-g001.jpg?md5=" + "0" * 32,
    ],
)
def test_a_key_that_leads_elsewhere_is_never_asked_for(pmc: Any, pmc_server: Any, address: str) -> None:
    pmc_server.add(7, figures=1, metadata={"media_urls": [address]})
    (outcome,) = pmc.brought(ids=("PMC7",))
    assert not isinstance(outcome, Figure)
    assert not [path for path in pmc.downloaded() if path.endswith("jpg")]


def test_a_picture_that_is_no_picture_is_a_drop(pmc: Any, pmc_server: Any) -> None:
    stored = pmc_server.add(7, figures=1)
    md5 = hashlib.md5(b"no picture").hexdigest()
    address = f"s3://pmc-oa-opendata/PMC7.1/7-g001.jpg?md5={md5}"
    pmc_server.add(7, figures=1, metadata={**stored.metadata, "media_urls": [address]})
    pmc_server.objects["PMC7.1/7-g001.jpg"] = b"no picture"
    (outcome,) = pmc.brought(ids=("PMC7",))
    assert type(outcome) is Dropped
    assert outcome.reason == "not_an_image"
