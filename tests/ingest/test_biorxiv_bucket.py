"""The requester-pays bucket against a local S3: the index, what it costs, what is downloaded, and every refusal."""

import hashlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import meca_archive
import pytest
import s3_server

from ingest import biorxiv_index
from ingest.biorxiv_bucket import Bucket, Entry, months_of
from schemas.errors import SourceError

_JANUARY, _FEBRUARY = "Current_Content/January_2026/", "Current_Content/February_2026/"
_SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTSTESTSTESTS1",
    "AWS_SECRET_ACCESS_KEY": "a-very-secret-key",
    "AWS_SESSION_TOKEN": "a-very-secret-token",
}


def _meca(number: int, **differs: Any) -> Any:
    return meca_archive.Meca(suffix=f"2026.01.05.{number:06d}", **differs)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A local bucket that is empty, and credentials for it; nobody waits between tries."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**_SECRETS, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    with s3_server.running() as server:
        yield server


@pytest.fixture
def bucket(s3: Any, tmp_path: Path) -> Bucket:
    return Bucket("biorxiv", folder=tmp_path / "bucket", endpoint_url=s3.endpoint_url)


Put = Callable[..., Any]


@pytest.fixture
def put(s3: Any) -> Put:
    """Stores the archive of a number in January's folder and returns what it holds."""

    def stored(number: int, *, key: str | None = None, parts: bool = False, **differs: Any) -> Any:
        made = _meca(number, **differs)
        s3.put(key or f"{_JANUARY}{number:08x}-0000.meca", made.packed(), parts=parts)
        return made

    return stored


def _reason(call: Callable[[], object]) -> str:
    with pytest.raises(SourceError) as raised:
        call()
    return raised.value.reason


def _found(bucket: Bucket, made: Any) -> Entry:
    entry = bucket.find(made.doi, made.version)
    assert entry is not None
    return entry


def test_an_archive_is_found_by_doi_and_version_after_two_short_requests(bucket: Bucket, put: Put, s3: Any) -> None:
    made = put(1, version=2, padding_bytes=1_000_000)
    brought = bucket.bring_index_up_to_date([_JANUARY])
    entry = _found(bucket, made)
    assert (entry.key, entry.doi, entry.version) == (f"{_JANUARY}00000001-0000.meca", made.doi, 2)
    assert (entry.month, entry.size_bytes) == ("Current_Content/January_2026", len(made.packed()))
    assert entry.etag == hashlib.md5(made.packed()).hexdigest()
    assert bucket.find(made.doi, 1) is None
    assert bucket.find("10.1101/2026.01.05.000001", 2) == entry
    assert (brought.listed, brought.read, brought.broken, brought.unread) == (1, 1, 0, 0)
    assert brought.cost.requests == 3
    assert brought.cost.size_bytes < 70_000
    assert len(s3.ranges()) == 2


def test_every_request_says_that_the_requester_pays(bucket: Bucket, put: Put, s3: Any) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    bucket.download(_found(bucket, made))
    assert {one.method for one in s3.seen} == {"GET"}
    assert all(one.pays for one in s3.seen)


def test_who_does_not_pay_is_refused(bucket: Bucket, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(1)
    monkeypatch.setattr("ingest.requester_pays._PAYER", {})
    with pytest.raises(SourceError, match="requester pays") as raised:
        bucket.bring_index_up_to_date([_JANUARY])
    assert raised.value.reason == "access_denied"


def test_a_listing_of_several_pages_is_read_to_its_end(
    bucket: Bucket, put: Put, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.requester_pays._KEYS_A_PAGE", 3)
    made = [put(number, padding_bytes=0) for number in range(8)]
    s3.put(f"{_JANUARY}readme.txt", b"no archive")
    s3.put(f"{_FEBRUARY}0.meca", b"another folder")
    brought = bucket.bring_index_up_to_date([_JANUARY])
    assert (brought.listed, brought.read) == (8, 8)
    assert len([one for one in s3.seen if not one.span]) == 3
    assert {_found(bucket, one).doi for one in made} == {one.doi for one in made}


def test_a_second_run_reads_only_what_is_new(bucket: Bucket, put: Put, s3: Any) -> None:
    first = [put(number, padding_bytes=0) for number in range(3)]
    bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY])
    s3.seen.clear()
    again = bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY])
    assert (again.read, again.cost.size_bytes, s3.ranges()) == (0, 0, [])
    put(7, padding_bytes=0)
    new = put(8, key=f"{_FEBRUARY}8.meca", padding_bytes=0)
    assert bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY]).read == 2
    assert {one.path.rpartition("/")[2] for one in s3.ranges()} == {"00000007-0000.meca", "8.meca"}
    assert _found(bucket, new).month == "Current_Content/February_2026"
    assert _found(bucket, first[0])


def test_nobody_is_asked_about_what_is_known_and_reading_stops_with_the_last_that_was_wanted(
    bucket: Bucket, put: Put, s3: Any
) -> None:
    made = [put(number, padding_bytes=0) for number in range(30)]
    put(99, key=f"{_FEBRUARY}99.meca")
    wanted = {(made[1].doi, 1), (made[4].doi.upper(), 1)}
    brought = bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY], wanted)
    assert (brought.read, brought.missing) == (8, frozenset())
    s3.seen.clear()
    bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY], wanted)
    assert s3.seen == []
    absent = ("10.64898/2026.01.05.777777", 1)
    brought = bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY], {*wanted, absent})
    assert (brought.read, brought.missing) == (23, {absent})


def test_what_cannot_be_read_is_kept_with_its_reason_and_asked_again_when_it_changes(
    bucket: Bucket, put: Put, s3: Any
) -> None:
    s3.put(f"{_JANUARY}a.meca", b"no archive at all")
    s3.put(f"{_JANUARY}b.meca", b"")
    put(3, key=f"{_JANUARY}c.meca", doi_element="", transfer=False)
    good = put(4, key=f"{_JANUARY}d.meca", folder="x/", backslashes=True, first="\n<?xml version='1.0'?>", and_="&")
    brought = bucket.bring_index_up_to_date([_JANUARY])
    assert (brought.read, brought.broken) == (4, 3)
    with biorxiv_index.opened(bucket.index) as index:
        reasons = {key[-6:]: reason for key, reason in index.broken().items()}
    assert reasons == {"a.meca": "archive_broken", "b.meca": "archive_broken", "c.meca": "meca_no_doi"}
    assert _found(bucket, good)
    assert bucket.bring_index_up_to_date([_JANUARY]).read == 0
    mended = put(3, key=f"{_JANUARY}c.meca")
    assert bucket.bring_index_up_to_date([_JANUARY]).read == 1
    assert _found(bucket, mended).key.endswith("c.meca")


def test_of_several_archives_of_a_version_the_newest_is_taken(bucket: Bucket, s3: Any) -> None:
    made = _meca(1)
    for key, day in ((f"{_JANUARY}a.meca", 3), (f"{_FEBRUARY}b.meca", 9), (f"{_JANUARY}c.meca", 5)):
        s3.put(key, made.packed(), modified=datetime(2026, 2, day, tzinfo=UTC))
    bucket.bring_index_up_to_date([_JANUARY, _FEBRUARY])
    entry = _found(bucket, made)
    assert entry.key == f"{_FEBRUARY}b.meca"
    assert entry.others == (f"{_JANUARY}c.meca", f"{_JANUARY}a.meca")


def test_a_fault_with_one_archive_costs_only_it_and_many_are_told(bucket: Bucket, put: Put, s3: Any) -> None:
    put(1, padding_bytes=0)
    made = put(2, padding_bytes=0)
    s3.fault("00000002-", status=503, times=4)
    assert bucket.bring_index_up_to_date([_JANUARY]).unread == 0
    for number in range(10, 40):
        put(number, padding_bytes=0)
    s3.fault("00000012-", status=503, times=5)
    assert (brought := bucket.bring_index_up_to_date([_JANUARY])).unread == 1
    assert brought.read == 29
    assert bucket.bring_index_up_to_date([_JANUARY]).read == 1
    assert _found(bucket, made)
    for number in range(50, 80):
        put(number, padding_bytes=0)
    s3.fault("0000-", status=500, times=10_000)
    s3.fault("0000.meca", status=500, times=10_000)
    assert _reason(lambda: bucket.bring_index_up_to_date([_JANUARY])) == "http_500"


def test_a_killed_reading_goes_on_where_it_was(bucket: Bucket, put: Put, s3: Any, tmp_path: Path) -> None:
    for number in range(120):
        put(number, padding_bytes=0)
    s3.fault(".meca", delay_s=0.2, times=10_000)
    code = (
        "import sys; from pathlib import Path; from ingest.biorxiv_bucket import Bucket\n"
        "bucket = Bucket('biorxiv', folder=Path(sys.argv[1]), endpoint_url=sys.argv[2])\n"
        f"bucket.bring_index_up_to_date(['{_JANUARY}'])"
    )
    child = subprocess.Popen([sys.executable, "-c", code, tmp_path / "bucket", s3.endpoint_url])
    until = time.monotonic() + 60
    while len(s3.ranges()) < 24 and time.monotonic() < until:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    time.sleep(0.3)
    s3.faults.clear()
    with biorxiv_index.opened(bucket.index) as index:
        kept = len(index)
    assert 120 > kept >= 24 - 8
    assert bucket.bring_index_up_to_date([_JANUARY]).read == 120 - kept


def test_a_download_appears_whole_and_once(bucket: Bucket, put: Put, s3: Any) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    s3.seen.clear()
    entry = _found(bucket, made)
    path = bucket.download(entry)
    assert path.suffix == ".meca"
    assert path.read_bytes() == made.packed()
    assert bucket.download(entry) == path
    assert len(s3.seen) == 1
    half = path.with_name(f".{path.name}.123")
    half.write_bytes(b"of a process that was killed")
    bucket.forget(entry)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("fault", [{"truncate": True}, {"reset": True}, {"status": 503, "times": 4}, {"status": 500}])
def test_a_download_outlives_faults_that_pass(bucket: Bucket, put: Put, s3: Any, fault: dict[str, Any]) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    s3.seen.clear()
    s3.fault("0000.meca", **fault)
    assert bucket.download(_found(bucket, made)).read_bytes() == made.packed()
    spans = [one.span for one in s3.seen]
    assert len(spans) == 1 + fault.get("times", 1)
    assert spans[-1].startswith("bytes=0-") != ("truncate" in fault)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"truncate": True, "times": 9}, "truncated"),
        ({"reset": True, "times": 99}, "connection"),
        ({"status": 503, "times": 99}, "throttled"),
        ({"status": 403}, "access_denied"),
        ({"status": 404}, "not_in_bucket"),
        ({"status": 416}, "changed"),
        ({"corrupt": True}, "md5_mismatch"),
    ],
)
def test_a_download_that_fails_says_why_and_leaves_nothing(
    bucket: Bucket, put: Put, s3: Any, fault: dict[str, Any], reason: str
) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    entry = _found(bucket, made)
    s3.fault("0000.meca", **fault)
    with pytest.raises(SourceError) as raised:
        bucket.download(entry)
    assert raised.value.reason == reason
    assert "biorxiv-src-monthly" in str(raised.value) or entry.key in str(raised.value)
    assert ("requester pays" in str(raised.value)) == (reason == "access_denied")
    assert list((bucket.index.parent / "biorxiv-src-monthly").iterdir()) == []


def test_an_archive_that_is_gone_gives_way_to_the_other_one(bucket: Bucket, s3: Any) -> None:
    made = _meca(1)
    s3.put(f"{_JANUARY}a.meca", made.packed(), modified=datetime(2026, 1, 9, tzinfo=UTC))
    s3.put(f"{_JANUARY}b.meca", made.packed(), modified=datetime(2026, 1, 8, tzinfo=UTC))
    bucket.bring_index_up_to_date([_JANUARY])
    s3.remove(f"{_JANUARY}a.meca")
    assert _reason(lambda: bucket.download(_found(bucket, made))) == "not_in_bucket"
    assert bucket.download(_found(bucket, made)).read_bytes() == made.packed()


def test_an_archive_that_was_replaced_is_not_mistaken_for_the_one_that_was_listed(
    bucket: Bucket, put: Put, s3: Any
) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    s3.put(f"{_JANUARY}00000001-0000.meca", _meca(1, padding_bytes=1000).packed())
    assert _reason(lambda: bucket.download(_found(bucket, made))) == "changed"
    bucket.bring_index_up_to_date([_JANUARY])
    assert bucket.download(_found(bucket, made)).stat().st_size < 3000


def test_an_etag_of_several_parts_is_no_checksum(bucket: Bucket, put: Put) -> None:
    made = put(1, parts=True)
    bucket.bring_index_up_to_date([_JANUARY])
    entry = _found(bucket, made)
    assert entry.etag.endswith("-2")
    assert bucket.download(entry).read_bytes() == made.packed()


def test_an_archive_above_the_limit_is_not_asked_for(
    bucket: Bucket, put: Put, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    s3.seen.clear()
    monkeypatch.setattr("ingest.biorxiv_bucket.MAX_ARCHIVE_BYTES", 1000)
    assert _reason(lambda: bucket.download(_found(bucket, made))) == "too_large"
    assert s3.seen == []


def test_without_boto3_the_extra_is_named(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SourceError, match=r"pip install 'bricks\[s3\]'") as raised:
        bucket.bring_index_up_to_date([_JANUARY])
    assert raised.value.reason == "bucket_unavailable"


def test_without_credentials_nothing_is_asked(bucket: Bucket, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _SECRETS:
        monkeypatch.delenv(name)
    with pytest.raises(SourceError, match="AWS_ACCESS_KEY_ID") as raised:
        bucket.bring_index_up_to_date([_JANUARY])
    assert raised.value.reason == "bucket_unavailable"
    assert s3.seen == []


def test_a_bucket_that_does_not_exist_is_told(s3: Any, tmp_path: Path) -> None:
    bucket = Bucket("medrxiv", folder=tmp_path, endpoint_url=s3.endpoint_url)
    assert _reason(lambda: bucket.bring_index_up_to_date([_JANUARY])) == "bucket_unavailable"


def test_no_secret_reaches_the_log_or_an_error(
    bucket: Bucket, put: Put, s3: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    s3.fault("0000.meca", status=403)
    with pytest.raises(SourceError) as raised:
        bucket.download(_found(bucket, made))
    told = caplog.text + repr(raised.value) + repr(pickle.dumps(bucket))
    assert "January_2026" in caplog.text
    assert not [secret for secret in _SECRETS.values() if secret in told]


def test_a_bucket_may_be_pickled_when_it_was_used(bucket: Bucket, put: Put) -> None:
    made = put(1)
    bucket.bring_index_up_to_date([_JANUARY])
    copy = pickle.loads(pickle.dumps(bucket))
    assert copy.download(_found(copy, made)).read_bytes() == made.packed()


def test_what_is_still_to_read_is_told_without_asking(bucket: Bucket, put: Put, s3: Any) -> None:
    assert bucket.still_to_read([_JANUARY]) == 5_460
    assert not bucket.index.exists()
    made = [put(number, padding_bytes=0) for number in range(20)]
    bucket.bring_index_up_to_date([_JANUARY], {(made[0].doi, 1)})
    s3.seen.clear()
    assert bucket.still_to_read([_JANUARY]) == 12
    assert s3.seen == []


@pytest.mark.shared
def test_real_archives_come_through_the_bucket(bucket: Bucket, s3: Any, shared_data: Path) -> None:
    paths = sorted((shared_data / "biorxiv" / "meca").glob("*-1014-*.meca"))
    for path in paths:
        s3.put(f"Current_Content/June_2025/{path.name}", path.read_bytes())
    brought = bucket.bring_index_up_to_date(months_of("biorxiv", date(2025, 6, 16)))
    assert brought.read == len(paths)
    assert brought.cost.size_bytes < 70_000 * len(paths)
    entry = bucket.find("10.1101/2025.06.16.659939", 1)
    assert entry is not None
    assert bucket.download(entry).read_bytes() in [path.read_bytes() for path in paths]
