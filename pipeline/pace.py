"""Pace: tells now and then how far long work is that is no part of a stage: a listing, an index, a recheck."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline.saying import Escaping

_log = logging.getLogger("bricks.pace")
_EVERY_S = 10.0

_One = TypeVar("_One")


class _ToStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")
        sys.stderr.flush()


def hear() -> None:
    """Let the lines of all `Pace`s appear on stderr, and no terminal's commands in them or in a warning."""
    if logging.lastResort:
        logging.lastResort.setFormatter(Escaping())
    if not _log.handlers:
        handler = _ToStderr()
        handler.setFormatter(Escaping())
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)
        _log.propagate = False


class Pace:
    """Work of `total` steps (None: nobody knows how many), told of every ten seconds while it lasts."""

    def __init__(self, what: str, total: int | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._total, self._clock = what, total, clock
        self._done = 0
        self._started_s = self._told_s = clock()

    def step(self, count: int = 1) -> None:
        """Take note that `count` more steps are done."""
        self._done += count
        now_s = self._clock()
        if now_s - self._told_s >= _EVERY_S:
            self._told_s = now_s
            _log.info("%s", self.line(now_s - self._started_s))

    def line(self, elapsed_s: float) -> str:
        """Return how far the work is after `elapsed_s`.

        >>> pace = Pace("reading heads", 400)
        >>> pace.step(100)
        >>> pace.line(50.0)
        'reading heads  100/400  2.0/s  eta 2:30'
        """
        rate = self._done / elapsed_s
        if self._total is None:
            return f"{self._what}  {self._done}  {rate:.1f}/s"
        minutes, seconds = divmod(round(max(0, self._total - self._done) / rate), 60) if self._done else (0, 0)
        return f"{self._what}  {self._done}/{self._total}  {rate:.1f}/s  eta {minutes}:{seconds:02d}"

    def over(self, found: Iterable[_One]) -> Iterator[_One]:
        """Yield what is found, a step each."""
        for one in found:
            yield one
            self.step()


def in_pace(things: Iterable[_One], total: int, what: str) -> Iterator[_One]:
    """Pass things on, and tell now and then how many of `total` are done."""
    yield from Pace(what, total).over(things)
