"""Review reading: what the page asks of the index: the next item, the ones beside it, progress."""

import math
import sqlite3
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_LEASE_S = 300.0
"""So long an item that one reviewer looks at isn't shown to another."""

_LOOKED_BACK = 50
"""Decisions among which the last that still stands is looked for."""


class Progress(NamedTuple):
    """How far a queue is."""

    items: int
    asked: int
    reviewed: int
    accepted: int
    edited: int
    rejected: int
    disagreed: int
    changed: int

    @property
    def open(self) -> int:
        """Return how many of those asked still wait."""
        return self.asked - self.reviewed


def progress(connection: sqlite3.Connection, queue: str) -> Progress:
    """Return how far a queue is; verdicts that were carried out and whose item is gone count as well."""
    rows = connection.execute(
        "SELECT state, outcome, sum(count), sum(count * asked) FROM counts WHERE queue = ? GROUP BY state, outcome",
        (queue,),
    ).fetchall()
    gone = dict(connection.execute("SELECT outcome, count(*) FROM gone WHERE queue = ? GROUP BY outcome", (queue,)))
    lost = sum(gone.values())
    by = {
        name: sum(asked for state, outcome, _, asked in rows if state == "answered" and outcome == name)
        + gone.get(name, 0)
        for name in ("accepted", "edited", "rejected")
    }
    states = {name: sum(asked for state, _, _, asked in rows if state == name) for name in ("disagreed", "changed")}
    return Progress(
        items=sum(all_ for _, _, all_, _ in rows) + lost,
        asked=sum(asked for *_, asked in rows) + lost,
        reviewed=sum(by.values()),
        **by,
        **states,
    )


def next_key(connection: sqlite3.Connection, queue: str, who: str, after: int = -1) -> str | None:
    """Return the item that a reviewer sees next: open ones, then a second look, then what was skipped."""
    own = {"queue": queue, "who": who, "after": after, "fresh": time.time() - _LEASE_S}
    for statement in _NEXT:
        row = connection.execute(statement, own).fetchone()
        if row is not None:
            lease(connection, queue, row[0], who)
            return str(row[0])
    return None


_FRESH = f"l.at_s BETWEEN :fresh AND :fresh + {_LEASE_S + 60}"
"""A lease of the future was noted before somebody set the clock back."""
_NOT_SKIPPED = "NOT EXISTS (SELECT 1 FROM skips s WHERE s.queue = i.queue AND s.key = i.key AND s.who = :who)"
_NOT_LEASED = f"""NOT EXISTS (
    SELECT 1 FROM leases l WHERE l.queue = i.queue AND l.key = i.key AND l.who != :who AND {_FRESH})"""  # noqa: S608  our own words
_OPEN = "SELECT key FROM items i WHERE queue = :queue AND asked > {after} AND state != 'answered' AND {more}"
_FOR_SECOND = "asked IS NOT NULL AND wants_second = 1 AND state = 'answered' AND second = '' AND i.who != :who"
_SECOND = f"""
SELECT key FROM items i WHERE queue = :queue AND {_FOR_SECOND} AND {_NOT_SKIPPED} AND {_NOT_LEASED}
    ORDER BY asked LIMIT 1
"""  # noqa: S608  our own words
_ELSEWHERE = f"""
SELECT count(*), max(l.at_s) FROM items i JOIN leases l USING (queue, key) WHERE queue = :queue AND {_FOR_SECOND}
    AND {_NOT_SKIPPED} AND l.who != :who AND {_FRESH}
"""  # noqa: S608  our own words
_SKIPPED = """
SELECT key FROM items i JOIN skips s USING (queue, key) WHERE queue = :queue AND s.who = :who AND asked IS NOT NULL
    AND state != 'answered' ORDER BY turn LIMIT 1
"""
_NEXT = (
    *(
        _OPEN.format(after=after, more=f"{more} ORDER BY asked LIMIT 1")
        for more in (f"{_NOT_SKIPPED} AND {_NOT_LEASED}",)
        for after in (":after", "-1")
    ),
    _SECOND,
    _OPEN.format(after="-1", more=f"{_NOT_SKIPPED} ORDER BY asked LIMIT 1"),
    _SKIPPED,
)


def lease(connection: sqlite3.Connection, queue: str, key: str, who: str) -> None:
    """Note who looks at an item, and at nothing else, so that others are shown another one."""
    connection.execute("DELETE FROM leases WHERE who = ?", (who,))
    connection.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)", (queue, key, who, time.time()))


def release(connection: sqlite3.Connection, queue: str, key: str, who: str) -> None:
    """Note that a reviewer is done with an item, so that others may be shown it at once."""
    connection.execute("DELETE FROM leases WHERE queue = ? AND key = ? AND who = ?", (queue, key, who))


class Elsewhere(NamedTuple):
    """What waits for a reviewer and is on the screens of others."""

    number: int
    minutes: int
    """Until all of it may be shown to others, whatever its readers do."""


def elsewhere(connection: sqlite3.Connection, queue: str, who: str) -> Elsewhere | None:
    """Return how much a reviewer would be asked if nobody else looked at it; None where there is nothing."""
    now = time.time()
    row = connection.execute(_ELSEWHERE, {"queue": queue, "who": who, "fresh": now - _LEASE_S}).fetchone()
    count, newest_s = row
    return Elsewhere(count, max(1, math.ceil((newest_s + _LEASE_S - now) / 60))) if count else None


def skip(connection: sqlite3.Connection, queue: str, key: str, who: str) -> None:
    """Put an item at a reviewer's end."""
    turn = "SELECT coalesce(max(turn), 0) + 1 FROM skips WHERE queue = ?1 AND who = ?3"
    connection.execute(f"INSERT OR REPLACE INTO skips VALUES (?1, ?2, ?3, ({turn}))", (queue, key, who))  # noqa: S608


def beside(connection: sqlite3.Connection, queue: str, key: str) -> dict[str, str | None]:
    """Return the keys before and after an item in the order of the queue, whether answered or not."""
    row = connection.execute("SELECT asked FROM items WHERE queue = ? AND key = ?", (queue, key)).fetchone()
    if row is None or row[0] is None:
        return {"previous": None, "next": None}
    found = {
        name: connection.execute(
            "SELECT key FROM items WHERE queue = ? AND asked = ?", (queue, row[0] + step)
        ).fetchone()
        for name, step in (("previous", -1), ("next", 1))
    }
    return {name: told[0] if told else None for name, told in found.items()}


def facts_of(connection: sqlite3.Connection, queue: str, key: str) -> Mapping[str, Any] | None:
    """Return an item's state, and its place in the order of what is asked."""
    names = ("state", "outcome", "who", "second", "wants_second", "asked")
    statement = f"SELECT {', '.join(names)} FROM items WHERE queue = ? AND key = ?"  # noqa: S608
    row = connection.execute(statement, (queue, key)).fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def queue_of_key(connection: sqlite3.Connection, key: str) -> str | None:
    """Return the queue that an item belongs to."""
    row = connection.execute("SELECT queue FROM items WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


def item_about(connection: sqlite3.Connection, record_id: str) -> tuple[str, str] | None:
    """Return queue and key of what is asked about a record, what waits first."""
    statement = """
        SELECT queue, key FROM touches t JOIN items i USING (queue, key) WHERE t.id = ? AND i.asked IS NOT NULL
        ORDER BY i.state = 'answered', queue, asked LIMIT 1
    """
    row = connection.execute(statement, (record_id,)).fetchone()
    return (str(row[0]), str(row[1])) if row else None


def last_decided(connection: sqlite3.Connection, who: str) -> tuple[str, str] | None:
    """Return queue and key of the item that a reviewer decided last in any queue, which undo takes back."""
    said = "SELECT id, queue FROM said WHERE who = ? ORDER BY seq DESC LIMIT ?"
    keys = (
        "SELECT key FROM touches t JOIN items i USING (queue, key) WHERE t.id = ? AND queue = ? AND ? IN (who, second)"
    )
    for record_id, queue in connection.execute(said, (who, _LOOKED_BACK)).fetchall():
        row = connection.execute(f"{keys} LIMIT 1", (record_id, queue, who)).fetchone()
        if row is not None:
            return str(queue), str(row[0])
    return None


def left_over(connection: sqlite3.Connection, queue: str) -> list[str]:
    """Return what was decided on and isn't in the sample that is asked now."""
    decided = "state IN ('answered', 'disagreed') AND asked IS NULL"
    rows = connection.execute(f"SELECT key FROM items WHERE queue = ? AND {decided} ORDER BY key", (queue,))  # noqa: S608
    return [key for (key,) in rows]


def all_keys(connection: sqlite3.Connection) -> set[str]:
    """Return the keys of all items, asked or not."""
    return {key for (key,) in connection.execute("SELECT key FROM items")}


def listed(connection: sqlite3.Connection, queue: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield key, state, outcome and reviewer of all that is asked, in its order."""
    yield from connection.execute(
        "SELECT key, state, outcome, who FROM items WHERE queue = ? AND asked IS NOT NULL ORDER BY asked", (queue,)
    )
