"""The shell of pages: whom it lets in, what it refuses, what every answer carries."""

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pipeline.web import MOST_BYTES, Door, application
from pipeline.web_security import Session, Sessions, is_our_host, may_post
from pipeline.web_serving import address
from schemas.errors import UsageError

TOKEN = "a-token-of-the-tests-0123456789"
WORDS = st.text(max_size=40)


async def hello(request):
    return PlainTextResponse("hello " * 200 + request.scope["session_of"].name)


async def said(request):
    return PlainTextResponse(json.dumps(dict(await request.form())))


def broken(request):
    raise RuntimeError("a secret of the program")


ROUTES = [
    Route("/", hello), Route("/form", said, methods=["POST"]), Route("/broken", broken), Route("/x/{name}", hello),
]  # fmt: skip


def asking(door=None, base="http://127.0.0.1:8000", heard=lambda _: None):
    app = application(ROUTES, door or Door(secret=b"s" * 32), heard)
    return TestClient(app, base_url=base, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def local():
    return asking()


@pytest.fixture
def guarded():
    return asking(Door(host="0.0.0.0", token=TOKEN, secret=b"s" * 32), "http://192.0.2.7:8000")


def test_every_answer_says_what_a_browser_may_do(local):
    for path in ("/", "/nowhere", "/broken"):
        headers = local.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_pages_are_sent_small_over_a_slow_line(local):
    assert local.get("/").headers["content-encoding"] == "gzip"


def test_a_fault_tells_nothing_of_the_program(local):
    answer = local.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/../etc/passwd", "/x/..%2f..%2fetc", "//evil.example/", "/x/a/b", "/%00"])
def test_path_tricks_lead_nowhere(local, path):
    assert local.get(f"http://127.0.0.1:8000{path}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "CONNECT", "FETCH"])
def test_only_reading_and_forms_are_known(local, method):
    assert local.request(method, "/").status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "a@127.0.0.1", "["]
)
def test_a_site_that_was_rebound_to_this_machine_is_refused(local, host):
    assert local.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:9999", "[::1]:8000", "LOCALHOST"])
def test_this_machine_goes_by_several_names_and_through_tunnels(local, host):
    assert local.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "https://127.0.0.1:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_forms_of_other_pages_are_refused(local, headers):
    assert local.post("/form", data={"a": "1"}, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:8000"}, {"sec-fetch-site": "same-origin"}])
def test_forms_of_our_own_pages_are_taken(local, headers):
    assert local.post("/form", data={"a": "1"}, headers=headers).json() == {"a": "1"}


def test_a_long_form_is_refused_before_it_is_read(local):
    assert local.post("/form", data={"a": "x" * MOST_BYTES}).status_code == 413


def test_a_long_form_of_unknown_length_is_cut_off(local):
    def endless():
        for _ in range(40):
            yield b"a=" + b"x" * (MOST_BYTES // 16)

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert local.post("/form", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e9", "a", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(local, length):
    assert local.get("/", headers={"content-length": length}).status_code == 413


def test_others_reach_a_page_only_with_a_token():
    with pytest.raises(UsageError, match="takes a token"):
        Door(host="0.0.0.0").checked()
    with pytest.raises(UsageError, match="too short"):
        Door(host="0.0.0.0", token="secret").checked()
    assert Door(host="0.0.0.0", token=TOKEN).checked()
    assert Door().checked()


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=wrong", f"?token={TOKEN[:-1]}", f"?token={TOKEN}x", "?token=é"]
)
def test_without_the_token_nothing_is_shown(guarded, query):
    answer = guarded.get(f"/{query}")
    assert answer.status_code == 401
    assert "hello" not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_token_is_given_once_and_leaves_the_address(guarded):
    answer = guarded.get(f"/x/a?token={TOKEN}&page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/x/a?page=2")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/x/a?page=2").status_code == 200


def test_who_is_in_already_loses_the_token_from_the_address_too(guarded):
    guarded.get(f"/?token={TOKEN}")
    assert guarded.get(f"/?token={TOKEN}").headers["location"] == "/"


def test_a_way_back_never_leads_to_another_site(guarded):
    answer = guarded.get(f"http://192.0.2.7:8000//evil.example/?token={TOKEN}")
    assert answer.headers["location"] == "/evil.example/"


def test_a_form_with_a_token_in_its_address_is_refused(guarded):
    assert guarded.post(f"/form?token={TOKEN}", data={"a": "1"}).status_code == 401


def test_a_cookie_of_another_token_opens_nothing(guarded):
    other = Sessions(b"s" * 32, "another-token-0123456789")
    ours = Sessions(b"s" * 32, TOKEN)
    guarded.cookies.set(ours.cookie, other.written(other.begun()))
    assert guarded.get("/").status_code == 401


def test_everywhere_means_any_number_but_no_foreign_name(guarded):
    assert guarded.get("/", headers={"host": "evil.example:8000"}).status_code == 421
    assert guarded.get("/", headers={"host": "198.51.100.4:8000"}).status_code == 401


def test_what_is_written_down_of_a_request_holds_no_token():
    lines = []
    asked = asking(Door(token=TOKEN, secret=b"s" * 32), heard=lines.append)
    asked.get(f"/?token={TOKEN}")
    asked.get("/x/%1b%5b31m?page=2")
    assert len(lines) == 2
    assert TOKEN not in "".join(lines)
    assert lines[0].startswith("GET / 303")
    assert "\x1b" not in lines[1]
    assert "page" not in lines[1]


@given(WORDS, WORDS)
def test_a_session_comes_back_as_it_was_written_and_no_other_does(name, other):
    sessions = Sessions(b"k" * 32, TOKEN)
    session = Session(sessions.begun().id, name)
    assert sessions.read(sessions.written(session)) == session
    assert sessions.read(other) is None
    identity, _, signature = sessions.written(session).split(".")
    if other != name:
        assert sessions.read(f"{identity}.{other.encode().hex()}.{signature}") is None


def test_a_restart_knows_its_sessions_again_and_another_server_does_not():
    session = Session("0" * 32, "ana")
    written = Sessions(b"k" * 32, None).written(session)
    assert Sessions(b"k" * 32, None).read(written) == session
    assert Sessions(b"l" * 32, None).read(written) is None
    assert Sessions(b"k" * 32, None).cookie != Sessions(b"l" * 32, None).cookie


@given(WORDS)
def test_whatever_is_sent_as_a_host_is_judged_and_not_obeyed(header):
    assert is_our_host(header, "127.0.0.1") in (True, False)
    assert may_post({"host": header, "origin": f"http://{header}x"}) is False


def test_a_server_for_all_is_told_and_asked_by_the_machines_name():
    name = socket.gethostname()
    door = Door(host="0.0.0.0", port=8800, token=TOKEN, secret=b"s" * 32)
    assert address(door) == f"http://{name}:8800/?token={TOKEN}"
    assert is_our_host(f"{name}:8800", door.host)
    assert not is_our_host(f"{name}.evil.example:8800", door.host)
