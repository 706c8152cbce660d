"""IDR rows: a picture of a study, with what is known of the study and of the picture, as a row of `1-figures`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.fact_captions import caption_of
from ingest.idr_facts import distinct
from ingest.idr_study import Study
from ingest.picture_columns import picture_columns
from pipeline.pixels import Pixels, inspect
from pipeline.workspace import FIGURES
from schemas.citations import IDR
from schemas.records import Dropped, Fact, Failed, Figure, make_id

SOURCE = "idr"
VIEWER = "https://idr.openmicroscopy.org/webclient/?show=image-"
_MANY_TOLD = frozenset({"phenotype", "gene", "compound", "sirna"})
"""What a study tells of all its pictures together; a picture's own annotation says which of them it shows."""
_SEVERAL = frozenset({"study_title", "study_description", "study_type", "keyword", "experiment_description"})
"""What is true of each picture, also where there is more than one."""


@dataclass(frozen=True)
class Picture:
    """The pixels of an image, however they came."""

    blob: bytes
    key: str
    """Names the picture within its image: which plane, which channels, which level."""
    member: str
    microns_per_pixel: float | None = None
    retrieved_at: datetime | None = None
    facts: list[Fact] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """By which names an image is known."""

    source_id: str
    family: str
    url: str | None
    label: str | None = None


def facts_of_picture(study: Sequence[Fact], own: Sequence[Fact]) -> list[Fact]:
    """Return what may be said of a picture: its own facts, and those of its study that hold for it.

    Where a study names several organisms or imaging methods, and the picture's annotation none, nobody knows which
    one the picture shows: then none is said. An own value without an id takes that of the study's same value.
    """
    ids = {(fact.name, fact.value): fact.id for fact in study if fact.id}
    mine = [fact if fact.id else fact.model_copy(update={"id": ids.get((fact.name, fact.value))}) for fact in own]
    told = {fact.name for fact in mine}
    values: dict[str, set[str]] = {}
    for fact in study:
        values.setdefault(fact.name, set()).add(fact.value)
    general = [
        fact
        for fact in study
        if fact.name in _SEVERAL
        or (fact.name not in told and fact.name not in _MANY_TOLD and len(values[fact.name]) == 1)
    ]
    return distinct([*general, *mine])


def figure_of(study: Study, named: Named, picture: Picture, facts: Iterable[Fact]) -> Figure:
    """Return the row of a picture.

    Raises:
        PixelError: the bytes are no picture that can be read.
    """
    pixels: Pixels = inspect(picture.blob)
    told = list(facts)
    return Figure(
        id=make_id(SOURCE, named.source_id, None, picture.key),
        source=SOURCE,
        source_id=named.source_id,
        figure_key=picture.key,
        member=picture.member,
        url=named.url,
        retrieved_at=picture.retrieved_at,
        article=study.article,
        family_key=named.family,
        figure_label=named.label,
        caption=caption_of(told),
        license=study.terms.license,
        license_url=study.terms.license_url,
        license_evidence=study.terms.evidence,
        attribution=attribution(study),
        facts=told,
        **picture_columns(picture.blob, pixels),
        microns_per_pixel=picture.microns_per_pixel,
    )


def attribution(study: Study) -> str:
    """Return whom to thank: the publication, the owner, the study in IDR, the licence, and IDR itself."""
    article = study.article
    parts = (
        study.authors,
        article.title,
        f"https://doi.org/{article.doi}" if article.doi else None,
        f"© {study.copyright}" if study.copyright else None,
        f"{study.accession}, https://doi.org/{study.data_doi}" if study.data_doi else study.accession,
        study.terms.license,
        IDR,
    )
    return ", ".join(part for part in parts if part)


def dropped(source_id: str, reason: str, detail: str, label: str | None = None) -> Dropped:
    """Return the row that tells why something of IDR is not there."""
    return Dropped(
        id=make_id(SOURCE, source_id, reason),
        stage=FIGURES,
        reason=reason,
        detail=detail,
        label=label,
        source_id=source_id,
    )


def failed(source_id: str, reason: str, detail: str, locator: str) -> Failed:
    """Return the row that tells why something of IDR could not be tried to the end."""
    return Failed(**dropped(source_id, reason, detail).model_dump(), locator=locator)
