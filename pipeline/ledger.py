"""Ledger: which item of a source lies in which part of `1-figures`.

An item is given to a part once and stays there; new items make new parts. The ledger is a sqlite file that is
filled again from the parts, whose footers name their items, where it was lost or damaged: without it every part
would look like one that nobody asked for.
"""

import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.store import part_numbers, read_stamp
from pipeline.workspace import FIGURES, blaming

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    locator TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, part INTEGER NOT NULL, position INTEGER NOT NULL, listed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS items_by_part ON items (part, position);
CREATE INDEX IF NOT EXISTS items_by_key ON items (source, key);
CREATE TABLE IF NOT EXISTS attempts (part INTEGER PRIMARY KEY, attempt INTEGER NOT NULL) STRICT;
"""


EVERYTHING = ""
"""The key of an item that is none: its source gives no full account this time."""

_NAMED = ("locator", "source", "key", "stamp", "size_bytes")
"""What the footer of a part says of an item."""

_COLUMNS = (*_NAMED, "part", "position", "listed")
_DAMAGES = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR", "SQLITE_SCHEMA")
"""How sqlite names what is wrong with a file; all else is wrong with the machine."""

_log = logging.getLogger("bricks.pace.ledger")
_MEND = "If it lasts, move it away: it is made again from the parts."


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

        Items that are known keep their place. What the sources no longer list is marked so, but for a source of
        which `EVERYTHING` was found: there it stays listed. All or nothing: a kill leaves the ledger as it was.
        """
        new, filled, size = 0, 0, 0
        doubted: set[str] = set()
        with self._connection:
            self._connection.execute("UPDATE items SET listed = -listed")
            (part,) = self._connection.execute("SELECT coalesce(max(part), -1) + 1 FROM items").fetchone()
            for entry in found:
                if entry.key == EVERYTHING:
                    doubted.add(entry.source)
                    continue
                if self._is_known(entry):
                    continue
                if filled >= most_items or (filled and size + entry.size_bytes > most_bytes):
                    part, filled, size = part + 1, 0, 0
                self._add(entry, part, filled)
                new, filled, size = new + 1, filled + 1, size + entry.size_bytes
            self._settle(doubted)
        return new

    def _settle(self, doubted: Iterable[str]) -> None:
        """Decide about what was listed before (-1) and isn't now: it stays where its source is in doubt."""
        stays = (
            "UPDATE items SET listed = 1 WHERE listed = -1 AND source = ?1"
            " AND key NOT IN (SELECT key FROM items WHERE source = ?1 AND listed = 1)"
        )
        self._connection.executemany(stays, [(source,) for source in sorted(doubted)])
        self._connection.execute("UPDATE items SET listed = 0 WHERE listed = -1")

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

    def keep_highest(self) -> None:
        """Leave only the highest version listed of every item that several sources of a manifest name.

        A stamp that begins with a number is a version.
        """
        higher = (
            "SELECT 1 FROM items AS other WHERE other.source = items.source AND other.key = items.key"
            " AND other.listed = 1 AND CAST(other.stamp AS INTEGER) > CAST(items.stamp AS INTEGER)"
        )
        with self._connection:
            self._connection.execute(f"UPDATE items SET listed = 0 WHERE listed = 1 AND EXISTS ({higher})")  # noqa: S608

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

    def gone(self) -> dict[int, list[str]]:
        """Return the locators of the items that the sources no longer list, by part; parts without one are left out."""
        gone: dict[int, list[str]] = {}
        asked = "SELECT part, locator FROM items WHERE NOT listed ORDER BY part, position"
        for part, locator in self._connection.execute(asked):
            gone.setdefault(part, []).append(locator)
        return gone

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
    """Yield the ledger at `path`; a damaged one is set aside, and one made from the parts takes its place.

    Raises:
        WorkspaceError: it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with blaming(path, sqlite3.DatabaseError, mend=_MEND):
        if path.exists() and not _is_sound(path):
            _set_aside(path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            yield _filled(connection, path)


@contextmanager
def reading(path: Path) -> Iterator[Ledger]:
    """Yield the ledger at `path` and write nothing; a lost or damaged one is made from the parts, in memory.

    Raises:
        WorkspaceError: it can't be read.
    """
    sound = path.exists() and _is_sound(path)
    with (
        blaming(path, sqlite3.DatabaseError, mend=_MEND),
        closing(_connected_to_read(path) if sound else sqlite3.connect(":memory:")) as connection,
    ):
        yield Ledger(connection) if sound else _filled(connection, path)


def _filled(connection: sqlite3.Connection, path: Path) -> Ledger:
    """Return the ledger of `connection`; an empty one is filled from what the parts beside `path` say."""
    connection.executescript(_SCHEMA)
    book = Ledger(connection)
    if not len(book):
        folder = path.parent / FIGURES
        stamps = {part: stamp for part in part_numbers(folder) if (stamp := read_stamp(folder, part))}
        entries = (
            Entry(**{name: item[name] for name in _NAMED}, part=part, position=position)
            for part, stamp in stamps.items()
            for position, item in enumerate(stamp.extra["items"])
        )
        book.restore(entries, {part: stamp.extra["attempt"] for part, stamp in stamps.items()})
    return book


def _connected_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that makes no file; without a journal that waits, sqlite is told that nobody writes."""
    journal = path.with_name(f"{path.name}-wal")
    waits = journal.is_file() and journal.stat().st_size > 0
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        connection = sqlite3.connect(address if waits else f"{address}&immutable=1", uri=True)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:  # the journal's index is missing and can't be made: what was put in before it
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True)
    return connection


def _is_sound(path: Path) -> bool:
    """Return whether the file at `path` is a ledger in order; it is looked through once a process."""
    about = path.stat()
    return path.is_file() and _is_in_order(path, (about.st_ino, about.st_mtime_ns, about.st_size))


@lru_cache(maxsize=8)
def _is_in_order(path: Path, mark: tuple[int, ...]) -> bool:
    # another `mark` is another content
    try:
        with closing(_connected_to_read(path)) as connection:
            connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM items LIMIT 0")  # noqa: S608
            connection.execute("SELECT part, attempt FROM attempts LIMIT 0")
            said: tuple[str] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith(_DAMAGES):
            return False
        raise
    return said == ("ok",)


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    _log.warning("%s was damaged: it is made again from the parts, and the damaged one lies in %s", path, aside.name)
    for journal in ("-wal", "-shm"):
        path.with_name(path.name + journal).unlink(missing_ok=True)
