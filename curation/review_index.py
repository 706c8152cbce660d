"""Review index: brings the list of all items up to date with the stages and the decisions, doing only what changed."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable

from curation.review_draw import draw, wants_second
from curation.review_items.origins import VERSION, items_of, parts_of, queues_of
from curation.review_memory import Memory
from curation.review_standings import catch_up, count_gone, judge, note_ignored
from curation.review_tables import whole
from pipeline.asked import packed
from pipeline.pace import Pace
from pipeline.store import fingerprint
from pipeline.workspace import STAGES, Workspace
from schemas.manifest import Manifest, Queue
from schemas.review import ReviewItem

_INSERT = """
INSERT OR IGNORE INTO items (queue, key, made_in, id, field, stratum, rank, body, wants_second)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_SETTLED = -2
"""The part of items that left the stages when a verdict on them was carried out."""


def bring_up_to_date(connection: sqlite3.Connection, workspace: Workspace, manifest: Manifest) -> None:
    """Make the items of parts that are new or changed, take in what was decided, and draw the samples."""
    queues = queues_of(manifest)
    _forget(connection, {queue.name for queue in queues})
    memory = Memory(workspace)
    changed = {queue.name for queue in queues if _remade(connection, workspace, queue, memory)}
    decided = catch_up(connection, workspace) | note_ignored(connection, workspace)
    for queue in queues:
        if queue.name in changed | decided or not _is_drawn(connection, queue):
            with whole(connection):
                count_gone(connection, queue.name)
                draw(connection, queue)


def signature(workspace: Workspace) -> tuple[int, ...]:
    """Return what changes whenever a run has made a stage anew."""
    paths = (workspace.stage(name) / "stage.json" for name in STAGES)
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def _forget(connection: sqlite3.Connection, names: set[str]) -> None:
    """Remove the items of queues that the manifest no longer has."""
    for (name,) in connection.execute("SELECT DISTINCT queue FROM parts").fetchall():
        if name not in names:
            with whole(connection):
                for table in ("parts", "items", "touches", "skips", "leases", "gone", "counts"):
                    connection.execute(f"DELETE FROM {table} WHERE queue = ?", (name,))  # noqa: S608  our own names


def _remade(connection: sqlite3.Connection, workspace: Workspace, queue: Queue, memory: Memory) -> bool:
    """Make the changed parts of a queue anew, each whole or not at all, and return whether there were any."""
    made = connection.execute("SELECT part, made_of FROM parts WHERE queue = ?", (queue.name,))
    known, wanted = dict(made.fetchall()), parts_of(queue, workspace)
    settled = known.pop(_SETTLED, None)
    for number in known.keys() - wanted.keys():
        with whole(connection):
            _emptied(connection, queue.name, number)
    stale = [number for number in wanted if known.get(number) != wanted[number]]
    pace = Pace(f"queue {queue.name}: parts", len(stale))
    for number in stale:
        items = map(memory.before, items_of(queue, workspace, number))
        rows, touched = _rows(queue.name, number, items)  # before anybody has to wait
        with whole(connection):
            _emptied(connection, queue.name, number)
            _cleared(connection, rows)
            _filled(connection, queue.name, number, rows, touched)
            said = (queue.name, number, wanted[number])
            connection.execute("INSERT INTO parts VALUES (?, ?, ?)", said)
        pace.step()
    now = fingerprint(VERSION, wanted)
    if settled != now:
        _remembered(connection, queue, memory, now)
    return bool(settled != now)


def _remembered(connection: sqlite3.Connection, queue: Queue, memory: Memory, made_of: str) -> None:
    """Put in what was settled and has left the stages, as it was asked."""
    asked = connection.execute("SELECT key FROM items WHERE queue = ? AND made_in != ?", (queue.name, _SETTLED))
    known = {key for (key,) in asked}
    gone = (item for item in memory.items(queue.name, queue.origin) if item.key not in known)
    rows, touched = _rows(queue.name, _SETTLED, gone)
    with whole(connection):
        _emptied(connection, queue.name, _SETTLED)
        _filled(connection, queue.name, _SETTLED, rows, touched)
        connection.execute("INSERT INTO parts VALUES (?, ?, ?)", (queue.name, _SETTLED, made_of))


def _cleared(connection: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """Make room for items that the stages have again."""
    own = ((*row[:2], _SETTLED) for row in rows)
    connection.executemany("DELETE FROM items WHERE queue = ? AND key = ? AND made_in = ?", own)


def _emptied(connection: sqlite3.Connection, queue: str, number: int) -> None:
    where = "SELECT key FROM items WHERE queue = ?1 AND made_in = ?2"
    connection.execute(f"DELETE FROM touches WHERE queue = ?1 AND key IN ({where})", (queue, number))  # noqa: S608
    connection.execute("DELETE FROM items WHERE queue = ? AND made_in = ?", (queue, number))
    connection.execute("DELETE FROM parts WHERE queue = ? AND part = ?", (queue, number))


def _rows(
    queue: str, number: int, items: Iterable[ReviewItem]
) -> tuple[list[tuple[object, ...]], list[tuple[str, str, str]]]:
    """Return the rows of a part's items, and of the records that each speaks of."""
    rows: list[tuple[object, ...]] = []
    touched: list[tuple[str, str, str]] = []
    for item in items:
        key = item.key
        rows.append(_row(item, key, number))
        touched += [(each, queue, key) for each in _ids(item)]
    return rows, touched


def _filled(
    connection: sqlite3.Connection,
    queue: str,
    number: int,
    rows: Iterable[tuple[object, ...]],
    touched: Iterable[tuple[str, str, str]],
) -> None:
    connection.executemany(_INSERT, rows)
    connection.executemany("INSERT OR IGNORE INTO touches VALUES (?, ?, ?)", touched)
    ids = "SELECT DISTINCT t.key FROM items i JOIN touches t USING (queue, key) JOIN said s ON s.id = t.id"
    where = "WHERE i.queue = ? AND i.made_in = ?"
    keys = connection.execute(f"{ids} {where}", (queue, number)).fetchall()
    judge(connection, queue, [key for (key,) in keys])


def _ids(item: ReviewItem) -> set[str]:
    return {item.id, *(place.split("/", 2)[1] for place in item.also)}


def _row(item: ReviewItem, key: str, number: int) -> tuple[object, ...]:
    rank = hashlib.blake2b(json.dumps([item.queue, item.id, item.field]).encode(), digest_size=12).hexdigest()
    body = packed(item)
    second = wants_second(item.queue, item.id, item.field)
    return (item.queue, key, number, item.id, item.field, item.stratum, rank, body, second)


def _is_drawn(connection: sqlite3.Connection, queue: Queue) -> bool:
    drawn = "SELECT 1 FROM items WHERE queue = ? AND asked IS NOT NULL LIMIT 1"
    return connection.execute(drawn, (queue.name,)).fetchone() is not None
