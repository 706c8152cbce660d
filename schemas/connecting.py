"""Connecting: the three verbs of a source, and what passes between them and a run; plug-ins write against it."""

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

from schemas.records import Dropped, Failed, Figure, Record


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
