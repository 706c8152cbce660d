"""Rows: joins what the stages know of a panel into the row that is published, picture rendered.

The rows of a part are written to a file of their own, one Arrow record batch a row, so that the shards can take
them in any order without reading more than they need. Beside it lies an index; it comes last, and vouches for it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.pixels import PIXEL_COLUMNS, Pixels, render
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace, read_json, write_json
from schemas.features import arrow_schema
from schemas.licence import permits, url_of
from schemas.records import Box, PublishedPanel

_SAME_IN_PANEL = [
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
    "attribution",
    "figure_label",
    "caption",
    "mentions",
    "facts",
    "source_sha256",
]
_SAME_IN_ARTICLE = ["doi", "pmcid", "pmid", "title", "journal", "year"]
_SAME_IN_CURATED = ["license", "family", "duplicate_cluster", "also_in", "contamination"]


_RUN_BYTES = 2 << 20

Row = dict[str, Any]


@dataclass(frozen=True)
class Spill:
    """A part whose rows are to be written: `key` changes with whatever they are made from."""

    workspace: Workspace
    number: int
    key: str

    @property
    def path(self) -> Path:
        """Return where the rows lie."""
        return self.workspace.cache / "rows" / f"part-{self.number:05d}-{self.key}.arrow"

    @property
    def index(self) -> Path:
        """Return where the index lies."""
        return self.path.with_suffix(".json")


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a row lies, and what deciding its split and shard takes."""

    id: str
    part: int
    row: int
    family: str
    cluster: str | None
    bytes: int
    commercial: bool


def spill(job: Spill) -> int:
    """Write the published rows of a part, unless they stand there, and return their number."""
    if read_json(job.index) is not None:
        return 0
    job.path.parent.mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(PublishedPanel)
    index: list[list[Any]] = []
    with pa.OSFile(str(job.path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for run in _runs(_published(job.workspace, job.number)):
            index += [_place(row, job.number, at) for at, row in enumerate(run, start=len(index))]
            together = pa.RecordBatch.from_pylist(run, schema=schema)
            for at in range(len(run)):
                writer.write_batch(together.slice(at, 1))
    write_json(job.index, index)
    return len(index)


def _runs(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows in runs of a few megabytes: turning them into Arrow one by one takes eight times as long."""
    run: list[Row] = []
    size = 0
    for row in rows:
        run.append(row)
        size += _size_bytes(row)
        if size > _RUN_BYTES:
            yield run
            run, size = [], 0
    if run:
        yield run


def _size_bytes(row: Row) -> int:
    return len(row["image"]["bytes"]) + len(row["raw"] or b"")


def _place(row: Row, part: int, at: int) -> list[Any]:
    commercial = permits(row["license"]).commercial
    return [row["id"], part, at, row["family"], row["duplicate_cluster"], _size_bytes(row), commercial]


def places(job: Spill) -> Iterator[Place]:
    """Yield the index of a part's rows."""
    return (Place(*place) for place in read_json(job.index))


def _published(workspace: Workspace, number: int) -> Iterator[Row]:
    """Yield the rows of a part; figures stream by, the narrow stages are held.

    Rows are dicts here: what the stages wrote was checked when they wrote it, and the Arrow schema checks what
    is written now.
    """
    captioned, curated = (_by_key(workspace, stage, number) for stage in (CAPTIONED, CURATED))
    panels: dict[int, list[Row]] = {}
    for panel in read_rows(part_path(workspace.stage(PANELS), number)):
        if _key(panel) in captioned:
            panels.setdefault(panel["figure_row"], []).append(panel)
    if not panels:
        return
    for at, figure in enumerate(read_rows(part_path(workspace.stage(FIGURES), number), batch=8)):
        for place, panel in enumerate(panels.get(at, ())):
            distilled = captioned[_key(panel)]["distilled"]
            yield _joined(figure, panel, curated[_key(panel)], with_raw=place == 0) | {"distilled": distilled}


def _key(row: Row) -> tuple[str, int]:
    """Return what names a row within its part: one work may lie there twice, with the same ids."""
    return row["id"], row["figure_row"]


def _by_key(workspace: Workspace, stage: str, number: int) -> dict[tuple[str, int], Row]:
    return {_key(row): row for row in read_rows(part_path(workspace.stage(stage), number))}


def _same(row: Row, names: Sequence[str]) -> Row:
    return {name: row[name] for name in names}


def _joined(figure: Row, panel: Row, curated: Row, *, with_raw: bool) -> Row:
    article = figure["article"] or dict.fromkeys(_SAME_IN_ARTICLE)
    same_license = curated["license"] == figure["license"]
    return {
        **_same(figure, _SAME_IN_FIGURE),
        **_same(article, _SAME_IN_ARTICLE),
        **_same(panel, _SAME_IN_PANEL),
        **_same(curated, _SAME_IN_CURATED),
        **_picture(figure, panel["box"], with_raw=with_raw),
        "id": panel["id"],
        "license_url": figure["license_url"] if same_license else url_of(curated["license"]),
        "label": figure["labels"][0] if figure["labels"] else None,
    }


def _picture(figure: Row, box: Box, *, with_raw: bool) -> Row:
    """Return the columns that hold pixels, or speak of them."""
    pixels = Pixels(figure["blob_format"], *(figure[name] for name in PIXEL_COLUMNS))
    left, top, right, bottom = box
    shown = render(figure["blob"], pixels, (left, top, right, bottom))
    keeps_raw = with_raw and not shown.as_is and not pixels.shown_in_full
    return {
        "image": {"bytes": shown.blob, "path": None},
        "image_sha256": figure["source_sha256"] if shown.as_is else hashlib.sha256(shown.blob).hexdigest(),
        "md5": figure["md5"] if shown.as_is else hashlib.md5(shown.blob, usedforsecurity=False).hexdigest(),
        "raw": figure["blob"] if keeps_raw else None,
        "raw_format": figure["blob_format"] if keeps_raw else None,
        "width_px": right - left,
        "height_px": bottom - top,
    }
