"""Panels: figures that may have more panels than were found."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from curation.gates import PANELS_QUEUE, conflicts_about
from curation.review_items.joined import JoinedPanel, filed, told_of
from pipeline.seen import seen_of_boxes, seen_of_conflicts
from pipeline.workspace import CURATED, PANELS
from schemas.licence import permits
from schemas.manifest import Queue
from schemas.review import PicturePlace, ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each figure of which a panel waits in the queue."""
    for _, of_figure in groupby(panels, key=lambda one: one.panel["figure_row"]):
        whole = list(of_figure)
        if any(_waits(one, queue) for one in whole):
            yield _item(queue, whole)


def _waits(one: JoinedPanel, queue: Queue) -> bool:
    return one.held is not None and one.held["queue"] == queue.name and one.held["reason"] == "panels_conflict"


def boxes_of(panels: Iterable[JoinedPanel]) -> list[dict[str, Any]]:
    """Return the boxes of a figure's panels as a decision has them."""
    told = (one.panel for one in panels)
    return [{"key": row["panel_key"], "label": row["panel_label"], "box": list(row["box"])} for row in told]


def _item(queue: Queue, panels: Sequence[JoinedPanel]) -> ReviewItem:
    first, boxes = panels[0], boxes_of(panels)
    figure = first.figure
    doubts = conflicts_about(PANELS_QUEUE, (each for one in panels for each in one.conflicts))
    return ReviewItem(
        **filed(queue, first),
        origin="panels",
        stage=PANELS,
        id=figure["id"],
        field="boxes",
        content_hash=seen_of_boxes(figure),
        question="Which panels has this figure?",
        shown={
            **told_of(first),
            "value": boxes,
            "doubts": [each.other for each in doubts],
            "width_px": figure["width_px"],
            "height_px": figure["height_px"],
            "may_split": permits(figure["license"]).crop and not figure["third_party"],
        },
        pictures=(PicturePlace(part=first.part, figure_row=first.panel["figure_row"], name=first.name),),
        also=_also(panels),
    )


def _also(panels: Iterable[JoinedPanel]) -> dict[str, str]:
    told: dict[str, str] = {}
    for one in panels:
        told |= one.whole
        about = conflicts_about(PANELS_QUEUE, one.conflicts)
        told[f"{CURATED}/{one.panel['id']}/{PANELS_QUEUE}"] = seen_of_conflicts(about)
    return told
