"""Connector: the verbs every source has, and what passes between them and the harvest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from pipeline import ledger
from schemas.records import Dropped, Failed, Figure, Record

IN_DOUBT = frozenset({"unlisted", "absent"})
"""Stamps of items that the source gave no answer about, or an empty one: what is here of them stays until
`refresh` says otherwise."""

EVERYTHING = ledger.EVERYTHING
"""The key of an item that stands for all that a source holds, where its list is in doubt: what is here stays."""

_FEWEST = 3
"""Where fewer are missing, the source may well have lost them."""


def far_fewer(before: int, now: int) -> bool:
    """Return whether of `before` things so few are left that a fault of the source is likelier than the truth.

    >>> far_fewer(100, 60), far_fewer(10, 4), far_fewer(3, 1), far_fewer(2, 0)
    (False, True, False, True)
    """
    return now < before / 2 and (before - now >= _FEWEST or not now)


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


class Known(Record):
    """What is in the workspace of one article: what `recheck` asks about."""

    source: str
    source_id: str
    version: str | None
    license: str | None
    key: str = ""
    """Of the item that it came from."""
    stamp: str = ""
    """Of the item that it came from."""


class Change(Record):
    """What a source says now of an article that is here already."""

    source: str
    source_id: str
    what: Literal["retracted", "withdrawn", "license", "version", "gone"]
    before: str | None
    after: str | None
    evidence: str


class Plan(Record):
    """What fetching from a live source would take, if everything is let in and nothing is here yet."""

    articles: int | None
    """None where only fetching would tell."""
    requests: int
    size_bytes: int
    seconds: float
    dollars: float = 0.0
    """What a third party bills for it."""


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
