"""Evaluation runs: `bricks evaluate vqa` and `bricks merge` as they are typed: answers, files, exit codes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import openai_server
import pytest
import question_files as made

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def server():
    with openai_server.running(says=lambda _: "A") as one:
        yield one


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, with a set of questions."""
    monkeypatch.chdir(tmp_path)
    made.write(tmp_path / "demo" / "dataset", [made.ours(at, at % 4) for at in range(8)])
    return tmp_path


def test_a_server_is_judged_and_the_table_is_printed(here, server, command):
    said = command(
        "evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "org/tiny", "--no-shuffle"
    )
    assert said.code == 0, said.err
    head, row, *rest = said.out.splitlines()
    assert head.split()[:5] == ["task", "measure", "items", "score", "95"]
    assert row.split()[:4] == ["stain", "accuracy", "8", "0.250"]
    assert "results  evaluations/demo/org-tiny/results.json" in rest
    kept = sorted(path.name for path in (here / "evaluations" / "demo" / "org-tiny").iterdir())
    assert kept == [".lock", "answers.jsonl", "answers.sqlite", "index.html", "plot.svg", "results.json", "results.md"]


def test_json_is_one_object_and_nothing_else(here, server, command):
    asked = [
        "evaluate",
        "vqa",
        "--data",
        "demo/dataset",
        "--endpoint",
        server.url,
        "--model",
        "tiny",
        "--out",
        "o",
        "--json",
    ]
    said = command(*asked, "--limit", 3)
    assert (said.json["items"], said.json["files"]["page"], said.json["seed"]) == (3, "o/index.html", 17)
    written = json.loads((here / "o" / "results.json").read_text())
    assert written == {name: value for name, value in said.json.items() if name != "files"}
    assert server.url not in (here / "o" / "results.json").read_text()
    command(*asked, "--out", "o")
    assert len(server.asked()) == 8  # three of them were asked before


def test_the_key_is_taken_from_the_environment(here, server, command, monkeypatch):
    server.rules.key = "sk-secret-1"
    asked = ["evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "tiny", "--key", "TOKEN"]
    assert "the variable TOKEN isn't set" in command(*asked).err
    monkeypatch.setenv("TOKEN", "sk-secret-1")
    said = command(*asked)
    assert said.code == 0, said.err
    assert "sk-secret-1" not in said.out + said.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--data", "demo/dataset"], "give --endpoint URL --model M, or --checkpoint C"),
        (["--data", "demo/dataset", "--endpoint", "http://127.0.0.1:1/v1"], "no model is named"),
        (
            ["--data", "demo/dataset", "--endpoint", "http://x/v1", "--model", "m", "--checkpoint", "c"],
            "give --endpoint",
        ),
        (["--data", "nothing", "--checkpoint", "c"], "there is nothing"),
        (["--data", "./nothing", "--checkpoint", "c"], "./nothing: there is nothing"),
        (["--data", "/no/where", "--checkpoint", "c"], "/no/where: there is nothing"),
        (["--data", "demo/datsaet", "--checkpoint", "c"], "demo/datsaet: there is nothing"),
        (["--data", "demo/dataset", "--checkpoint", "c"], "there is no such folder"),
        (["--data", "demo/dataset", "--endpoint", "x", "--model", "m"], "--endpoint"),
        (["--data", "demo/dataset", "--checkpoint", "c", "--frame", "miles"], "no frame 'miles'"),
    ],
)
def test_what_cannot_be_carried_out_is_one_line_and_exit_code_2(here, command, options, words):
    said = command("evaluate", "vqa", *options)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_folder_that_cannot_be_written_is_one_line(here, server, command):
    asked = ["evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "tiny"]
    (here / "file").write_text("")
    for place in ("/proc/x", "file/x", "file"):
        said = command(*asked, "--out", place)
        assert (said.code, said.err.count("\n")) == (1, 1)
        assert f"{place}: can't be written" in said.err
        assert "--out" in said.err
    assert not server.asked()


def test_a_second_process_on_the_same_folder_is_refused(here, server, command):
    from pipeline.workspace import Workspace, locked

    asked = ["evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "tiny", "--out", "o"]
    with locked(Workspace(here / "o")):
        said = command(*asked)
        assert (said.code, server.asked()) == (1, [])
        assert "another run is at work here. Wait for it, or give this one its own --out." in said.err
    assert command(*asked).code == 0


def test_a_server_of_no_use_is_told_in_this_commands_options(here, command):
    with openai_server.running(says=lambda _: "A") as one:
        one.rules.key = "sk-1"
        said = command("evaluate", "vqa", "--data", "demo/dataset", "--endpoint", one.url, "--model", "tiny")
    assert said.code == 1
    assert "--endpoint (they end in /v1), --model and --key." in said.err
    assert "captioning." not in said.err
    assert "manifest" not in said.err


def test_too_many_unanswered_are_no_evaluation(here, server, command):
    server.fault(within="number 3?", status=400, message="too long")
    asked = ["evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "tiny"]
    said = command(*asked)
    assert said.code == 3
    assert "1 question has no answer, which is wrong here" in said.err
    assert "unanswered, and wrong: request_rejected 1" in said.out
    assert command(*asked).code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--alphas", "0,1"], "--alphas and --data go together"),
        (["--data", "demo/dataset"], "--alphas and --data go together"),
        (["--alphas", "0,x", "--data", "demo/dataset"], "'0,x' are no shares"),
        (["--alphas", "0,2", "--data", "demo/dataset"], "'0,2' are no shares"),
        (["--alpha", "2"], "2 is no share"),
        ([], "there is no such folder"),
    ],
)
def test_a_mixture_that_cannot_be_is_one_line_and_exit_code_2(here, command, options, words):
    said = command("merge", "a", "b", "--out", "mix", *options)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_evaluation_says_so_and_goes_on(here, server, command, number):
    server.rules.latency_s = 0.5
    made.write(here / "demo" / "dataset", [made.ours(at) for at in range(100)])
    asked = ["evaluate", "vqa", "--data", "demo/dataset", "--endpoint", server.url, "--model", "tiny", "--out", "o"]
    program = [sys.executable, "-m", "bricks", *asked]
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around) as process:
        while server.answered < 10:
            time.sleep(0.05)
        process.send_signal(number)
        told = process.communicate()[1]
    assert process.returncode == 130, told
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert not (here / "o" / "results.json").exists()
    with sqlite3.connect(here / "o" / "answers.sqlite") as file:
        kept = file.execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    file.close()
    server.rules.latency_s, before = 0.0, len(server.asked())
    assert command(*asked).code == 0
    assert len(server.asked()) - before == 100 - kept < 100
