"""Manifest: one YAML = one dataset; what it may say, and what of it may be published."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PositiveFloat, PositiveInt, model_validator

from schemas.errors import UsageError
from schemas.manifest_parts import (
    LOCAL,
    WITHHELD,
    Part,
    Rate,
    Repo,
    Revision,
    Secret,
    SecretMark,
    Share,
    Slug,
    Spdx,
    Text,
    Texts,
    Url,
    Withhold,
    many,
    resolve_secret,
)
from schemas.manifest_rules import is_live, manifest_rules, refuse
from schemas.manifest_sources import (
    BiorxivSource,
    ElabftwSource,
    ElnSource,
    IdrSource,
    ImagesSource,
    MasksSource,
    PmcSource,
    Source,
)

__all__ = [
    "BiorxivSource",
    "CaptioningSettings",
    "CurationSettings",
    "ElabftwSource",
    "ElnSource",
    "IdrSource",
    "ImagesSource",
    "Manifest",
    "MasksSource",
    "PmcSource",
    "PublishSettings",
    "QuestionSettings",
    "Queue",
    "ReviewSettings",
    "Source",
    "SplitSettings",
    "contact_of",
    "public_manifest",
    "resolve_secret",
]

_default = Withhold(lambda _: None)


class Kinds(Part):
    """Which panel kinds go on."""

    keep: Annotated[tuple[Text, ...], many, Field(min_length=1)]
    threshold: Rate = 0.8
    """The confidence from which a kind is believed."""


class Dedup(Part):
    """How alike two pictures must be to count as one."""

    bits: Literal[64, 256] = 256
    """Length of the perceptual hash."""
    max_distance: Annotated[int, Field(ge=0)] = 24
    """Bits in which two hashes may differ."""
    orientations: bool = True
    """Also turned and mirrored copies."""
    crops: bool = True
    """Also cut-outs and insets."""


def _public_names(values: tuple[Any, ...]) -> list[Any]:
    """Return ontologies or benchmarks without the files of this machine."""
    return [
        {name: LOCAL for name in value}
        if isinstance(value, Mapping)
        else value
        if value.startswith("hub:") or not any(mark in value for mark in "/\\.")
        else LOCAL
        for value in values
    ]


class CurationSettings(Part):
    """What stays, and what is found out about it."""

    min_short_side_px: PositiveInt = 96
    """Pictures whose shorter side is smaller are dropped."""
    languages: Texts = ()
    """Languages of captions, such as en; empty: all."""
    kinds: Kinds | None = None
    """Left out: every kind goes on."""
    panels: bool = True
    """Whether compound figures are split."""
    ontologies: Annotated[Annotated[tuple[Text | dict[str, Text], ...], many], Withhold(_public_names)] = ()
    """Names of built indexes, or files: {CL: onto/cl.obo}; the curated table always."""
    dedup: Dedup = Dedup()
    decontaminate: Annotated[Texts, Withhold(_public_names)] = ()
    """Hash files, folders of pictures or hub: names that the dataset must not overlap with."""


class Budget(Part):
    """Where captioning stops, to be resumed."""

    gpu_hours: PositiveFloat


class CaptioningSettings(Part):
    """Words from evidence: the embedded default (metadata), or any OpenAI-compatible server."""

    backend: Literal["openai", "metadata"] = "metadata"
    endpoints: Annotated[Annotated[tuple[Url, ...], many], Withhold(lambda value: [WITHHELD] if value else None)] = ()
    """Base addresses, such as http://127.0.0.1:8000/v1."""
    key: Annotated[Secret | None, SecretMark(), _default] = None
    """The servers' API key, as ${env:NAME}."""
    model: Text | None = None
    revision: Text | None = None
    """The model's revision, pinned; part of the cache key."""
    prompt: Text = "detailed-v1"
    image_side_px: PositiveInt = 1024
    max_tokens: PositiveInt = 512
    budget: Budget | None = None


Task = Literal["modality", "submodality", "stain", "organism", "label", "counting", "localization", "scale"]


class QuestionSettings(Part):
    """Multiple-choice questions made from facts."""

    per_panel: PositiveInt = 4
    tasks: Annotated[tuple[Task, ...], many, Field(min_length=1)] = ("modality", "stain", "organism")
    none_of_the_above: Rate = 0.15
    """Share of the questions whose right answer is "none of the above"."""


class Queue(Part):
    """What a reviewer is asked."""

    name: Slug
    origin: Annotated[
        Literal["duplicates", "panels", "subcaptions", "kinds", "licenses", "tags", "captions", "questions"],
        Field(alias="from"),
    ]
    """What is asked about."""
    sample: PositiveInt | None = None
    """How many are drawn; all if left out."""
    strata: Texts = ()
    """Columns that the sample is balanced over."""
    require: Rate | None = None
    """Share of right answers below which publishing is refused."""


class ReviewSettings(Part):
    """The reviewers' queues."""

    queues: Annotated[tuple[Queue, ...], many] = ()


class SplitSettings(Part):
    """How rows are divided; families are never parted."""

    by: Literal["family"] = "family"
    test: Share = 0.05
    validation: Share = 0.05
    seed: int = 17
    keep: Revision | None = None
    """A published dataset whose splits are inherited: org/name@v1."""


class PublishSettings(Part):
    """Where the dataset goes."""

    repo: Repo
    private: bool = True
    subsets: Annotated[tuple[Literal["commercial", "noncommercial"], ...], many, Field(min_length=1)] = (
        "commercial",
        "noncommercial",
    )


class ErrorSettings(Part):
    """When a run counts as failed."""

    max_failure_rate: Rate = 0.05
    """Share of items that may fail for reasons of the network or of broken files."""


class Manifest(Part):
    """A dataset: what enters it, what is done with it, where it goes."""

    bricks: Literal[1]
    """The version of this format."""
    name: Slug
    contact: Annotated[Text | None, Withhold(lambda _: WITHHELD)] = None
    """An e-mail or web address; goes into the User-Agent, so every live source requires it."""
    licenses: Annotated[tuple[Spdx, ...], many, Field(min_length=1)]
    """SPDX ids that may enter the dataset; checked again when it is published."""
    sources: Annotated[tuple[Source, ...], many, Field(min_length=1)]
    """Where figures and images come from."""
    curation: CurationSettings = CurationSettings()
    captioning: CaptioningSettings = CaptioningSettings()
    questions: QuestionSettings | None = None
    """Left out: no questions are made."""
    review: ReviewSettings = ReviewSettings()
    split: SplitSettings = SplitSettings()
    publish: PublishSettings | None = None
    """Left out: the dataset stays in the workspace."""
    on_error: ErrorSettings = ErrorSettings()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        refuse(manifest_rules(self.model_dump(exclude_unset=True, exclude_none=True)))
        return self


def contact_of(manifest: Manifest) -> str | None:
    """Return the contact that live sources are told; None where no source is live.

    Raises:
        UsageError: the manifest is a published one, which withholds it.
    """
    if not any(is_live(source.model_dump()) for source in manifest.sources):
        return None
    if manifest.contact in {None, WITHHELD}:
        raise UsageError(
            "this is a published manifest, which withholds its contact.",
            mend="Say who asks the servers: --set contact=you@example.org",
        )
    return manifest.contact


def public_manifest(manifest: Manifest) -> dict[str, Any]:
    """Return what may be published of `manifest`: no path, contact, secret or private address; a manifest itself."""
    return _public(manifest)


def _public(part: BaseModel) -> dict[str, Any]:
    whole = part.model_dump(mode="json", exclude_defaults=True)
    told: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        key, value = field.alias or name, getattr(part, name)
        if key not in whole and not field.is_required():
            continue
        mark = next((mark for mark in field.metadata if isinstance(mark, Withhold)), None)
        shown = mark.instead(value) if mark else _shown(value, whole.get(key))
        if shown is not None:
            told[key] = shown
    return told


def _shown(value: object, dumped: object) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(value, BaseModel):
        return _public(value)
    if isinstance(value, tuple) and value and all(isinstance(one, BaseModel) for one in value):
        return [_public(one) for one in value]
    return dumped
