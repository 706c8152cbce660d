"""bioRxiv index: which archive of the bucket holds which preprint; one SQLite file, written archive by archive.

The bucket's keys tell nothing, so every archive's head was read once (`meca_head`), for money. What is known of an
archive holds as long as its ETag. An archive that can't be read is known as well, with its reason.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ingest.meca_head import Head
from ingest.requester_pays import Stored
from pipeline.workspace import blaming
from schemas.errors import ArchiveError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS archives (
    key TEXT PRIMARY KEY, etag TEXT NOT NULL, size_bytes INTEGER NOT NULL, modified TEXT NOT NULL,
    suffix TEXT, doi TEXT, version INTEGER, reason TEXT, detail TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS archives_by_preprint ON archives (suffix, version);
CREATE TABLE IF NOT EXISTS folders (prefix TEXT PRIMARY KEY, archives INTEGER NOT NULL) STRICT;
"""
_MEND = "If it lasts, move it away: the bucket is read again, which costs time and a little money."

DoiVersion = tuple[str, int]
"""DOI and version."""


class Entry(Stored):
    """An archive of the bucket, and the preprint in it."""

    doi: str
    version: int
    month: str
    """The folder: Current_Content/January_2026, Back_Content/Batch_01."""
    others: tuple[str, ...] = ()
    """Keys of older archives of the same version."""


class Index:
    """An open index; use `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __len__(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM archives").fetchone()
        return int(count)

    def unread(self, prefix: str, listed: Iterable[Stored]) -> list[Stored]:
        """Return those of `listed`, all that lies under `prefix`, of which nothing is known, in their order."""
        listed = list(listed)
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO folders VALUES (?, ?)", (prefix, len(listed)))
        known = dict(self._connection.execute("SELECT key, etag FROM archives WHERE key GLOB ?", (f"{prefix}*",)))
        return [one for one in listed if known.get(one.key) != one.etag]

    def add(self, stored: Stored, told: Head | ArchiveError) -> None:
        """Keep what an archive's head told, or why it could not be read; safe from a kill once this returns."""
        modified = stored.modified_at.astimezone(UTC).isoformat()
        row: tuple[str | int | None, ...] = (stored.key, stored.etag, stored.size_bytes, modified)
        if isinstance(told, Head):
            row += (_suffix(told.doi), told.doi, told.version, None, None)
        else:
            row += (None, None, None, told.reason, told.detail)
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO archives VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def forget(self, key: str) -> None:
        """Know nothing of an archive any more."""
        with self._connection:
            self._connection.execute("DELETE FROM archives WHERE key = ?", (key,))

    def find(self, doi: str, version: int) -> Entry | None:
        """Return the newest archive of a version of a preprint, under whichever prefix its DOI is told."""
        rows = self._connection.execute(
            "SELECT key, etag, size_bytes, modified, doi, version FROM archives WHERE suffix = ? AND version = ?"
            " ORDER BY modified DESC, key",
            (_suffix(doi), version),
        ).fetchall()
        if not rows:
            return None
        key, etag, size_bytes, modified, told, number = rows[0]
        return Entry(
            key=key,
            etag=etag,
            size_bytes=size_bytes,
            modified_at=datetime.fromisoformat(modified),
            doi=told,
            version=number,
            month=key.rpartition("/")[0],
            others=tuple(row[0] for row in rows[1:]),
        )

    def missing(self, wanted: Iterable[DoiVersion]) -> dict[DoiVersion, DoiVersion]:
        """Return those of `wanted` that no archive is known of, by what `same` says of them."""
        return {same(*preprint): preprint for preprint in wanted if self.find(*preprint) is None}

    def broken(self) -> Mapping[str, str]:
        """Return the archives that could not be read, each with its reason."""
        return dict(self._connection.execute("SELECT key, reason FROM archives WHERE reason IS NOT NULL ORDER BY key"))

    def still_to_read(self, prefix: str, *, if_unlisted: int) -> int:
        """Return how many archives of a folder were not read when it was last listed."""
        listed = self._connection.execute("SELECT archives FROM folders WHERE prefix = ?", (prefix,)).fetchone()
        count = "SELECT count(*) FROM archives WHERE key GLOB ?"
        (known,) = self._connection.execute(count, (f"{prefix}*",)).fetchone()
        return max(0, (listed[0] if listed else if_unlisted) - int(known))


def same(doi: str, version: int) -> DoiVersion:
    """Return the name that a preprint's version has whichever prefix its DOI is given.

    >>> same("10.64898/2025.12.02.000001", 1) == same("10.1101/2025.12.02.000001", 1)
    True
    """
    return _suffix(doi), version


def _suffix(doi: str) -> str:
    # Both prefixes number from one series, and an archive may tell only the suffix.
    return doi.partition("/")[2].lower()


@contextmanager
def opened(path: Path) -> Iterator[Index]:
    """Yield the index at `path`, made if it is missing.

    Raises:
        WorkspaceError: it is damaged or can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with blaming(path, sqlite3.DatabaseError, mend=_MEND), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        yield Index(connection)
