"""Tags: panels of which a column has two values."""

from collections.abc import Iterable, Iterator

from curation.gates import TAGS, conflicts_about
from curation.review_items.joined import JoinedPanel, filed, told_of
from curation.stated import COLUMNS, column_of
from pipeline.seen import seen_of_annotations, seen_of_conflicts
from pipeline.workspace import CURATED, PANELS
from schemas.manifest import Queue
from schemas.review import ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each panel that waits in the queue since its tags disagree."""
    for one in panels:
        if one.held is not None and one.held["queue"] == queue.name and one.held["reason"] == "tags_conflict":
            yield _item(queue, one)


def _item(queue: Queue, one: JoinedPanel) -> ReviewItem:
    told = conflicts_about(TAGS, one.conflicts)
    return ReviewItem(
        **filed(queue, one),
        origin="tags",
        stage=CURATED,
        id=one.panel["id"],
        field="tags",
        content_hash=seen_of_conflicts(told),
        question="Which tags are right?",
        shown={
            **told_of(one),
            "value": "accept",
            "conflicts": [{**each.model_dump(), "column": column_of(each.field) or each.field} for each in told],
            "columns": {column: one.panel[column] for column in COLUMNS},
            "annotations": one.panel["annotations"],
            "facts": one.figure["facts"],
            "mentions": one.figure["mentions"],
        },
        pictures=(one.place,),
        also={**_columns(one), **one.whole},
    )


def _columns(one: JoinedPanel) -> dict[str, str]:
    """Return the decisions on single columns, and on the terms, with what is shown for each."""
    place = f"{PANELS}/{one.panel['id']}"
    label, words = one.panel["panel_label"], one.panel["subcaption"]
    told = {f"{place}/annotations": seen_of_annotations(one.figure, label, words)}
    for column in COLUMNS:
        about = [each for each in one.conflicts if (column_of(each.field) or each.field) == column]
        told[f"{place}/{column}"] = seen_of_conflicts(about)
    return told
