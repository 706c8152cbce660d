"""Asking: order, one question once, the same bytes, bounds, budgets, and what a kill leaves."""

import asyncio
import gc
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from captioning import asking
from captioning.asked import Answered, Asked, NotAnswered, Picture
from captioning.asking import answers
from captioning.carrier import Carrier
from schemas.errors import BudgetError, ModelServerError, Stopped, UsageError, WorkspaceError, stop

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = "Round bright nuclei lie in the upper half."


def test_outcomes_come_in_the_order_of_the_questions(asker):
    asker.server.fault(within="DAPI 3", delay_s=0.3)
    outcomes = asker(30)
    assert [one.id for one in outcomes] == [f"panel-{number}" for number in range(30)]
    assert all(isinstance(one, Answered) and one.text == TEXT for one in outcomes)


def test_outcomes_come_as_they_are_ready_where_order_does_not_matter(asker):
    asker.server.fault(within="DAPI 0", delay_s=0.5)
    ids = [one.id for one in asker(20, in_order=False)]
    assert ids[-1] == "panel-0"
    assert sorted(ids) == sorted(f"panel-{number}" for number in range(20))


def test_what_is_answered_is_never_asked_again(asker):
    first = asker(20)
    asker.server.stop()
    assert asker(20) == first


def test_half_a_character_in_an_answer_or_a_complaint_costs_nothing_else(asker):
    told = json.dumps({"sentences": [{"text": "Round \ud83d nuclei lie here."}]}, ensure_ascii=False)
    asker.server.fault(within="DAPI 1", text=told)
    asker.server.fault(within="DAPI 2", text="\ud83d", finish_reason="length", times=9)
    asker.server.fault(within="DAPI 3", status=400, message="no \udfff")
    first = asker(4)
    assert first[1].text == "Round nuclei lie here."
    assert [type(one).__name__ for one in first] == ["Answered", "Answered", "NotAnswered", "NotAnswered"]
    assert first[3].detail.encode()
    assert asker(4)[:3] == first[:3]


@pytest.mark.parametrize(
    "change", [{"revision": "r2"}, {"max_tokens": 99}, {"prompt": "short-v1"}, {"image_side_px": 32}, {"model": "tin"}]
)
def test_whatever_changes_the_question_asks_it_anew(asker, change):
    asker(1)
    asker(1, **change)
    assert len(asker.server.seen) == 2


def test_other_facts_parts_or_pixels_are_other_questions(asker):
    blob = asker.picture(1).blob
    pictures = [Picture(blob), Picture(blob, box=(0, 0, 20, 20)), asker.picture(2)]
    asker([Asked("a", one, ("x",)) for one in pictures] + [Asked("b", pictures[0], ("y",))])
    assert len(asker.server.seen) == 4


def test_the_same_question_at_the_same_time_is_asked_once(asker):
    asker.server.rules.latency_s = 0.1
    outcomes = asker([Asked(str(number), asker.picture(), ("x",)) for number in range(12)])
    assert [one.text for one in outcomes] == [TEXT] * 12
    assert len(asker.server.seen) == 1


def test_the_same_request_is_the_same_bytes_with_sorted_keys_seed_and_no_chance(asker, tmp_path):
    asker(1)
    asker.cache = tmp_path / "other.sqlite"
    asker(1)
    one, other = asker.server.seen
    assert one.raw == other.raw
    assert one.raw == json.dumps(one.body, sort_keys=True, separators=(",", ":")).encode()
    assert (one.body["temperature"], one.body["seed"]) == (0, 17)
    assert one.body["response_format"]["type"] == "json_schema"


def test_a_question_needs_no_picture(asker):
    (outcome,) = asker([Asked("words", None, ("stain: DAPI",))])
    assert outcome.text == TEXT


def test_a_picture_that_cannot_be_read_costs_only_itself(asker):
    bad = Asked("bad", Picture(b"\xff\xd8\xff nothing"), ())
    outcomes = asker([asker.asked(1), bad, asker.asked(2)])
    assert [type(one) for one in outcomes] == [Answered, NotAnswered, Answered]
    assert outcomes[1].reason.startswith("image_")
    assert len(asker.server.seen) == 2


def test_questions_are_taken_as_there_is_room(asker):
    asker.server.rules.latency_s = 0.05
    taken = 0

    def counted():
        nonlocal taken
        for number in range(400):
            taken += 1
            yield asker.asked(number)

    outcomes = answers(counted(), asker.service(manners={"at_most": 4}))
    next(outcomes)
    assert taken < 40
    outcomes.close()
    assert asker.server.peak <= 4


def test_large_files_wait_outside(asker, monkeypatch):
    monkeypatch.setattr("captioning.asking._MOST_BLOB_BYTES", 5000)
    size = len(asker.picture().blob)
    most = 0

    def counted():
        nonlocal most
        for number in range(60):
            yield asker.asked(number)
            most = max(most, carriers[0].blob_bytes)

    carriers = []
    made = asking.Carrier
    monkeypatch.setattr(asking, "Carrier", lambda *given: carriers.append(made(*given)) or carriers[0])
    assert len(asker(counted())) == 60
    assert size <= most <= 5000 + 2 * size
    assert carriers[0].blob_bytes == 0


def test_several_endpoints_are_used_evenly(two):
    for server in two.servers:
        server.rules.latency_s = 0.02
    two(100)
    counts = [len(server.seen) for server in two.servers]
    assert sum(counts) == 100
    assert min(counts) >= 40


def test_tokens_are_counted_with_those_of_a_second_answer(asker):
    asker.server.fault(text="no JSON")
    (outcome,) = asker(1)
    assert (outcome.tokens_in, outcome.tokens_out, outcome.mended) == (200, 20, ("answer_no_json",))


def test_a_budget_ends_the_run_with_exit_code_5_and_a_larger_one_goes_on(asker):
    asker.server.rules.latency_s = 0.15
    second = 1.0 / 3600
    with pytest.raises(BudgetError, match=r"GPU-hours are used") as ended:
        asker(200, budget={"gpu_hours": 2 * second}, manners={"at_most": 4})
    assert ended.value.exit_code == 5
    sent = len(asker.server.seen)
    kept = sqlite3.connect(asker.cache).execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    assert 0 < sent < 200
    assert kept == sent  # what was under way was paid for, and is kept
    with pytest.raises(BudgetError):
        asker(200, budget={"gpu_hours": 2 * second})
    assert len(asker(200)) == 200
    assert len(asker.server.seen) == 200


def test_a_prompt_that_is_not_there_is_told_before_anything_is_asked(asker):
    with pytest.raises(UsageError, match="detailed-v1, evidence-v1, short-v1"):
        asker(1, prompt="poem-v1")
    assert asker.server.seen == []


def test_a_check_sees_the_text_and_what_it_finds_is_mended_or_refused(asker):
    asker.server.fault(text=json.dumps({"sentences": [{"text": "Perhaps 12 cells."}]}))
    seen = []

    def check(text):
        seen.append(text)
        return ["no fact holds 12"] if "12" in text else []

    (mended,) = asker([asker.asked(1, "x", check=check)])
    assert (mended.text, mended.mended) == (TEXT, ("unsupported",))
    assert seen == ["Perhaps 12 cells.", TEXT]
    assert "no fact holds 12" in asker.server.asked()[1]["messages"][-1]["content"]
    (refused,) = asker([asker.asked(2, "x", check=lambda _: ["all wrong"])])
    assert (refused.reason, refused.detail, refused.text) == (
        "unsupported",
        "all wrong",
        json.dumps({"sentences": [{"text": TEXT}]}),
    )


KILLED = """
import sys
sys.path[:0] = {paths!r}
from conftest import Asker, asked
from pathlib import Path
from types import SimpleNamespace
from captioning.asking import answers
asker = Asker(Path({folder!r}), [SimpleNamespace(url={url!r})])
for number, outcome in enumerate(answers(map(asked, range(60)), asker.service(manners={{"at_most": 2}}))):
    print(number, flush=True)
"""


def test_a_kill_and_a_second_run_ask_nothing_twice_that_was_answered(asker, tmp_path):
    asker.server.rules.latency_s = 0.05
    paths = [str(ROOT), str(ROOT / "tests" / "captioning"), str(ROOT / "tests" / "servers")]
    program = KILLED.format(paths=paths, folder=str(tmp_path), url=asker.server.url)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(12):
            assert process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGKILL)
        process.stdout.read()
    kept = sqlite3.connect(asker.cache).execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    assert 12 <= kept < 60
    time.sleep(0.1)
    before = len(asker.server.seen)
    assert [one.text for one in asker(60)] == [TEXT] * 60
    assert len(asker.server.seen) - before == 60 - kept


def test_the_key_is_nowhere_but_in_the_request(asker, tmp_path, caplog):
    secret = "sk-very-secret-0123456789"
    asker.server.rules.key = secret
    with caplog.at_level(logging.DEBUG):
        asker(2, key=secret)
        asker.server.fault(status=400, message=f"the header was Bearer {secret}")
        (refused,) = asker([asker.asked(7)], key=secret)
        asker.server.rules.key = "another"
        with pytest.raises(ModelServerError) as ended:
            asker([asker.asked(8)], key=secret)
    service = asker.service(key=secret)
    assert refused.reason == "request_rejected"
    assert "[key]" in refused.detail
    told = [repr(refused), str(ended.value), repr(ended.value), repr(service), caplog.text]
    assert [text for text in told if secret in text] == []
    assert [path for path in tmp_path.iterdir() if secret.encode() in path.read_bytes()] == []


def test_pictures_lie_in_a_shared_folder_only_while_they_are_asked_about(asker, tmp_path):
    folder = tmp_path / "seen by both"
    outcomes = asker(5, shared_folder=str(folder))
    urls = [body["messages"][1]["content"][0]["image_url"]["url"] for body in asker.server.asked()]
    assert all(url.startswith("file:///") and url.endswith(".jpg") for url in urls)
    assert list(folder.iterdir()) == []
    asker.server.stop()
    assert asker(5) == outcomes  # how a picture travels is no part of the question


def test_a_check_that_breaks_costs_only_its_panel(asker):
    def broken(_):
        raise ZeroDivisionError("division by zero")

    outcomes = asker([asker.asked(1), asker.asked(2, check=broken), asker.asked(3)])
    assert [getattr(one, "reason", "") for one in outcomes] == ["", "unexpected_error", ""]
    assert outcomes[1].detail == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("key", ["sk-1\n", "sk 1", "skl\u00f6"])
def test_a_key_that_cannot_be_sent_is_told_without_it(asker, key):
    with pytest.raises(UsageError, match="no header can carry") as ended:
        asker(1, key=key)
    assert key not in str(ended.value)


def test_answers_that_cannot_be_kept_end_the_run(asker):
    asker(1)
    asker.cache.chmod(0o444)
    with sqlite3.connect(asker.cache) as file:
        file.execute("DROP TABLE answers")
        file.execute("CREATE VIEW answers AS SELECT NULL AS key, NULL AS reply")
    with pytest.raises(WorkspaceError, match=r"answers\.sqlite: .*answers"):
        asker(3)


def stopped_by(number, asker):
    """Ask, be stopped by a signal in the midst of it, and let whatever was left speak."""
    before = signal.signal(number, stop)
    try:
        with pytest.raises(Stopped):
            asker(1)
    finally:
        signal.signal(number, before)
    gc.collect()


def test_a_stop_while_it_begins_leaves_no_task_behind(asker, monkeypatch, caplog):
    async def long(_: Carrier) -> None:
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        await asyncio.Event().wait()

    monkeypatch.setattr(Carrier, "start", long)
    stopped_by(signal.SIGINT, asker)
    assert not caplog.records


@pytest.mark.parametrize("first", ["begins", "is at work"])
def test_a_stop_that_is_said_twice_leaves_no_task_behind(asker, monkeypatch, caplog, first):
    """As timeout(1) does it: to the process, then to its group."""
    main, ended, unraisable = threading.main_thread().ident, Carrier.stop, []

    async def told_again(carrier: Carrier) -> None:
        for _ in range(3):
            signal.pthread_kill(main, signal.SIGTERM)
            await asyncio.sleep(0.05)
        await ended(carrier)

    async def long(_: Carrier, *__: object) -> None:
        signal.pthread_kill(main, signal.SIGTERM)
        signal.pthread_kill(main, signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr(Carrier, "start" if first == "begins" else "settle", long)
    monkeypatch.setattr(Carrier, "stop", told_again)
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    stopped_by(signal.SIGTERM, asker)
    assert not caplog.records
    assert not unraisable
