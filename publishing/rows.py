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
from pipeline.store import part_path, read_models, read_rows
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace, read_json, write_json
from schemas.features import arrow_schema
from schemas.licence import permits, url_of
from schemas.records import Article, Captioned, Curated, Figure, Panel, PublishedPanel

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


@dataclass(frozen=True, order=True)
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
    schema, places = arrow_schema(PublishedPanel), []
    with pa.OSFile(str(job.path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for at, row in enumerate(_published(job.workspace, job.number)):
            image = {"bytes": row.image, "path": None}
            values = {**row.model_dump(exclude={"image"}), "image": image}
            writer.write_batch(pa.RecordBatch.from_pylist([values], schema=schema))
            places.append(_place(row, job.number, at))
    write_json(job.index, places)
    return len(places)


def _place(row: PublishedPanel, part: int, at: int) -> list[Any]:
    size = len(row.image) + len(row.raw or b"")
    return [row.id, part, at, row.family, row.duplicate_cluster, size, permits(row.license).commercial]


def places(job: Spill) -> Iterator[Place]:
    """Yield the index of a part's rows."""
    return (Place(*place) for place in read_json(job.index))


def _published(workspace: Workspace, number: int) -> Iterator[PublishedPanel]:
    """Yield the rows of a part; figures stream by, the narrow stages are held."""
    captioned = _by_id(workspace, CAPTIONED, number, Captioned)
    curated = _by_id(workspace, CURATED, number, Curated)
    panels: dict[str, list[Panel]] = {}
    for panel in read_models(part_path(workspace.stage(PANELS), number), Panel):
        if panel.id in captioned:
            panels.setdefault(panel.figure_id, []).append(panel)
    if not panels:
        return
    for row in read_rows(part_path(workspace.stage(FIGURES), number), batch=4):
        for first, panel in enumerate(panels.get(row["id"], ())):
            figure = Figure.model_validate(row)
            yield _joined(figure, panel, curated[panel.id], captioned[panel.id], with_raw=first == 0)


def _by_id(workspace: Workspace, stage: str, number: int, model: Any) -> dict[str, Any]:  # noqa: ANN401
    return {row.id: row for row in read_models(part_path(workspace.stage(stage), number), model)}


def _same(record: Any, names: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401
    return {name: getattr(record, name) for name in names}


def _joined(figure: Figure, panel: Panel, curated: Curated, captioned: Captioned, *, with_raw: bool) -> PublishedPanel:
    pixels = Pixels(figure.blob_format, *(getattr(figure, name) for name in PIXEL_COLUMNS))
    picture = render(figure.blob, pixels, panel.box)
    left, top, right, bottom = panel.box
    keeps_raw = with_raw and not picture.as_is and not pixels.shown_in_full
    return PublishedPanel.model_construct(
        **_same(figure, _SAME_IN_FIGURE),
        **_same(figure.article or Article(), _SAME_IN_ARTICLE),
        **_same(panel, _SAME_IN_PANEL),
        **_same(curated, _SAME_IN_CURATED),
        id=panel.id,
        image=picture.blob,
        image_sha256=figure.source_sha256 if picture.as_is else hashlib.sha256(picture.blob).hexdigest(),
        md5=figure.md5 if picture.as_is else hashlib.md5(picture.blob, usedforsecurity=False).hexdigest(),
        raw=figure.blob if keeps_raw else None,
        raw_format=figure.blob_format if keeps_raw else None,
        width_px=right - left,
        height_px=bottom - top,
        license_url=figure.license_url if curated.license == figure.license else url_of(curated.license),
        split="train",
        label=figure.labels[0] if figure.labels else None,
        distilled=captioned.distilled,
    )
