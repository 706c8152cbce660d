"""Ledger: which item of a source lies in which part of `1-figures`.

An item is given to a part once and stays there; new items make new parts. The ledger is a sqlite file that can
be rebuilt from the parts, whose footers name their items.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    locator TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, part INTEGER NOT NULL, position INTEGER NOT NULL, listed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS items_by_part ON items (part, position);
CREATE TABLE IF NOT EXISTS attempts (part INTEGER PRIMARY KEY, attempt INTEGER NOT NULL) STRICT;
"""


_COLUMNS = ("locator", "source", "key", "stamp", "size_bytes", "part", "position", "listed")


@dataclass(frozen=True)
class Entry:
    """An item of a source and its place; `listed` when the last run's sources still named it."""

    locator: str
    source: str
    key: str
    stamp: str
    size_bytes: int
    part: int = -1
    position: int = -1
    listed: bool = True


def _name(entry: Entry) -> tuple[str, str, str, str, int]:
    return entry.locator, entry.source, entry.key, entry.stamp, entry.size_bytes


class Ledger:
    """An open ledger; use `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def assign(self, found: Iterable[Entry], *, most_items: int, most_bytes: int) -> int:
        """Give every new item a part, in the order found, and return how many were new.

        Items that are known keep their place. What the sources no longer list is marked so. All or nothing: a
        kill leaves the ledger as it was.
        """
        new, filled, size = 0, 0, 0
        with self._connection:
            self._connection.execute("UPDATE items SET listed = 0")
            (part,) = self._connection.execute("SELECT coalesce(max(part), -1) + 1 FROM items").fetchone()
            for entry in found:
                if self._is_known(entry):
                    continue
                if filled >= most_items or (filled and size + entry.size_bytes > most_bytes):
                    part, filled, size = part + 1, 0, 0
                self._add(entry, part, filled)
                new, filled, size = new + 1, filled + 1, size + entry.size_bytes
        return new

    def keep_newest(self, doubtful: Collection[str]) -> None:
        """List the newest known state of every item of which the sources listed a stamp in `doubtful`."""
        stamps = sorted(doubtful)
        marks = ", ".join("?" * len(stamps))
        doubted = f"SELECT source, key FROM items WHERE listed = 1 AND stamp IN ({marks})"  # noqa: S608  placeholders
        newest = (
            "SELECT locator FROM items WHERE source = ? AND key = ?"  # noqa: S608
            f" AND stamp NOT IN ({marks}) ORDER BY part DESC, position DESC LIMIT 1"
        )
        with self._connection:
            for item in self._connection.execute(doubted, stamps).fetchall():
                again = f"UPDATE items SET listed = 1 WHERE locator = ({newest})"  # noqa: S608
                self._connection.execute(again, (*item, *stamps))

    def _is_known(self, entry: Entry) -> bool:
        known = self._connection.execute("UPDATE items SET listed = 1 WHERE locator = ?", (entry.locator,))
        return known.rowcount > 0

    def _add(self, entry: Entry, part: int, position: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*_name(entry), part, position, int(entry.listed)),
        )

    def parts(self) -> dict[int, list[Entry]]:
        """Return every part with its items in order."""
        parts: dict[int, list[Entry]] = {}
        for row in self._connection.execute("SELECT * FROM items ORDER BY part, position"):
            entry = Entry(**{**dict(zip(_COLUMNS, row, strict=True)), "listed": bool(row[-1])})
            parts.setdefault(entry.part, []).append(entry)
        return parts

    def attempts(self) -> dict[int, int]:
        """Return how often each part was asked to be made again."""
        return dict(self._connection.execute("SELECT part, attempt FROM attempts"))

    def try_again(self, parts: Iterable[int]) -> None:
        """Ask for `parts` to be made again by the next run."""
        with self._connection:
            self._connection.executemany(
                "INSERT INTO attempts VALUES (?, 1) ON CONFLICT (part) DO UPDATE SET attempt = attempt + 1",
                [(part,) for part in parts],
            )

    def restore(self, entries: Iterable[Entry], attempts: dict[int, int]) -> None:
        """Fill an empty ledger from what the parts' footers say."""
        with self._connection:
            for entry in entries:
                self._add(entry, entry.part, entry.position)
            self._connection.executemany("INSERT OR REPLACE INTO attempts VALUES (?, ?)", attempts.items())

    def __len__(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM items").fetchone()
        return int(count)


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """Yield the ledger at `path`; a damaged one is set aside, and an empty one takes its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError:
        path.replace(path.with_name(f"{path.name}.damaged"))
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink(missing_ok=True)
        connection = _connect(path)
    try:
        yield Ledger(connection)
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        connection.execute("SELECT count(*) FROM items").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
