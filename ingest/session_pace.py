"""Pace: when the next request may leave for a host, agreed by every process that shares a folder.

A gate is a small file that holds the moment it opens. Whoever wants to send takes the file's lock, looks, and
pushes the moment on by one interval; a host that asks for patience pushes it on for everybody. That last part
is why this is not requests-ratelimiter: with its SQLite bucket two processes sent twelve requests within the
three seconds that a Retry-After had asked for (see tests/ingest/test_session_pace.py for ours).
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from schemas.errors import SourceError

_LONGEST_PAUSE_S = 86_400.0


@dataclass(frozen=True)
class Clock:
    """The wall clock in seconds since 1970, and the way to wait; tests hand in their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@contextmanager
def _locked(gate: Path) -> Iterator[BinaryIO]:
    gate.parent.mkdir(parents=True, exist_ok=True)
    with gate.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _opens_at(file: BinaryIO) -> float:
    file.seek(0)
    try:
        return float(file.read())
    except ValueError:
        return 0.0


def _open_at(file: BinaryIO, moment: float) -> None:
    file.truncate(0)
    file.write(f"{moment:.6f}".encode())


def take_turn(gate: Path, interval_s: float, *, patience_s: float, clock: Clock) -> None:
    """Return when a request may leave, at least `interval_s` after the one before it.

    Raises:
        SourceError: the host asked for a longer pause than `patience_s`; nothing must be sent.
    """
    while True:
        with _locked(gate) as file:
            wait_s = _opens_at(file) - clock.now()
            if wait_s <= 0:
                _open_at(file, clock.now() + interval_s)
                return
        if wait_s > max(patience_s, interval_s):
            raise SourceError("told_to_wait", f"asked for a pause that lasts {wait_s:.0f} s more")
        clock.sleep(wait_s)


def pause(gate: Path, seconds: float, *, clock: Clock) -> None:
    """Keep the gate shut for `seconds` from now, for every process; a longer pause stays."""
    moment = clock.now() + min(seconds, _LONGEST_PAUSE_S)
    with _locked(gate) as file:
        _open_at(file, max(moment, _opens_at(file)))
