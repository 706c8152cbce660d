"""Saying: the only place that prints, for the doors: answers on stdout, all else on stderr."""

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any


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


def say_json(answer: Any) -> None:  # noqa: ANN401
    """Print an answer as JSON for people."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))
