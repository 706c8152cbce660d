"""Licences: panels whose licence is stated in words that no rule reads."""

from collections.abc import Iterable, Iterator

from curation.gates import LICENSE_QUEUE
from curation.review_items.joined import JoinedPanel, filed, told_of
from pipeline.seen import seen_of_license
from pipeline.workspace import CURATED
from schemas.manifest import Queue
from schemas.review import ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each panel that waits for somebody who reads its licence."""
    for one in panels:
        held = one.held or {}
        if held.get("reason") == "license_unclear" and held["queue"] in (LICENSE_QUEUE, queue.name):
            yield _item(queue, one)


def _item(queue: Queue, one: JoinedPanel) -> ReviewItem:
    return ReviewItem(
        **filed(queue, one),
        origin="licenses",
        stage=CURATED,
        id=one.panel["id"],
        field="license",
        content_hash=seen_of_license(one.figure, one.group.also_in),
        question="Which licence do these words give?",
        shown={
            **told_of(one),
            "value": one.figure["license"],
            "evidence": one.figure["license_evidence"],
            "url": one.figure["license_url"],
            "attribution": one.figure["attribution"],
            "why": one.held["detail"] if one.held else "",
            "copies": [copy.model_dump() for copy in one.group.also_in],
        },
        pictures=(one.place,),
        also=one.whole,
    )
