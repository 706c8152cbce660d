"""Errors made on purpose: one small tree; the door prints them as one line.

BricksError                 exit 1
|-- UsageError              exit 2   a wrong manifest, path or option
|   `-- ManifestError       exit 2   every mistake of a manifest at once
|-- SourceError             exit 1   a source answered what it must not
|-- WorkspaceError          exit 1   the folder of a run is not what it should be
|-- ModelServerError        exit 1   a model's server is away for good, or isn't what was asked for
|-- OntologyError           exit 1   an ontology file can't be read
|-- PixelError              -        one picture can't be read; becomes a drop with this reason
|-- ArchiveError            -        one container is hostile or broken; becomes a failure
|-- ArticleError            -        one XML can't be read; becomes a failure
|-- GateError               exit 4   a gate refused
`-- BudgetError             exit 5   a budget is used up; the same command goes on with a larger one

No error, and yet not 0: 3, a run that failed at too much; 6, a rebuilt dataset that differs from the published one.
"""

import errno
import os
import signal
import stat
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What it says when a disk is full, a share of it is used up, or a file would be longer than it may be."""

MACHINE_FAULTS = _NO_ROOM | {errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What the operating system says when the machine, not the input, is at fault."""

_IN_THE_WAY = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY})
"""What it says when a folder stands where a file belongs, or a file where a folder does."""

_TOLD_IN_A_LINE = (
    MACHINE_FAULTS | _IN_THE_WAY | {errno.EACCES, errno.EPERM, errno.EIO, errno.ENAMETOOLONG, errno.ELOOP, errno.EBUSY}
)
"""Faults that a person can mend without a traceback."""

FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What it says when somebody else owns a file or a folder, or nobody may write to its disk."""

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end: a user, a scheduler, a terminal that closed."""
SAME_STOP_S = 2.0
"""Within it a stop that is said again is the same."""

_SAFE = "What is done is safe, and the same command goes on."
_AT_WORK = "A command was at work that goes on where it was stopped."
_OUT_OF_MEMORY = "out of memory. Give it more, or use fewer --workers."


class BricksError(Exception):
    """Says what happened, where, and what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(what, where, mend)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        stop = "" if not self.mend or self.what.endswith((".", "?", "!", ":")) else "."
        advice = f" {self.mend}" if self.mend else ""
        return f"{place}{self.what}{stop}{advice}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error come back from another process; where and mend are no positional arguments."""
        return (_made_anew, (type(self), self.what, self.where, self.mend))


def _made_anew(kind: type[BricksError], what: str, where: str, mend: str) -> BricksError:
    return kind(what, where=where, mend=mend)


class UsageError(BricksError):
    """The command can't be carried out as it was given."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True)
class Problem:
    """One mistake in a manifest; line and column count from 1."""

    file: str
    line: int
    column: int
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}  {self.path}  {self.what}"


class ManifestError(UsageError):
    """A manifest that can't be true; `problems` holds its mistakes in file order, `more` counts those left out."""

    def __init__(self, problems: Sequence[Problem], more: int = 0) -> None:
        self.problems, self.more = tuple(problems), more
        lines = [*map(str, self.problems), *([f"... and {more} more"] if more else [])]
        super().__init__("\n".join(lines))

    @property
    def count(self) -> int:
        """Return how many mistakes there are."""
        return len(self.problems) + self.more

    def __reduce__(self) -> tuple[type["ManifestError"], tuple[tuple[Problem, ...], int]]:
        return (ManifestError, (self.problems, self.more))


class ReasonedError(BricksError):
    """Carries the machine-readable reason that the record is dropped or failed with."""

    def __init__(self, reason: str, detail: str, *, where: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}", where=where)

    def __reduce__(self) -> tuple[type["ReasonedError"], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class PixelError(ReasonedError):
    """A picture that can't be read; `reason` is one of `pipeline.refusals.REASONS`."""


class ArchiveError(ReasonedError):
    """A container that is hostile, broken or too large."""


class ArticleError(ReasonedError):
    """An XML that is no article or can't be read without guessing."""


class OntologyError(ReasonedError):
    """An ontology file that can't be read or isn't the one that was pinned."""


class SourceError(ReasonedError):
    """A source that answers what it must not, after every retry."""


class WorkspaceError(BricksError):
    """A run's folder that is busy, foreign or damaged."""


class ModelServerError(BricksError):
    """A model's server that is away for good, or isn't what was asked for."""


class GateError(BricksError):
    """A publish gate refused."""

    exit_code: ClassVar[int] = 4


class BudgetError(BricksError):
    """A budget is used up; what was paid for is kept."""

    exit_code: ClassVar[int] = 5


class Stopped(BaseException):
    """The user, a scheduler or a terminal that closed asked this process to end; nothing below the door catches it."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s = time.monotonic()


def stop(number: int, _: object) -> None:
    """Raise Stopped, as a signal's handler; where a terminal closed, what is still said goes nowhere.

    One that follows at once on a stop that is under way is the same: timeout(1) tells the process, then its group.
    """
    if number == signal.SIGHUP:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere, stream)
    if not _is_ending(sys.exception()):
        raise Stopped


def _is_ending(error: BaseException | None) -> bool:
    """Return whether what is handled right now came of a stop of just before."""
    while error is not None:
        if isinstance(error, Stopped):
            return time.monotonic() - error.at_s < SAME_STOP_S
        error = error.__context__
    return False


def at_work(error: BaseException) -> None:
    """Note on an error that it ended a command which goes on where it was stopped."""
    if _AT_WORK not in getattr(error, "__notes__", ()):
        error.add_note(_AT_WORK)


def ending(error: BaseException) -> tuple[int | None, str]:
    """Return the exit code that an error ends a command with, and what to say of it; no code for a bug."""
    if isinstance(error, ManifestError):
        return error.exit_code, f"{error}\n{error.count} problem{'s' * (error.count != 1)}. Nothing was run."
    if isinstance(error, BricksError):
        return error.exit_code, str(error)
    if isinstance(error, Stopped | BrokenPipeError):  # of a pipe the reader, such as head, has seen enough
        return (130, f"Interrupted. {_SAFE}") if isinstance(error, Stopped) else (1, "")
    safe = f" {_SAFE}" if _AT_WORK in getattr(error, "__notes__", ()) else ""
    if isinstance(error, MemoryError):
        return 1, f"{_OUT_OF_MEMORY}{safe}"
    if isinstance(error, OSError) and error.errno in _TOLD_IN_A_LINE:
        place = error.filename2 or error.filename or ("the workspace" if safe else "a file, or stdout")
        return 1, f"{place}: {said_by_system(error)}.{_advice(error)}{safe}"
    return None, ""


def _advice(error: OSError) -> str:
    """Return what a person can do about a fault of the machine, after a blank; "" where nobody knows."""
    if error.errno in _IN_THE_WAY:
        return " Something else stands in its place: move it away."
    if error.errno in _NO_ROOM:
        return " Make room there."
    return " Give yourself rights to it, or name another." if error.errno in FORBIDDEN else ""


def said_by_system(error: OSError) -> str:
    """Return what the operating system says, without the words that a library put around it."""
    return os.strerror(error.errno) if error.errno in _NO_ROOM else str(error.strerror)
