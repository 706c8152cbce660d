"""Saying: the only place that prints, for the doors: answers on stdout, all else on stderr."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from schemas.errors import BricksError

_Thing = TypeVar("_Thing")
_LINE_EVERY_S = 30.0
_NOT_IN_A_LINE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
"""What JSON lets stand, and isn't to be printed: controls, ends of lines to `str.splitlines`, halves of characters."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, colours or turns its text, and ends lines, but for \\n and \\t."""


def json_line(answer: Any, indent: int | None = None) -> str:  # noqa: ANN401
    """Return an answer as JSON that every reader of lines takes for one (without `indent`), whatever its texts hold."""
    text = json.dumps(answer, ensure_ascii=not _is_unicode(), default=str, indent=indent)
    return _NOT_IN_A_LINE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_unicode() -> bool:
    return (sys.stdout.encoding or "utf-8").lower().startswith("utf")


def escaped(text: str) -> str:
    r"""Return a text that a terminal only shows: names and captions are strangers' words, and may hold its commands.

    >>> escaped("cells\x1b[31m\u202e")
    'cells\\x1b[31m\\u202e'
    """
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\xff" else ascii(found[0])[1:-1], text)


class Escaping(logging.Formatter):
    """Lets what is logged hold no terminal's commands either."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        return escaped(super().format(record))


def _print(text: str) -> None:
    """Print a text on stdout; what its encoding can't hold, or a terminal would obey, is escaped."""
    encoding, text = sys.stdout.encoding or "utf-8", escaped(text)
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def say(answer: Any, as_json: bool, told: Callable[[Any], str]) -> None:  # noqa: ANN401
    """Print an answer on stdout: as JSON, or as `told` words it."""
    _print(json_line(answer) if as_json else told(answer))


def say_lines(rows: Iterable[Any], as_json: bool, told: Callable[[Any], str]) -> None:
    """Print a line for each row."""
    shown = 0
    for shown, row in enumerate(rows, start=1):  # noqa: B007  (counted)
        say(row, as_json, told)
    if not shown:
        log("nothing")


def say_answers(rows: Iterable[dict[str, Any]], *, all_may_fail: bool = False) -> int:
    """Print a line of JSON for each row, count on stderr those that are an `error`, and return how many are.

    Raises:
        BricksError: all are, and may not be.
    """
    shown = failed = 0
    for row in rows:
        _print(json_line(row))
        shown += 1
        failed += "error" in row
    if not shown:
        log("nothing")
    elif failed == shown and not all_may_fail:
        lines = f"each of {shown} lines has" if shown > 1 else "the line has"
        raise BricksError(f"nothing could be read: {lines} an `error`.")
    elif failed:
        log(f"{failed} of {shown} lines {'has' if failed == 1 else 'have'} an `error`")
    return failed


def log(line: str) -> None:
    """Print what isn't the answer, on stderr."""
    with suppress(OSError):  # a terminal that is gone hears nothing
        print(escaped(line), file=sys.stderr)


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
    _print(json_line(answer, indent=2))
