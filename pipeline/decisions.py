"""Decisions: what people decided, append-only; each stage replays its own on every rebuild.

A decision speaks of one field of one record at one stage. The newest decision on the same field is in force; one
whose `after` is null withdraws what was decided on it, so nothing is.
A takedown is a decision at `1-figures` on what it selects by: the fields id, doi, sha256 or source_id; it is a
tombstone too, since it is replayed on everything that is harvested later.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.store import fingerprint, part_numbers, read_stamp
from pipeline.workspace import FIGURES, STAGES, Workspace, blaming, locked
from schemas.errors import WorkspaceError
from schemas.records import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, at TEXT NOT NULL, queue TEXT NOT NULL,
    stage TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, content_hash TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL
) STRICT
"""
_COLUMNS = "who, at, queue, stage, id, field, content_hash, before, after, reason"
_INSERT = f"INSERT INTO decisions ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)"  # noqa: S608  our own constants
_SELECT = f"SELECT seq, {_COLUMNS} FROM decisions WHERE seq > ? ORDER BY seq"  # noqa: S608
_MEND = (
    "Put a copy of it back: nothing else knows what people decided. "
    "To forget that, move it and the folders of the stages away: all is then fetched again."
)
_DOI_ADDRESS = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
REMOVED = "removed"
SELECTORS = ("id", "doi", "sha256", "source_id")
"""What a takedown can name records by."""


class Decision(Record):
    """One verdict of one person on one field; `before` and `after` are JSON values."""

    who: str
    when: datetime
    queue: str
    stage: str
    id: str
    """The record's id; for a takedown the value it selects by."""
    field: str
    content_hash: str = ""
    """Hash of what the person saw; empty where the decision holds whatever the content."""
    before: Any = None
    after: Any = None
    reason: str = ""

    @property
    def mark(self) -> str:
        """Return what names this decision in a part's stamp."""
        said = (self.after, self.reason, self.who)  # rows name who decided
        return fingerprint(self.stage, self.id, self.field, self.content_hash, *said)

    @property
    def is_withdrawal(self) -> bool:
        """Return whether nothing holds any more of what was decided on the field."""
        return self.after is None


Decided = Mapping[str, Sequence[Decision]]
"""The decisions in force at one stage, by the id they speak of."""


def content_hash(*seen: object) -> str:
    """Return the hash of what a reviewer is shown, to know later whether it is still the same."""
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()[:32]


def append(path: Path, decisions: Iterable[Decision]) -> None:
    """Add decisions to the log, all or none, safe on disk when this returns.

    Raises:
        WorkspaceError: the log is damaged or can't be written.
    """
    with appending(path, decisions):
        pass


@contextmanager
def appending(path: Path, decisions: Iterable[Decision]) -> Iterator[sqlite3.Connection]:
    """Add decisions to the log together with what the block writes beside them, all or none.

    Raises:
        WorkspaceError: the log is damaged or can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_row(decision) for decision in decisions]
    with (
        blaming(path, sqlite3.DatabaseError, mend=_MEND),
        closing(sqlite3.connect(path)) as connection,
        connection,
    ):
        connection.execute(_SCHEMA)
        connection.executemany(_INSERT, rows)
        yield connection


def _row(decision: Decision) -> tuple[str, ...]:
    said = decision.model_dump(mode="json")
    said["at"] = said.pop("when")
    return tuple(json.dumps(said[name]) if name in ("before", "after") else said[name] for name in _COLUMNS.split(", "))


def read(path: Path) -> list[Decision]:
    """Return the whole log, oldest first; nothing is written, but for what an append left half done.

    Raises:
        WorkspaceError: the log is damaged.
    """
    return [said for _, said in read_after(path, 0)]


def read_after(path: Path, number: int) -> list[tuple[int, Decision]]:
    """Return what was added to the log after the decision of that number, each with its own, oldest first.

    Raises:
        WorkspaceError: the log is damaged.
    """
    if not path.exists():
        return []
    with reading(path) as connection:
        is_begun = connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,)
        rows = connection.execute(_SELECT, (number,)).fetchall() if is_begun else []
        return [(seq, _decision(dict(zip(_COLUMNS.split(", "), row, strict=True)))) for seq, *row in rows]


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the log's file, which must be there, to read it.

    Raises:
        WorkspaceError: it is damaged.
    """
    cut_short = path.with_name(f"{path.name}-journal").exists()
    address = f"{path.absolute().as_uri()}?mode={'rw' if cut_short else 'ro'}"
    with (
        blaming(path, sqlite3.DatabaseError, ValueError, mend=_MEND),
        closing(sqlite3.connect(address, uri=True)) as connection,
    ):
        yield connection


@contextmanager
def at_work(workspace: Workspace, option: str = "") -> Iterator[None]:
    """Hold the workspace alone until the block ends, with all that was decided there.

    Of a command that may work elsewhere, `option` says where.

    Raises:
        WorkspaceError: another run holds it, it can't be written, or the log is lost: what was taken down would
            come back.
    """
    with locked(workspace, option):
        if not read(workspace.decisions) and _has_replayed(workspace):
            what = "is lost, and what was decided there was carried out."
            raise WorkspaceError(what, where=str(workspace.decisions), mend=_MEND)
        yield


def _has_replayed(workspace: Workspace) -> bool:
    folders = map(workspace.stage, STAGES)
    stamps = (read_stamp(folder, number) for folder in folders for number in part_numbers(folder))
    return any(stamp is not None and stamp.decided for stamp in stamps)


def _decision(said: dict[str, str]) -> Decision:
    values: dict[str, Any] = {**said, "when": said.pop("at")}
    values.pop("at", None)
    return Decision.model_validate({**values, **{name: json.loads(said[name]) for name in ("before", "after")}})


def in_force(log: Iterable[Decision], stage: str) -> dict[str, list[Decision]]:
    """Return the newest decision on each field at `stage`, by id; none where it is withdrawn."""
    newest = {(said.id, said.field): said for said in log if said.stage == stage}
    force: dict[str, list[Decision]] = {}
    for key in sorted(newest):
        if not newest[key].is_withdrawal:
            force.setdefault(newest[key].id, []).append(newest[key])
    return force


def normal(field: str, value: str) -> str:
    """Return a selector's value as it is compared: DOIs without their address and in lower case.

    >>> normal("doi", "https://doi.org/10.1371/Journal.pone.0000133")
    '10.1371/journal.pone.0000133'
    """
    if field == "sha256":
        return value.strip().lower()
    return _DOI_ADDRESS.sub("", value.strip()).lower() if field == "doi" else value.strip()


def selectors(record_id: str, sha256: str, source_id: str, doi: str | None) -> dict[str, str | None]:
    """Return what a takedown may name a figure by."""
    return {"id": record_id, "sha256": sha256, "source_id": source_id, "doi": doi and normal("doi", doi)}


def takedown_of(decided: Decided, selectors: Mapping[str, str | None]) -> Decision | None:
    """Return the takedown that names a record by one of `selectors` (field -> value), if there is one."""
    for field in SELECTORS:
        for decision in decided.get(selectors.get(field) or "", ()):
            if decision.field == field and decision.stage == FIGURES and decision.after == REMOVED:
                return decision
    return None
