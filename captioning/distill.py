"""Distill: the wing's verb (`5-captioned`): each panel's text, made of its evidence, with what the checks say of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from captioning.described import PROMPT, described
from captioning.evidence import FIGURE_COLUMNS, PANEL_COLUMNS, statements
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace
from schemas.licence import permits
from schemas.records import Captioned, Distilled, Outcome

VERBATIM = "verbatim"
_CURATED_COLUMNS = ["id", "figure_id", "figure_row", "source_id", "license"]
_KEYS = _CURATED_COLUMNS[:4]

Row = Mapping[str, Any]


def stages() -> list[Stage]:
    """Return captioning's stages, in their order."""
    return [Stage(CAPTIONED, 2, {"prompt": PROMPT}, Captioned, _plan, _work)]


def _plan(workspace: Workspace) -> dict[int, Planned]:
    return {
        number: Planned(stamp.fingerprint, stamp.counts.kept)
        for number, stamp in read_stamps(workspace, CURATED).items()
    }


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    for figure, panel, row in _joined(workspace, number):
        yield Captioned(**{key: row[key] for key in _KEYS}, distilled=_distilled(figure, panel, row))


def _distilled(figure: Row, panel: Row, row: Row) -> Distilled:
    if not permits(row["license"]).recaption:
        return Distilled(text=panel["subcaption"], prompt=VERBATIM)
    text, checks = described(statements(figure, panel))
    return Distilled(text=text, prompt=PROMPT, checks=checks)


def _joined(workspace: Workspace, number: int) -> Iterator[tuple[Row, Row, Row]]:
    """Yield each curated row with its figure and panel, one at a time: no stage changes the order within a part."""
    figures = enumerate(_rows(workspace, FIGURES, number, [name for name in FIGURE_COLUMNS if name != "mentions"]))
    panels = _rows(workspace, PANELS, number, PANEL_COLUMNS)
    at = -1
    figure: dict[str, Any] = {}
    panel: dict[str, Any] = {}
    for row in _rows(workspace, CURATED, number, _CURATED_COLUMNS):
        while (panel.get("figure_row"), panel.get("id")) != (row["figure_row"], row["id"]):
            panel = next(panels)
        while at < row["figure_row"]:
            at, figure = next(figures)
        yield {**figure, "mentions": []}, panel, row


def _rows(
    workspace: Workspace, stage: str, number: int, columns: list[str] | tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    return read_rows(part_path(workspace.stage(stage), number), list(columns))
