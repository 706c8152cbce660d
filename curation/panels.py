"""Panels: figures in, the units of the dataset out (`2-panels`); until they are split, one panel a figure."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from curation.hashing import VERSION as HASH_VERSION
from curation.hashing import phash
from curation.lexicons import Ontologies, lexicon, names, versions_of
from curation.panel_tags import PanelText, believed, tag_panel
from curation.stated import COLUMNS, column_of, taxon_of
from pipeline import store
from pipeline.decisions import Decided, content_hash, decision_on
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.ledger import reading
from pipeline.masks import objects_on
from pipeline.pixels import PIXEL_COLUMNS, pixels_of
from pipeline.status import NOT_LISTED
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import FIGURES, PANELS, Workspace
from schemas.errors import PixelError
from schemas.records import Conflict, Dropped, Fact, Mask, Outcome, Panel, make_id

_COLUMNS = ["id", "source_id", "figure_label", "caption", "mentions", "article.title", "facts", "microns_per_pixel"]
_BULK = ["mask", "blob"]


def stage(ontologies: Ontologies) -> Stage:
    """Return the stage that makes panels of figures, and finds the terms of `ontologies` in their words."""
    terms = [*versions_of(ontologies).items()]  # in their order: of two files with one term the first holds
    settings = {"hash": HASH_VERSION, "terms": terms}
    return Stage(PANELS, 6, settings, Panel, _plan, partial(_work, ontologies))


def _unlisted(workspace: Workspace) -> dict[int, list[str]]:
    """Return the items of each part that the manifest's sources no longer list."""
    with reading(workspace.ledger) as ledger:
        parts = ledger.parts()
    return {part: [entry.locator for entry in entries if not entry.listed] for part, entries in parts.items()}


def _plan(workspace: Workspace) -> dict[int, Planned]:
    unlisted = _unlisted(workspace)
    return {
        number: Planned(fingerprint(stamp.fingerprint, unlisted.get(number, [])), stamp.counts.kept)
        for number, stamp in read_stamps(workspace, FIGURES).items()
    }


def _work(
    ontologies: Ontologies, workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    folder = workspace.stage(FIGURES)
    stamp = store.read_stamp(folder, number)
    assert stamp is not None, "a part is planned from its stamp"
    gone = set(_unlisted(workspace).get(number, ()))
    listed = [item["locator"] not in gone for item in stamp.extra["items"] for _ in range(item["rows"])]
    figures = read_rows(part_path(folder, number), [*_COLUMNS, *_BULK, *PIXEL_COLUMNS], batch=8)
    for row, (figure, still_listed) in enumerate(zip(figures, listed, strict=True)):
        if still_listed:
            yield _as_decided(_panel(figure, row, ontologies), decided)
        else:
            yield _dropped(figure, NOT_LISTED, "the sources no longer list it")


def _dropped(figure: dict[str, Any], reason: str, detail: str) -> Dropped:
    return Dropped(
        id=figure["id"],
        stage=PANELS,
        reason=reason,
        detail=detail,
        label=figure["figure_label"],
        source_id=figure["source_id"],
    )


def _texts(figure: dict[str, Any]) -> Iterator[PanelText]:
    """Yield the words that speak of a panel; until figures are split, the figure's caption is the panel's own."""
    title = (figure["article"] or {}).get("title")
    yield PanelText("subcaption", figure["caption"])
    yield from (PanelText(f"mention:{mention['id']}", mention["text"]) for mention in figure["mentions"])
    yield from [PanelText("title", title)] if title else []
    yield from (PanelText(f"fact:{fact['name']}", fact["value"]) for fact in figure["facts"])


def _tagged(figure: dict[str, Any], ontologies: Ontologies) -> dict[str, Any]:
    """Return the columns of a panel that its words and facts fill."""
    stated = (Fact.model_validate(fact) for fact in figure["facts"])
    facts, doubted = believed(stated, partial(names, ontologies))
    found = tag_panel(list(_texts(figure)), facts, lexicon(ontologies))
    closed = {column_of(conflict.field) for conflict in doubted}  # a caption made of facts says them again
    return {
        "annotations": found.annotations,
        "conflicts": [*doubted, *found.values.conflicts],
        "ncbitaxon_id": None if "organism" in closed else found.values.ncbitaxon_id,
        **{column: choice.value for column, choice in found.values.choices.items() if column not in closed},
    }


def _as_decided(panel: Panel | Dropped, decided: Decided) -> Panel | Dropped:
    """Return a panel with the columns that a reviewer set; what contradicted them is settled."""
    if isinstance(panel, Dropped) or panel.id not in decided:
        return panel
    told = {column: [one for one in panel.conflicts if _column(one) == column] for column in COLUMNS}
    said = {column: decision_on(decided, panel.id, column, seen_of(told[column])) for column in COLUMNS}
    values = {column: one.after for column, one in said.items() if one is not None}
    if "organism" in values:
        values["ncbitaxon_id"] = taxon_of(values["organism"])
    open_still = [one for one in panel.conflicts if _column(one) not in values]
    return Panel.model_validate({**panel.model_dump(), **values, "conflicts": open_still})


def _column(conflict: Conflict) -> str:
    """Return the column that a conflict is about; one of a fact's words and id goes by the fact's name."""
    return column_of(conflict.field) or conflict.field


def seen_of(conflicts: Iterable[Conflict]) -> str:
    """Return the hash of what a reviewer of one column is shown."""
    return content_hash(*(conflict.model_dump() for conflict in conflicts))


def _panel(figure: dict[str, Any], row: int, ontologies: Ontologies) -> Panel | Dropped:
    pixels = pixels_of(figure)
    try:
        bits = phash(figure["blob"], pixels)
        if figure["mask"]:  # it speaks of the whole picture, so no such figure is cropped
            objects_on(Mask.model_validate(figure["mask"]), width_px=pixels.width_px, height_px=pixels.height_px)
    except PixelError as error:
        return _dropped(figure, error.reason, error.detail)
    box = (0, 0, pixels.width_px, pixels.height_px)
    key = ",".join(map(str, box))
    caption, scale = figure["caption"], figure["microns_per_pixel"]
    return Panel(
        id=make_id(figure["id"], key),
        figure_id=figure["id"],
        figure_row=row,
        source_id=figure["source_id"],
        panel_key=key,
        box=box,
        subcaption=caption,
        subcaption_spans=[(0, len(caption))] if caption else [],
        **_tagged(figure, ontologies),
        microns_per_pixel=scale,
        microns_per_pixel_source="metadata" if scale else None,
        phash=bits,
        phash_version=HASH_VERSION,
    )
