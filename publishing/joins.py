"""Joins: what the stages know of the panels of a part, joined to the rows of `panels`, pictures rendered.

Rows are joined by columns and pass through no model: what the stages wrote was checked when they wrote it.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.pixels import PIXEL_COLUMNS, pixels_of, render
from pipeline.store import part_path, read_row_groups
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace, blaming
from schemas.errors import WorkspaceError
from schemas.features import arrow_schema
from schemas.licence import url_of
from schemas.published_rows import PublishedPanel

_SAME_IN_PANEL = [
    "id",
    "kind",
    "kind_confidence",
    "tiles",
    "subcaption",
    "subcaption_spans",
    "modality",
    "submodality",
    "domain",
    "subdomain",
    "stain",
    "organism",
    "ncbitaxon_id",
    "tissue",
    "cell_type",
    "organelle",
    "microns_per_pixel",
    "microns_per_pixel_source",
    "scale_bar",
    "annotations",
    "phash",
    "phash_version",
    "panel_label",
    "box",
]
_SAME_IN_FIGURE = [
    "source",
    "source_id",
    "version",
    "url",
    "retrieved_at",
    "figure_label",
    "caption",
    "mentions",
    "facts",
    "source_sha256",
]
_SAME_IN_ARTICLE = ["doi", "pmcid", "pmid", "title", "journal", "year"]
_SAME_IN_CURATED = ["license", "family", "duplicate_cluster", "also_in", "contamination"]
_PICTURE = ["blob", "source_sha256", "md5", *PIXEL_COLUMNS]

Row = dict[str, Any]


@dataclass(frozen=True)
class Joined:
    """A run of rows of `panels`, all but their split, with the figure of each."""

    rows: pa.RecordBatch
    figures: pa.Table
    questions: pa.ChunkedArray
    """What is asked of each."""


def published(workspace: Workspace, number: int) -> Iterator[Joined]:
    """Yield the rows of a part; a row group of figures is held, and the narrow stages."""
    captioned = _table(workspace, CAPTIONED, number)
    wanted = {PANELS: _SAME_IN_PANEL, CURATED: _SAME_IN_CURATED}
    panels, curated = (
        rows_beside(captioned, part_path(workspace.stage(stage), number), columns) for stage, columns in wanted.items()
    )
    figure_rows = captioned["figure_row"].to_pylist()  # they ascend: no stage changes the order within a part
    start, kept = 0, set[tuple[str, str]]()
    for figures in read_row_groups(part_path(workspace.stage(FIGURES), number)):
        first, last = (bisect_left(figure_rows, row) for row in (start, start + figures.num_rows))
        if first < last:
            _refuse_rotten(figures, part_path(workspace.stage(FIGURES), number))
            mine = figures.take([row - start for row in figure_rows[first:last]])
            beside = [table.slice(first, last - first) for table in (panels, curated, captioned)]
            yield Joined(_joined(mine, *beside, kept=kept), mine, beside[-1]["questions"])
        start += figures.num_rows


def _refuse_rotten(figures: pa.Table, path: Path) -> None:
    """Refuse bytes that are no longer those that were harvested: the disk may have changed them since.

    Raises:
        WorkspaceError: names the part.
    """
    for key, blob, digest in zip(*(figures[name] for name in ("id", "blob", "source_sha256")), strict=True):
        if hashlib.sha256(blob.as_buffer()).hexdigest() != digest.as_py():  # the blob itself isn't copied
            detail = f"is damaged: the bytes of {key} are not those that were harvested."
            raise WorkspaceError(detail, where=str(path), mend="Remove it and run again: it is brought again.")


def _table(workspace: Workspace, stage: str, number: int) -> pa.Table:
    return pa.concat_tables(read_row_groups(part_path(workspace.stage(stage), number)))


def rows_beside(captioned: pa.Table, path: Path, columns: Sequence[str]) -> pa.Table:
    """Return the rows of a stage's part that speak of the same panels as those of `captioned`, in their order."""
    stage = pa.concat_tables(read_row_groups(path, list(dict.fromkeys(["id", "figure_row", *columns]))))
    place_of = {key: at for at, key in enumerate(_keys(stage))}
    with blaming(path, KeyError, mend="Remove it and run again: it is made again."):
        return stage.take([place_of[key] for key in _keys(captioned)])


def _keys(table: pa.Table) -> Iterator[tuple[str, int]]:
    """Yield what names a row within its part: one work may lie there twice, with the same ids."""
    return zip(table["id"].to_pylist(), table["figure_row"].to_pylist(), strict=True)


def _joined(
    figures: pa.Table, panels: pa.Table, curated: pa.Table, captioned: pa.Table, *, kept: set[tuple[str, str]]
) -> pa.RecordBatch:
    columns = {
        **_same(figures, _SAME_IN_FIGURE),
        **{name: pc.struct_field(figures["article"], name) for name in _SAME_IN_ARTICLE},
        **_same(panels, _SAME_IN_PANEL),
        **_same(curated, _SAME_IN_CURATED),
        **_turned(_computed(figures, panels, curated, kept)),
        "distilled": captioned["distilled"],
        "split": pa.nulls(figures.num_rows, pa.string()),
    }
    schema = arrow_schema(PublishedPanel)
    (batch,) = pa.table([columns[name] for name in schema.names], schema=schema).combine_chunks().to_batches()
    return batch


def _same(table: pa.Table, names: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    return {name: table[name] for name in names}


def _turned(rows: Sequence[Row]) -> dict[str, pa.Array]:
    """Return the columns of `rows`."""
    schema = arrow_schema(PublishedPanel)
    return {name: pa.array([row[name] for row in rows], schema.field(name).type) for name in rows[0]}


def _computed(figures: pa.Table, panels: pa.Table, curated: pa.Table, kept: set[tuple[str, str]]) -> list[Row]:
    """Return the values that no stage holds as they are published; `kept` grows by the files that were kept whole."""
    rows: list[Row] = []
    for figure, box, governing in zip(
        figures.select([*_PICTURE, "source_id", "license", "license_url", "labels", "attribution"]).to_pylist(),
        panels["box"].to_pylist(),
        curated["license"].to_pylist(),
        strict=True,
    ):
        told = {
            **credits_of(figure, governing),
            "label": figure["labels"][0] if figure["labels"] else None,
        }
        rows.append(told | _picture(figure, box, kept))
    return rows


def credits_of(figure: Row, governing: str) -> Row:
    """Return whom to thank, and the licence's address; a copy's stricter licence is told beside the work's own."""
    own = figure["attribution"]
    if governing == figure["license"]:
        return {"license_url": figure["license_url"], "attribution": own}
    told = f"{own} (here under {governing}: the strictest of all copies)"
    return {"license_url": url_of(governing), "attribution": told}


def _picture(figure: Row, box: Sequence[int], kept: set[tuple[str, str]]) -> Row:
    """Return the columns that hold pixels, or speak of them; a file of several pictures is kept with the first."""
    pixels = pixels_of(figure)
    left, top, right, bottom = box
    shown = render(figure["blob"], pixels, (left, top, right, bottom))
    file = (figure["source_id"], figure["source_sha256"])
    keeps_raw = not shown.in_full and file not in kept
    if keeps_raw:
        kept.add(file)
    return {
        "image": {"bytes": shown.blob, "path": None},
        "image_sha256": figure["source_sha256"] if shown.as_is else hashlib.sha256(shown.blob).hexdigest(),
        "md5": figure["md5"] if shown.as_is else hashlib.md5(shown.blob, usedforsecurity=False).hexdigest(),
        "raw": figure["blob"] if keeps_raw else None,
        "raw_format": figure["blob_format"] if keeps_raw else None,
        "width_px": right - left,
        "height_px": bottom - top,
    }
