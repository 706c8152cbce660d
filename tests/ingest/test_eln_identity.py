"""ELN identity: two entries are one only where something identifies them; else both stay."""

import pytest
from eln_exports import brought, one_entry

from ingest.eln_identity import is_public, version_of


def both(tmp_path, one, other, **shared):
    """Return the figures of two exports, whose entries share some properties."""
    for name, own in (("a", one), ("b", other)):
        one_entry(tmp_path / f"{name}.eln", **shared, **own)
    return brought(tmp_path)[0]


OTHER = ({"text": "actin"}, {"text": "tubulin"})
LAPTOPS = (
    "http://localhost:5000/objects/1",
    "http://127.0.0.1/objects/1",
    "https://192.168.3.4/objects/1",
    "https://10.0.0.8:3148/objects/1",
    "https://[::1]/objects/1",
    "https://[fd00::1]/objects/1",
    "https://elab.local/objects/1",
    "https://eln/objects/1",
    "https://eln.lan/objects/1",
    "http://[",
    "file:///eln.example.org/objects/1",
    "https://eln.example.org/",
)


@pytest.mark.parametrize(
    "shared",
    [
        {"identifier": "1", "dateCreated": "2026-01-15"},
        {"identifier": "1", "dateCreated": "2026-01-15T10:00:00"},
        {"dateCreated": "2026-01-15"},
        {"identifier": "experiment-0001", "dateCreated": "2026-01-15"},
        {"identifier": "20260115000001"},
        *({"identifier": "" if url.endswith("/") else "1", "url": url} for url in LAPTOPS),
    ],
    ids=str,
)
def test_entries_that_nothing_identifies_and_that_differ_are_two(tmp_path, shared):
    one, other = both(tmp_path, *OTHER, **shared)
    assert (one.id != other.id, one.family_key != other.family_key) == (True, True)
    assert (one.version, other.version) == (None, None)


@pytest.mark.parametrize("shared", [{}, {"identifier": "1", "dateCreated": "2026-01-15"}], ids=str)
def test_an_entry_that_nothing_identifies_is_the_same_when_nothing_of_it_differs(tmp_path, shared):
    one, other = both(tmp_path, {}, {}, **shared)
    assert (one.id, one.family_key) == (other.id, other.family_key)


SAME = (
    {"identifier": "20250916-4af4da4ef50c"},
    {"identifier": "0195e5a8-7c9d-7b3e-9f00-2b8a5c1d4e6f"},
    {"identifier": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
    {"identifier": "7", "url": "https://eln.example.org/objects/7"},
)


@pytest.mark.parametrize("shared", SAME, ids=str)
def test_an_entry_in_two_states_is_one_and_the_newer_is_known_by_its_full_moment(tmp_path, shared):
    moments = ("2026-01-15T10:00:00+02:00", "2026-01-15T09:00:00Z")
    one, other = both(
        tmp_path, *({**own, "dateModified": at} for own, at in zip(OTHER, moments, strict=True)), **shared
    )
    assert (one.id, one.family_key) == (other.id, other.family_key)
    assert (one.version, other.version) == ("20260115080000000000", "20260115090000000000")


@pytest.mark.parametrize("moment", ["", "2026-01-15"])
@pytest.mark.parametrize("shared", SAME, ids=str)
def test_both_states_of_an_entry_stay_where_no_moment_tells_which_is_newer_and_share_a_family(tmp_path, shared, moment):
    one, other = both(tmp_path, *OTHER, dateModified=moment, **shared)
    assert (one.id != other.id, one.family_key) == (True, other.family_key)


def test_the_same_number_at_two_public_hosts_is_two(tmp_path):
    hosts = ({"url": f"https://{lab}.example.org/objects/7"} for lab in "ab")
    one, other = both(tmp_path, *hosts, identifier="7", dateModified="2026-01-15T10:00:00Z")
    assert (one.id != other.id, one.family_key != other.family_key) == (True, True)


@pytest.mark.parametrize(
    "host", ["", "a..", "lab.home.arpa", "x.test", "169.254.1.1", "fe80::1", "100.64.0.1", "0.0.0.0"]
)
def test_a_host_that_means_another_elsewhere_is_not_public(host):
    assert not is_public(host)


@pytest.mark.parametrize("moment", ["2026-13-45T10:00", "2026-01-15Tnoon", "0001-01-01T00:00+23:59", "today"])
def test_a_moment_that_is_none_is_no_version(moment):
    assert version_of(moment) is None
