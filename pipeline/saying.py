"""Saying: the only place that prints, for the doors: answers on stdout, all else on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

_Thing = TypeVar("_Thing")
_LINE_EVERY_S = 30.0


def say(answer: Any, as_json: bool, told: Callable[[Any], str]) -> None:  # noqa: ANN401
    """Print an answer on stdout: as JSON, or as `told` words it."""
    print(json.dumps(answer, ensure_ascii=False, default=str) if as_json else told(answer))


def say_lines(rows: Iterable[Any], as_json: bool, told: Callable[[Any], str]) -> None:
    """Print a line for each row."""
    shown = 0
    for shown, row in enumerate(rows, start=1):  # noqa: B007  (counted)
        say(row, as_json, told)
    if not shown:
        log("nothing")


def log(line: str) -> None:
    """Print what isn't the answer, on stderr."""
    with suppress(OSError):  # a terminal that is gone hears nothing
        print(line, file=sys.stderr)


def counted(things: Iterable[_Thing], total: int, what: str) -> Iterator[_Thing]:
    """Pass things on and show how many of `total` are done, how fast and for how long: live, or by the half minute."""
    if sys.stderr.isatty():
        yield from _live(things, total, what)
        return
    began = said = monotonic()
    for done, thing in enumerate(things, start=1):
        yield thing
        now = monotonic()
        if now - said >= _LINE_EVERY_S:
            said, rate = now, done / (now - began)
            log(f"{what} {done} of {total}, {rate:.1f}/s, {(total - done) / rate:.0f} s left")


def _live(things: Iterable[_Thing], total: int, what: str) -> Iterator[_Thing]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(things, total=total, description=what)


def say_json(answer: Any) -> None:  # noqa: ANN401
    """Print an answer as JSON for people."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))
