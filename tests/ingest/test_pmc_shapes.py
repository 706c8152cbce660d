"""The shapes that PMC's answers had in public code in 2026: listings and metadata as they were seen."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.pmc_cloud import Cloud, versions
from ingest.pmc_gate import refusal
from ingest.session import Manners, Session
from schemas.citations import NLM

LICENSES = ("CC0-1.0", "CC-BY-4.0")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "pmcid", "there"),
    [
        ("listing_PMC11370360_two_versions.xml", "PMC11370360", [1, 2]),
        ("listing_PMC99999999999_absent.xml", "PMC99999999999", []),
    ],
)
def test_a_listing_as_it_was_seen_is_read(
    shared_data: Path, pmc_server: Any, tmp_path: Path, *, name: str, pmcid: str, there: list[int]
) -> None:
    pmc_server.fault("prefix", body=(shared_data / "api" / "pmc_cloud" / name).read_bytes())
    session = Session("pmc", contact="lab@example.org", cache=tmp_path, manners=Manners(tries=1))
    assert versions(Cloud(session, pmc_server.cloud_url), pmcid, max_age_s=0) == there


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("metadata_PMC12855588.1.json", None),
        ("metadata_PMC7759461.1.json", None),
        ("metadata_PMC10373475.1_author_manuscript_TDM_partial.json", "license_not_allowed"),
    ],
)
def test_metadata_as_they_were_seen_pass_the_gate_or_not(shared_data: Path, name: str, reason: str | None) -> None:
    told = json.loads((shared_data / "api" / "pmc_cloud" / name).read_text())
    refused = refusal(told, LICENSES)
    assert (refused.reason if refused else None) == reason


def test_the_citation_has_a_place_for_the_day() -> None:
    assert "accessed on 2026-11-20 from https://registry.opendata.aws/ncbi-pmc" in NLM.format(date="2026-11-20")
