"""Curated panels: the rows of a part that are to have a text, each with its figure and panel, one at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from captioning.evidence import FIGURE_COLUMNS, PANEL_COLUMNS
from pipeline.store import part_path, read_rows
from pipeline.workspace import CURATED, FIGURES, PANELS, Workspace
from schemas.licence import permits

KEYS = ("id", "figure_id", "figure_row", "source_id")
"""What a row of `5-captioned` has of one of `4-curated`."""
_FIGURES_AT_ONCE = 8
"""Rows that are read at a time where they hold pictures."""

Row = Mapping[str, Any]


class CuratedPanel(NamedTuple):
    """A row of `4-curated` with the rows it comes from."""

    figure: Row
    panel: Row
    row: Row


def askable(workspace: Workspace, numbers: Iterable[int]) -> int:
    """Return how many panels of these parts a model may be asked about: whose licence lets words be made anew."""
    parts = (part_path(workspace.stage(CURATED), number) for number in numbers)
    return sum(permits(row["license"]).recaption for part in parts for row in read_rows(part, ["license"], batch=4096))


def kept_panels(workspace: Workspace, number: int, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a part of `2-panels` that go on, with their ids and these narrow columns."""
    keys = ["figure_row", "id"]
    kept = {
        (row["figure_row"], row["id"])
        for row in read_rows(part_path(workspace.stage(CURATED), number), keys, batch=4096)
    }
    wanted = list(dict.fromkeys([*keys, *columns]))
    for row in read_rows(part_path(workspace.stage(PANELS), number), wanted, batch=4096):
        if (row["figure_row"], row["id"]) in kept:
            yield row


def curated_panels(
    workspace: Workspace, number: int, *, figure: Sequence[str] = FIGURE_COLUMNS, panel: Sequence[str] = ()
) -> Iterator[CuratedPanel]:
    """Yield the panels of a part with these columns of `1-figures`, and more of `2-panels` than evidence needs.

    No stage changes the order within a part, so one of each is held.
    """
    folders = [part_path(workspace.stage(stage), number) for stage in (FIGURES, PANELS, CURATED)]
    wanted = list(dict.fromkeys(figure))
    figures = enumerate(read_rows(folders[0], wanted, batch=_FIGURES_AT_ONCE if "blob" in figure else 64))
    panels = read_rows(folders[1], list(dict.fromkeys([*PANEL_COLUMNS, *panel])))
    at, its_figure, its_panel = -1, dict[str, Any](), dict[str, Any]()
    for row in read_rows(folders[2], [*KEYS, "license"]):
        while (its_panel.get("figure_row"), its_panel.get("id")) != (row["figure_row"], row["id"]):
            its_panel = next(panels)
        while at < row["figure_row"]:
            at, its_figure = next(figures)
        yield CuratedPanel(its_figure, its_panel, row)
