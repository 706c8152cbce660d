"""Last words: a process that ends says no more, however often it is asked to."""

import os
import signal
import subprocess
import sys

import pytest

from schemas.errors import SAME_STOP_S

_WAITS_AT_ITS_END = """
import signal, threading, time
from pipeline.last_words import leave
from schemas.errors import stop

signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)


def last_to_end():
    while threading.main_thread().is_alive():
        time.sleep(0.01)
    print("waited for", flush=True)
    time.sleep(60)


threading.Thread(target=last_to_end).start()
leave(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_is_said_again_while_threads_are_waited_for_ends_at_once_without_a_word(number, tmp_path):
    words = [sys.executable, "-c", _WAITS_AT_ITS_END]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waited for\n"
        os.kill(process.pid, number)  # as timeout(1) does: the same stop
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=SAME_STOP_S)
        os.kill(process.pid, number)
        told = process.communicate(timeout=30)[1]
    assert (process.returncode, told) == (130, "")


_TAKES_LONG_TO_CLOSE = """
import os, signal, sys, time
from pipeline.last_words import close_undisturbed, leave
from schemas.errors import stop

close_undisturbed()
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)


class Closing:
    def __del__(self, say=os.write, wait=time.sleep):
        say(1, b"closing\\n")
        wait(1)


last = Closing()
leave(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_is_said_again_while_the_interpreter_closes_changes_nothing(number):
    words = [sys.executable, "-c", _TAKES_LONG_TO_CLOSE]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "closing\n"
        os.kill(process.pid, number)
        told = process.communicate(timeout=30)[1]
    assert (process.returncode, told) == (130, "")
