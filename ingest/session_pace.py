"""Pace: when the next request may leave for a host, agreed by every process that shares a folder.

A gate is a small file that holds the moment it opens. Whoever wants to send takes the file's lock, looks, and
pushes the moment on by one interval; a host that asks for patience pushes it on for everybody, up to a limit:
one that asks for a day is not waited for, and is asked again when the limit has passed. That others wait too
is why this is not requests-ratelimiter: with its SQLite bucket two processes sent twelve requests within the
three seconds that a Retry-After had asked for (see tests/ingest/test_session_pace.py for ours).
"""

import fcntl
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from schemas.errors import SourceError


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


def _read(file: BinaryIO) -> tuple[float, float]:
    """Return when the gate opens, and the pause that was asked for where it is too long to be waited for."""
    file.seek(0)
    try:
        moment, asked_s = map(float, file.read().split())
    except ValueError:
        return 0.0, 0.0
    return (moment, asked_s) if math.isfinite(moment) else (0.0, 0.0)


def _write(file: BinaryIO, moment: float, asked_s: float) -> None:
    file.truncate(0)
    file.write(f"{moment:.6f} {asked_s:.0f}".encode())


def asked_pause_s(told: str | None, now: float) -> float:
    """Return the seconds that a Retry-After asks for at the moment `now`; 0 where it asks for nothing."""
    told = (told or "").strip()
    if re.fullmatch(r"[0-9]+", told):
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)


def take_turn(gate: Path, interval_s: float, *, longest_s: float, clock: Clock) -> None:
    """Return when a request may leave, at least `interval_s` after the one before it.

    Raises:
        SourceError: told_to_wait, longer than `longest_s`; nothing must be sent.
    """
    while True:
        with _locked(gate) as file:
            moment, asked_s = _read(file)
            wait_s = moment - clock.now()
            # What is further off than any pause was written before somebody set the clock back.
            if not 0 < wait_s <= max(longest_s, interval_s) + 1:
                _write(file, clock.now() + interval_s, 0)
                return
        refuse_pause(asked_s, longest_s)
        clock.sleep(wait_s)


def refuse_pause(asked_s: float, longest_s: float) -> None:
    """Refuse to wait for a pause that is too long.

    Raises:
        SourceError: told_to_wait, with the pause that was asked for.
    """
    if asked_s > longest_s:
        raise SourceError("told_to_wait", f"asked for a pause of {asked_s:.0f} s, {longest_s:.0f} s are waited at most")


def pause(gate: Path, asked_s: float, *, longest_s: float, clock: Clock) -> None:
    """Keep the gate shut for `asked_s` from now, at most `longest_s`, for every process; a longer pause stays."""
    moment, refused_s = clock.now() + min(asked_s, longest_s), asked_s if asked_s > longest_s else 0.0
    with _locked(gate) as file:
        before, refused_before_s = _read(file)
        if before > clock.now():
            refused_s = max(refused_s, refused_before_s)
        _write(file, max(moment, before), refused_s)
