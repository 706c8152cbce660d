"""The workers of this machine: other processes, which end with what they are for."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import _ExecutorManagerThread
from pathlib import Path

import pytest

from pipeline.processes import workers
from schemas.errors import BricksError, Stopped, stop


def test_one_worker_is_this_process():
    with workers(1) as make:
        assert list(make(pid_of, [1, 2])) == [os.getpid()] * 2


def pid_of(job):
    return os.getpid()


def test_several_workers_are_other_processes():
    with workers(2) as make:
        assert sorted(make(abs, [-3, 1, -2])) == [1, 2, 3]
        assert os.getpid() not in set(make(pid_of, [1, 2]))


def test_workers_end_when_the_jobs_of_a_call_are_done():
    with workers(2) as make:
        first = set(make(pid_of, range(4)))
        assert multiprocessing.active_children() == []
        assert not first & set(make(pid_of, range(4)))


def test_a_call_whose_answers_are_not_waited_for_leaves_no_worker_behind():
    with workers(2) as make:
        next(make(abs, range(4)))
    assert multiprocessing.active_children() == []


def test_a_worker_that_is_killed_is_one_line_with_what_to_do():
    with pytest.raises(BricksError, match="run the same command again"), workers(2) as make:
        list(make(os._exit, [3, 3]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["server", "worker"])
def test_a_signal_to_all_processes_while_the_first_workers_start_is_one_stop(number, moment, tmp_path):
    (tmp_path / "slow_to_load.py").write_text(
        f"import pathlib, time\npathlib.Path('server').touch()\ntime.sleep({0.5 if moment == 'server' else 0})\n"
    )
    process = _started(tmp_path, "slow_to_load")
    _wait_for(tmp_path / moment)
    os.killpg(process.pid, number)
    told = process.communicate(timeout=60)[1]
    assert (process.returncode, told) == (130, "")


def test_a_fork_server_that_is_killed_while_it_loads_is_one_line_with_what_to_do(tmp_path):
    (tmp_path / "deadly.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    process = _started(tmp_path, "deadly")
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert told.startswith("a worker process was killed, perhaps for want of memory. What is done is safe")
    assert told.count("\n") == 1


def _started(place, preloaded):
    """Start a process in a group of its own that has workers touch a file and wait, and ends as bricks does."""
    (place / "has_workers.py").write_text(
        f"""import pathlib, signal, sys, time
from pipeline.last_words import leave
from pipeline.processes import workers
from schemas.errors import BricksError, Stopped, stop

def touch_and_wait(name):
    pathlib.Path(name).touch()
    time.sleep(60)

if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with workers(2, ["{preloaded}"]) as make:
            list(make(touch_and_wait, ["worker", "worker"]))
    except Stopped:
        leave(130)
    except BricksError as error:
        print(error, file=sys.stderr)
        leave(1)
"""
    )
    return subprocess.Popen(
        [sys.executable, "has_workers.py"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(place), str(Path(__file__).parents[2])])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for(path):
    until_s = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def test_an_error_in_a_worker_arrives_here():
    with pytest.raises(ValueError, match="base 10"), workers(2) as make:
        list(make(int, ["1", "x", "2"]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_while_the_pool_is_taken_work_is_acted_on_after_that(number, monkeypatch):
    taken = []

    def submit(pool, function, job):
        taken.append(job)
        signal.raise_signal(number)
        return submitted(pool, function, job)

    submitted = ProcessPoolExecutor.submit
    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    before = signal.signal(number, stop)
    try:
        with pytest.raises(Stopped), workers(2) as make:
            list(make(abs, [1, 2, 3]))
        assert signal.getsignal(number) == stop
    finally:
        signal.signal(number, before)
    assert taken == [1, 2, 3]


def test_a_signal_that_comes_while_the_pool_ends_is_acted_on_once_its_workers_are_gone(monkeypatch):
    def join(thread, timeout=None):
        if isinstance(thread, _ExecutorManagerThread):
            signal.raise_signal(signal.SIGINT)
        joined(thread, timeout)

    joined = threading.Thread.join
    monkeypatch.setattr(threading.Thread, "join", join)
    before = signal.signal(signal.SIGINT, stop)
    try:
        with pytest.raises(Stopped), workers(2) as make:
            assert sorted(make(abs, [-1, 2])) == [1, 2]
    finally:
        signal.signal(signal.SIGINT, before)
    assert multiprocessing.active_children() == []


def test_a_signal_that_another_thread_takes_is_acted_on_while_a_part_is_long():
    before, began = signal.signal(signal.SIGINT, stop), time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with pytest.raises(Stopped), workers(2) as make:
            list(make(time.sleep, [60, 60]))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < 30


def test_what_can_not_be_sent_to_workers_is_told():
    def local(job: int) -> int:
        return job

    with workers(2) as make, pytest.raises(BricksError, match=r"can't be sent to them: .*local.* top of a module"):
        list(make(local, [1, 2, 3]))
