"""Review standings: takes what was decided from the log into the index, and judges the items it speaks of."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress

from curation.review_outcomes import SECOND, Standing, outcome_of, standing_of
from curation.review_tables import whole
from pipeline.decisions import Decision, read_after
from pipeline.standing import ignored_of
from pipeline.workspace import Workspace
from schemas.review import ReviewItem

_COLUMNS = "seq, who, at, queue, stage, id, field, content_hash, before, after, reason"


def catch_up(connection: sqlite3.Connection, workspace: Workspace) -> set[str]:
    """Take in what was added to the log, judge the items that it speaks of, and return the queues concerned."""
    (known,) = connection.execute("SELECT coalesce(max(seq), 0) FROM said").fetchone()
    news = read_after(workspace.decisions, known)
    if not news:
        return set()
    with whole(connection):
        connection.executemany(f"INSERT OR IGNORE INTO said VALUES ({','.join('?' * 11)})", map(_row, news))  # noqa: S608
        touched = _judged_of(connection, (said.id for _, said in news))
        for queue in {said.queue for _, said in news if not _is_touched(connection, said)}:
            count_gone(connection, queue)
    return {said.queue for _, said in news} | touched


def _judged_of(connection: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Judge all items that speak of these records, and return their queues."""
    touched: dict[str, list[str]] = {}
    for record_id in dict.fromkeys(ids):
        for queue, key in connection.execute("SELECT queue, key FROM touches WHERE id = ?", (record_id,)):
            touched.setdefault(queue, []).append(key)
    for queue, keys in touched.items():
        judge(connection, queue, list(dict.fromkeys(keys)))
    return set(touched)


def note_ignored(connection: sqlite3.Connection, workspace: Workspace) -> set[str]:
    """Take in which decisions the stages did not carry out, judge their items anew, and return the queues concerned."""
    now, known = ignored_of(workspace), _ignored(connection)
    if now == known:
        return set()
    other = {mark for mark in now.keys() | known.keys() if now.get(mark) != known.get(mark)}
    rows = connection.execute(f"SELECT {_COLUMNS} FROM said ORDER BY seq").fetchall()  # noqa: S608
    ids = {said.id for said in map(_decision, rows) if said.mark in other}
    with whole(connection):
        connection.execute("DELETE FROM ignored")
        connection.executemany("INSERT INTO ignored VALUES (?, ?)", now.items())
        return _judged_of(connection, sorted(ids))


def _ignored(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT mark, why FROM ignored").fetchall())


def _is_touched(connection: sqlite3.Connection, said: Decision) -> bool:
    wanted = "SELECT 1 FROM touches WHERE id = ? AND queue = ?"
    return connection.execute(wanted, (said.id, said.queue)).fetchone() is not None


def _row(numbered: tuple[int, Decision]) -> tuple[object, ...]:
    number, said = numbered
    told = said.model_dump(mode="json")
    values = (told["who"], told["when"], *(told[name] for name in ("queue", "stage", "id", "field", "content_hash")))
    return (number, *values, json.dumps(said.before), json.dumps(said.after), said.reason)


def judge(connection: sqlite3.Connection, queue: str, keys: Iterable[str]) -> None:
    """Write down how items stand."""
    ignored = _ignored(connection)
    for key in keys:
        item = item_of(connection, queue, key)
        if item is not None:
            said = standing_of(item, said_of(connection, queue, key), ignored)
            values = (said.state, said.outcome, said.who, said.second, queue, key)
            connection.execute(
                "UPDATE items SET state = ?, outcome = ?, who = ?, second = ? WHERE queue = ? AND key = ?", values
            )


def standing(connection: sqlite3.Connection, item: ReviewItem) -> Standing:
    """Return how an item stands, with the decisions."""
    return standing_of(item, said_of(connection, item.queue, item.key), _ignored(connection))


def said_of(connection: sqlite3.Connection, queue: str, key: str) -> list[tuple[int, Decision]]:
    """Return all that was ever decided on the records that an item speaks of, oldest first, with its number."""
    wanted = "SELECT id FROM touches WHERE queue = ? AND key = ?"
    rows = connection.execute(f"SELECT {_COLUMNS} FROM said WHERE id IN ({wanted}) ORDER BY seq", (queue, key))  # noqa: S608
    return [(row[0], _decision(row)) for row in rows]


def _decision(row: Sequence[str]) -> Decision:
    told = dict(zip(_COLUMNS.replace(" at", " when").split(", "), row, strict=True))
    told.pop("seq")
    return Decision.model_validate({**told, "before": json.loads(told["before"]), "after": json.loads(told["after"])})


def item_of(connection: sqlite3.Connection, queue: str, key: str) -> ReviewItem | None:
    """Return an item, or None where there is none of that key."""
    row = connection.execute("SELECT body FROM items WHERE queue = ? AND key = ?", (queue, key)).fetchone()
    return ReviewItem.model_validate_json(zlib.decompress(row[0])) if row else None


def count_gone(connection: sqlite3.Connection, queue: str) -> None:
    """Write down the verdicts of a queue whose item is gone from the stages, since they were carried out."""
    connection.execute("DELETE FROM gone WHERE queue = ?", (queue,))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM said WHERE queue = ? AND stage != ? ORDER BY seq",  # noqa: S608
        (queue, SECOND),
    )
    newest = {(said.stage, said.id, said.field): said for said in map(_decision, rows)}
    answered = _answered(connection, queue)
    verdicts: dict[tuple[str, str, str], list[Decision]] = {}
    for said in newest.values():
        if said.after is not None:
            verdicts.setdefault((said.who, said.when.isoformat(), said.id), []).append(said)
    for (who, at, record_id), told in verdicts.items():
        if not any((said.id, said.field) in answered for said in told) and _is_lost(connection, queue, told):
            values = (queue, who, at, record_id, outcome_of(told))
            connection.execute("INSERT OR IGNORE INTO gone VALUES (?, ?, ?, ?, ?)", values)


def _answered(connection: sqlite3.Connection, queue: str) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT id, field FROM items WHERE queue = ?", (queue,)))


def _is_lost(connection: sqlite3.Connection, queue: str, told: Sequence[Decision]) -> bool:
    """Return whether no item of the queue asks about what these decisions speak of."""
    for said in told:
        with suppress(StopIteration):
            keys = connection.execute("SELECT key FROM touches WHERE id = ? AND queue = ?", (said.id, queue)).fetchall()
            place = f"{said.stage}/{said.id}/{said.field}"
            items = (item_of(connection, queue, key) for (key,) in keys)
            if next(item for item in items if item is not None and place in item.also):
                return False
    return True
