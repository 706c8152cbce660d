"""Server: starts vLLM for captioning, tells when it answers, and ends it with all that it started."""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import IO

from captioning import orphans
from captioning.server_flags import Serving, command, environment
from schemas.errors import ModelServerError, UsageError

_log = logging.getLogger("bricks.pace.serve")
_LOOK_EVERY_S = 0.5
_TELL_EVERY_S = 10.0
_LAST_LINES = 15
_GRACE_S = {signal.SIGINT: 8.0, signal.SIGTERM: 3.0, signal.SIGKILL: 10.0}
"""How long each signal is given before the next, stronger one; vLLM ends well on SIGINT, in two or three seconds, but
with requests under way it waits for their last token, 40 s and more."""
_ORPHANS_GRACE_S = 1.0


class Running:
    """A vLLM that runs, with its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", serving: Serving) -> None:
        self.process, self._serving = process, serving

    @property
    def url(self) -> str:
        """Return the address that goes into a manifest."""
        return f"http://{self._serving.reached_at}:{self._serving.port}/v1"

    def wait_until_ready(self) -> float:
        """Return after how many seconds the server answers.

        Raises:
            ModelServerError: it ended, or took too long; its last words are told.
        """
        began_s = told_s = time.monotonic()
        while not self._is_healthy():
            now_s = time.monotonic()
            self._refuse_dead()
            if now_s - began_s > self._serving.ready_within_s:
                raise self._failed(f"vLLM doesn't answer after {now_s - began_s:.0f} s")
            if now_s - told_s >= _TELL_EVERY_S:
                told_s = now_s
                _log.info("waiting for vLLM  %.0f s  %s", now_s - began_s, "".join(self._last_words(1))[:100])
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic() - began_s

    def wait_until_end(self) -> None:
        """Return never, but by a signal's exception.

        Raises:
            ModelServerError: the server ended by itself.
        """
        self.process.wait()
        self._refuse_dead()

    def _is_healthy(self) -> bool:
        with closing(HTTPConnection(self._serving.reached_at, self._serving.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def _refuse_dead(self) -> None:
        code = self.process.poll()
        if code is not None:
            raise self._failed(f"vLLM ended ({_ending(code)})")

    def _failed(self, what: str) -> ModelServerError:
        said = "\n  ".join(self._last_words(_LAST_LINES))
        return ModelServerError(f"{what}. Its last words, of {self._serving.log}:\n  {said}", where=self._serving.model)

    def _last_words(self, lines: int) -> list[str]:
        with self._serving.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 16_384))
            said = log.read().decode("utf-8", "replace").split("\n")
        return [line.rstrip() for line in said if line.strip()][-lines:]


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


@contextmanager
def serving(asked: Serving, environ: Mapping[str, str]) -> Iterator[Running]:
    """Run vLLM while the block lasts; afterwards nothing of it is left.

    Raises:
        UsageError: vLLM isn't installed, or the port is taken.
    """
    _refuse_taken(asked)
    asked.log.parent.mkdir(parents=True, exist_ok=True)
    words, variables = command(asked, environ), environment(asked, environ)
    with asked.log.open("wb") as log, _watched() as told:
        process = _started(words, variables, log.fileno())
        try:
            told.write(b"%d\n" % process.pid)
            yield Running(process, asked)
        finally:
            _end(process)


@contextmanager
def _watched() -> Iterator[IO[bytes]]:
    """Start who ends what is left where this process is killed outright; yield where to tell it of whom."""
    with subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-I", orphans.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    ) as watch:
        assert watch.stdin is not None
        try:
            yield watch.stdin
        finally:
            with suppress(BrokenPipeError):
                watch.stdin.write(orphans.DONE + b"\n")


def _started(words: Sequence[str], environ: dict[str, str], log: int) -> "subprocess.Popen[bytes]":
    """Start a program in a process group of its own, so that all of it can be ended, and only by us."""
    return subprocess.Popen(  # noqa: S603  (the program that was asked for)
        words,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  (no threads here)
    )


def _end_with_parent() -> None:
    """Let the kernel tell vLLM to end when this process is killed outright, and its watch too: prctl(2)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _refuse_taken(asked: Serving) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((asked.host, asked.port))
        except OSError as error:
            where = f"{asked.host}:{asked.port}"
            raise UsageError(f"can't listen there ({error.strerror}).", where=where, mend="Choose a --port.") from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a group of processes, ever more firmly, and return when none is left."""
    with _undisturbed():
        _end_step_by_step(process)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second signal break off the ending: it is bounded as it is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_step_by_step(process: "subprocess.Popen[bytes]") -> None:
    for number, grace_s in _GRACE_S.items():
        if number is signal.SIGINT:
            process.send_signal(number)  # to the first alone, which ends the others in order
        else:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        if _is_gone(process, grace_s):
            return


def _is_gone(process: "subprocess.Popen[bytes]", grace_s: float) -> bool:
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        return False
    until_s = time.monotonic() + _ORPHANS_GRACE_S  # nobody is left who would end the others
    while time.monotonic() < until_s:
        if not orphans.has_members(process.pid):
            return True
        time.sleep(0.05)
    return False
