"""Prospect: what a run would fetch from each source, told without fetching it."""

from itertools import islice
from typing import Any

from ingest.connector import Connector, Plan
from ingest.harvest import locator_of
from ingest.sources import Asked, connectors
from pipeline import ledger
from pipeline.workspace import Workspace

_LOCAL_BYTES_PER_S = 10e6
"""What a laptop's core reads, decodes and writes of local packages; `benchmarks.ingest` measures yours."""


def prospect(workspace: Workspace, asked: Asked, limit: int | None) -> list[dict[str, Any]]:
    """Return a row for every source of the manifest: items, new, known, requests, bytes, seconds."""
    known = _known(workspace)
    return [_row(route, connector, known, limit) for route, connector in connectors(asked)]


def _known(workspace: Workspace) -> set[str]:
    with ledger.reading(workspace.ledger) as book:
        return {entry.locator for entries in book.parts().values() for entry in entries}


def _asked_for(told: Plan, here: int) -> dict[str, Any]:
    """Return what a live source would bring: its own estimate, less what came from it before."""
    if told.articles is None:
        counts: dict[str, int | None] = {"items": None, "new": None, "known": here}
        share = 1.0
    else:
        new = max(0, told.articles - here)
        counts = {"items": told.articles, "new": new, "known": told.articles - new}
        share = new / told.articles if told.articles else 0.0
    costs = {"requests": told.requests, "bytes": told.size_bytes, "seconds": told.seconds}
    bill = {"dollars": round(told.dollars * share, 2)} if told.dollars else {}
    return {**counts, **{name: round(value * share) for name, value in costs.items()}, **bill}


def _row(route: str, connector: Connector, known: set[str], limit: int | None) -> dict[str, Any]:
    ask = getattr(connector, "plan", None)
    if ask is not None:
        return {"source": route, **_asked_for(ask(), sum(locator.startswith(f"{route}:") for locator in known))}
    items = list(islice(connector.find(), limit))
    new = [item for item in items if locator_of(route, item) not in known]
    size = sum(item.size_bytes for item in new)
    counts = {"items": len(items), "new": len(new), "known": len(items) - len(new)}
    return {"source": route, **counts, "requests": 0, "bytes": size, "seconds": size / _LOCAL_BYTES_PER_S}
