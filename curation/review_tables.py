"""Review tables: the index of what reviewers are asked, in `cache/review.sqlite`; it may be deleted at any time."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipeline.workspace import Workspace, blaming

_LAYOUT = 3
"""Raised when the tables change: an older index is made anew."""
_SCHEMA = """
CREATE TABLE parts (queue TEXT, part INTEGER, made_of TEXT, PRIMARY KEY (queue, part)) WITHOUT ROWID;
CREATE TABLE items (
    queue TEXT NOT NULL, key TEXT NOT NULL, made_in INTEGER NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL,
    stratum TEXT NOT NULL, rank TEXT NOT NULL, body BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', outcome TEXT NOT NULL DEFAULT '', who TEXT NOT NULL DEFAULT '',
    second TEXT NOT NULL DEFAULT '', wants_second INTEGER NOT NULL, asked INTEGER, PRIMARY KEY (queue, key)
);
CREATE INDEX items_in_order ON items (queue, asked);
CREATE INDEX items_waiting ON items (queue, asked) WHERE state != 'answered';
CREATE INDEX items_twice ON items (queue, asked) WHERE wants_second = 1 AND state = 'answered' AND second = '';
CREATE INDEX items_of_part ON items (queue, made_in);
CREATE INDEX items_by_key ON items (key);
CREATE TABLE touches (id TEXT, queue TEXT, key TEXT, PRIMARY KEY (id, queue, key)) WITHOUT ROWID;
CREATE INDEX touches_of_item ON touches (queue, key);
CREATE TABLE said (
    seq INTEGER PRIMARY KEY, who TEXT, at TEXT, queue TEXT, stage TEXT, id TEXT, field TEXT, content_hash TEXT,
    before TEXT, after TEXT, reason TEXT
);
CREATE INDEX said_of ON said (id);
CREATE INDEX said_in ON said (queue, who, seq);
CREATE INDEX said_by ON said (who, seq);
CREATE TABLE ignored (mark TEXT PRIMARY KEY, why TEXT) WITHOUT ROWID;
CREATE TABLE skips (queue TEXT, key TEXT, who TEXT, turn INTEGER, PRIMARY KEY (queue, who, key)) WITHOUT ROWID;
CREATE TABLE leases (queue TEXT, key TEXT, who TEXT, at_s REAL, PRIMARY KEY (queue, key)) WITHOUT ROWID;
CREATE TABLE sent (nonce TEXT PRIMARY KEY, said TEXT) WITHOUT ROWID;
CREATE TABLE counts (
    queue TEXT, state TEXT, outcome TEXT, asked INTEGER, count INTEGER, PRIMARY KEY (queue, state, outcome, asked)
) WITHOUT ROWID;
CREATE TABLE gone (queue TEXT, who TEXT, at TEXT, id TEXT, outcome TEXT, PRIMARY KEY (queue, who, at, id))
    WITHOUT ROWID;
"""
_COUNTED = """
    INSERT INTO counts VALUES (ROW.queue, ROW.state, ROW.outcome, ROW.asked IS NOT NULL, SIGN)
    ON CONFLICT DO UPDATE SET count = count + SIGN
"""
_MORE = _COUNTED.replace("ROW", "new").replace("SIGN", "1")
_LESS = _COUNTED.replace("ROW", "old").replace("SIGN", "-1")
_TRIGGERS = (
    f"CREATE TRIGGER counted_in AFTER INSERT ON items BEGIN {_MORE}; END",
    f"CREATE TRIGGER counted_out AFTER DELETE ON items BEGIN {_LESS}; END",
    f"""
    CREATE TRIGGER counted_anew AFTER UPDATE OF state, outcome, asked ON items
    WHEN old.state != new.state OR old.outcome != new.outcome OR (old.asked IS NULL) != (new.asked IS NULL)
    BEGIN {_LESS}; {_MORE}; END
    """,
)
"""Progress is asked for with every item, so it is counted as it changes."""
_MEND = "Remove it: it is made again."


def index_path(workspace: Workspace) -> Path:
    """Return the index's file."""
    return workspace.cache / "review.sqlite"


@contextmanager
def index_of(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """Yield the index, empty where there was none of this layout; the block is one transaction.

    Raises:
        WorkspaceError: it can't be read or written.
    """
    path = index_path(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        blaming(path, sqlite3.DatabaseError, mend=_MEND),
        closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # what counts is in the log of decisions
        connection.execute("PRAGMA secure_delete = ON")  # what was taken down is no more
        _laid_out(connection)
        yield connection


def _laid_out(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone() == (_LAYOUT,):
        return
    with whole(connection):
        if connection.execute("PRAGMA user_version").fetchone() == (_LAYOUT,):
            return
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        for statement in (*_SCHEMA.split(";"), *_TRIGGERS):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_LAYOUT}")


@contextmanager
def whole(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all that the block writes appear at once, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
