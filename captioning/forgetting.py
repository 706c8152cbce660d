"""Forgetting: what a model was asked and said about figures that are taken down leaves the file of answers for good."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing

from captioning.answers import answers_file
from pipeline.takedown import Going, going
from pipeline.workspace import Workspace, blaming

_MEND = "Move it away: then every panel is asked about again."
_TABLES = ("answers", "batched")
_FEWEST_CHARACTERS = 12
"""Shorter captions name no figure: others may have the same."""


def forget_answers(workspace: Workspace) -> int:
    """Purge what was asked about figures that a takedown names and that still stand; return how many questions went.

    To be called before the figures go: a kill leaves them standing, and the next call finds them again. A question is
    known by its picture, or where it shows none by the caption in it.

    Raises:
        WorkspaceError: the file of answers is damaged.
    """
    path = answers_file(workspace)
    leaving = tuple(going(workspace)) if path.is_file() else ()
    if not leaving:
        return 0
    with blaming(path, sqlite3.DatabaseError, mend=_MEND), closing(sqlite3.connect(path, timeout=60.0)) as base:
        base.execute("PRAGMA secure_delete = ON")
        with base:
            gone = sum(_purge(base, table, leaving) for table in _TABLES)
            base.execute("DELETE FROM vain")  # words of refused answers, noted anew when they are asked about
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.execute("VACUUM")
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def _purge(base: sqlite3.Connection, table: str, leaving: Sequence[Going]) -> int:
    there = base.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    if not there:
        return 0
    signs = [sign for one in leaving for sign in _signs(one)]
    each = base.execute(f"SELECT key, question FROM {table}")  # noqa: S608  our own constants
    keys = [(key,) for key, question in each if any(sign in question for sign in signs)]
    base.executemany(f"DELETE FROM {table} WHERE key = ?", keys)  # noqa: S608
    return len(keys)


def _signs(one: Going) -> list[bytes]:
    """Return what tells a question about a figure, as a request is written."""
    words = [text for text in one.captions if len(text) >= _FEWEST_CHARACTERS]
    return [one.sha256.encode(), *(json.dumps(text)[1:-1].encode() for text in words)]
