"""Kinds: panels of which nobody is sure what they are: a micrograph, a plot, a scheme."""

from collections.abc import Iterable, Iterator

from curation.review_items.joined import JoinedPanel, filed, told_of
from pipeline.seen import seen_of_kind
from pipeline.workspace import CURATED
from schemas.manifest import Queue
from schemas.review import ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each panel that waits in the queue since its kind isn't sure."""
    for one in panels:
        if one.held is not None and one.held["queue"] == queue.name and one.held["reason"] == "kind_unsure":
            yield _item(queue, one)


def _item(queue: Queue, one: JoinedPanel) -> ReviewItem:
    kind, sure, box = one.panel["kind"], one.panel["kind_confidence"], one.panel["box"]
    return ReviewItem(
        **filed(queue, one),
        origin="kinds",
        stage=CURATED,
        id=one.panel["id"],
        field="kind",
        content_hash=seen_of_kind(kind, sure, box),
        question="What does this panel show?",
        shown={**told_of(one), "value": kind, "confidence": sure},
        pictures=(one.place,),
        also=one.whole,
    )
