"""Refreshing: asks the sources what has changed in what is here, and turns the answers into what must happen.

Retracted, withdrawn and vanished articles are taken down; an article whose licence became stricter is taken down
too, since it was let in under another. A newer version is only told: the next run brings it. A source that wants
most of what is here gone at once, without a word of retraction, has more likely moved: that is told, and not done.
"""

from collections.abc import Iterator
from datetime import datetime

from ingest.connector import Change, Known, far_fewer
from ingest.sources import Asked
from pipeline import decisions
from pipeline.pace import Pace
from pipeline.status import articles
from pipeline.takedown import Takedown, decisions_of
from pipeline.workspace import Workspace
from schemas.errors import SourceError

_GOES = {"retracted": "retracted", "withdrawn": "withdrawn", "gone": "withdrawn", "license": "license"}
_WAITS = {"gone": 1, "license": 20}
"""What may be a fault of the source, where it is said of most articles at once; of fewer than these it never is."""
_WHO = "bricks refresh"


def refresh(workspace: Workspace, asked: Asked, now: datetime) -> Iterator[Change]:
    """Ask every source about what is here, and yield each change once it is recorded what must go.

    Raises:
        SourceError: at the end, where a source gave no answer about some articles; what it told is recorded.
    """
    known = _known(workspace)
    silent: list[SourceError] = []
    for route, connector in asked().items():
        here, waiting = known.get(route, []), list[Change]()
        try:
            for change in connector.recheck(Pace(f"asking {route} again", len(here)).over(here)):
                if change.what in _WAITS:
                    waiting.append(change)
                else:
                    _record(workspace, change, now)
                    yield change
        except SourceError as error:
            silent.append(error)
        for what, fewest in _WAITS.items():
            going = [change for change in waiting if change.what == what]
            if len(going) >= fewest and far_fewer(len(here), len(here) - len(going)):
                silent.append(_too_many(route, going, len(here)))
                continue
            for change in going:
                _record(workspace, change, now)
                yield change
    if silent:
        raise SourceError(silent[0].reason, "; ".join(error.detail for error in silent))


def _too_many(route: str, waiting: list[Change], here: int) -> SourceError:
    names = ", ".join(sorted({change.source_id for change in waiting})[:10])
    detail = (
        f"of {here} articles {len(waiting)} would go at once, more likely by a fault of the source; none was taken "
        f"down for it. Where it is true, `bricks remove --source-id` does it: {names}"
    )
    return SourceError("too_many_gone", detail, where=route)


def _record(workspace: Workspace, change: Change, now: datetime) -> None:
    if change.what in _GOES:
        decisions.append(workspace.decisions, decisions_of(workspace, _takedown(change, now)))


def _known(workspace: Workspace) -> dict[str, list[Known]]:
    """Return what each route brought: a source is asked about its own articles only."""
    seen = {(route, row["source_id"]): Known(**row) for route, row in articles(workspace)}
    known: dict[str, list[Known]] = {}
    for route, source_id in sorted(seen):
        known.setdefault(route, []).append(seen[route, source_id])
    return known


def _takedown(change: Change, now: datetime) -> Takedown:
    reason = f"{_GOES[change.what]}: {change.before} -> {change.after} ({change.evidence})"
    return Takedown(field="source_id", value=change.source_id, reason=reason, who=_WHO, when=now)
