"""Refreshing: asks the sources what has changed in what is here, and turns the answers into what must happen.

Retracted, withdrawn and vanished articles are taken down; an article whose licence became stricter is taken down
too, since it was let in under another. A newer version is only told: the next run brings it.
"""

from datetime import datetime

from ingest.connector import Change, Known
from ingest.sources import Asked, connectors
from pipeline import decisions
from pipeline.status import articles
from pipeline.takedown import Takedown, decisions_of
from pipeline.workspace import Workspace

_GOES = {"retracted": "retracted", "withdrawn": "withdrawn", "gone": "withdrawn", "license": "license"}
_WHO = "bricks refresh"


def refresh(workspace: Workspace, asked: Asked, now: datetime) -> list[Change]:
    """Ask every source about what is here, record what must go, and return all that has changed."""
    known = _known(workspace)
    changes = [change for _, connector in connectors(asked) for change in connector.recheck(known)]
    for change in changes:
        if change.what in _GOES:
            takedown = _takedown(change, now)
            decisions.append(workspace.decisions, decisions_of(workspace, takedown))
    return changes


def _known(workspace: Workspace) -> list[Known]:
    seen = {(row["source"], row["source_id"]): Known(**row) for row in articles(workspace)}
    return [seen[key] for key in sorted(seen)]


def _takedown(change: Change, now: datetime) -> Takedown:
    reason = f"{_GOES[change.what]}: {change.before} -> {change.after} ({change.evidence})"
    return Takedown(field="source_id", value=change.source_id, reason=reason, who=_WHO, when=now)
