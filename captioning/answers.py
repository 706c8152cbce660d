"""Answers: what was answered is kept in one sqlite file, committed before it counts, and never asked again.

Several processes may share the file. It holds questions without pixels and replies, no address, no key of a server.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, ParamSpec, Self, TypeVar

from captioning.replies import Reply
from captioning.request_bodies import Question
from pipeline.workspace import Workspace
from schemas.errors import WorkspaceError

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, question BLOB NOT NULL, reply TEXT NOT NULL, model TEXT NOT NULL, answered_at REAL NOT NULL,
    round INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS batched (
    key TEXT PRIMARY KEY, question BLOB NOT NULL, model TEXT NOT NULL, round INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS vain (
    panel TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS stream (panels INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS asked (panel TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS busy (
    endpoint INTEGER, second INTEGER, PRIMARY KEY (endpoint, second)
) WITHOUT ROWID, STRICT;
"""
_BUSY_TIMEOUT_S = 60.0
_Given = ParamSpec("_Given")
_Back = TypeVar("_Back")


def answers_file(workspace: Workspace) -> Path:
    """Return where a run keeps its answers."""
    return workspace.cache / "answers.sqlite"


class Spent(NamedTuple):
    """What the answers of a model took; an endpoint's second counts once, whichever processes used it."""

    panels: int
    """First questions; second ones are part of what a panel takes."""
    tokens_in: int
    tokens_out: int
    busy_s: int


def _told(method: Callable[_Given, _Back]) -> Callable[_Given, _Back]:
    """Return the method with sqlite's complaints in the words of the house."""

    @wraps(method)
    def telling(*given: _Given.args, **named: _Given.kwargs) -> _Back:
        try:
            return method(*given, **named)
        except sqlite3.DatabaseError as error:
            where = str(getattr(given[0], "path", ""))
            what, mend = f"answers can't be kept or read: {error}.", "Make room on its disk, if that is full"
            mend += ": answers that came are kept, and the same command goes on."
            raise WorkspaceError(what, where=where, mend=mend) from error

    return telling


class Answers:
    """The file; to be used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")  # whole after any kill; a power cut may cost the last ones
            self._file.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(f"is no file of answers: {error}.", where=str(path), mend="Move it away.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @_told
    def find(self, key: str) -> Reply | None:
        """Return what was answered, if anything was."""
        row = self._file.execute("SELECT reply FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else Reply.model_validate_json(row[0])

    @_told
    def keep(self, question: Question, reply: Reply) -> Reply:
        """Keep an answer, and return what stands under its key: the first one, where two processes asked."""
        kept, counts = reply.model_dump_json(), (question.round, reply.tokens_in, reply.tokens_out)
        row = (question.key, question.written, kept, question.body["model"], time.time(), *counts)
        placed = self._file.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return reply if placed.rowcount else self.find(question.key) or reply

    @_told
    def note_batched(self, questions: Iterable[Question]) -> None:
        """Note questions that are asked in a batch file, whose answers come under their keys alone."""
        rows = [(one.key, one.written, one.body["model"], one.round) for one in questions]
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany("INSERT OR IGNORE INTO batched VALUES (?, ?, ?, ?)", rows)
        self._file.execute("COMMIT")

    @_told
    def keep_batched(self, key: str, reply: Reply) -> bool:
        """Keep an answer that came in a batch; return whether it was asked for."""
        row = (reply.model_dump_json(), time.time(), reply.tokens_in, reply.tokens_out, key)
        self._file.execute(
            "INSERT OR IGNORE INTO answers SELECT key, question, ?, model, ?, round, ?, ? FROM batched WHERE key = ?",
            row,
        )
        return self.find(key) is not None

    @_told
    def begin_stream(self, panels: int) -> None:
        """Note that so many panels are about to be asked about."""
        self.end_stream()
        self._file.execute("DELETE FROM asked")
        self._file.execute("INSERT INTO stream VALUES (?)", (panels,))

    @_told
    def end_stream(self) -> None:
        """Note that all have been asked about."""
        self._file.execute("DELETE FROM stream")

    @_told
    def note_asked(self, keys: Mapping[str, str]) -> None:
        """Note the keys of the first questions about panels, by the panels' ids."""
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany("INSERT OR REPLACE INTO asked VALUES (?, ?)", keys.items())
        self._file.execute("COMMIT")

    @_told
    def so_far(self) -> tuple[int, int] | None:
        """Return how many panels are to be asked about and of how many an answer is kept; None where all were."""
        row = self._file.execute("SELECT panels FROM stream").fetchone()
        kept = self._file.execute("SELECT COUNT(*) FROM asked JOIN answers USING (key)").fetchone()
        return row and (int(row[0]), int(kept[0]))

    @_told
    def note_vain(self, told: Iterable[tuple[str, str, str]]) -> None:
        """Note, in place of what was noted before, which panels were asked about in vain: id, reason, words."""
        self._file.execute("BEGIN IMMEDIATE")
        self._file.execute("DELETE FROM vain")
        self._file.executemany("INSERT OR REPLACE INTO vain VALUES (?, ?, ?)", told)
        self._file.execute("COMMIT")

    @_told
    def vain(self, panel: str) -> tuple[str, str] | None:
        """Return why a panel has no answer, where that was noted."""
        row = self._file.execute("SELECT reason, detail FROM vain WHERE panel = ?", (panel,)).fetchone()
        return row and (str(row[0]), str(row[1]))

    @_told
    def note_busy(self, seconds: Iterable[tuple[int, int]]) -> int:
        """Note in which seconds which endpoint was at work; return how many are known of all."""
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany("INSERT OR IGNORE INTO busy VALUES (?, ?)", seconds)
        self._file.execute("COMMIT")
        return int(self._file.execute("SELECT COUNT(*) FROM busy").fetchone()[0])

    @_told
    def spent(self, model: str) -> Spent:
        """Return what the answers of `model` took, and the seconds of all endpoints."""
        told = self._file.execute(
            "SELECT COUNT(*) FILTER (WHERE round = 1), COALESCE(SUM(tokens_in), 0), COALESCE(SUM(tokens_out), 0)"
            " FROM answers WHERE model = ?",
            (model,),
        ).fetchone()
        busy_s = self._file.execute("SELECT COUNT(*) FROM busy").fetchone()[0]
        return Spent(told[0], told[1], told[2], busy_s)
