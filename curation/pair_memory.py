"""Pair memory: what the pixels said of two panels, so that a run that goes on, or grows, doesn't look again.

A file of the cache: it may be deleted at the price of comparing again, and never changes what comes out.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from curation.confirm import VERSION, Compared, Confirmed, Kind
from pipeline.store import fingerprint
from pipeline.workspace import blaming

_ASKED_AT_ONCE = 500
_TABLE = "CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID"


class PairMemory:
    """What was said of pairs, by `key_of` them."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def recall(self, keys: Sequence[str]) -> dict[str, Compared]:
        """Return what was said of those pairs that were looked at."""
        found: dict[str, Compared] = {}
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            lot = keys[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(lot))
            rows = self._base.execute(f"SELECT key, said FROM pairs WHERE key IN ({marks})", lot)  # noqa: S608
            found.update((key, _read(said)) for key, said in rows)
        return found

    def keep(self, said: Iterable[tuple[str, Compared]]) -> None:
        """Write what was said of pairs, all or nothing."""
        with self._base:
            rows = ((key, json.dumps(found)) for key, found in said)
            self._base.executemany("INSERT OR REPLACE INTO pairs VALUES (?, ?)", rows)


@contextmanager
def pair_memory(folder: Path) -> Iterator[PairMemory]:
    """Open the memory in a folder; one that is damaged is begun anew.

    Raises:
        WorkspaceError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pairs.sqlite"
    with blaming(path, sqlite3.DatabaseError, mend="Remove it: it is begun anew."):
        try:
            base = _opened(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            base = _opened(path)
        with closing(base):
            yield PairMemory(base)


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute(_TABLE)
        base.execute("PRAGMA quick_check")
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def key_of(*asked: object) -> str:
    """Return the key of a question about two panels: their pixels, and how they are laid on each other."""
    return fingerprint(VERSION, *asked)


def _read(said: str) -> Compared:
    found, *beside = json.loads(said)
    return Compared(None if found is None else Confirmed(Kind(found[0]), *found[1:]), *beside)
