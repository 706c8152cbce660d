"""Distill: the wing's verb (`5-captioned`); until a model is asked, a panel's text is its verbatim caption."""

from collections.abc import Iterator

from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, PANELS, Workspace
from schemas.records import Captioned, Distilled, Outcome

VERBATIM = "verbatim"
_COLUMNS = ["id", "figure_id", "figure_row", "source_id"]


def stages() -> list[Stage]:
    """Return captioning's stages, in their order."""
    return [Stage(CAPTIONED, 1, {"prompt": VERBATIM}, Captioned, _plan, _work)]


def _plan(workspace: Workspace) -> dict[int, Planned]:
    return {
        number: Planned(stamp.fingerprint, stamp.counts.kept)
        for number, stamp in read_stamps(workspace, CURATED).items()
    }


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    words = read_rows(part_path(workspace.stage(PANELS), number), ["id", "figure_row", "subcaption"])
    caption_of = {(row["id"], row["figure_row"]): row["subcaption"] for row in words}
    for row in read_rows(part_path(workspace.stage(CURATED), number), _COLUMNS):
        text = caption_of[row["id"], row["figure_row"]]
        yield Captioned(**row, distilled=Distilled(text=text, prompt=VERBATIM))
