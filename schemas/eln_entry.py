"""ELN entry: what an entry of a notebook must have to make pairs of pictures and words."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.records import Fact

Filled = Annotated[str, Field(min_length=1)]


class _Open(BaseModel):
    """Frozen; what a lab adds is let through."""

    model_config = ConfigDict(frozen=True, extra="allow")


class EntryImage(_Open):
    """A picture of an entry that is in the export."""

    member: Filled
    """Its name inside the export."""
    name: Filled
    """What people called it."""


class EntryHead(_Open):
    """Which entry it is."""

    id: Filled
    name: Filled
    license: str | None
    """What the manifest states; an export's own word is no consent."""
    license_evidence: str | None


class PairedEntry(_Open):
    """An entry, as `bricks extract` prints it, that can make pairs."""

    figure_id: Filled
    entry: EntryHead
    caption: Filled
    """Its words: the clean text, or what is said of its pictures, or its metadata fields."""
    facts: list[Fact]
    images: Annotated[list[EntryImage], Field(min_length=1)]
