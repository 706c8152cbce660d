"""Panels: figures in, the units of the dataset out (`2-panels`)."""

from collections.abc import Iterator
from functools import partial

from curation.hashing import VERSION as HASH_VERSION
from curation.lexicons import versions_of
from curation.panel_rows import FIGURE_COLUMNS, Asked, dropped, rows_of
from curation.sketch_bytes import VERSION as SKETCH_VERSION
from pipeline import store
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.ledger import reading
from pipeline.pixels import PIXEL_COLUMNS
from pipeline.replay import Replay
from pipeline.status import NOT_LISTED
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import FIGURES, PANELS, Workspace
from schemas.panel_records import Panel
from schemas.records import Outcome

_BULK = ["mask", "blob"]


def stage(asked: Asked) -> Stage:
    """Return the stage that makes panels of figures, and finds terms in their words."""
    terms = [*versions_of(asked.ontologies).items()]  # in their order: of two files with one term the first holds
    settings = {"hash": HASH_VERSION, "terms": terms, "splits": asked.splits, "detector": asked.detector}
    settings["sketch"] = [SKETCH_VERSION, asked.dedup.bits, asked.dedup.crops]
    return Stage(PANELS, 12, settings, Panel, _plan, partial(_work, asked), touched=_touched, inputs=(FIGURES,))


def _plan(workspace: Workspace) -> dict[int, Planned]:
    """Return the parts; those with items that the manifest's sources no longer list are told which."""
    with reading(workspace.ledger) as ledger:
        gone = ledger.gone()
    return {
        number: Planned(fingerprint(stamp.fingerprint, gone.get(number, [])), stamp.counts.kept, gone.get(number))
        for number, stamp in read_stamps(workspace, FIGURES).items()
    }


def _touched(workspace: Workspace, name: str, number: int, decided: Decided) -> set[str]:
    """Return the marks of the decisions on a part's figures and panels."""
    folder = workspace.stage(name)
    figures = {row["figure_id"] for row in read_rows(part_path(folder, number), ["figure_id"], batch=4096)}
    ids = store.part_ids(folder, number) | figures
    return {said.mark for key in ids & decided.keys() for said in decided[key]}


def _work(asked: Asked, workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    folder = workspace.stage(FIGURES)
    stamp = store.read_stamp(folder, number)
    assert stamp is not None, "a part is planned from its stamp"
    gone = set(notes.given or ())
    listed = [item["locator"] not in gone for item in stamp.extra["items"] for _ in range(item["rows"])]
    replay = Replay(decided, notes.ignored)
    figures = read_rows(part_path(folder, number), [*FIGURE_COLUMNS, *_BULK, *PIXEL_COLUMNS], batch=8)
    for row, (figure, still_listed) in enumerate(zip(figures, listed, strict=True)):
        notes.replayed.update(said.mark for said in replay.about(figure["id"]))
        if still_listed:
            yield from rows_of(figure, row, asked, replay)
        else:
            yield dropped(figure, NOT_LISTED, "the sources no longer list it")
