"""Connector: the verbs every source has, and what passes between them and the harvest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from schemas.records import Dropped, Failed, Figure, Record

IN_DOUBT = frozenset({"unlisted", "absent"})
"""Stamps of items that the source gave no answer about, or an empty one: what is here of them stays until
`refresh` says otherwise."""


class Item(Record):
    """Something a source holds: an article's package, a study, an image file."""

    source: str
    key: str
    """Names the item within its source for ever: PMC11370360, or a path relative to the manifest's folder."""
    stamp: str
    """Changes when the content changes: a version number, or the size and time of a file."""
    size_bytes: int = 0
    """0 where the source doesn't tell."""

    @property
    def locator(self) -> str:
        """Return the name of this state of the item in the ledger."""
        return f"{self.source}:{self.key}@{self.stamp}"


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


class Known(Record):
    """What is in the workspace of one article: what `recheck` asks about."""

    source: str
    source_id: str
    version: str | None
    license: str | None


class Change(Record):
    """What a source says now of an article that is here already."""

    source: str
    source_id: str
    what: Literal["retracted", "withdrawn", "license", "version", "gone"]
    before: str | None
    after: str | None
    evidence: str


class Connector(Protocol):
    """A source: `find` says what exists, `fetch` brings one, `recheck` asks what has changed."""

    def find(self) -> Iterator[Item]:
        """Yield what the source holds for its entry in the manifest, in a fixed order."""
        ...

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of `item`, or why there is none."""
        ...

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed at the source since `known` was fetched."""
        ...
