"""Subcaptions: which words of a figure's caption speak of a panel."""

from collections.abc import Iterable, Iterator

from curation.review_items.joined import JoinedPanel, filed, told_of
from pipeline.seen import seen_of_spans
from pipeline.workspace import PANELS
from schemas.manifest import Queue
from schemas.review import ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each panel that goes on and has a letter of its own."""
    for one in panels:
        if one.is_curated and one.panel["panel_label"] and one.figure["caption"]:
            yield _item(queue, one)


def _item(queue: Queue, one: JoinedPanel) -> ReviewItem:
    spans = [list(span) for span in one.panel["subcaption_spans"]]
    return ReviewItem(
        **filed(queue, one),
        origin="subcaptions",
        stage=PANELS,
        id=one.panel["id"],
        field="subcaption_spans",
        content_hash=seen_of_spans(one.figure, one.panel["panel_label"], one.panel["box"]),
        question=f"Which words speak of panel {one.panel['panel_label']}?",
        shown={**told_of(one), "value": spans},
        pictures=(one.place,),
        also=one.whole,
    )
