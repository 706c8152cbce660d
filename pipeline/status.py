"""Status: what a workspace holds, read from its parts: sums, lists of what left, the life of one record."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pipeline import ledger, store
from pipeline.decisions import read as read_decisions
from pipeline.engine import read_stamps
from pipeline.store import Counts, Stamp, part_path, read_rows, read_side
from pipeline.workspace import FIGURES, STAGES, Workspace, read_json

SIDES = ("dropped", "held", "failed")


NOT_LISTED = "not_listed"
"""The reason of what left because the sources no longer list it: history, not part of any sum."""


def sums(workspace: Workspace) -> dict[str, Counts]:
    """Return the sum of every stage that has been made, over what the sources list now."""
    made = {}
    for stage in STAGES:
        stamps = read_stamps(workspace, stage)
        if (workspace.stage(stage) / "stage.json").is_file():
            each = _listed(workspace, stamps) if stage == FIGURES else (stamp.counts for stamp in stamps.values())
            made[stage] = _without_history(sum(each, Counts()))
    return made


def gone_items(workspace: Workspace) -> set[str]:
    """Return the locators of the items that the sources no longer list."""
    with ledger.opened(workspace.ledger) as book:
        return {entry.locator for entries in book.parts().values() for entry in entries if not entry.listed}


def _listed(workspace: Workspace, stamps: Mapping[int, Stamp]) -> Iterator[Counts]:
    """Yield the sum of every item that the sources list."""
    gone = gone_items(workspace)
    for stamp in stamps.values():
        for item in stamp.extra["items"]:
            if item["locator"] not in gone:
                left = sum(item["dropped"].values()) + sum(item["failed"].values())
                yield Counts(item["rows"] + left, 0, item["rows"], dropped=item["dropped"], failed=item["failed"])


def _without_history(counts: Counts) -> Counts:
    gone = counts.dropped.get(NOT_LISTED, 0)
    dropped = {reason: number for reason, number in counts.dropped.items() if reason != NOT_LISTED}
    return replace(counts, found=counts.found - gone, dropped=dropped)


def status(workspace: Workspace) -> dict[str, Any]:
    """Return what `bricks status --json` prints."""
    stages = []
    for name, counts in sums(workspace).items():
        state = read_json(workspace.stage(name) / "stage.json") or {}
        stages.append({"name": name, **asdict(counts), "complete": bool(state.get("complete"))})
    return {"stages": stages, "dataset": str(workspace.dataset) if workspace.dataset.is_dir() else None}


def failure_rate(counts: Counts) -> float:
    """Return the share of what was found that failed."""
    return sum(counts.failed.values()) / counts.found if counts.found else 0.0


def worst_failure_rate(workspace: Workspace) -> float:
    """Return the highest failure rate of any stage."""
    return max((failure_rate(counts) for counts in sums(workspace).values()), default=0.0)


def left(workspace: Workspace, side: str, reason: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield what was dropped, held or failed, stage by stage; `reason` is a queue's name for held rows."""
    key = "queue" if side == "held" else "reason"
    for stage in STAGES:
        for number, row in read_side(workspace.stage(stage), side):
            if reason is None or row[key] == reason:
                yield {**row, "part": number}


def kept(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Yield what is in the last stage that was made, without its blobs."""
    made = list(sums(workspace))
    if not made:
        return
    folder = workspace.stage(made[-1])
    for number in store.part_numbers(folder):
        yield from map(_without_bytes, read_rows(part_path(folder, number), batch=16))


def life(workspace: Workspace, record_id: str) -> list[dict[str, Any]]:
    """Return every trace of a record, in the order of the stages: rows, reasons, decisions; never its bytes.

    A figure's life holds its panels', and a panel's holds its figure's.
    """
    ids = {record_id}
    traces: list[dict[str, Any]] = []
    for _ in range(2):  # a panel names its figure, a figure is named by its panels: two looks find both
        traces = [trace for stage in STAGES for trace in _traces(workspace, stage, ids)]
        ids |= {trace["row"].get("figure_id") or trace["row"]["id"] for trace in traces}
    log = read_decisions(workspace.decisions)
    said = [decision for decision in log if decision.id in ids or decision.before == record_id]
    return traces + [{"decision": decision.model_dump(mode="json")} for decision in said]


def _traces(workspace: Workspace, stage: str, ids: set[str]) -> Iterator[dict[str, Any]]:
    folder = workspace.stage(stage)
    for number in store.part_numbers(folder):
        for side in ("kept", *SIDES):
            path = part_path(folder if side == "kept" else folder / side, number)
            if path.is_file() and _names_one(path, ids):
                for row in read_rows(path, batch=16):
                    if row["id"] in ids or row.get("figure_id") in ids:
                        yield {"stage": stage, "part": number, "became": side, "row": _without_bytes(row)}


def _names_one(path: Path, ids: set[str]) -> bool:
    return any(not ids.isdisjoint(row.values()) for row in read_rows(path, _id_columns(path), batch=4096))


def _id_columns(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    return [name for name in pq.read_schema(path).names if name in ("id", "figure_id")]


def _without_bytes(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{len(value)} bytes" if isinstance(value, bytes) else value
        for name, value in row.items()
        if name != "mask" or value is None
    }


def harvested(workspace: Workspace) -> dict[str, int]:
    """Return how many items the ledger knows, and how many of them the sources list now."""
    with ledger.opened(workspace.ledger) as book:
        entries = [entry for entries in book.parts().values() for entry in entries]
    return {"items": len(entries), "listed": sum(entry.listed for entry in entries)}


def articles(workspace: Workspace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (route, source, source id, version and licence) of every figure that is here."""
    columns = ["source", "source_id", "version", "license"]
    for number, stamp in read_stamps(workspace, FIGURES).items():
        routes = (item["source"] for item in stamp.extra["items"] for _ in range(item["rows"]))
        rows = read_rows(part_path(workspace.stage(FIGURES), number), columns, batch=4096)
        yield from zip(routes, rows, strict=True)
