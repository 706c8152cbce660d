"""Refreshing: asks the sources what has changed in what is here, and turns the answers into what must happen.

Retracted, withdrawn and vanished articles are taken down; an article whose licence became stricter is taken down
too, since it was let in under another. A newer version is only told: the next run brings it.
"""

from datetime import datetime

from ingest.connector import Change, Known
from ingest.sources import Asked
from pipeline import decisions
from pipeline.status import articles
from pipeline.takedown import Takedown, decisions_of
from pipeline.workspace import Workspace

_GOES = {"retracted": "retracted", "withdrawn": "withdrawn", "gone": "withdrawn", "license": "license"}
_WHO = "bricks refresh"


def refresh(workspace: Workspace, asked: Asked, now: datetime) -> list[Change]:
    """Ask every source about what is here, record what must go, and return all that has changed."""
    known = _known(workspace)
    changes = [change for route, connector in asked().items() for change in connector.recheck(known.get(route, []))]
    for change in changes:
        if change.what in _GOES:
            takedown = _takedown(change, now)
            decisions.append(workspace.decisions, decisions_of(workspace, takedown))
    return changes


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
