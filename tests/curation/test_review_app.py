"""The review page without a window: forms and links alone, two reviewers, what is sent twice, what is refused."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from review_desks import Browser, desk_of, log_of, states, unclear
from review_items_by_hand import item_of

from curation.review_outcomes import Standing
from curation.review_pages import rendered
from pipeline import decisions
from pipeline.web import Door
from schemas.manifest import Queue

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Where the workspace lies once it was made."""
    return tmp_path_factory.mktemp("review") / "ws"


@pytest.fixture
def place(bench, once):
    """Two articles whose texts are asked about, one whose licence is unclear."""
    if once.exists():
        shutil.copytree(once, bench.place)
        return bench
    (xml,) = bench.article(1).glob("*.xml")
    words = SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
    xml.write_text(xml.read_text(encoding="utf-8").replace("nuclei", f"nuclei {words}"), encoding="utf-8")
    bench.article(2)
    unclear(bench, 3)
    bench.manifest(review={"queues": [{"name": "audit", "from": "captions", "require": 0.5}]})
    bench.made()
    shutil.copytree(bench.place, once)
    return bench


@pytest.fixture
def ana(place):
    return Browser(desk_of(place.place), "ana")


def test_who_gave_no_name_is_asked_for_one(place):
    nobody = Browser(desk_of(place.place), "")
    assert "Who reviews?" in nobody.page
    assert "Who reviews?" in nobody.open("/queue/audit").text


def test_a_verdict_is_on_disk_before_the_next_item_is_shown(ana):
    ana.open("/queue/audit")
    first = ana.key
    answer = ana.say("accept")
    (said,) = log_of(ana.desk)
    assert (said.who, said.queue, said.after) == ("ana", "audit", "accept")
    assert answer.status_code == 200
    assert ana.key != first


def test_a_queue_is_worked_to_its_end(ana):
    ana.open("/queue/audit")
    ana.say("accept")
    ana.say("reject", reason="wrong value")
    assert "Nothing is left" in ana.open("/queue/audit").text
    assert states(ana.desk, "audit") == [("answered", "accepted", "ana"), ("answered", "rejected", "ana")]


def test_an_edit_is_kept_as_it_was_written(ana):
    ana.open("/queue/audit")
    ana.say("edit", {"text": "Cells,  as the reviewer sees them."})
    assert log_of(ana.desk)[0].after == {"text": "Cells,  as the reviewer sees them."}


@pytest.mark.parametrize("text", ["half \ud83d", "\x1b[31mred", "nul \x00"])
def test_a_text_that_no_table_can_hold_is_refused(ana, text):
    ana.open("/queue/audit")
    assert ana.say("edit", {"text": text}).status_code == 422
    assert log_of(ana.desk) == []


@pytest.mark.parametrize(
    ("verdict", "value", "told"),
    [
        ("edit", {"text": " "}, "from 1 to"),
        ("edit", {"words": "x"}, "Field required"),
        ("edit", [1], "dictionary"),
        ("agree", None, "no verdict"),
        ("", None, "no verdict"),
    ],
)
def test_what_is_no_answer_is_refused_and_the_item_stays(ana, verdict, value, told):
    ana.open("/queue/audit")
    key = ana.key
    answer = ana.say(verdict, value)
    assert answer.status_code == 422
    assert told in answer.text
    assert ana.key == key
    assert log_of(ana.desk) == []


def test_a_rejection_without_a_reason_is_refused(ana):
    ana.open("/queue/audit")
    for more in ({}, {"words": "  "}, {"reason": ""}):
        answer = ana.say("reject", **more)
        assert (answer.status_code, "says why" in answer.text) == (422, True)
    assert log_of(ana.desk) == []


def test_a_value_that_is_no_json_is_refused(ana):
    ana.open("/queue/audit")
    answer = ana.post(f"/decide/{ana.key}", verdict="edit", value="[" * 100_000)
    assert (answer.status_code, log_of(ana.desk)) == (422, [])


def test_a_form_that_is_sent_twice_is_taken_once(ana):
    ana.open("/queue/audit")
    key, fields = ana.key, {name: ana.hidden(name) for name in ("nonce", "queue", "saw")}
    before = ana.page
    for _ in range(3):
        ana.page = before
        assert ana.post(f"/decide/{key}", verdict="accept", **fields).status_code == 200
    assert len(log_of(ana.desk)) == 1


def test_a_form_whose_own_name_is_too_long_is_refused(ana):
    ana.open("/queue/audit")
    key = ana.key
    assert ana.post(f"/decide/{key}", verdict="accept", nonce="x" * 65).status_code == 422
    assert log_of(ana.desk) == []
    assert ana.post(f"/decide/{key}", verdict="accept", nonce="x" * 64).status_code == 200


def test_what_is_not_there_is_told_on_a_page_to_a_browser_and_in_a_word_to_others(ana):
    answer = ana.client.get("/queue/nothing", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<html lang="en">' in answer.text
    assert "<title>There is no such page.</title>" in answer.text
    assert '<a href="/">All queues</a>' in answer.text
    assert ana.client.get("/queue/nothing").text == "There is no such page."


def test_a_form_that_is_sent_again_after_a_crash_is_taken_once(ana):
    """The decision was written, the index and its memory of forms are gone."""
    ana.open("/queue/audit")
    before, key, fields = ana.page, ana.key, {name: ana.hidden(name) for name in ("nonce", "queue", "saw")}
    ana.say("reject", reason="wrong value")
    with ana.desk.index() as index:
        index.execute("DELETE FROM sent")
    ana.page = before
    ana.post(f"/decide/{key}", verdict="reject", reason="wrong value", **fields)
    assert len(log_of(ana.desk)) == 1


def test_undo_brings_the_last_one_back(ana):
    ana.open("/queue/audit")
    first = ana.key
    ana.say("accept")
    (last,) = set(re.findall(r'action="/decide/(\w+)"', ana.page)) - {ana.key}
    assert last == first
    answer = ana.post(f"/decide/{first}", verdict="undo", nonce="another")
    assert answer.status_code == 200
    assert ana.key == first
    assert [said.after for said in log_of(ana.desk)] == ["accept", None]


def test_figures_are_told_by_reviewer(ana):
    ana.open("/queue/audit")
    ana.say("accept")
    page = ana.open("/stats").text
    assert '<th scope="row">ana</th><td>1</td><td>0</td><td>0</td>' in page


def test_what_is_skipped_comes_back_at_the_end(ana):
    ana.open("/queue/audit")
    first = ana.key
    ana.say("skip")
    assert ana.key != first
    ana.say("accept")
    assert ana.key == first
    assert len(log_of(ana.desk)) == 1


def test_two_reviewers_at_once_see_different_items_and_both_may_answer_one(ana):
    ben = Browser(ana.desk, "ben")
    ana.open("/queue/audit")
    ben.open("/queue/audit")
    assert ana.key != ben.key
    ben.open(f"/queue/audit/{ana.key}")
    ana.say("accept")
    ben.say("reject", reason="wrong value")
    first, second = log_of(ana.desk)
    assert (first.stage, second.stage, second.field) == ("5-captioned", "review", "5-captioned/text")
    assert ("disagreed", "accepted", "ana") in states(ana.desk, "audit")


def lines(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())


@pytest.mark.parametrize("verdict", ["accept", "skip"])
def test_what_one_reviewer_is_done_with_is_shown_to_another_at_once(ana, verdict):
    ana.open("/queue/audit")
    first = ana.key
    ana.say(verdict)
    with ana.desk.index() as index:
        index.execute("UPDATE items SET wants_second = 1")
        leased = index.execute("SELECT key FROM leases").fetchall()
    assert leased == [(ana.key,)]
    ben = Browser(ana.desk, "ben")
    seen = set()
    for _ in range(2):
        ben.open("/queue/audit")
        seen.add(ben.key)
        ben.say("accept")
    assert first in seen


def test_what_is_only_on_the_screen_of_somebody_else_is_said_to_come_back(ana):
    for _ in range(2):
        ana.open("/queue/audit")
        ana.say("accept")
    with ana.desk.index() as index:
        index.execute("UPDATE items SET wants_second = 1")
    ben, eve = Browser(ana.desk, "ben"), Browser(ana.desk, "eve")
    ben.open("/queue/audit")
    eve.open("/queue/audit")
    assert eve.key != ben.key
    told = lines(Browser(ana.desk, "fay").open("/queue/audit").text)
    assert "2 are on somebody's screen; they come back in 5 minutes" in told
    assert "Nothing is left" not in told
    ben.say("skip")
    fay = Browser(ana.desk, "fay")
    fay.open("/queue/audit")
    assert fay.key != eve.key
    assert "1 is on somebody's screen; it comes back in 5 minutes" not in lines(ana.open("/queue/audit").text)


def test_what_was_taken_back_is_on_its_reviewers_screen_alone(ana):
    ana.open("/queue/audit")
    first = ana.key
    ana.say("accept")
    ana.post(f"/decide/{first}", verdict="undo", nonce="another")
    assert ana.key == first
    ben = Browser(ana.desk, "ben")
    ben.open("/queue/audit")
    assert ben.key != first


def test_a_licence_is_chosen_and_another_word_is_none(ana):
    ana.open("/queue/licenses")
    assert ana.say("accept").status_code == 422
    refused = ana.say("edit", "CC-BY-4")
    assert refused.status_code == 422
    assert "near it: CC-BY-4.0" in refused.text
    assert "Zlib" not in refused.text.partition("<main")[0]
    assert ana.say("edit", "CC-BY-4.0").status_code == 200
    assert log_of(ana.desk)[-1].after == "CC-BY-4.0"


def test_a_value_that_was_left_out_is_offered_instead_of_nothing():
    foreign = {"field": "submodality", "chosen": "light microscopy", "other": "SEM", "reason": "not_of_modality"}
    told = {"chosen": "confocal", "other": "wide-field", "reason": "two_values", "field": "submodality"}
    shown = {"conflicts": [{**each, "column": "submodality"} for each in (foreign, told)], "columns": {}}
    more = {"annotations": [], "facts": [], "mentions": []}
    item = item_of("tags").model_copy(update={"shown": {**item_of("tags").shown, **shown, **more}})
    given = {
        "csrf": "",
        "nonce": "",
        "typed": "",
        "standing": Standing(),
        "queue": Queue.model_validate({"name": "t", "from": "tags"}),
    }
    page = lines(rendered("origins/tags", item=item, **given))
    assert "submodality: SEM left out: it's no kind of light microscopy" in page
    assert "instead of" not in page
    item = item.model_copy(update={"shown": {**item.shown, "columns": {"submodality": "confocal"}}})
    assert "submodality: wide-field instead of confocal" in lines(rendered("origins/tags", item=item, **given))


def test_words_of_strangers_are_words(ana):
    for _ in range(2):
        page = ana.open("/queue/audit").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        ana.say("accept")
    ana.post("/reviewer", name=SCRIPT)
    assert "<script>alert" not in ana.open("/").text


def test_without_the_word_of_the_session_nothing_is_taken(ana):
    ana.open("/queue/audit")
    key = ana.key
    for csrf in ("", "wrong", "A" * 52):
        assert ana.client.post(f"/decide/{key}", data={"csrf": csrf, "verdict": "accept"}).status_code == 403
    stranger = Browser(ana.desk, "mal")
    assert ana.client.post(f"/decide/{key}", data={"csrf": stranger.hidden("csrf")}).status_code == 403
    assert log_of(ana.desk) == []


def test_a_form_of_another_site_is_refused(ana):
    ana.open("/queue/audit")
    key = ana.key
    answer = ana.post(f"/decide/{key}", headers={"origin": "http://evil.example"}, verdict="accept")
    assert (answer.status_code, log_of(ana.desk)) == (403, [])


@pytest.mark.parametrize(
    "path",
    [
        "/queue/nothing", "/queue/audit/nothing", "/queue/..%2faudit", "/static/..%2freview.py", "/static/review.py",
        "/static/%2e%2e/review.py", "/static/", "/picture/nothing/0.jpg", "/picture/../0.jpg", "/decide/x",
    ],
)  # fmt: skip
def test_there_is_nothing_but_the_pages(ana, path):
    assert ana.open(path).status_code in (404, 405)


def test_pictures_come_as_asked_for_and_are_kept(ana):
    ana.open("/queue/audit")
    key = ana.key
    for path in (f"/picture/{key}/0.jpg", f"/picture/{key}/0.jpg?channels=0,2&low=0.1&high=0.9&gamma=2"):
        answer = ana.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content[:2] == b"\xff\xd8"
    assert ana.client.get(f"/tile/{key}/0/0/0/0.jpg").status_code == 200
    for path in ("7.jpg", "0.jpg?low=x", "0.jpg?channels=a", "0.jpg?gamma=nan", "0.jpg?low=inf", "0.jpg?gamma=0"):
        assert ana.client.get(f"/picture/{key}/{path}").status_code == 404
    assert ana.client.get(f"/picture/{key}/{'9' * 5000}.jpg").status_code == 404
    for path in ("0/99/0/0", "0/0/999/999", "9/0/0/0", f"0/0/{'9' * 5000}/0", "0/-1/0/0", "0/²/0/0"):
        assert ana.client.get(f"/tile/{key}/{path}.jpg").status_code == 404


def test_a_server_for_others_shows_nothing_without_its_token(place):
    door = Door(host="0.0.0.0", token="0123456789abcdef", secret=b"s" * 32)
    desk = desk_of(place.place)
    with pytest.raises(IndexError):
        Browser(desk, "mal", door)  # it finds no form
    with_token = Browser(desk, "", door)
    with_token.open("/?token=0123456789abcdef")
    assert "Who reviews?" in with_token.page


def started(place, *more):
    """Start the command in a process of its own and return it with its address."""
    command = [sys.executable, "-m", "bricks", "review", str(place), "--json", *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    return process, json.loads(process.stdout.readline())["page"]


def field(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def test_a_server_that_is_killed_loses_nothing_and_knows_its_browsers_again(place):
    process, address = started(place.place, "--reviewer", "ana")
    port = address.rsplit(":", 1)[1].strip("/")
    with requests.Session() as browser:
        page = browser.get(f"{address}queue/audit").text
        key = re.findall(r'action="/decide/(\w+)"', page)[0]
        form = {name: field(page, name) for name in ("csrf", "nonce", "saw")} | {"verdict": "accept"}
        assert browser.post(f"{address}decide/{key}", data=form).status_code == 200
        process.kill()
        process.wait()
        process.stdout.close()
        assert [said.after for said in decisions.read(place.place / "decisions.sqlite")] == ["accept"]
        process, again = started(place.place, "--reviewer", "ana", "--port", port)
        assert again == address
        assert browser.post(f"{address}decide/{key}", data=form).status_code == 200  # the page sends it once more
    assert len(decisions.read(place.place / "decisions.sqlite")) == 1
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_port_that_is_taken_is_told(place, command):
    process, address = started(place.place)
    port = address.rsplit(":", 1)[1].strip("/")
    said = command("review", place.place, "--port", port)
    assert said.code == 2
    assert "can't be listened to" in said.err
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()


def test_others_are_let_in_only_with_a_token(place, command, monkeypatch):
    said = command("review", place.place, "--host", "0.0.0.0")
    assert said.code == 2
    assert "BRICKS_REVIEW_TOKEN" in said.err
    monkeypatch.setenv("BRICKS_REVIEW_TOKEN", "short")
    assert "too short" in command("review", place.place).err
