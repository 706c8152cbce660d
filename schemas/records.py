"""The records: what a row of a stage is, and what leaves it. One frozen model = one JSON Schema = one Arrow schema.

Names are columns on disk. Lengths carry their unit; boxes are (left, top, right, bottom) in pixels of the
figure, origin top left, right and bottom exclusive; spans are [start, end) in Python string offsets.
"""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
)

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""128 bits in hex, made by `make_id`."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Box = tuple[NonNegativeInt, NonNegativeInt, PositiveInt, PositiveInt]
Span = tuple[NonNegativeInt, NonNegativeInt]


class Picture:
    """Marks a bytes column that `datasets` shows as an image."""


def make_id(*parts: str | None) -> str:
    """Return the 128-bit id of what `parts` name: the same parts always give the same id, others never do."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


class Record(BaseModel):
    """A row: frozen, and no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Record):
    """What an article says of itself."""

    doi: str | None = None
    pmcid: str | None = None
    """With its prefix: PMC11370360."""
    pmid: str | None = None
    title: str | None = None
    journal: str | None = None
    year: int | None = None
    license: str | None = None
    """SPDX id; None where the article states none that is known."""
    license_url: str | None = None
    license_evidence: str | None = None
    """The words or the address the licence was read from."""


class Mention(Record):
    """A paragraph that speaks of a figure."""

    id: str
    text: str
    panels: list[str] = []
    """Panel letters that the paragraph names, as written: ["A", "C"]; empty for the whole figure."""


class Fact(Record):
    """A named value with its origin: what a text may say about the picture."""

    name: str
    value: str
    unit: str | None = None
    id: str | None = None
    """CURIE of the value, where the source gives one."""
    origin: str


class Mask(Record):
    """The objects of an image: one instance label map, or a run of pixels for each object."""

    blob: bytes
    """The label map's file in its original bytes where the source has one a picture."""
    format: str
    """png or tiff: a label map, 0 is background; rle: JSON, where objects overlap or carry classes of their own."""
    object_class: str | None = None
    """What every object is; None where the mask names the class of each, or nobody knows."""


class Shown(Record):
    """Which samples of a file with many planes or channels its picture shows."""

    series: NonNegativeInt = 0
    """The image within the file."""
    z: NonNegativeInt = 0
    t: NonNegativeInt = 0
    channels: list[NonNegativeInt] = []
    """Counted from 0, in the order in which they are coloured; empty: all."""


class Figure(Record):
    """A row of `1-figures`: one figure or image as the source gave it."""

    id: Id
    source: str
    source_id: str
    """The source's own name for the article, image or entry: PMC11370360, 10.1101/2022.03.15.484463."""
    version: str | None = None
    figure_key: str
    """The figure within its source id: the XML's id, and the graphic where a figure has several."""
    member: str
    """The picture's name inside its container or folder."""
    url: str | None = None
    retrieved_at: AwareDatetime | None = None
    """When the bytes came over the network; None for local files, which don't tell."""
    article: Article | None = None
    family_key: str
    """Names the work, whatever its version."""
    same_work: list[str] = []
    """Other names of the same work (preprint, published article, correction); together they make a family."""
    figure_label: str | None = None
    caption: str
    in_sub_article: bool = False
    repairs: list[str] = []
    """What had to be mended in the XML before it could be read."""
    mentions: list[Mention] = []
    license: str | None = None
    license_url: str | None = None
    license_evidence: str | None = None
    third_party: bool = False
    """True where the figure's own permissions name another owner."""
    attribution: str = ""
    facts: list[Fact] = []
    blob: bytes
    """The file's bytes, untouched."""
    blob_format: str
    """By content: jpeg, png, tiff, gif, webp, bmp, jpeg2000."""
    source_sha256: Sha256
    md5: Md5
    width_px: PositiveInt
    height_px: PositiveInt
    bit_depth: PositiveInt
    """Bits per sample."""
    channels: PositiveInt
    """Samples per pixel."""
    frames: PositiveInt = 1
    """Planes in the file: sections, times, pages."""
    shown: Shown | None = None
    """None where the file is one picture, or `pipeline.stretch` chooses."""
    microns_per_pixel: PositiveFloat | None = None
    """From the file's or the source's own metadata, for pixels that are square."""
    dataset: str | None = None
    """The set the image was published in: dsb2018."""
    official_split: str | None = None
    """The split in which that set has it, in its own word."""
    zero_shot: bool = False
    """True where the field keeps the set for testing: its rows go to no split but test."""
    mask: Mask | None = None
    labels: list[str] = []


class Elsewhere(Record):
    """Another place where the same picture was published."""

    source: str
    source_id: str
    license: str | None = None


class Likeness(Record):
    """Another panel that shows the same pixels, or nearly, and how that is known."""

    id: Id
    kind: Literal["copy", "oriented", "crop", "inset", "series"]
    """oriented: turned, mirrored, inverted; crop, inset: one is a part of the other; series: neighbours, both stay."""
    distance: NonNegativeInt
    """Bits in which their hashes differ, in the orientation in which they are alike."""
    correlation: float
    """Of the pixels that they share, once one is laid on the other."""
    share: float
    """Of the blocks that show something, those that agree."""
    by: Literal["pixels", "review"] = "pixels"
    """Who says so."""


class Doubt(Record):
    """Another panel of which the pixels nearly say something else than they do: a reviewer may be asked."""

    id: Id
    kind: Literal["different", "copy", "oriented", "crop", "inset", "series"]
    """What they say."""
    distance: NonNegativeInt
    correlation: float
    share: float


class Contamination(Record):
    """A hit of a panel in a benchmark."""

    benchmark: str
    check: str
    score: float


class Group(Record):
    """A row of `3-groups`: what a panel shares with others."""

    part: NonNegativeInt
    """The part that holds the panel in every map stage."""
    id: Id
    figure_id: Id
    figure_row: NonNegativeInt
    source_id: str
    figure_label: str | None = None
    family: str
    duplicate_cluster: str | None = None
    """The cluster's id; None where the picture is alone. Copies, cut-outs and neighbours share it."""
    keeper: Id | None = None
    """The panel that stays for it, itself where it stays; None where the picture is alone."""
    keeps: bool = True
    """True for a row that stays, in a cluster or alone; False also where its entry has a newer state."""
    also_in: list[Elsewhere] = []
    edges: list[Likeness] = []
    """What is known of it and others of its cluster; pictures of the same bytes have none between them."""
    doubts: list[Doubt] = []
    """Pairs that are on the verge, whatever was decided of them; a pair stands at both of its panels."""
    contamination: list[Contamination] = []


class Verdict(Record):
    """A gate's answer with its evidence."""

    gate: str
    verdict: str
    evidence: str


class Curated(Record):
    """A row of `4-curated`: a panel that goes on, with what the gates said."""

    id: Id
    figure_id: Id
    figure_row: NonNegativeInt
    source_id: str
    family: str
    duplicate_cluster: str | None = None
    also_in: list[Elsewhere] = []
    contamination: list[Contamination] = []
    license: str
    """The licence that governs the row: the strictest of all that are known."""
    verdicts: list[Verdict]


class Placement(Record):
    """A row of `6-splits`: in which split a panel is published, and why."""

    id: Id
    source_id: str
    family: str
    split: Literal["train", "validation", "test"]
    origin: Literal["inherited", "zero_shot", "share"]
    """inherited: as it was published; zero_shot: its set is kept for testing; share: new, by the shares."""


class Dropped(Record):
    """What leaves a stage, with its reason; the row in `dropped/`."""

    id: Id
    stage: str
    reason: str
    """Machine-readable: license_not_allowed, image_missing, duplicate, ..."""
    detail: str
    label: str | None = None
    source_id: str


class Held(Dropped):
    """What waits for a reviewer; the row in `held/`. It is not published."""

    queue: str


class Failed(Dropped):
    """What could not be tried to the end; the row in `failed/`, which `retry` reads."""

    locator: str
    """What to fetch again: the key of the item in the ledger."""


Outcome = Record | Dropped | Held | Failed
"""What a stage yields for what it was given: a row of its own, or why there is none."""
