"""Panel records: the row of `2-panels`, and what it says of a panel's terms and scale; defined as all records are."""

from typing import Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from schemas.records import Box, Id, Record, Span


class Annotation(Record):
    """An ontology term found in a text."""

    field: str
    term: str
    label: str
    ontology: str
    text: str
    where: str
    """caption, subcaption, title, mention:<id> or fact:<name>."""
    start: NonNegativeInt
    end: NonNegativeInt
    negated: bool = False
    confidence: float


class Conflict(Record):
    """Two values for one column of tags; a reviewer decides."""

    field: str
    chosen: str
    """What stands in the column; "" where it was left empty."""
    other: str
    reason: str
    """fact_against_text, facts_disagree, id_against_words, two_values or not_of_modality; of `panels`, panels_disagree;
    of `microns_per_pixel`, scale_disagrees."""


class ScaleBar(Record):
    """A drawn bar, so that it can be masked; `box` in px of the picture that is cut out."""

    box: Box
    length_px: PositiveFloat
    length_um: PositiveFloat | None = None
    """None where nothing says it."""


ScaleSource = Literal["metadata", "scale_bar", "caption"]


class Panel(Record):
    """A row of `2-panels`: a part of a figure that shows one image, with its own words."""

    id: Id
    figure_id: Id
    figure_row: NonNegativeInt
    """The figure's place in its part of `1-figures`: where its pixels are found without a search."""
    source_id: str
    panel_key: str
    """The panel's letter where that is unique, else its first box as "left,top,right,bottom"."""
    panel_label: str | None = None
    box: Box
    kind: str | None = None
    kind_confidence: float | None = None
    tiles: PositiveInt | None = None
    subcaption: str
    subcaption_spans: list[Span]
    annotations: list[Annotation] = Field(default=[])
    conflicts: list[Conflict] = Field(default=[])
    modality: str | None = None
    submodality: str | None = None
    domain: str | None = None
    subdomain: str | None = None
    stain: str | None = None
    organism: str | None = None
    ncbitaxon_id: str | None = None
    tissue: str | None = None
    cell_type: str | None = None
    organelle: str | None = None
    microns_per_pixel: PositiveFloat | None = None
    microns_per_pixel_source: ScaleSource | None = None
    scale_bar: ScaleBar | None = None
    phash: str
    """Perceptual hash in hex."""
    phash_version: str
    sketch: bytes
    """What its duplicates are found by: `curation.sketch_bytes`."""

    @model_validator(mode="after")
    def _box_has_an_area(self) -> Self:
        left, top, right, bottom = self.box
        if left >= right or top >= bottom:
            raise ValueError(f"box {self.box} has no area")
        return self
