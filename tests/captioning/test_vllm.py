"""A real vLLM with a tiny model: started, asked about pictures, killed, started again, ended, asked in batches."""

import json
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import chain

import pytest
import vllm_servers

from captioning.asked import Answered
from captioning.asking import answers
from captioning.batch_files import read_results, write_batches
from captioning.server_flags import ANSWERING

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not vllm_servers.is_installed(), reason="vLLM isn't installed: make vllm"),
]
PATIENT = {"timeout_s": 120.0, "patience_s": 300.0, "longest_pause_s": 1.0, "pause_s": 0.2}
SHORT = {"prompt": "short-v1", "max_tokens": 400}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return vllm_servers.make_model(tmp_path_factory.mktemp("tiny-vlm"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def served(model, shared, tmp_path_factory):
    """Two servers."""
    folder = tmp_path_factory.mktemp("logs")
    options = ("--shared-folder", str(shared))
    pair = [vllm_servers.Server(model, folder, *options) for _ in range(2)]
    for server in pair:
        server.start()
    said = [server.ready() for server in pair]
    assert [one["endpoint"] for one in said] == [server.url for server in pair]
    print("ready after", [one["ready_after_s"] for one in said])
    yield pair
    for server in pair:
        if server.process.poll() is None:
            server.stop()


def test_captions_come_from_pictures_in_the_form_of_the_schema_from_both_servers(asker, served):
    asker.servers = served
    before = [server.answered() for server in served]
    outcomes = asker(24, manners=PATIENT, **SHORT)
    assert all(isinstance(one, Answered) for one in outcomes), outcomes
    assert all(0 < len(one.text) <= 160 and len(one.sentences) == 1 for one in outcomes)
    assert all(one.tokens_in > 100 and one.tokens_out > 0 for one in outcomes)
    assert len({one.text for one in outcomes}) > 1, "it must see the pictures"
    counts = [server.answered() - count for server, count in zip(served, before, strict=True)]
    assert sum(counts) == 24
    assert min(counts) >= 2
    assert asker(24, manners=PATIENT, **SHORT) == outcomes
    assert sum(server.answered() for server in served) == sum(before) + 24


def test_pictures_in_a_shared_folder_are_seen_as_those_in_the_request(asker, served, shared, tmp_path):
    asker.servers = served[:1]
    inline = asker(4, manners=PATIENT, **SHORT)
    asker.cache = tmp_path / "other.sqlite"
    assert asker(4, manners=PATIENT, shared_folder=str(shared), **SHORT) == inline
    assert list(shared.iterdir()) == []


def test_what_vllm_rejects_costs_only_itself(asker, served):
    asker.servers = served[:1]
    requests = [asker.asked(1), asker.asked(2, "a fact " * 9000), asker.asked(3)]
    outcomes = asker(requests, manners=PATIENT, **SHORT)
    assert [getattr(one, "reason", "") for one in outcomes] == ["", "request_rejected", ""]
    assert "maximum context length" in outcomes[1].detail


def test_a_server_that_is_killed_and_started_again_in_mid_run_costs_nothing(asker, served):
    server = served[0]
    asker.servers = [server]
    answered = []

    def kill_and_start():
        while len(answered) < 5:
            time.sleep(0.05)
        server.kill_vllm()
        server.process.communicate(timeout=60)
        server.start().ready()

    other = threading.Thread(target=kill_and_start)
    other.start()
    for outcome in answers(
        map(asker.asked, range(100, 140)), asker.service(manners={**PATIENT, "at_most": 4}, **SHORT)
    ):
        answered.append(outcome)
        time.sleep(0.02)
    other.join()
    assert all(isinstance(one, Answered) for one in answered), answered
    assert [one.id for one in answered] == [f"panel-{number}" for number in range(100, 140)]


@contextmanager
def under_load(server):
    """Let four requests be under way that take long, and others after them until the server has ended."""
    body = {"model": "tiny", "prompt": "a", "max_tokens": 1900, "ignore_eos": True}
    asked = urllib.request.Request(
        f"{server.url}/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )

    over = threading.Event()

    def ask():
        with suppress(OSError, HTTPException):
            while not over.is_set():
                urllib.request.urlopen(asked, timeout=120).read()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        until_s = time.monotonic() + 120  # its first step may take long, and only then tells of them
        while (running := server.running()) < 1 and time.monotonic() < until_s:  # a fast one has never all four at once
            time.sleep(0.05)
        assert running >= 1, "no request is under way"
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_bricks_serve_ends_with_all_that_it_started_also_with_requests_under_way(served):
    server = served[0]
    members = server.members()
    assert len(members) >= 2
    with under_load(server):
        began = time.monotonic()
        code, said = server.stop()
        print("ended after", round(time.monotonic() - began, 1))
    assert code == 130, said
    assert vllm_servers.gone(members, within_s=2) == []
    assert time.monotonic() - began < 20


def test_vllm_ends_also_where_bricks_is_killed_with_requests_under_way(served):
    server = served[1]
    members = server.members()
    with under_load(server):
        began = time.monotonic()
        server.process.kill()
        server.process.communicate()
        assert vllm_servers.gone(members, within_s=6) == []
        print("all gone after", round(time.monotonic() - began, 1), "s")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", server.port))


def test_a_batch_file_is_answered_by_vllm_run_batch(asker, model, tmp_path):
    service = asker.service(**SHORT)
    requests = [asker.asked(number) for number in range(6)]
    written = write_batches(requests, service, tmp_path / "batches")
    assert (len(written.files), written.lines) == (1, 6)
    results = tmp_path / "results.jsonl"
    words = ["run-batch", "-i", written.files[0], "-o", results, "--model", model, "--served-model-name", "tiny"]
    words += ["--max-model-len", "2048", *chain.from_iterable(ANSWERING.items()), *vllm_servers.FLAGS]
    done = subprocess.run(
        [vllm_servers.PROGRAM, *map(str, words)],
        env=vllm_servers.environ(),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    read = read_results(results, service)
    assert (read.kept, read.refused) == (6, ())
    outcomes = asker(requests, **SHORT)
    assert asker.server.asked() == []
    assert all(isinstance(one, Answered) for one in outcomes)


def test_a_model_that_cannot_be_served_is_told_with_vllms_last_words(tmp_path):
    (tmp_path / "model").mkdir()
    server = vllm_servers.Server(tmp_path / "model", tmp_path).start()
    _, said = server.process.communicate(timeout=120)
    assert server.process.returncode == 1
    assert "vLLM ended (exit code 1). Its last words" in said
    assert "config" in said
    assert "Traceback" not in said.splitlines()[0]
