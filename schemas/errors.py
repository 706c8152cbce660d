"""Errors made on purpose: one small tree; the door prints them as one line.

BricksError                 exit 1
|-- UsageError              exit 2   a wrong manifest, path or option
|   `-- ManifestError       exit 2   every mistake of a manifest at once
|-- SourceError             exit 1   a source answered what it must not
|-- WorkspaceError          exit 1   the folder of a run is not what it should be
|-- PixelError              -        one picture can't be read; becomes a drop with this reason
|-- ArchiveError            -        one container is hostile or broken; becomes a failure
|-- ArticleError            -        one XML can't be read; becomes a failure
`-- GateError               exit 4   a gate refused
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

MACHINE_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What the operating system says when the machine, not the input, is at fault."""

TOLD_IN_A_LINE = MACHINE_FAULTS | {errno.EACCES}
"""Faults that a person can mend without a traceback."""


class BricksError(Exception):
    """Says what happened, where, and what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(what, where, mend)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.mend}" if self.mend else ""
        return f"{place}{self.what}{advice}"


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
    """A manifest that can't be true; `problems` holds every mistake, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["ManifestError"], tuple[tuple[Problem, ...]]]:
        return (ManifestError, (self.problems,))


class ReasonedError(BricksError):
    """Carries the machine-readable reason that the record is dropped or failed with."""

    def __init__(self, reason: str, detail: str, *, where: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}", where=where)

    def __reduce__(self) -> tuple[type["ReasonedError"], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class PixelError(ReasonedError):
    """A picture that can't be read; `reason` is one of `pipeline.pixels.REASONS`."""


class ArchiveError(ReasonedError):
    """A container that is hostile, broken or too large."""


class ArticleError(ReasonedError):
    """An XML that is no article or can't be read without guessing."""


class SourceError(ReasonedError):
    """A source that answers what it must not, after every retry."""


class WorkspaceError(BricksError):
    """A run's folder that is busy, foreign or damaged."""


class GateError(BricksError):
    """A publish gate refused."""

    exit_code: ClassVar[int] = 4
