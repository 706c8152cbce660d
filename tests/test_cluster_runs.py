"""Runs on a real Ray give the bytes of a local run, whoever dies on the way; also through a store that speaks S3."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import s3_server

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """import runpy
from ingest import harvest
harvest._ITEMS_PER_PART = 2
runpy.run_module("bricks", run_name="__main__", alter_sys=True)
"""
STAGES = ("1-figures", "2-panels", "3-groups", "4-curated", "5-captioned")
SPREAD = ("2-panels", "4-curated", "5-captioned")

pytest.importorskip("ray")


@pytest.fixture
def crowd(bench):
    """A workbench of several parts, and what a local run makes of them."""
    for number in range(1, 11):
        bench.article(number)
    bench.items_per_part(2)
    bench.made(place=bench.root / "here")
    assert len(list((bench.root / "here" / "1-figures").glob("part-*.parquet"))) == 5
    return bench


def started(bench, *more):
    command = [sys.executable, "-c", PROGRAM, "run", bench.manifest_file, "--workspace", bench.place]
    words = [*map(str, command), "--engine", "ray", "--workers", "2", "--json", *map(str, more)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, cwd=bench.root, env=environment, start_new_session=True, **pipes)


def ended(process, code=0):
    out, err = process.communicate(timeout=240)
    assert process.returncode == code, err
    assert "Traceback" not in err
    return out, err


def assert_same_as_here(bench):
    there = bench.root / "here"
    assert bench.dataset() == bench.dataset(there)
    for stage in STAGES:
        parts = {path.relative_to(there) for path in (there / stage).rglob("*") if path.is_file()}
        assert parts == {p.relative_to(bench.place) for p in (bench.place / stage).rglob("*") if p.is_file()}
        assert all((there / part).read_bytes() == (bench.place / part).read_bytes() for part in parts)


def at_work(folder):
    """Return the processes of Ray that do a task of a run that was started in `folder`."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title, where = (place / "cmdline").read_bytes(), (place / "cwd").readlink()
        except OSError:
            continue
        if title.startswith(b"ray::_in_task") and where == folder:
            found.append(int(place.name))
    return found


def test_a_run_on_ray_gives_the_bytes_of_a_local_one_also_when_a_worker_dies(crowd):
    process, killed = started(crowd), []
    while process.poll() is None and len(killed) < 2:
        for pid in at_work(crowd.root):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        time.sleep(0.005)
    ended(process)
    assert killed
    assert_same_as_here(crowd)


def test_a_signal_ends_it_in_a_line_and_nothing_of_ray_is_left(crowd):
    process = started(crowd)
    while process.poll() is None and not at_work(crowd.root):
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    out, err = ended(process, 130)
    assert (out, err.splitlines()[-1]) == ("", "Interrupted. What is done is safe, and the same command goes on.")
    assert at_work(crowd.root) == []
    ended(started(crowd))
    assert_same_as_here(crowd)


@pytest.fixture
def store(monkeypatch):
    with s3_server.running("lab", guarded=False) as server:
        for name, value in s3_server.environment(server).items():
            monkeypatch.setenv(name, value)
        yield server


def test_through_a_store_workers_need_not_see_the_workspace(crowd, store):
    crowd.manifest(curation={"min_short_side_px": 130})
    ended(started(crowd, "--store", "s3://lab/parts"))
    assert len(crowd.rows("4-curated", "dropped")) == 10
    crowd.manifest()  # what was dropped is not any more, and no file of it stays
    out, err = ended(started(crowd, "--store", "s3://lab/parts"))
    assert "secret-of-mine" not in out + err
    assert_same_as_here(crowd)
    names = [held.name for held in store.objects()]
    for stage in ("1-figures", *SPREAD):
        assert len([name for name in names if re.match(rf"parts/{stage}/part-\d+-[0-9a-f]{{32}}\.parquet", name)]) >= 5
    read = {one.path for one in store.asked("1-figures/") if one.method == "GET" and one.path.endswith(".parquet")}
    assert len(read) == 5, "a worker takes what it needs out of the store"


def test_a_store_that_refuses_ends_the_run_in_a_line_and_the_run_goes_on_later(crowd, store):
    store.fault("2-panels", status=403, times=1000)
    _, err = ended(started(crowd, "--store", "s3://lab/parts"), 1)
    assert err.splitlines()[-1].startswith("s3://lab/parts: the store refuses: ")
    assert err.splitlines()[-1].endswith("Credentials, region and endpoint stand as AWS_* in the environment.")
    store.faults.clear()
    ended(started(crowd, "--store", "s3://lab/parts"))
    assert_same_as_here(crowd)


@pytest.fixture
def head(monkeypatch):
    """The address of a cluster that is there already, and lets in who has its token."""
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of-these-tests")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = [ray_node("--head", "--port", port, "--include-dashboard=false", "--num-cpus", 0)]
    wait_for(port)
    running += [ray_node("--address", f"127.0.0.1:{port}", "--num-cpus", 1) for _ in range(2)]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(60)


def ray_node(*words):
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    # a node that joins shows its token only in this mode; bricks does without being told
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*command, *map(str, words)], env=environment, **quiet)


def wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def test_a_cluster_that_is_there_is_used_and_stays_also_when_machines_join_late(crowd, head):
    """As on Slurm: a head that does nothing itself, and array tasks that join when they get their turn."""
    ended(started(crowd, "--address", head))
    assert_same_as_here(crowd)
    ended(started(crowd, "--address", head))


def test_a_cluster_that_asks_for_another_token_is_told_in_a_line(bench, head, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of-others")
    bench.article(1)
    _, err = ended(started(bench, "--address", head), 2)
    assert err.splitlines()[-1].startswith(f"--address {head}: no Ray cluster: ")
    assert "the same RAY_AUTH_TOKEN" in err.splitlines()[-1]


def test_what_is_no_cluster_or_no_store_is_told_in_a_line(bench, command):
    bench.article(1)
    for words, said in (
        (("--engine", "dask"), "--engine: engine 'dask' isn't there. Use local or ray."),
        (("--address", "auto"), "--address: is for a cluster. Add --engine ray."),
        (("--store", "s3://lab/parts"), "--store: is for a cluster. Add --engine ray."),
        (("--engine", "ray", "--store", "nowhere"), "--store nowhere: no store: "),
        (("--engine", "ray", "--store", "s4://lab/parts"), "--store s4://lab/parts: no store: "),
    ):
        answer = command("run", bench.manifest_file, "--workspace", bench.place, *words)
        assert answer.code == 2
        assert answer.err.splitlines()[-1].startswith(said)
    assert not bench.place.exists()


def test_a_cluster_that_is_not_there_is_told_in_a_line(crowd):
    _, err = ended(started(crowd, "--address", "127.0.0.1:1"), 2)
    assert err.splitlines()[-1].startswith("--address 127.0.0.1:1: no Ray cluster")
