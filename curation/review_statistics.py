"""Review statistics: what came of each queue, how far reviewers agree, and what each of them did."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from curation.agreement_statistics import cohens_kappa, krippendorffs_alpha
from curation.review_outcomes import SECOND, outcome_of, standing_of, verdict_of
from curation.review_reading import progress
from curation.review_standings import item_of, said_of
from pipeline.decisions import Decision
from schemas.manifest import Queue
from schemas.review import QueueResult

_PAUSE_S = 300.0
"""Longer between two verdicts is a break, not work."""
_BY_VALUE = frozenset({"kinds", "licenses", "duplicates"})
"""Origins whose value is a name: people agree where they give the same one; elsewhere, where it is right or wrong."""


class Twice(NamedTuple):
    """What two people said of one item, neither knowing of the other."""

    who: tuple[str, str]
    labels: tuple[str, str]


def result_of(connection: sqlite3.Connection, queue: Queue) -> QueueResult:
    """Return what came of a queue."""
    said = progress(connection, queue.name)
    twice = list(seen_twice(connection, queue))
    fields = ("items", "asked", "reviewed", "accepted", "edited", "rejected", "disagreed")
    return QueueResult(
        name=queue.name,
        origin=queue.origin,
        require=queue.require,
        sample=queue.sample,
        **{name: getattr(said, name) for name in fields},
        second_reviewed=len(twice),
        kappa=agreement(twice),
        reviewers=len(_reviewers(connection, queue.name)),
    )


def seen_twice(connection: sqlite3.Connection, queue: Queue) -> Iterator[Twice]:
    """Yield the items that two people judged blind, as they did before anybody settled it."""
    keys = connection.execute("SELECT key FROM items WHERE queue = ? AND second != ''", (queue.name,)).fetchall()
    for (key,) in keys:
        item, log = item_of(connection, queue.name, key), said_of(connection, queue.name, key)
        seconds = [number for number, said in log if said.stage == SECOND and said.after is not None]
        if item is None or not seconds:
            continue
        then = standing_of(item, [told for told in log if told[0] <= max(seconds)])
        if then.decided and then.seconded:
            yield _twice(queue, then.decided, then.seconded)


def _twice(queue: Queue, one: Sequence[Decision], other: Sequence[Decision]) -> Twice:
    label = verdict_of if queue.origin in _BY_VALUE else outcome_of
    told = sorted([(one[-1].who, label(one)), (other[-1].who, label(other))])
    return Twice((told[0][0], told[1][0]), (told[0][1], told[1][1]))


def agreement(twice: Sequence[Twice]) -> float | None:
    """Return kappa where two people judged everything between them, alpha where there were more."""
    people = {each.who for each in twice}
    if len(people) == 1:
        return _rounded(cohens_kappa([each.labels for each in twice]))
    return _rounded(krippendorffs_alpha(each.labels for each in twice))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _reviewers(connection: sqlite3.Connection, queue: str) -> list[str]:
    rows = connection.execute("SELECT DISTINCT who FROM said WHERE queue = ? ORDER BY who", (queue,))
    return [who for (who,) in rows]


def reviewers_of(connection: sqlite3.Connection, queue: Queue) -> list[dict[str, Any]]:
    """Return what each reviewer of a queue did, and how far others agree with them."""
    twice = list(seen_twice(connection, queue))
    return [_reviewer(connection, queue, who, twice) for who in _reviewers(connection, queue.name)]


def _reviewer(connection: sqlite3.Connection, queue: Queue, who: str, twice: Sequence[Twice]) -> dict[str, Any]:
    rows = connection.execute(
        "SELECT outcome, count(*) FROM items WHERE queue = ? AND who = ? AND state = 'answered' GROUP BY outcome",
        (queue.name, who),
    )
    gone = connection.execute(
        "SELECT outcome, count(*) FROM gone WHERE queue = ? AND who = ? GROUP BY outcome", (queue.name, who)
    )
    outcomes = Counter(dict(rows.fetchall())) + Counter(dict(gone.fetchall()))
    second = "SELECT count(*) FROM items WHERE queue = ? AND second = ?"
    (seconds,) = connection.execute(second, (queue.name, who)).fetchone()
    own = [each for each in twice if who in each.who]
    agreed = sum(each.labels[0] == each.labels[1] for each in own)
    return {
        "name": who,
        **{name: outcomes.get(name, 0) for name in ("accepted", "edited", "rejected")},
        "second": seconds,
        "agreed": round(agreed / len(own), 4) if own else None,
        "pace_s": _pace_s(connection, queue.name, who),
    }


def _pace_s(connection: sqlite3.Connection, queue: str, who: str) -> float | None:
    """Return the median time between two verdicts, breaks left out; what was taken back made nothing."""
    own = "SELECT at, after, max(seq) FROM said WHERE queue = ? AND who = ? GROUP BY stage, id, field"
    rows = connection.execute(f"SELECT DISTINCT at FROM ({own}) WHERE after != 'null' ORDER BY at", (queue, who))  # noqa: S608
    times = [datetime.fromisoformat(at) for (at,) in rows]
    steps = [(late - early).total_seconds() for early, late in pairwise(times)]
    worked = [step for step in steps if step <= _PAUSE_S]
    return round(median(worked), 1) if worked else None


def told(said: dict[str, Any]) -> str:
    """Return statistics as a person reads them."""
    return "\n".join(line for queue in said["queues"] for line in _queue_lines(queue))


def _queue_lines(queue: dict[str, Any]) -> Iterator[str]:
    done = f"{queue['reviewed']} of {queue['asked']} reviewed"
    drawn = f", drawn from {queue['items']}" if queue["items"] != queue["asked"] else ""
    right = f", {queue['accepted'] / queue['reviewed']:.0%} right" if queue["reviewed"] else ""
    quota = f" ({queue['require']:.0%} required)" if queue["require"] is not None else ""
    kappa = f", agreement {queue['kappa']:.2f} of {queue['second_reviewed']}" if queue["kappa"] is not None else ""
    yield f"{queue['name']}: {done}{drawn}{right}{quota}{kappa}"
    for one in queue["people"]:
        counts = ", ".join(f"{one[name]} {name}" for name in ("accepted", "edited", "rejected", "second") if one[name])
        pace = f", {one['pace_s']:g} s each" if one["pace_s"] is not None else ""
        yield f"  {one['name']}: {counts or 'nothing in force'}{pace}"
