"""Connector: what passes between bricks' own sources and the harvest, beside the verbs that every source has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pipeline import ledger
from schemas.connecting import Change, Connector, Item, Known, Plan
from schemas.records import Record

__all__ = [
    "EVERYTHING",
    "INVALID",
    "IN_DOUBT",
    "Change",
    "Connector",
    "Files",
    "Item",
    "Known",
    "Origin",
    "Plan",
    "far_fewer",
    "fault_of",
]

IN_DOUBT = frozenset({"unlisted", "absent"})
"""Stamps of items that the source gave no answer about, or an empty one: what is here of them stays until
`refresh` says otherwise."""

EVERYTHING = ledger.EVERYTHING
"""The key of an item that stands for all that a source holds, where its list is in doubt: what is here stays."""

INVALID = "invalid: "
"""How the stamp of an item begins whose record is broken; what is wrong with it follows."""

_FEWEST = 3
"""Where fewer are missing, the source may well have lost them."""


def fault_of(item: Item) -> str | None:
    """Return what is wrong with the record that an item stands for, if anything."""
    return item.stamp.removeprefix(INVALID) if item.stamp.startswith(INVALID) else None


def far_fewer(before: int, now: int) -> bool:
    """Return whether of `before` things so few are left that a fault of the source is likelier than the truth.

    >>> far_fewer(100, 60), far_fewer(10, 4), far_fewer(3, 1), far_fewer(2, 0)
    (False, True, False, True)
    """
    return now < before / 2 and (before - now >= _FEWEST or not now)


class Origin(Record):
    """What is known of an article before its XML is read."""

    source: str
    source_id: str | None = None
    """None: taken from the XML (PMCID, else DOI)."""
    version: str | None = None
    """None: taken from the XML where it tells."""
    url: str | None = None
    license: str | None = None
    """What the source's own catalogue says; the stricter of this and the XML's governs."""
    license_evidence: str | None = None
    live: bool = False
    published_doi: str | None = None
    """Of a preprint: the article that it became."""


class Files(Protocol):
    """The files that come with an article's XML, wherever they lie."""

    def names(self) -> Sequence[str]:
        """Return the names, '/'-separated, in a fixed order."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            ArchiveError: the container is broken, hostile or too large there.
            SourceError: the source didn't give it.
        """
        ...

    def retrieved_at(self, name: str) -> datetime | None:
        """Return when the bytes came over the network; None for local files."""
        ...
