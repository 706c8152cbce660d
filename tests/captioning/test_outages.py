"""What servers do wrong: refusals, silence, restarts, no answers; nothing is lost, and each ends in a reason."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import openai_server
import pytest

from captioning.asked import REASONS, Answered, NotAnswered
from captioning.asking import answers
from schemas.errors import ModelServerError

TEXT = "Round bright nuclei lie in the upper half."


@pytest.mark.parametrize("retry_after", [None, "0.2", "0"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_burst_of_refusals_loses_nothing(asker, status, retry_after):
    asker.server.rules.latency_s = 0.01
    asker.server.fault(status=status, retry_after=retry_after, times=25)
    outcomes = asker(60)
    assert [one.text for one in outcomes] == [TEXT] * 60
    assert len(asker.server.seen) == 60 + 25


def test_refusals_reduce_what_is_in_flight(asker):
    asker.server.rules.latency_s = 0.03
    asker(150)
    freely = asker.server.peak
    asker.server.peak, asker.server.rules.slots, asker.server.rules.refuses_when_full = 0, 4, True
    outcomes = asker([asker.asked(number) for number in range(200, 400)])
    assert all(isinstance(one, Answered) for one in outcomes)
    assert freely > 12
    assert asker.server.peak <= 4
    refused = len(asker.server.seen) - 350
    assert refused < 60, "it must learn how many slots there are"


def test_retry_after_is_kept_to_by_all_requests(asker):
    asker.server.fault(status=429, retry_after="0.5")
    began = time.monotonic()
    asker(8, manners={"at_first": 1, "at_most": 1})
    seen = [one.at_s for one in asker.server.seen]
    assert seen[1] - seen[0] >= 0.5
    assert time.monotonic() - began < 5


def test_retry_after_may_be_a_date(asker):
    asker.server.fault(status=503, retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True))
    asker(2, manners={"longest_retry_after_s": 0.4, "at_most": 1, "at_first": 1})
    seen = [one.at_s for one in asker.server.seen]
    assert seen[1] - seen[0] >= 0.35


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"status": 500},
        {"status": 502},
        {"raw": b"<html>busy</html>", "kind": "text/html"},
        {"raw": b'{"choices": []}'},
        {"raw": b'{"choices": ['},
        {"huge": True},
    ],
    ids=["reset in mid-answer", "500", "502", "a page", "no choices", "cut JSON", "huge"],
)
def test_a_passing_fault_is_tried_again(asker, fault):
    asker.server.fault(**fault, times=3)
    assert [one.text for one in asker(10)] == [TEXT] * 10


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "server_error"),
        ({"reset": True}, "server_error"),
        ({"raw": b"<html>", "kind": "text/html"}, "no_answer"),
        ({"huge": True}, "answer_too_large"),
        ({"delay_s": 5.0}, "server_timeout"),
        ({"status": 400, "message": "cannot identify image file"}, "request_rejected"),
        ({"status": 413}, "request_rejected"),
        ({"status": 422}, "request_rejected"),
    ],
)
def test_a_request_that_nothing_helps_costs_only_itself(asker, fault, reason):
    asker.server.fault(within="DAPI 3", times=99, **fault)
    outcomes = asker(6, manners={"timeout_s": 2.0 if fault.get("huge") else 0.5, "tries": 3})
    assert [getattr(one, "reason", "") for one in outcomes] == ["", "", "", reason, "", ""]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"text": "Cells, perhaps."}, "answer_no_json"),
        ({"text": '{"caption": "Cells."}'}, "answer_no_json"),
        ({"text": '{"sentences": [{"text": 1}]}'}, "answer_no_json"),
        ({"text": "  "}, "answer_empty"),
        ({"text": '{"sentences": [{"text": " "}]}'}, "answer_empty"),
        ({"finish_reason": "length"}, "answer_cut"),
        ({"finish_reason": "content_filter"}, "refused"),
        ({"refusal": "I can't help with that."}, "refused"),
        ({"text": '{"sentences": [{"text": "Cells.", "facts": [9]}]}'}, "unsupported"),
    ],
)
def test_an_answer_that_is_no_use_is_asked_for_once_more_and_then_has_a_reason(asker, fault, reason):
    asker.server.fault(**fault)
    (mended,) = asker([asker.asked(1)])
    assert (mended.text, mended.mended) == (TEXT, (reason,))
    repair = asker.server.asked()[1]["messages"]
    assert repair[-1]["role"] == "user"
    assert "can't be used" in repair[-1]["content"]
    asker.server.fault(**fault, times=2)
    (refused,) = asker([asker.asked(2)])
    assert refused.reason == reason
    assert len(asker.server.seen) == 4
    assert asker([asker.asked(2)]) == [refused]
    assert len(asker.server.seen) == 4, "a useless answer is an answer"


def test_a_server_that_is_restarted_in_mid_run_costs_nothing(asker):
    server = asker.server
    server.rules.latency_s = 0.02

    def restart():
        time.sleep(0.4)
        server.stop()
        time.sleep(1.0)
        server.start()

    other = threading.Thread(target=restart)
    other.start()
    outcomes = asker(200, manners={"at_most": 8})
    other.join()
    assert [one.text for one in outcomes] == [TEXT] * 200
    assert len({one.body["messages"][1]["content"][1]["text"] for one in server.seen}) == 200


def test_ten_minutes_without_a_server_are_survived(asker, caplog):
    """At a hundredth of the time: pauses, patience and outage are all as in earnest, over 100."""
    server = asker.server
    scaled = {"pause_s": 0.005, "longest_pause_s": 0.3, "patience_s": 9.0, "timeout_s": 3.0}
    server.rules.latency_s = 0.02

    def outage():
        time.sleep(0.3)
        server.stop()
        time.sleep(6.0)
        server.start()

    other = threading.Thread(target=outage)
    other.start()
    with caplog.at_level("INFO", "bricks.pace"):
        outcomes = asker(120, manners={**scaled, "at_most": 8})
    other.join()
    assert [one.text for one in outcomes] == [TEXT] * 120
    assert "nobody answers there" in caplog.text
    assert "answers again" in caplog.text


def test_a_server_that_is_never_there_ends_in_one_clear_message(asker):
    asker(3)
    asker.server.stop()
    with pytest.raises(ModelServerError) as ended:
        asker(9, manners={"patience_s": 0.5})
    said = str(ended.value)
    assert asker.server.url in said
    assert "nobody answers there" in said
    assert "bricks serve" in said
    assert ended.value.exit_code == 1
    asker.server.start()
    assert len(asker(9)) == 9
    assert len(asker.server.seen) == 9


def test_a_server_that_hangs_for_good_ends_in_one_clear_message(asker):
    asker.server.fault(hang=True, times=10_000)
    with pytest.raises(ModelServerError, match="no answer within"):
        asker(4, manners={"patience_s": 0.6, "timeout_s": 0.2})


def test_one_of_two_servers_may_be_dead(two):
    two.servers[1].stop()
    assert [one.text for one in two(40)] == [TEXT] * 40
    assert len(two.servers[0].seen) == 40


def test_one_of_two_servers_may_hang(two):
    two.servers[1].fault(hang=True, times=10_000)
    outcomes = two(40, manners={"timeout_s": 0.3})
    assert [one.text for one in outcomes] == [TEXT] * 40


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"model": "another-7b"}, "answers as 'another-7b', where 'tiny' was asked"),
        ({"status": 404, "message": "The model `tiny` does not exist."}, "does not exist"),
        ({"status": 401}, "401"),
        ({"status": 302}, "302"),
    ],
)
def test_a_server_that_is_not_what_was_asked_for_ends_the_run(asker, fault, said):
    asker.server.fault(times=99, **fault)
    with pytest.raises(ModelServerError) as ended:
        asker(9)
    assert said in str(ended.value)
    assert "captioning.endpoints" in str(ended.value)


def test_a_caller_that_stops_leaves_nothing_running(asker):
    asker.server.rules.latency_s = 0.2
    outcomes = answers(map(asker.asked, range(50)), asker.service())
    next(outcomes)
    outcomes.close()
    assert [
        thread.name for thread in threading.enumerate() if thread.name.startswith(("asking", "answers", "pict"))
    ] == []


def test_the_test_server_is_one_that_openais_client_takes_for_real():
    from openai import OpenAI

    with openai_server.running() as server, OpenAI(base_url=server.url, api_key="x") as client:
        said = client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "?"}])
    assert json.loads(said.choices[0].message.content or "")["sentences"][0]["text"] == TEXT


FAULTS = (
    {"status": 429},
    {"status": 503, "retry_after": "0.05"},
    {"status": 500},
    {"status": 502},
    {"status": 400},
    {"reset": True},
    {"huge": True},
    {"raw": b"<html>", "kind": "text/html"},
    {"text": "no JSON"},
    {"finish_reason": "length"},
    {"refusal": "no"},
    {"delay_s": 0.4},
)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_each_question_has_one_outcome(two, seed):
    chance = random.Random(seed)
    for server in two.servers:
        server.rules.latency_s = 0.005
        for fault in chance.choices(FAULTS, k=60):
            server.fault(within=f"DAPI {chance.randrange(80)}", times=chance.randrange(1, 4), **fault)
    outcomes = two(80, manners={"timeout_s": 0.3, "tries": 4})
    assert [one.id for one in outcomes] == [f"panel-{number}" for number in range(80)]
    assert {one.reason for one in outcomes if isinstance(one, NotAnswered)} <= REASONS
    assert sum(isinstance(one, Answered) for one in outcomes) > 20
    again = two(80, manners={"timeout_s": 0.3, "tries": 4})
    kept = [(one, other) for one, other in zip(outcomes, again, strict=True) if isinstance(one, Answered)]
    assert all(one == other for one, other in kept)


def test_an_endpoint_that_has_an_answer_for_nobody_ends_the_run_soon_and_says_so(asker, caplog):
    asker.server.fault(status=500, message="EngineDeadError", times=10_000)
    with caplog.at_level("INFO", "bricks.pace"), pytest.raises(ModelServerError) as ended:
        asker(200, manners={"patience_s": 15.0})
    assert "500: EngineDeadError" in str(ended.value)
    assert asker.server.url in str(ended.value)
    assert "all answers are kept" in str(ended.value)
    assert asker.server.url in caplog.text
    assert len(asker.server.seen) < 120, "it is probed, not flooded"
    asker.server.rules.faults.clear()
    assert [one.text for one in asker(200)] == [TEXT] * 200


def test_pages_in_place_of_answers_from_one_of_two_servers_are_named_and_it_is_only_probed(two, caplog):
    good, bad = two.servers
    good.rules.latency_s = 0.02
    bad.fault(raw=b"<html>hello</html>", kind="text/html", times=10_000)
    with caplog.at_level("INFO", "bricks.pace"):
        outcomes = two(300, manners={"longest_pause_s": 5.0, "pause_s": 0.5})
    assert [one.text for one in outcomes] == [TEXT] * 300
    assert f"{bad.url}: 200, text/html, is no chat completion; others are asked meanwhile" in caplog.text
    assert len(bad.seen) < 60


def test_one_of_two_servers_may_be_another_model(two, caplog):
    two.servers[1].fault(model="another-7b", times=10_000)
    with caplog.at_level("INFO", "bricks.pace"):
        assert [one.text for one in two(80)] == [TEXT] * 80
    assert "answers as 'another-7b', where 'tiny' was asked; others" in caplog.text


def test_requests_that_the_server_stumbles_over_are_given_up_though_nothing_else_is_left(asker):
    """It isn't taken for dead: the smallest question there is, it answers."""
    asker.server.fault(within="DAPI", status=500, times=10_000)
    outcomes = asker(12, manners={"tries": 4})
    assert {one.reason for one in outcomes} == {"server_error"}


def test_a_server_started_anew_is_used_at_once_though_nobody_closed_the_old_connections(asker):
    """A child of the old server holds them, so nothing tells that the answers on them won't come."""
    port = free_port()
    old = listening(port)
    asker.server.stop()
    asker.server.port = port

    def restart():
        time.sleep(1.0)
        old.kill()
        old.wait()
        time.sleep(8.0)
        asker.server.start()

    other = threading.Thread(target=restart)
    other.start()
    began = time.monotonic()
    outcomes = asker(40, manners={"timeout_s": 40.0, "patience_s": 60.0})
    took_s = time.monotonic() - began
    other.join()
    os.killpg(old.pid, signal.SIGKILL)
    assert [one.text for one in outcomes] == [TEXT] * 40
    assert took_s < 30, "the time-out of a request was waited for"
    assert len(asker.server.asked()) == 40


HOLDS = """
import os, signal, socket, sys, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    taken, _ = listening.accept()
    if os.fork() == 0:
        listening.close()
        time.sleep(90)
        os._exit(0)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    """Start a server that takes connections, answers none, and leaves them to its children."""
    words = [sys.executable, "-c", HOLDS, str(port)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    return process
