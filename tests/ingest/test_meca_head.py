"""Which preprint an archive holds, read from its heads alone, however it is malformed."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from meca_archive import Meca

from ingest.meca_head import Head, read_head
from ingest.range_file import RangeFile
from schemas.errors import ArchiveError


def _read(packed: bytes) -> tuple[Head, list[int]]:
    pieces: list[int] = []

    def fetch(start: int, end: int) -> bytes:
        pieces.append(end - start)
        return packed[start:end]

    return read_head(RangeFile(len(packed), fetch)), pieces


@pytest.mark.parametrize(
    "differs",
    [
        {},
        {"version": 12},
        {"prefix": "10.1101", "suffix": "2019.12.11.123456"},
        {"prefix": "10.1101", "suffix": "339747", "version": 4},
        {"folder": "0a1b/"},
        {"backslashes": True},
        {"backslashes": True, "folder": "0a1b\\"},
        {"first": "\n\n<?xml version='1.0'?>\n"},
        {"first": "\ufeff<!-- made by hand --><?xml version='1.0'?>\n"},
        {"first": "<!DOCTYPE article SYSTEM 'JATS.dtd'>" + "<!-- long -->" * 10_000, "transfer": False},
        {"first": '<!-- <article-id pub-id-type="doi">10.1101/1</article-id> -->\n', "transfer": False},
        {"and_": "&", "transfer": False},
        {"and_": "&nbsp;"},
        {"doi_element": '<article-id specific-use="x"pub-id-type="doi">{}</article-id>'},
        {"doi_element": "<article-id pub-id-type='doi' >\n https://doi.org/{}\n</article-id>"},
        {
            "doi_element": '<article-id pub-id-type="publisher-id">1</article-id>\n'
            '<article-id pub-id-type="doi">{}</article-id>'
        },
        {"manifest": False},
        {"manifest": False, "versioned_names": False, "version": 3},
        {"transfer": False},
        {"doi_element": ""},
    ],
)
def test_an_archive_tells_its_doi_and_version(differs: dict[str, Any]) -> None:
    made = Meca(**differs)
    assert _read(made.packed())[0] == Head(doi=made.doi, version=made.version)


def test_two_requests_and_a_few_kilobytes_tell() -> None:
    packed = Meca(padding_bytes=2_000_000).packed()
    _, pieces = _read(packed)
    assert len(pieces) == 2
    assert sum(pieces) < 70_000 < len(packed) / 20


@pytest.mark.parametrize(
    ("suffix", "version", "posted", "prefix"),
    [
        ("2025.11.30.000001", 1, date(2025, 11, 30), "10.1101"),
        ("2025.11.28.000001", 1, date(2025, 12, 1), "10.64898"),
        ("2025.11.28.000001", 2, date(2026, 2, 1), "10.1101"),
        ("2025.12.28.000001", 2, date(2026, 2, 1), "10.64898"),
        ("339747", 5, date(2026, 2, 1), "10.1101"),
    ],
)
def test_where_only_the_transfer_tells_the_first_posting_decides_about_the_prefix(
    suffix: str, version: int, posted: date, prefix: str
) -> None:
    made = Meca(suffix=suffix, version=version, posted=posted, doi_element="")
    assert _read(made.packed())[0] == Head(doi=f"{prefix}/{suffix}", version=version)


def _locked() -> bytes:
    packed = bytearray(Meca().packed())
    at = packed.rindex(b"PK\x01\x02")
    while at >= 0:
        packed[at + 8] |= 1
        at = packed.rfind(b"PK\x01\x02", 0, at)
    return bytes(packed)


def _empty() -> bytes:
    packed = io.BytesIO()
    zipfile.ZipFile(packed, "w").close()
    return packed.getvalue()


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "archive_broken"),
        (b"<html>Service unavailable</html>", "archive_broken"),
        (Meca().packed()[:-100], "archive_broken"),
        (b"PK\x05\x06" + b"\xff" * 18, "archive_broken"),
        (_locked(), "archive_broken"),
        (_empty(), "meca_no_version"),
        (Meca(doi_element="", transfer=False).packed(), "meca_no_doi"),
        (Meca(manifest=False, versioned_names=False, version_element="").packed(), "meca_no_version"),
    ],
)
def test_what_tells_nothing_says_why(packed: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError) as raised:
        _read(packed)
    assert raised.value.reason == reason


@pytest.mark.shared
def test_real_archives_tell(shared_data: Path) -> None:
    told = {}
    for path in sorted((shared_data / "biorxiv" / "meca").glob("*.meca")):
        head, pieces = _read(path.read_bytes())
        told[path.name[:8]] = (head.doi, head.version)
        assert len(pieces) <= 3
        assert sum(pieces) < 200_000
    assert told["cb91eca4"] == ("10.1101/2025.06.16.659939", 1)
    assert told["f2af58f0"] == ("10.1101/2025.06.09.658655", 1)
