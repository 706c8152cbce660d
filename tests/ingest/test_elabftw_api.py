"""eLabFTW's lists: every entry once, though they come and go between two pages; one host sees the key."""

import elabftw_server
import pytest
from pydantic import SecretStr

from ingest.elabftw_api import ElabftwApi
from ingest.elabftw_pages import whole
from ingest.session import Manners, Session
from ingest.session_key import key_for
from schemas.errors import SourceError, UsageError

HASTY = Manners(per_second=2000, backoff_s=0, timeout_s=1, slow_window_s=0.5)


@pytest.fixture
def server():
    with elabftw_server.running() as running:
        yield running


def api_of(server, cache, *, key=None):
    session = Session("elabftw", contact="lab@example.org", cache=cache, manners=HASTY)
    session.show(key_for(server.url, "Authorization", SecretStr(key or server.key), where="sources.0"))
    return ElabftwApi(session, server.url)


@pytest.fixture
def api(server, tmp_path):
    return api_of(server, tmp_path)


def numbers(rows):
    return [row["id"] for row in rows]


def reason(call, *arguments):
    with pytest.raises(SourceError) as caught:
        call(*arguments)
    return caught.value.reason


@pytest.mark.parametrize("count", [0, 1, 2, 14, 15, 16, 29, 30, 31, 47])
def test_every_entry_is_listed_once_whatever_the_pages(server, api, count):
    for _ in range(count):
        server.add()
    assert numbers(api.rows("experiments")) == list(range(41, 41 + count))
    assert {seen.query["limit"] for seen in server.asked("api/v2/experiments")} == {"15"}


def test_a_list_holds_what_the_key_may_read_of_all_teams_and_nothing_archived_or_deleted(server, api):
    names = [server.add(**known) for known in ({}, {"team": 7}, {"pinned": True}, {}, {}, {})]
    server.archive(names[3])
    server.delete(names[4])
    server.forbid(names[5])
    assert numbers(api.rows("experiments")) == [41, 42, 43]


def test_items_and_experiments_are_lists_of_their_own(server, api):
    server.add("experiments")
    server.add("items")
    assert (numbers(api.rows("experiments")), numbers(api.rows("items"))) == ([41], [41])


@pytest.mark.parametrize("change", ["purge", "delete", "archive", "forbid"])
@pytest.mark.parametrize("at", [0, 10, 14, 15, 40])
def test_an_entry_that_leaves_between_two_pages_hides_no_other(server, api, change, at):
    names = [server.add() for _ in range(47)]
    server.served.append(lambda: getattr(server, change)(names[at]))
    left = [number for _, number in names if number != names[at][1]]
    assert numbers(api.rows("experiments")) in (left, sorted([*left, names[at][1]]))
    assert set(left) <= set(numbers(api.rows("experiments")))


def test_entries_that_come_or_are_pinned_between_two_pages_hide_no_other(server, api):
    names = [server.add() for _ in range(40)]
    server.served += [
        server.add,
        lambda: server.edit(names[30], pinned=True),
        lambda: server.edit(names[3], pinned=True),
    ]
    assert set(range(41, 81)) <= set(numbers(api.rows("experiments")))


def test_a_list_that_never_holds_still_is_incomplete_and_is_not_believed(server, api):
    names = [server.add() for _ in range(40)]
    server.served += [lambda name=name: server.purge(name) for name in names[:15]]
    assert reason(api.rows, "experiments") == "listing_incomplete"


def test_a_server_that_knows_no_offset_is_not_believed():
    page = [{"id": number} for number in range(15)]
    with pytest.raises(SourceError, match="listing_incomplete"):
        whole(lambda _: page, where="experiments")


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ({"status": 500}, "http_500"),
        ({"status": 503}, "http_503"),
        ({"reset": True}, "connection"),
        ({"truncate": True}, "truncated"),
        ({"html": True}, "html_instead"),
        ({"body": b"{"}, "not_json"),
        ({"body": b'{"code": 200}'}, "not_a_listing"),
        ({"body": b'[{"title": "no id"}]'}, "not_a_listing"),
        ({"body": b'[{"id": true}]'}, "not_a_listing"),
        ({"body": b'["a"]'}, "not_a_listing"),
        ({"drip_s": 0.2}, "too_slow"),
        ({"delay_s": 2}, "timeout"),
        ({"status": 404}, "http_404"),
        ({"status": 403}, "key_refused"),
        ({"status": 403, "html": True}, "blocked"),
        ({"status": 429, "retry_after": "86400"}, "told_to_wait"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_list_that_is_none_has_a_name(server, tmp_path, fault, name):
    server.add()
    server.fault("api/v2/experiments", times=99, **fault)
    api = api_of(server, tmp_path)
    api.session._manners = HASTY.model_copy(update={"tries": 2})
    assert reason(api.rows, "experiments") == name


def test_what_passes_is_tried_again(server, api):
    for _ in range(20):
        server.add()
    for fault in ({"status": 503}, {"status": 429, "retry_after": "0"}, {"reset": True}, {"truncate": True}):
        server.fault("api/v2/experiments", **fault)
    assert len(api.rows("experiments")) == 20


@pytest.mark.parametrize("refusal", [401, 400], ids=["today", "formerly"])
def test_a_wrong_key_is_refused_in_words(server, tmp_path, refusal):
    server.refusal = refusal
    with pytest.raises(SourceError, match="refuses the key") as caught:
        api_of(server, tmp_path, key="3-wrong").rows("experiments")
    assert caught.value.reason == "key_refused"
    assert "3-wrong" not in str(caught.value)


@pytest.mark.parametrize("key", ["3-s3 cret", "3-s3cret\n", "3-s3cret\r\nX-Evil: 1", "3-s3cret\u200b", "3-ßecret"])
def test_a_key_that_no_header_takes_is_refused_without_being_told(key):
    with pytest.raises(UsageError) as caught:
        key_for("https://eln.example.org", "Authorization", SecretStr(key), where="sources.0")
    assert "cret" not in str(caught.value)


def test_a_redirect_to_another_host_is_refused_and_sees_no_key(server, api):
    server.add()
    server.fault("api/v2/experiments", location=f"{server.elsewhere}steal")
    assert reason(api.rows, "experiments") == "redirect_refused"
    assert server.asked(service="elsewhere") == []


def test_the_key_is_shown_to_its_own_host_alone(server, api, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.add()
    api.rows("experiments")
    api.session.get(f"{server.elsewhere}x")
    assert {seen.key for seen in server.asked(service="elabftw")} == {server.key}
    assert [seen.key for seen in server.asked(service="elsewhere")] == [""]


def test_nothing_of_a_list_stays_on_disk(server, api, tmp_path):
    server.add(title="A secret plan")
    api.rows("experiments", "none")
    api.rows("experiments")
    api.entry("experiments", 41)
    assert b"secret plan" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_export_is_kept_until_it_is_forgotten(server, api):
    server.add()
    first = api.export("experiments", 41, "monday")
    assert api.export("experiments", 41, "monday").sha256 == first.sha256
    assert len(server.exported()) == 1
    api.session.forget(api.export_url("experiments", 41))
    assert api.export("experiments", 41, "monday").sha256 != first.sha256, "no two exports are alike"


def test_an_export_of_another_day_is_neither_taken_nor_kept(server, api, tmp_path):
    server.add()
    api.export("experiments", 41, "monday")
    server.fault("format=eln", status=404)
    assert reason(api.export, "experiments", 41, "tuesday") == "http_404"
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".body"] == []
    api.export("experiments", 41, "tuesday")
    assert len(server.exported()) == 3


@pytest.mark.parametrize(
    "body",
    ['{{"you showed": "{key}"}}', '["{key}"]', "{pad}{key}", '[{{"id": "{key}"}}]', '{{"id": [], "x": "{key}"}}'],
)
@pytest.mark.parametrize("cut", [0, 60, 80, 95])
def test_a_key_that_the_server_repeats_is_in_no_message_and_not_on_disk(server, tmp_path, caplog, body, cut):
    caplog.set_level("DEBUG")
    api = api_of(server, tmp_path)
    server.add()
    echoed = (" " * cut + body.format(key=server.key, pad="")).encode()
    told = []
    for ask in (
        lambda: api.rows("experiments"),
        lambda: api.entry("experiments", 41),
        lambda: api.export("experiments", 41, "x"),
    ):
        server.fault("experiments", times=99, body=echoed)
        with pytest.raises(SourceError) as caught:
            ask()
        server.faults.clear()
        told.append(str(caught.value))
    piece = server.key[:12]
    assert piece not in "".join(told) + caplog.text
    assert piece.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_key_that_the_server_repeats_in_a_header_is_in_no_message(server, api, caplog):
    caplog.set_level("DEBUG")
    server.add()
    server.fault("format=eln", times=9, location=f"{server.elsewhere}{server.key}")
    with pytest.raises(SourceError) as caught:
        api.export("experiments", 41, "x")
    assert "/***" in str(caught.value)
    assert server.key[:12] not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ({"truncate": True}, "truncated"),
        ({"html": True}, "html_instead"),
        ({"body": b'{"code": 200, "message": "?"}'}, "not_zip"),
        ({"body": b""}, "empty"),
        ({"status": 403}, "http_403"),
        ({"status": 404}, "http_404"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_an_export_that_is_none_has_a_name_and_leaves_nothing(server, api, tmp_path, fault, name):
    server.add()
    server.fault("format=eln", times=99, **fault)
    assert reason(api.export, "experiments", 41, "x") == name
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".body", ".half", ".json")] == []


def test_an_export_that_was_cut_is_asked_for_again_though_nothing_told_its_length(server, api):
    server.add()
    server.fault("format=eln", truncate=True, times=2)
    assert api.export("experiments", 41, "x").size_bytes
    assert len(server.exported()) == 3


def test_an_address_may_name_the_api_itself(server, api, tmp_path):
    server.add()
    session = api.session
    assert numbers(ElabftwApi(session, f"{server.url}api/v2/").rows("experiments")) == [41]
