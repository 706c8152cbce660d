"""A hostile server on the wire: no answer holds a worker, fills memory or leads away; one reason each."""

import gzip
import hashlib
import os
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.session import BYTES, JSON, Clock, Manners, Promise, Session
from schemas.errors import SourceError

Open = Callable[..., Session]
QUICK = Manners(per_second=1000, timeout_s=0.5, tries=1, backoff_s=0, slow_window_s=0.5)
SMALL = Promise("bytes", 200_000)


@pytest.fixture
def session(tmp_path: Path) -> Open:
    def open_(clock: Clock | None = None, **manners: Any) -> Session:
        changed = QUICK.model_copy(update=manners)
        return Session("pmc", contact="lab@example.org", cache=tmp_path, manners=changed, clock=clock)

    return open_


@pytest.fixture
def key(pmc_server: Any) -> str:
    pmc_server.objects["a/b.bin"] = b"some bytes"
    return f"{pmc_server.cloud_url}a/b.bin"


def refused(session: Session, url: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        session.get(url, **more)
    return caught.value


def chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + bytes(9999),
        b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 9999,
        b"HTTP/1.1 " + b"2" * 9999,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 999,
        chunked(b"5;" + b"a" * 9999),
        chunked(b"1\r\na\r\n" * 999),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6) + b"a" * 9999,
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 99999\r\n\r\n" + bytes(9999),
    ],
    ids=["body", "head", "status", "continue", "chunk size", "chunks", "gzip name", "refusal"],
)
def test_a_drip_is_given_up_wherever_it_drips(session: Open, pmc_server: Any, key: str, raw: bytes) -> None:
    pmc_server.fault("a/b.bin", raw=raw, drip_s=0.02, times=9)
    began = time.monotonic()
    assert refused(session(tries=5), key).reason == "too_slow"
    assert time.monotonic() - began < 3
    assert len(pmc_server.asked("a/b.bin")) == 1


def test_a_drip_of_a_byte_in_two_seconds_is_given_up_after_half_a_minute(
    session: Open, pmc_server: Any, key: str
) -> None:
    began, moments = time.time(), iter(range(0, 10_000, 2))
    clock = Clock(now=lambda: began + next(moments), sleep=lambda _: None)
    pmc_server.fault("a/b.bin", raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + bytes(9999), drip_s=0.005)
    manners = Manners(per_second=1000)
    error = refused(session(clock, **manners.model_dump()), key)
    assert error.reason == "too_slow"
    assert int(error.detail.split()[-2]) in range(30, 40)
    assert next(moments) < 100


def test_who_thinks_before_it_speaks_is_not_slow(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.objects["a/b.bin"] = body = os.urandom(300_000)
    pmc_server.fault("a/b.bin", delay_s=0.6)
    assert session(timeout_s=5, slow_window_s=0.1).get(key).read() == body


def test_what_is_slow_but_not_too_slow_comes(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.objects["a/b.bin"] = bytes(100)
    pmc_server.fault("a/b.bin", drip_s=0.01)
    assert session(slowest_bytes_per_s=20).get(key).size_bytes == 100


@pytest.mark.parametrize(
    ("raw", "endless", "reason"),
    [
        (chunked(b""), b"400\r\n" + bytes(1024) + b"\r\n", "too_large"),
        (b"HTTP/1.1 200 OK\r\n\r\n", bytes(1024), "too_large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "timeout"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n", "connection"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"more", "connection"),
        (chunked(b""), b"0" * 1024, "truncated"),
        (b"", b"no HTTP at all ", "connection"),
    ],
    ids=["chunks", "no length", "continue", "headers", "header", "chunk size", "noise"],
)
def test_what_never_ends_ends_here(
    session: Open, pmc_server: Any, key: str, *, raw: bytes, endless: bytes, reason: str
) -> None:
    pmc_server.fault("a/b.bin", raw=raw, endless=endless)
    began = time.monotonic()
    assert refused(session(deadline_s=0.5), key, promise=SMALL).reason == reason
    assert time.monotonic() - began < 3
    assert not [path for path in session()._cache.rglob("*") if path.suffix in (".half", ".json", ".body")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsome bytes", "truncated"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome bytes", "md5_mismatch"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 99\r\n\r\nsome bytes", "refused_here"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nsome bytes", "empty"),
        (chunked(b"a\r\nsome bytes\r\n"), "truncated"),
        (chunked(b"zz\r\nsome bytes\r\n0\r\n\r\n"), "truncated"),
        (chunked(b"ffffffffffffffff\r\nsome bytes"), "truncated"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "http_204"),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\n\r\nsome", "http_206"),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "http_999"),
        (b"", "connection"),
        (b"HTTP/1.1 20", "connection"),
    ],
    ids=range(12),
)
def test_an_answer_that_lies_about_itself_is_never_kept(
    session: Open, pmc_server: Any, key: str, *, raw: bytes, reason: str
) -> None:
    md5 = hashlib.md5(b"some bytes").hexdigest()
    pmc_server.fault("a/b.bin", raw=raw)
    assert refused(session(), key, md5=md5).reason == reason
    assert session().get(key, md5=md5).read() == b"some bytes"


def test_bytes_beyond_an_answer_do_not_become_the_next_one(session: Open, pmc_server: Any, key: str) -> None:
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    pmc_server.fault("a/b.bin", raw=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome" + poison)
    pmc_server.objects["other"] = b"right"
    door = session()
    assert door.get(key).read() == b"some"
    assert door.get(f"{pmc_server.cloud_url}other").read() == b"right"


@pytest.mark.parametrize("layers", ["gzip, gzip", "gzip,gzip,gzip,gzip,gzip,gzip", "br", "zstd", "deflate", "gzip;x"])
def test_a_body_packed_twice_or_strangely_is_not_unpacked(
    session: Open, pmc_server: Any, key: str, layers: str
) -> None:
    pmc_server.objects["a/b.bin"] = gzip.compress(gzip.compress(bytes(50_000_000)))
    pmc_server.fault("a/b.bin", headers={"Content-Encoding": layers})
    assert refused(session(), key, promise=SMALL).reason == "undecodable"


def test_a_gzip_bomb_costs_little_memory(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.objects["a/b.bin"] = gzip.compress(bytes(200_000_000))
    pmc_server.fault("a/b.bin", headers={"Content-Encoding": "gzip"}, times=2)
    door = session()
    refused(door, key, promise=SMALL)
    tracemalloc.start()
    try:
        assert refused(door, key, promise=SMALL).reason == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "place",
    [
        "file:///etc/passwd",
        "ftp://example.org/a",
        "http://localhost/a/b.bin",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "//example.org/a/b.bin",
        "http://127.0.0.1@example.org/",
        "http://user@127.0.0.1:{port}/a/b.bin",
        "http://127.0.0.1:{port}.example.org/",
        "http://127.0.0.1:1/",
        "https://127.0.0.1:{port}/a/b.bin",
        "http:\\\\example.org\\a",
        "javascript:alert(1)",
        "data:text/plain,x",
    ],
)
def test_a_redirect_leads_nowhere_else(session: Open, pmc_server: Any, key: str, place: str) -> None:
    port = key.split(":")[2].partition("/")[0]
    pmc_server.fault("old", location=place.format(port=port), times=9)
    error = refused(session(), f"{pmc_server.cloud_url}old")
    assert error.reason in ("redirect_refused", "http_404", "refused_here")
    assert len(pmc_server.asked()) == (2 if error.reason == "http_404" else 1)


@pytest.mark.parametrize("asked", ["86400", "315360000", "9" * 400, "in ten years"])
def test_a_long_pause_is_named_and_ends_with_the_limit(session: Open, pmc_server: Any, key: str, asked: str) -> None:
    moment = [time.time()]
    clock = Clock(now=lambda: moment[0], sleep=lambda _: pytest.fail("slept"))
    if not asked.isdigit():
        asked = format_datetime(datetime.now(UTC) + timedelta(days=3650), usegmt=True)
    pmc_server.fault("a/b.bin", status=429, retry_after=asked)
    for _ in range(3):
        error = refused(session(clock, tries=5, per_second=1e9), key)
        assert error.reason == "told_to_wait"
        assert "300 s are waited at most" in error.detail
    assert len(pmc_server.asked()) == 1
    moment[0] += 301
    assert session(clock, per_second=1e9).get(key).read() == b"some bytes"


@pytest.mark.parametrize("asked", ["-1", "0", "soon", "", "1e99", "Mon, 01 Jan 1990 00:00:00 GMT", "\u00b2"])
def test_a_pause_that_is_none_shuts_nothing(session: Open, pmc_server: Any, key: str, asked: str) -> None:
    pmc_server.fault("a/b.bin", status=429, retry_after=asked)
    began = time.monotonic()
    assert session(tries=2).get(key, promise=BYTES).read() == b"some bytes"
    assert time.monotonic() - began < 1


def test_a_reset_in_the_middle_is_tried_again(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.fault("a/b.bin", raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome")
    assert session(tries=2).get(key).read() == b"some bytes"


@pytest.mark.parametrize("body", [b"[" * 200_000, b"9" * 9000, b'{"a": ' * 50_000, b"\xff\xfe", b"NaN,"])
def test_json_that_no_reader_can_hold_is_a_failure(session: Open, pmc_server: Any, key: str, body: bytes) -> None:
    pmc_server.objects["a/b.bin"] = body
    assert refused(session(), key, promise=JSON).reason == "not_json"
