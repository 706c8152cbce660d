"""Report records: what the HTML report shows, told in numbers and cards that the workspace fills in."""

import heapq
from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, model_validator

from schemas.records import Record

MAX_KEPT_CARDS = 48
MAX_PILE_CARDS = 8
"""Per reason or queue: the report stays a page however large the run is."""

THUMBNAIL_SIDE_PX = 320
"""The longer side of a card's picture: a report has hundreds of them."""

_BIN_EDGES_MEGAPIXELS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class StageSum(Record):
    """What a stage did; the same names as in `bricks status --json`."""

    name: str
    found: NonNegativeInt
    created: NonNegativeInt = 0
    kept: NonNegativeInt
    dropped: dict[str, NonNegativeInt] = Field(default_factory=dict)
    failed: dict[str, NonNegativeInt] = Field(default_factory=dict)
    held: dict[str, NonNegativeInt] = Field(default_factory=dict)
    complete: bool = True

    @property
    def entered(self) -> int:
        """Return what the stage had to decide about."""
        return self.found + self.created

    @property
    def pending(self) -> int:
        """Return what the stage has not decided yet; 0 once it is complete."""
        left = sum(sum(counts.values()) for counts in (self.dropped, self.failed, self.held))
        return self.entered - self.kept - left

    @model_validator(mode="after")
    def _nothing_vanishes(self) -> Self:
        if self.pending < 0 or (self.complete and self.pending):
            raise ValueError(
                f"{self.name}: found {self.found} + created {self.created} is not "
                f"kept {self.kept} + dropped {self.dropped} + failed {self.failed} + held {self.held}"
            )
        return self


class SourceSum(Record):
    """What one source brought."""

    source: str
    articles: NonNegativeInt
    figures: NonNegativeInt
    kept: NonNegativeInt


class LicenseSum(Record):
    """How many figures carry a licence, and what it permits."""

    license: str | None
    """SPDX id; None where no licence is known."""
    figures: NonNegativeInt
    kept: NonNegativeInt
    commercial: bool
    adaptable: bool
    """True where crops and rewritten captions may be shared."""


class ViewSum(Record):
    """A published view and the rows of its splits."""

    view: str
    splits: dict[Literal["train", "validation", "test"], NonNegativeInt]


class Bin(Record):
    """A bar of a histogram: values from `low` up to, not including, `high`."""

    low: NonNegativeFloat
    high: NonNegativeFloat | None
    """None: no upper end."""
    count: NonNegativeInt


class SizeSum(Record):
    """How much was brought: everything in `1-figures`."""

    figures: NonNegativeInt
    bytes: NonNegativeInt
    pixels: NonNegativeInt
    megapixels: list[Bin] = Field(default_factory=list)


class Card(Record):
    """A panel or figure, or what is known of one, on a contact sheet."""

    id: str
    source_id: str
    label: str | None = None
    caption: str = ""
    license: str | None = None
    url: str | None = None
    """Linked only where it is http or https."""
    detail: str = ""
    """Why it was dropped, held or has failed; for a kept one what else is worth a line."""
    thumb: bytes | None = None
    """A JPEG; None where there is no picture that can be read."""
    width_px: NonNegativeInt | None = None
    height_px: NonNegativeInt | None = None


class Pile(Record):
    """What left a stage for one reason, with examples."""

    stage: str
    name: str
    """The reason; for held rows the queue."""
    count: NonNegativeInt
    cards: list[Card] = Field(default_factory=list)


class BenchmarkSum(Record):
    """What was found of a benchmark among the panels, by one check."""

    benchmark: str
    check: str | None
    """None where no check found anything."""
    panels: NonNegativeInt = 0
    alone: NonNegativeInt = 0
    """Panels that no other check found in it."""


class ReportData(Record):
    """Everything the report shows; it holds no date, so the same run gives the same page."""

    name: str
    workspace: str
    """As the reader would type it after `bricks show`."""
    stages: list[StageSum]
    sources: list[SourceSum] = Field(default_factory=list)
    licenses: list[LicenseSum] = Field(default_factory=list)
    kinds: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """What the kept panels show, the most frequent first."""
    views: list[ViewSum] = Field(default_factory=list)
    unshared: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """What stands in one split alone, looked for in the dataset's files: kind -> how many."""
    questions: NonNegativeInt = 0
    """Questions of the dataset, which have a page of their own beside this one."""
    benchmarks: list[BenchmarkSum] = Field(default_factory=list)
    dataset: str | None = None
    """Where the dataset lies, as the reader would type it."""
    size: SizeSum
    kept: list[Card] = Field(default_factory=list)
    dropped: list[Pile] = Field(default_factory=list)
    held: list[Pile] = Field(default_factory=list)
    failed: list[Pile] = Field(default_factory=list)


def sample_ids(ids: Iterable[str], most: int) -> list[str]:
    """Return at most `most` ids, the same ones in whatever order they come.

    Ids are hashes already, so the smallest of them are a fair sample.
    """
    return heapq.nsmallest(most, set(ids))


def megapixel_bins(pixels: Iterable[int]) -> list[Bin]:
    """Return the histogram of picture sizes, from the first filled bin to the last.

    >>> [(bin.low, bin.high, bin.count) for bin in megapixel_bins([200_000, 250_000, 2_000_000])]
    [(0.1, 0.3, 2), (0.3, 1.0, 0), (1.0, 3.0, 1)]
    """
    counts = [0] * (len(_BIN_EDGES_MEGAPIXELS) + 1)
    for count in pixels:
        counts[sum(count >= edge * 1_000_000 for edge in _BIN_EDGES_MEGAPIXELS)] += 1
    edges = [0.0, *_BIN_EDGES_MEGAPIXELS, None]
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return []
    return [
        Bin(low=edges[index] or 0.0, high=edges[index + 1], count=counts[index])
        for index in range(filled[0], filled[-1] + 1)
    ]
