"""Takedown gate: no row may leave of which somebody decided here that it must go, whether or not that was done yet."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.decisions import Decided, Decision, in_force, read, selectors, takedown_of
from pipeline.store import part_numbers, part_path, read_rows
from pipeline.workspace import FIGURES, PANELS, Workspace
from publishing.refused import Refused
from publishing.row_gates import rows_with

_NAMES = ("id", "source_id", "doi")


def taken_down(workspace: Workspace, folder: Path) -> Iterator[Refused]:
    """Yield the rows of all views that a takedown in force names, by themselves or through their panel."""
    decided = in_force(read(workspace.decisions), FIGURES)
    if not decided:
        return
    figure_of = _figures(workspace)
    named = dict(_named(folder, decided, figure_of))
    for view, row in rows_with(folder, _NAMES):
        panel = row.get("panel_id") or row["id"]
        if found := named.get(panel) or _takedown(row, panel, decided, figure_of):
            yield Refused("taken_down", view, row["id"], _why(found))


def _named(folder: Path, decided: Decided, figure_of: Mapping[str, str]) -> Iterator[tuple[str, Decision]]:
    """Yield the panels that are named by what only some views tell: the sum of the source's file."""
    for _, row in rows_with(folder, (*_NAMES, "source_sha256")):
        if found := _takedown(row, row["id"], decided, figure_of):
            yield row["id"], found


def _takedown(row: Mapping[str, Any], panel: str, decided: Decided, figure_of: Mapping[str, str]) -> Decision | None:
    """Return the takedown that names a row; one by id speaks of the figure, which a panel may have the id of."""
    told = selectors(figure_of.get(panel, panel), row.get("source_sha256") or "", row["source_id"], row["doi"])
    return takedown_of(decided, told)


def _figures(workspace: Workspace) -> dict[str, str]:
    """Return the figure of each panel that still stands."""
    folder = workspace.stage(PANELS)
    each = (part_path(folder, number) for number in part_numbers(folder))
    return {row["id"]: row["figure_id"] for path in each for row in read_rows(path, ["id", "figure_id"], batch=4096)}


def _why(decision: Decision) -> str:
    return f"was taken down here, by its {decision.field}: bricks run carries that out"
