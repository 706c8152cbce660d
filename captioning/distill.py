"""Distill: the wing's verb (`5-captioned`); until a model is asked, a panel's text is its verbatim caption."""

from collections.abc import Iterator

from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, PANELS, Workspace
from schemas.records import Captioned, Distilled, Outcome

VERBATIM = "verbatim"


def stages() -> list[Stage]:
    """Return captioning's stages, in their order."""
    return [Stage(CAPTIONED, 1, {"prompt": VERBATIM}, Captioned, _plan, _work)]


def _plan(workspace: Workspace) -> dict[int, Planned]:
    return {
        number: Planned(stamp.fingerprint, stamp.counts.kept)
        for number, stamp in read_stamps(workspace, CURATED).items()
    }


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    words = read_rows(part_path(workspace.stage(PANELS), number), ["id", "subcaption"])
    caption_of = {row["id"]: row["subcaption"] for row in words}
    for row in read_rows(part_path(workspace.stage(CURATED), number), ["id", "figure_id", "source_id"]):
        yield Captioned(**row, distilled=Distilled(text=caption_of[row["id"]], prompt=VERBATIM))
