"""Published rows: what a row of each view of the dataset is; defined as the records of the stages are."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from schemas.captioned import Distilled
from schemas.panel_records import Annotation, ScaleBar, ScaleSource
from schemas.records import Box, Contamination, Elsewhere, Fact, Id, Md5, Mention, Picture, Record, Sha256, Span


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


class PublishedQuestion(Record):
    """A row of the published view `questions`: one question about a panel's picture."""

    id: Id
    """The question's own; a panel has several."""
    panel_id: Id
    """The `id` of its row in `panels`."""
    image: Annotated[bytes, Picture()]
    task: str
    question: str
    options: list[str]
    """Empty where the answer is places."""
    captions: list[str]
    """Each option as a sentence about the picture, in the order of `options`; for models that compare."""
    answer_index: NonNegativeInt | None
    """Of the right option, counted from 0."""
    answer: str
    held_back: str | None
    """What is true, where "none of the above" is right."""
    origin: Literal["metadata", "mask", "scale", "model"]
    drawn_bar: ScaleBar | None
    """What was drawn on `image`, in a black box; None where that is the panel's own."""
    boxes: list[Box]
    """The objects asked for, in px of the image."""
    tags: list[str]
    image_sha256: Sha256
    width_px: PositiveInt
    height_px: PositiveInt
    kind: str | None
    source: str
    source_id: str
    doi: str | None
    license: str
    license_url: str | None
    attribution: str
    family: str
    duplicate_cluster: str | None
    split: Literal["train", "validation", "test"]


class Rle(Record):
    """The pixels of an object in COCO's compressed run lengths, counted down the columns."""

    size: tuple[PositiveInt, PositiveInt]
    """[height, width] in px."""
    counts: str


class Instance(Record):
    """An object of a mask, whole, however many parts it has."""

    # "class" is the field's own word, which Python keeps for itself.
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    id: PositiveInt
    """Its number in the column `mask`."""
    source_number: PositiveInt
    """Its number in the source's mask; another one than `id` where that has numbers above 65535."""
    object_class: Annotated[str | None, Field(alias="class")] = None
    """What it is; None where nobody says."""
    bbox: Box
    """(left, top, right, bottom) in px, right and bottom exclusive, as all boxes here; not COCO's x, y, w, h."""
    centroid: tuple[float, float]
    """(x, y), the mean of its pixels' coordinates; (0, 0) is the middle of the first pixel."""
    area_px: PositiveInt
    rle: Rle
    """The truth of its pixels; `mask` shows those that no later object covers."""
    overlaps: bool = False
    """True where it shares a pixel with another."""


class PublishedSegmentation(Record):
    """A row of the published view `segmentation`: an image with its objects; the `id` is that of its panel."""

    id: Id
    image: Annotated[bytes, Picture()]
    mask: Annotated[bytes, Picture()]
    """A PNG of 16 bit: each pixel holds the `id` of the object there, the later one's where objects overlap, 0 for
    none."""
    instances: list[Instance]
    """By `id`."""
    instruction: str
    """Made from the classes and facts; no model wrote it."""
    image_sha256: Sha256
    source_sha256: Sha256
    raw: bytes | None = None
    raw_format: str | None = None
    width_px: PositiveInt
    height_px: PositiveInt
    microns_per_pixel: PositiveFloat | None
    facts: list[Fact]
    dataset: str | None
    """The set that the image was published in."""
    official_split: str | None
    """The split in which that set has it, in its own word; `split` is ours."""
    source: str
    source_id: str
    doi: str | None
    license: str
    license_url: str | None
    attribution: str
    family: str
    split: Literal["train", "validation", "test"]


class Turn(Record):
    """What one side of a conversation says."""

    role: Literal["user", "assistant"]
    content: str
    """`<image>` stands where the picture is shown, once, at the end of what the user says first."""


class PublishedConversation(Record):
    """A row of the published view `conversations`; the `id` is that of its panel, which has a row a purpose."""

    id: Id
    image: Annotated[bytes, Picture()]
    purpose: Literal["align", "sft"]
    """align: the answer is the caption, verbatim; sft: it is the text that was made from evidence."""
    conversation: list[Turn]
    prompt: str
    """What the answer was made with; "verbatim" where it is the caption."""
    model: str | None
    revision: str | None
    image_sha256: Sha256
    width_px: PositiveInt
    height_px: PositiveInt
    kind: str | None
    modality: str | None
    source: str
    source_id: str
    doi: str | None
    license: str
    license_url: str | None
    attribution: str
    family: str
    duplicate_cluster: str | None
    split: Literal["train", "validation", "test"]
