"""The index of the bucket: what is known of an archive, until it changes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import biorxiv_index
from ingest.meca_head import Head
from ingest.requester_pays import Stored
from schemas.errors import ArchiveError, WorkspaceError

_JANUARY = "Current_Content/January_2026/"


def _stored(name: str, *, etag: str = "e1", day: int = 1) -> Stored:
    return Stored(key=_JANUARY + name, etag=etag, size_bytes=7, modified_at=datetime(2026, 1, day, tzinfo=UTC))


def test_what_is_known_outlives_the_process_and_holds_as_long_as_the_etag(tmp_path: Path) -> None:
    one, other = _stored("a.meca"), _stored("b.meca")
    with biorxiv_index.opened(tmp_path / "i.sqlite") as index:
        assert index.unread(_JANUARY, [one, other]) == [one, other]
        index.add(one, Head(doi="10.64898/2026.01.05.000001", version=1))
        index.add(other, ArchiveError("archive_broken", "no archive"))
    with biorxiv_index.opened(tmp_path / "i.sqlite") as index:
        changed = _stored("b.meca", etag="e2")
        assert index.unread(_JANUARY, [one, changed]) == [changed]
        assert index.broken() == {other.key: "archive_broken"}
        assert index.still_to_read(_JANUARY, if_unlisted=99) == 0
        assert index.still_to_read("Current_Content/May_2026/", if_unlisted=99) == 99
        index.forget(one.key)
        assert index.unread(_JANUARY, [one]) == [one]


@pytest.mark.parametrize("doi", ["10.64898/2026.01.05.00000A", "10.1101/2026.01.05.00000a"])
def test_a_preprint_is_found_under_either_prefix_and_in_any_case(tmp_path: Path, doi: str) -> None:
    with biorxiv_index.opened(tmp_path / "i.sqlite") as index:
        index.add(_stored("a.meca"), Head(doi="10.64898/2026.01.05.00000a", version=2))
        entry = index.find(doi, 2)
        assert entry is not None
        assert entry.doi == "10.64898/2026.01.05.00000a"
        assert index.missing([(doi, 2), (doi, 1)]) == {biorxiv_index.same(doi, 1): (doi, 1)}


def test_the_newest_of_several_archives_is_found_and_names_the_others(tmp_path: Path) -> None:
    with biorxiv_index.opened(tmp_path / "i.sqlite") as index:
        for name, day in (("a.meca", 2), ("b.meca", 9), ("c.meca", 5)):
            index.add(_stored(name, day=day), Head(doi="10.1101/1", version=1))
        entry = index.find("10.1101/1", 1)
        assert entry is not None
        assert (entry.key, entry.others) == (f"{_JANUARY}b.meca", (f"{_JANUARY}c.meca", f"{_JANUARY}a.meca"))
        assert entry.modified_at == datetime(2026, 1, 9, tzinfo=UTC)


def test_a_damaged_index_is_told_and_not_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(WorkspaceError, match="move it away"), biorxiv_index.opened(path):
        pass
    assert path.read_bytes().startswith(b"no database")
