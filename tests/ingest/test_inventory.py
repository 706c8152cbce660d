"""What changed since a day, from a report that may be incomplete."""

import gzip
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.inventory import changed_articles
from ingest.pmc_cloud import Cloud
from ingest.session import Manners, Session
from schemas.errors import SourceError

ROWS = [
    ("metadata/PMC10.1.json", "2026-01-04T23:59:59.000Z"),
    ("metadata/PMC11.1.json", "2026-01-05T00:00:00.000Z"),
    ("metadata/PMC9.10.json", "2026-01-07T10:00:00.000Z"),
    ("PMC12.1/PMC12.1.json", "2026-01-06T10:00:00.000Z"),
    ("PMC13.1/PMC13.1.xml", "2026-01-06T10:00:00.000Z"),
    ("metadata/PMC11.2.json", "2026-01-06T10:00:00.000Z"),
    ("README.txt", "2026-01-06T10:00:00.000Z"),
]


@pytest.fixture
def cloud(pmc_server: Any, tmp_path: Path) -> Cloud:
    manners = Manners(per_second=10_000, tries=2, backoff_s=0)
    return Cloud(Session("pmc", contact="lab@example.org", cache=tmp_path, manners=manners), pmc_server.cloud_url)


def test_articles_are_taken_by_day_whichever_of_their_files_is_listed(cloud: Cloud, pmc_server: Any) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS)
    assert changed_articles(cloud, date(2026, 1, 5)) == [9, 11, 12]
    assert changed_articles(cloud, date(2026, 1, 5), date(2026, 1, 6)) == [11, 12]


def test_a_report_that_is_incomplete_gives_way_to_the_one_before_it(cloud: Cloud, pmc_server: Any) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS)
    pmc_server.add_inventory(
        "2026-01-09T01-00Z", [*ROWS, ("metadata/PMC99.1.json", "2026-01-08T01:00:00Z")], whole=False
    )
    pmc_server.add_inventory("2026-01-10T01-00Z", ROWS)
    del pmc_server.objects["inventory-reports/pmc-oa-opendata/metadata/2026-01-10T01-00Z/manifest.json"]
    pmc_server.objects["inventory-reports/pmc-oa-opendata/metadata/2026-01-10T01-00Z/manifest.checksum"] = b"x"
    assert changed_articles(cloud, date(2026, 1, 5)) == [9, 11, 12]


def test_a_fourth_report_is_not_tried(cloud: Cloud, pmc_server: Any) -> None:
    for day in (6, 7, 8):
        pmc_server.add_inventory(f"2026-01-0{day}T01-00Z", ROWS, whole=False)
    pmc_server.add_inventory("2026-01-05T01-00Z", ROWS)
    with pytest.raises(SourceError, match="inventory_missing"):
        changed_articles(cloud, date(2026, 1, 5))


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b'"pmc-oa-opendata","a"\n', mtime=0), b"no gzip", gzip.compress(b"x" * 999, mtime=0)[:-9]],
    ids=["too few columns", "no gzip", "cut off"],
)
def test_a_broken_shard_is_a_failure_and_not_kept(cloud: Cloud, pmc_server: Any, body: bytes, tmp_path: Path) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS, shards=1)
    manifest = "inventory-reports/pmc-oa-opendata/metadata/2026-01-08T01-00Z/manifest.json"
    told = pmc_server.objects[manifest].decode()
    pmc_server.objects[manifest] = told.replace("MD5checksum", "unchecked").encode()
    pmc_server.objects["inventory-reports/pmc-oa-opendata/metadata/data/2026-01-08T01-00Z-0.csv.gz"] = body
    with pytest.raises(SourceError, match="inventory_missing"):
        changed_articles(cloud, date(2026, 1, 5))
    assert b"csv.gz" not in b"".join(note.read_bytes() for note in tmp_path.rglob("*.json") if "data" in note.name)


def test_another_buckets_rows_are_left_out(cloud: Cloud, pmc_server: Any) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS, shards=1)
    key = "inventory-reports/pmc-oa-opendata/metadata/data/2026-01-08T01-00Z-0.csv.gz"
    manifest = "inventory-reports/pmc-oa-opendata/metadata/2026-01-08T01-00Z/manifest.json"
    pmc_server.objects[manifest] = pmc_server.objects[manifest].replace(b"MD5checksum", b"unchecked")
    pmc_server.objects[key] = gzip.compress(b'"other","metadata/PMC5.1.json","2026-01-06","x"\n')
    assert changed_articles(cloud, date(2026, 1, 5)) == []


def test_a_report_far_smaller_than_its_neighbours_is_left_out(cloud: Cloud, pmc_server: Any) -> None:
    many = [*ROWS, *((f"metadata/PMC{n}.1.json", "2026-01-06T10:00:00.000Z") for n in range(1000, 3000, 7))]
    pmc_server.add_inventory("2026-01-08T01-00Z", many)
    pmc_server.add_inventory("2026-01-09T01-00Z", ROWS[:1])
    assert len(changed_articles(cloud, date(2026, 1, 5))) == 3 + len(many) - len(ROWS)


@pytest.mark.parametrize(
    "told",
    [
        {"files": [{"key": "inventory-reports/a", "size": "many"}]},
        {"files": [{"key": "inventory-reports/../a"}]},
        {"files": [None]},
        {"files": {"a": 1}},
        {"files": None},
        {"files": []},
        {"fileSchema": ["Bucket"]},
        {"fileSchema": "Bucket, ETag"},
        {"fileSchema": None},
    ],
    ids=str,
)
def test_a_table_of_contents_of_a_wrong_type_is_left_out(
    cloud: Cloud, pmc_server: Any, told: dict[str, object]
) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS)
    pmc_server.add_inventory("2026-01-09T01-00Z", ROWS)
    manifest = "inventory-reports/pmc-oa-opendata/metadata/2026-01-09T01-00Z/manifest.json"
    pmc_server.objects[manifest] = json.dumps({**json.loads(pmc_server.objects[manifest]), **told}).encode()
    assert changed_articles(cloud, date(2026, 1, 5)) == [9, 11, 12]


def test_a_shard_without_line_ends_is_not_held_in_memory(cloud: Cloud, pmc_server: Any) -> None:
    pmc_server.add_inventory("2026-01-08T01-00Z", ROWS, shards=1)
    manifest = "inventory-reports/pmc-oa-opendata/metadata/2026-01-08T01-00Z/manifest.json"
    pmc_server.objects[manifest] = pmc_server.objects[manifest].replace(b"MD5checksum", b"unchecked")
    key = "inventory-reports/pmc-oa-opendata/metadata/data/2026-01-08T01-00Z-0.csv.gz"
    pmc_server.objects[key] = gzip.compress(b"x" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="inventory_missing"):
            changed_articles(cloud, date(2026, 1, 5))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
