"""The polite door over real sockets: what is kept, what is tried again, what is refused."""

import gzip
import hashlib
import logging
import os
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.session import BYTES, JSON, XML, Manners, Promise, Session
from ingest.session_cache import public
from schemas.errors import SourceError, UsageError

Open = Callable[..., Session]
QUICK = Manners(per_second=1000, timeout_s=0.5, tries=3, backoff_s=0.01, max_backoff_s=0.02)


@pytest.fixture
def session(tmp_path: Path) -> Open:
    def open_(**manners: Any) -> Session:
        return Session("pmc", contact="lab@example.org", cache=tmp_path, manners=QUICK.model_copy(update=manners))

    return open_


@pytest.fixture
def key(pmc_server: Any) -> str:
    pmc_server.objects["a/b.bin"] = b"some bytes"
    return f"{pmc_server.cloud_url}a/b.bin"


def refused(session: Session, url: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        session.get(url, **more)
    return caught.value


def test_an_answer_tells_its_digests_and_the_agent_tells_whom_to_write_to(
    session: Open, pmc_server: Any, key: str
) -> None:
    answer = session().get(key)
    assert answer.read() == b"some bytes"
    assert answer.sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert answer.md5 == hashlib.md5(b"some bytes").hexdigest()
    assert abs(answer.retrieved_at - datetime.now(UTC)) < timedelta(seconds=20)
    (seen,) = pmc_server.asked("a/b.bin")
    assert seen.agent.startswith("bricks/")
    assert "(+lab@example.org)" in seen.agent


@pytest.mark.parametrize("contact", ["", "  ", "lab@example.org\r\nX: y"])
def test_nothing_is_asked_without_a_contact(tmp_path: Path, contact: str) -> None:
    with pytest.raises(UsageError, match="contact"):
        Session("pmc", contact=contact, cache=tmp_path)


def test_a_second_session_finds_what_the_first_brought_with_the_same_time(
    session: Open, pmc_server: Any, key: str
) -> None:
    first = session().get(key)
    second = session().get(key)
    assert second.from_cache
    assert (second.read(), second.retrieved_at, second.sha256) == (first.read(), first.retrieved_at, first.sha256)
    assert len(pmc_server.asked("a/b.bin")) == 1


def test_an_answer_with_another_md5_or_too_old_is_asked_for_again(session: Open, pmc_server: Any, key: str) -> None:
    session().get(key)
    session().get(key, max_age_s=0)
    pmc_server.objects["a/b.bin"] = b"new bytes"
    answer = session().get(key, md5=hashlib.md5(b"new bytes").hexdigest())
    assert answer.read() == b"new bytes"
    assert len(pmc_server.asked("a/b.bin")) == 3


def test_forget_and_purge_remove_what_they_name_and_nothing_else(
    session: Open, pmc_server: Any, tmp_path: Path
) -> None:
    pmc_server.objects |= {"PMC1.1/a": b"a", "PMC1.10/a": b"b", "PMC11.1/a": b"c", "PMC1.1/x/b": b"d"}
    urls = {name: pmc_server.cloud_url + name for name in pmc_server.objects}
    door = session()

    def kept() -> set[str]:
        return {name for name, url in urls.items() if door.get(url).from_cache}

    assert kept() == set()
    door.forget(urls["PMC1.1/a"])
    assert kept() == {"PMC1.10/a", "PMC11.1/a", "PMC1.1/x/b"}
    door.purge(f"{pmc_server.cloud_url}PMC1.1/x/")
    assert kept() == {"PMC1.1/a", "PMC1.10/a", "PMC11.1/a"}
    door.purge(f"{pmc_server.cloud_url}PMC1.1/")
    assert kept() == {"PMC1.10/a", "PMC11.1/a"}
    door.purge(f"{pmc_server.cloud_url}PMC1.")
    assert kept() == {"PMC11.1/a"}
    door.purge(pmc_server.cloud_url)
    assert kept() == set()
    assert not list(tmp_path.rglob("*.half"))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(session: Open, pmc_server: Any, key: str, status: int) -> None:
    pmc_server.fault("a/b.bin", status=status, times=2)
    assert session().get(key).read() == b"some bytes"
    assert len(pmc_server.asked("a/b.bin")) == 3


@pytest.mark.parametrize("fault", [{"truncate": True}, {"reset": True}, {"delay_s": 0.8}, {"corrupt": True}])
def test_a_broken_answer_is_tried_again_and_never_kept(
    session: Open, pmc_server: Any, key: str, fault: dict[str, Any]
) -> None:
    pmc_server.fault("a/b.bin", **fault)
    md5 = hashlib.md5(b"some bytes").hexdigest()
    assert session().get(key, md5=md5).read() == b"some bytes"
    assert len(pmc_server.asked("a/b.bin")) == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 429}, "throttled"),
        ({"status": 503}, "http_503"),
        ({"truncate": True}, "truncated"),
        ({"reset": True}, "connection"),
        ({"delay_s": 0.8}, "timeout"),
        ({"corrupt": True}, "md5_mismatch"),
        ({"body": b""}, "empty"),
    ],
)
def test_what_never_passes_ends_with_its_reason(
    session: Open, pmc_server: Any, key: str, fault: dict[str, Any], reason: str
) -> None:
    pmc_server.fault("a/b.bin", times=9, **fault)
    assert refused(session(tries=2), key, md5=hashlib.md5(b"some bytes").hexdigest()).reason == reason
    assert len(pmc_server.asked("a/b.bin")) == 2
    assert not [path for path in session()._cache.rglob("*") if path.suffix in (".half", ".json", ".body")]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_is_final_is_asked_once(session: Open, pmc_server: Any, key: str, status: int) -> None:
    pmc_server.fault("a/b.bin", status=status, times=9)
    assert refused(session(), key).reason == f"http_{status}"
    assert len(pmc_server.asked("a/b.bin")) == 1


def test_a_challenge_page_is_not_argued_with(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.fault("a/b.bin", status=403, html=True, times=9)
    assert refused(session(), key).reason == "blocked"
    assert len(pmc_server.asked("a/b.bin")) == 1


def test_a_web_page_where_data_was_promised_is_a_failure(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.fault("a/b.bin", html=True, times=9)
    for promise in (XML, JSON, BYTES):
        assert refused(session(), key, promise=promise).reason == "html_instead"
    assert len(pmc_server.asked("a/b.bin")) == 3


@pytest.mark.parametrize(
    ("body", "promise", "reason"),
    [(b"plain words", XML, "not_xml"), (b'{"cut": ', JSON, "not_json"), (b"<a/>", JSON, "not_json")],
)
def test_an_answer_of_another_kind_is_a_failure(
    session: Open, pmc_server: Any, key: str, *, body: bytes, promise: Promise, reason: str
) -> None:
    pmc_server.objects["a/b.bin"] = body
    assert refused(session(), key, promise=promise).reason == reason


def test_a_body_above_its_limit_is_cut_off_also_when_it_is_packed(session: Open, pmc_server: Any, key: str) -> None:
    small = Promise("bytes", 100_000)
    pmc_server.objects["a/b.bin"] = gzip.compress(bytes(50_000_000))
    pmc_server.fault("a/b.bin", headers={"Content-Encoding": "gzip"})
    assert refused(session(), key, promise=small).reason == "too_large"
    pmc_server.objects["a/b.bin"] = os.urandom(200_000)
    assert refused(session(), key, promise=small).reason == "too_large"
    assert len(pmc_server.asked("a/b.bin")) == 2


def test_a_drip_ends_at_the_deadline(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.objects["a/b.bin"] = bytes(200_000)
    pmc_server.fault("a/b.bin", drip_s=0.02, times=9)
    began = time.monotonic()
    assert refused(session(deadline_s=0.3, tries=1), key).reason == "timeout"
    assert time.monotonic() - began < 8


def test_a_redirect_may_lead_to_the_same_host_only(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.fault("old", location="/a/b.bin", times=9)
    assert session().get(f"{pmc_server.cloud_url}old").read() == b"some bytes"
    for place in (f"http://localhost:{key.split(':')[2]}", "file:///etc/passwd", pmc_server.eutils_url):
        pmc_server.fault("elsewhere", location=place)
        assert refused(session(), f"{pmc_server.cloud_url}elsewhere").reason == "redirect_refused"
    pmc_server.fault("round", location="/round", times=99)
    assert refused(session(), f"{pmc_server.cloud_url}round").reason == "redirect_refused"
    assert len(pmc_server.asked("round")) == QUICK.redirects + 1
    assert not pmc_server.asked(service="eutils")


def test_a_redirect_may_lead_to_a_host_on_the_list(session: Open, pmc_server: Any) -> None:
    pmc_server.fault("there", location=f"{pmc_server.eutils_url}esearch.fcgi?term=x")
    other = frozenset({pmc_server.eutils_url.split("/")[2]})
    answer = session(other_hosts=other).get(f"{pmc_server.cloud_url}there", promise=JSON)
    assert b"esearchresult" in answer.read()


@pytest.mark.parametrize("as_date", [False, True])
def test_a_pause_that_is_asked_for_is_kept_by_everybody(
    session: Open, pmc_server: Any, key: str, *, as_date: bool
) -> None:
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True) if as_date else "1"
    pmc_server.fault("a/b.bin", status=429, retry_after=asked)
    pmc_server.objects["other"] = b"x"
    refused(session(tries=1), key)
    session().get(f"{pmc_server.cloud_url}other")
    first, second = pmc_server.asked()
    assert second.at - first.at >= 0.99


def test_a_pause_that_is_too_long_ends_the_matter_without_another_request(
    session: Open, pmc_server: Any, key: str
) -> None:
    pmc_server.fault("a/b.bin", status=503, retry_after="3600")
    for _ in range(3):
        assert refused(session(), key).reason == "told_to_wait"
    assert len(pmc_server.asked()) == 1


def test_a_retry_after_that_means_nothing_is_ignored(session: Open, pmc_server: Any, key: str) -> None:
    pmc_server.fault("a/b.bin", status=503, retry_after="soon")
    assert session().get(key).read() == b"some bytes"


def test_secrets_stay_out_of_messages_logs_and_disk(
    session: Open, pmc_server: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pmc_server.fault("esearch", status=503)
    url = f"{pmc_server.eutils_url}esearch.fcgi"
    answer = session().get(url, promise=JSON, params={"term": "x", "api_key": "s3cret"})
    assert pmc_server.asked("api_key=s3cret")
    pmc_server.fault("esearch", status=404)
    error = refused(session(), url, params={"term": "y", "api_key": "s3cret"})
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    names = "".join(str(path) for path in tmp_path.rglob("*"))
    for told in (str(error), repr(error), answer.url, caplog.text, names, kept.decode(errors="replace")):
        assert "s3cret" not in told
    assert session().get(url, promise=JSON, params={"term": "x", "api_key": "other"}).from_cache


def test_an_address_without_secrets_stays_as_it_is() -> None:
    assert public("https://a.org/?q=%20b&key=Organism") == "https://a.org/?q=%20b&key=Organism"


def test_an_unreachable_host_is_a_source_error_without_the_secret(session: Open) -> None:
    error = refused(session(tries=1), "http://127.0.0.1:9/", params={"api_key": "s3cret"})
    assert error.reason == "connection"
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("url", ["ftp://example.org/a", "file:///etc/passwd", "nonsense"])
def test_only_http_is_spoken(session: Open, url: str) -> None:
    assert refused(session(), url).reason == "refused_here"


def test_a_session_goes_to_another_process_and_works_there(session: Open, key: str) -> None:
    door = session()
    door.get(key)
    assert pickle.loads(pickle.dumps(door)).get(key).from_cache


def test_a_cut_body_in_the_cache_is_fetched_again(session: Open, key: str) -> None:
    kept = session().get(key)
    kept.body.write_bytes(b"some")
    assert session().get(key).read() == b"some bytes"


@pytest.mark.parametrize(
    ("piece", "body"),
    [
        ("bytes=0-3", b"some"),
        ("bytes=5-", b"bytes"),
        ("bytes=-2", b"es"),
        ("bytes=5-99", b"bytes"),
        ("bytes=-99", b"some bytes"),
    ],
)
def test_a_piece_is_asked_for_and_kept_beside_other_pieces_and_the_whole(
    session: Open, pmc_server: Any, key: str, piece: str, body: bytes
) -> None:
    promise = Promise("bytes", 100, piece=piece)
    assert session().get(key).read() == b"some bytes"
    assert session().get(key, promise=promise).read() == body
    assert session().get(key, promise=promise).from_cache
    assert session().get(key).read() == b"some bytes"
    assert [one.piece for one in pmc_server.asked("a/b.bin")] == ["", piece]
    session().purge(key)
    assert session().kept(key) is None
    assert not session().get(key, promise=promise).from_cache


@pytest.mark.parametrize(
    "fault",
    [
        {"whole": True},
        {"headers": {"Content-Range": "bytes 1-4/10"}},
        {"headers": {"Content-Range": "bytes 0-9/10"}},
        {"headers": {"Content-Range": "all of it"}},
    ],
    ids=["whole", "shifted", "larger", "odd"],
)
def test_another_piece_than_the_one_asked_for_is_refused(
    session: Open, pmc_server: Any, key: str, fault: dict[str, Any]
) -> None:
    pmc_server.fault("a/b.bin", **fault)
    promise = Promise("bytes", 100, piece="bytes=0-3")
    assert refused(session(), key, promise=promise).reason == "range_refused"
    assert len(pmc_server.asked("a/b.bin")) == 1


def test_a_visit_brings_cookies_for_this_process_and_keeps_nothing(
    session: Open, pmc_server: Any, key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    opened = session()
    pmc_server.fault("a/b.bin", headers={"Set-Cookie": "sessionid=s3cret; Path=/"}, html=True)
    opened.visit(key)
    opened.get(key)
    assert [seen.cookie for seen in pmc_server.asked("a/b.bin")] == ["", "sessionid=s3cret"]
    pickle.loads(pickle.dumps(opened)).get(key, max_age_s=0)
    assert pmc_server.asked("a/b.bin")[-1].cookie == ""
    assert b"s3cret" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "s3cret" not in caplog.text


def test_a_visit_forgets_older_cookies_is_tried_again_and_must_bring_one(
    session: Open, pmc_server: Any, key: str
) -> None:
    opened = session()
    pmc_server.fault("a/b.bin", headers={"Set-Cookie": "sessionid=old; Path=/"})
    opened.visit(key)
    pmc_server.fault("a/b.bin", status=503)
    pmc_server.fault("a/b.bin", headers={"Set-Cookie": "other=new; Path=/"})
    opened.visit(key)
    opened.get(key)
    assert pmc_server.asked("a/b.bin")[-1].cookie == "other=new"
    with pytest.raises(SourceError, match="no_cookie"):
        opened.visit(key)


def test_forgetting_many_removes_what_is_named_and_nothing_else(session: Open, pmc_server: Any) -> None:
    urls = [f"{pmc_server.cloud_url}{name}" for name in ("a/1", "a/2", "b/3", "b/4")]
    for url in urls:
        pmc_server.objects[url.removeprefix(pmc_server.cloud_url)] = b"x"
        session().get(url)
    session().forget_all([urls[0], urls[3], f"{pmc_server.cloud_url}c/never"])
    assert [session().kept(url) is None for url in urls] == [True, False, False, True]
