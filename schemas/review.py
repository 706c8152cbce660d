"""Review: what a reviewer is asked, and what came of each queue."""

from typing import Any, Literal

from pydantic import Field, NonNegativeInt

from schemas.panel_records import ScaleBar
from schemas.records import Record, make_id

Origin = Literal["duplicates", "panels", "subcaptions", "kinds", "licenses", "tags", "captions", "questions"]
"""What a queue asks about, as the manifest says it in `from`."""


class PicturePlace(Record):
    """Where the pixels of one of an item's pictures lie."""

    part: NonNegativeInt
    """Of `1-figures`."""
    figure_row: NonNegativeInt
    box: tuple[int, int, int, int] | None = None
    """The part of the figure that is shown, in its px; None for all of it."""
    bar: ScaleBar | None = None
    """A scale bar that is drawn into the picture for a question."""
    name: str = ""
    """What a reader is told of it: the source and the figure's label."""


class ReviewItem(Record):
    """One thing that a reviewer is asked."""

    queue: str
    """As the manifest calls it."""
    origin: Origin
    stage: str
    """The stage that replays the decision."""
    id: str
    """The record that the decision speaks of."""
    field: str
    """Of that record."""
    content_hash: str
    """Of all that is shown; the stage computes the same when it replays."""
    part: NonNegativeInt
    figure_row: NonNegativeInt
    source_id: str
    stratum: str = ""
    """Values of the queue's `strata`, joined."""
    question: str
    """One plain sentence."""
    shown: dict[str, Any]
    """What the page shows, by origin, as JSON; `value` is what stands there now, as a decision's `after`."""
    pictures: tuple[PicturePlace, ...] = ()
    also: dict[str, str] = Field(default_factory=dict)
    """Other decisions that answer the item: "stage/id/field" to the hash of what is shown for them."""

    @property
    def key(self) -> str:
        """Return what names the item: other content is another item."""
        return make_id(self.queue, self.id, self.field, self.content_hash)


class QueueResult(Record):
    """What came of one queue."""

    name: str
    origin: Origin
    require: float | None = None
    sample: int | None = None
    items: NonNegativeInt
    """All that could be asked."""
    asked: NonNegativeInt
    """The sample of them, or all."""
    reviewed: NonNegativeInt
    accepted: NonNegativeInt
    """Right as they stood."""
    edited: NonNegativeInt
    rejected: NonNegativeInt
    disagreed: NonNegativeInt = 0
    """Seen by two who don't agree; they count as not reviewed until somebody decides."""
    second_reviewed: NonNegativeInt = 0
    kappa: float | None = None
    """Cohen's for two reviewers, Krippendorff's alpha for more; None where too few were seen twice."""
    reviewers: NonNegativeInt = 0

    @property
    def right(self) -> float | None:
        """Return the share of what was reviewed that was right as it stood."""
        return self.accepted / self.reviewed if self.reviewed else None


class ReviewResults(Record):
    """`review.json`: what came of all queues, and of which state of the workspace that holds."""

    made_of: str
    """Names the stages' parts, the manifest's queues and the decisions."""
    replayed: NonNegativeInt
    """Decisions in the log when a run last replayed them."""
    queues: tuple[QueueResult, ...]
