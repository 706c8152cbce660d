"""Manifest: one YAML = one dataset; what it may say, and what of it may be published."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from schemas.errors import UsageError
from schemas.manifest_parts import WITHHELD, Name, Part, Spdx, Text, Withhold, many, resolve_secret
from schemas.manifest_rules import is_live, manifest_rules, refuse
from schemas.manifest_sections import (
    CaptioningSettings,
    CurationSettings,
    ErrorSettings,
    PublishSettings,
    QuestionSettings,
    Queue,
    ReviewSettings,
    SplitSettings,
)
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
    "ErrorSettings",
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


class Manifest(Part):
    """A dataset: what enters it, what is done with it, where it goes."""

    bricks: Literal[1]
    """The version of this format."""
    name: Name
    """Names the workspace and the dataset."""
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
        UsageError: the manifest withholds it, as published ones and those that ship do.
    """
    if not any(is_live(source.model_dump()) for source in manifest.sources):
        return None
    if manifest.contact in {None, WITHHELD}:
        raise UsageError(
            "this manifest withholds its contact, as published ones and those that ship do.",
            mend="Say who asks the servers, by --set contact=you@example.org or the like.",
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
