"""Server: vLLM's command line, and a program in its place that starts, dies, or doesn't want to end."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import pytest
from vllm_servers import gone

from captioning.server import serving
from captioning.server_flags import Serving, command, environment, gpu_count
from schemas.errors import ModelServerError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
NO_GPU = {"CUDA_VISIBLE_DEVICES": ""}
SERVES = """
    import http.server, json, os, subprocess, sys
    port = int(sys.argv[sys.argv.index("--port") + 1])
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("child", child.pid, "of", os.getpid(), flush=True)
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers()
        def log_message(self, *said): pass
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def program(tmp_path):
    """Writes a program that stands in vLLM's place."""

    def write(text):
        path = tmp_path / "vllm"
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write


def asked(tmp_path, vllm, **more):
    return Serving(model="org/model", log=tmp_path / "logs" / "vllm.log", port=free_port(), vllm=vllm, **more)


def children_in(log):
    words = log.read_text().split()
    return [int(words[1]), int(words[3])]


def test_the_flags_are_those_of_a_captioning_job(tmp_path, program):
    said = asked(
        tmp_path, program(""), name="m", revision="abc", shared_folder=tmp_path / "s", more=("--dtype", "auto")
    )
    words = command(said, {"CUDA_VISIBLE_DEVICES": "0,1,2,3,4,5"})
    options = dict(pairwise(words))
    assert words[:3] == [str(said.vllm), "serve", "org/model"]
    assert json.loads(options["--limit-mm-per-prompt"]) == {"image": 1, "video": 0}
    assert options["--tensor-parallel-size"] == "4", "heads are divided evenly"
    assert options["--max-model-len"] == "8192"
    assert options["--served-model-name"] == "m"
    assert options["--revision"] == "abc"
    assert options["--allowed-local-media-path"] == str(tmp_path / "s")
    assert "--enable-prefix-caching" in words
    assert words[-2:] == ["--dtype", "auto"]
    assert "--tensor-parallel-size" not in command(said, NO_GPU)


def test_a_key_is_in_the_environment_and_never_on_the_command_line(tmp_path, program):
    said = asked(tmp_path, program(""), key_variable="MY_KEY")
    environ = {**NO_GPU, "MY_KEY": "sk-secret"}
    assert environment(said, environ)["VLLM_API_KEY"] == "sk-secret"
    assert "sk-secret" not in " ".join(command(said, environ))
    with pytest.raises(UsageError, match="no MY_KEY"):
        environment(said, NO_GPU)


@pytest.mark.parametrize(("visible", "count"), [("", 0), ("-1", 0), ("0", 1), ("2,3", 2), ("GPU-aa,GPU-bb", 2)])
def test_gpus_are_those_that_may_be_seen(visible, count):
    assert gpu_count({"CUDA_VISIBLE_DEVICES": visible}) == count


def test_gpus_are_counted_by_the_drivers_tool(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: H200'; echo 'GPU 1: H200'; echo '  MIG 1'\n")
    tool.chmod(0o755)
    monkeypatch.setattr("captioning.server_flags.shutil.which", lambda _: str(tool))
    assert gpu_count({}) == 2


def test_a_server_is_told_when_it_answers_and_ends_with_its_children(tmp_path, program):
    said = asked(tmp_path, program(SERVES))
    with serving(said, dict(os.environ)) as running:
        assert running.wait_until_ready() < 20
        assert running.url == f"http://127.0.0.1:{said.port}/v1"
        members = children_in(said.log)
        assert gone(members, 0.2) == members
    assert gone(members, 1) == []


def test_a_program_that_ignores_being_asked_is_ended_all_the_same(tmp_path, program, monkeypatch):
    monkeypatch.setattr("captioning.server._GRACE_S", {signal.SIGINT: 0.3, signal.SIGTERM: 0.3, signal.SIGKILL: 10.0})
    stubborn = "import signal\nfor one in (2, 15): signal.signal(one, signal.SIG_IGN)\n"
    said = asked(tmp_path, program(stubborn + textwrap.dedent(SERVES)))
    with serving(said, dict(os.environ)) as running:
        running.wait_until_ready()
        members = children_in(said.log)
    assert gone(members, 1) == []


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("print('loading')\nraise SystemExit('no such model: org/model')", "exit code 1"),
        ("import os\nprint('loading, no such model', flush=True)\nos.kill(os.getpid(), 9)", "signal 9"),
    ],
)
def test_a_server_that_dies_is_told_with_its_last_words(tmp_path, program, text, ending):
    dying = serving(asked(tmp_path, program(text)), dict(os.environ))
    with pytest.raises(ModelServerError) as ended, dying as running:
        running.wait_until_ready()
    assert f"vLLM ended ({ending})" in str(ended.value)
    assert "no such model" in str(ended.value)


def test_a_server_that_never_answers_is_told(tmp_path, program):
    silent = asked(tmp_path, program("import time\ntime.sleep(600)"), ready_within_s=0.6)
    with pytest.raises(ModelServerError, match="doesn't answer after"), serving(silent, dict(os.environ)) as running:
        running.wait_until_ready()
    assert running.process.poll() is not None


def test_a_taken_port_and_a_missing_vllm_are_told_before_anything_starts(tmp_path, program, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Serving(model="m", log=tmp_path / "l", port=other.getsockname()[1], vllm=program(""))
        with pytest.raises(UsageError, match="Choose a --port"), serving(taken, NO_GPU):
            pass
    with pytest.raises(UsageError, match="bricks\\[serve\\]"):
        command(asked(tmp_path, tmp_path / "none"), NO_GPU)
    monkeypatch.setattr("captioning.server_flags.shutil.which", lambda _: None)
    monkeypatch.setattr("captioning.server_flags.sys.executable", str(tmp_path / "empty" / "python"))
    with pytest.raises(UsageError, match="isn't installed"):
        command(asked(tmp_path, None), NO_GPU)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_command_ends_with_all_that_it_started_however_it_is_ended(tmp_path, program, number):
    log, port = tmp_path / "v.log", free_port()
    words = ["serve", "org/model", "--port", port, "--log", log, "--vllm", program(SERVES), "--gpus", 0, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "bricks", *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["endpoint"] == f"http://127.0.0.1:{port}/v1"
        process.send_signal(number)
        assert process.wait(30) == (-9 if number == signal.SIGKILL else 130)
    assert gone(children_in(log), 5) == []


BUSY = """
    import signal, threading
    signal.signal(signal.SIGINT, lambda *_: print("asked to end, and a request is open", flush=True))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_command_leaves_nothing_though_the_server_waits_for_an_open_request(tmp_path, program):
    hangs = textwrap.dedent(SERVES).replace("HTTPServer(", "ThreadingHTTPServer(")
    waits = "if self.path != '/health': threading.Event().wait(600)"
    hangs = hangs.replace("self.send_response(200);", f"{waits}\n        self.send_response(200);")
    log, port = tmp_path / "v.log", free_port()
    text = textwrap.dedent(BUSY) + hangs
    words = ["serve", "org/model", "--port", port, "--log", log, "--vllm", program(text), "--gpus", 0, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "bricks", *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["endpoint"] == f"http://127.0.0.1:{port}/v1"
        with socket.create_connection(("127.0.0.1", port)) as request:
            request.sendall(b"GET /v1/chat/completions HTTP/1.1\r\n\r\n")
            time.sleep(0.2)
            process.kill()
            process.wait(30)
            assert gone(children_in(log), 6) == []
    assert "a request is open" in log.read_text()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_a_server_that_ends_by_itself_ends_the_command_with_an_error(tmp_path, program, command):
    text = textwrap.dedent(SERVES).replace("serve_forever()", "handle_request()") + "\nchild.kill()\n"
    began = time.monotonic()
    words = ["serve", "m", "--port", free_port(), "--log", tmp_path / "l", "--vllm", program(text), "--gpus", 0]
    said = command(*words)
    assert said.code == 1
    assert "vLLM ended (exit code 0)" in said.err
    assert time.monotonic() - began < 30
