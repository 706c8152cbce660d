"""Published rows: what a row of each view of the dataset is; defined as the records of the stages are."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, PositiveFloat, PositiveInt

from schemas.records import (
    Annotation,
    Box,
    Contamination,
    Distilled,
    Elsewhere,
    Fact,
    Id,
    Md5,
    Mention,
    Picture,
    Record,
    ScaleBar,
    ScaleSource,
    Sha256,
    Span,
)


class PublishedPanel(Record):
    """A row of the published view `panels`."""

    id: Id
    image: Annotated[bytes, Picture()]
    image_sha256: Sha256
    source_sha256: Sha256
    raw: bytes | None = None
    raw_format: str | None = None
    width_px: PositiveInt
    height_px: PositiveInt
    md5: Md5
    phash: str
    phash_version: str
    source: str
    source_id: str
    version: str | None
    url: str | None
    retrieved_at: AwareDatetime | None
    doi: str | None
    pmcid: str | None
    pmid: str | None
    title: str | None
    journal: str | None
    year: int | None
    also_in: list[Elsewhere]
    license: str
    license_url: str | None
    attribution: str
    family: str
    split: Literal["train", "validation", "test"]
    figure_label: str | None
    panel_label: str | None
    box: Box
    kind: str | None
    kind_confidence: float | None
    tiles: PositiveInt | None
    caption: str
    subcaption: str
    subcaption_spans: list[Span]
    mentions: list[Mention]
    facts: list[Fact]
    label: str | None
    modality: str | None
    submodality: str | None
    domain: str | None
    subdomain: str | None
    stain: str | None
    organism: str | None
    ncbitaxon_id: str | None
    tissue: str | None
    cell_type: str | None
    organelle: str | None
    microns_per_pixel: PositiveFloat | None
    microns_per_pixel_source: ScaleSource | None
    scale_bar: ScaleBar | None
    annotations: list[Annotation]
    distilled: Distilled
    duplicate_cluster: str | None
    contamination: list[Contamination]
