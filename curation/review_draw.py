"""Review draw: which items are asked, and in which order: by hash, strata in turn, the same on every machine."""

import hashlib
import json
import sqlite3

from schemas.manifest import Queue

SECOND_SHARE = 0.1
"""Of the items, that somebody else is asked once more without seeing the first verdict."""


def wants_second(queue: str, record_id: str, field: str) -> bool:
    """Return whether an item is among those that two people see."""
    said = json.dumps(["second", queue, record_id, field]).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest()) < SECOND_SHARE * 2**32


def draw(connection: sqlite3.Connection, queue: Queue) -> None:
    """Number the items of a queue that are asked, from 0 in their order; the others have no number.

    What was answered stays in a sample; what was answered and is gone from the stages keeps its place in the sum.
    """
    gone = connection.execute("SELECT count(*) FROM gone WHERE queue = ?", (queue.name,)).fetchone()[0]
    room = -1 if queue.sample is None else max(0, queue.sample - gone)
    by_chance = queue.sample is not None or queue.strata or queue.require is not None
    order = "turn, spread, rank" if by_chance else "made_in, place"
    connection.execute("UPDATE items SET asked = NULL WHERE queue = ? AND asked IS NOT NULL", (queue.name,))
    connection.execute(_draw(order), {"queue": queue.name, "room": room})


def _draw(order: str) -> str:
    """Return the statement that numbers a draw: the first of every stratum, then the second of each, and so on."""
    return f"""
    UPDATE items SET asked = drawn.at FROM (
        SELECT key, row_number() OVER (ORDER BY {order}) - 1 AS at FROM (
            SELECT key, made_in, rowid AS place, rank, spread, turn FROM (
                SELECT key, made_in, rowid, rank, state, substr(rank, 1, 6) || stratum AS spread,
                    row_number() OVER (PARTITION BY stratum ORDER BY rank) AS turn
                FROM items WHERE queue = :queue AND state != 'moot'
            ) ORDER BY state NOT IN ('answered', 'disagreed'), turn, spread LIMIT :room
        )
    ) AS drawn WHERE items.queue = :queue AND items.key = drawn.key
    """  # noqa: S608  our own words
