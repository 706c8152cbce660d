"""Review pages: what the templates in `templates/review/` are given.

`item.html.jinja` is a whole page, `item_card.html.jinja` the part that changes with each item; both are given `item`
(a `schemas.review.ReviewItem`, or None where nothing is left), `standing`, `is_second`, `number`, `previous`, `next`,
`queue`, `progress`, `reasons`, `choices`, `last` (queue and key of what undo takes back), where nothing is left
`following` (the next queue with work) and `elsewhere` (what only others look at), `sights` (of its pictures), `around`
(the figure that it is a part of), `allowed` (the manifest's licences) and, like all pages, `reviewer`, `csrf` and
`nonce`.
"""

from collections.abc import Sequence
from functools import cache
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from curation import review_marks as marks
from curation import review_reading as reading
from curation.panel_kinds import KINDS
from curation.review_desk import Desk, Shown
from curation.review_edits import LIKENESSES
from curation.review_outcomes import Standing
from curation.review_pictures import Sight, sight_of
from curation.review_standings import item_of
from curation.review_statistics import result_of, reviewers_of
from curation.review_verdicts import REASONS
from curation.review_words import LIKENESS_WORDS, in_words
from schemas.licence_terms import SPDX
from schemas.manifest import Queue
from schemas.records import Box
from schemas.review import PicturePlace, ReviewItem

if TYPE_CHECKING:
    from jinja2 import Environment

    from schemas.manifest import Manifest


@cache
def _environment() -> "Environment":
    from pipeline.pages import environment

    return environment("curation")


def rendered(template: str, **shown: Any) -> str:  # noqa: ANN401
    """Return a page."""
    tools = {"pieces": marks.pieces, "licence_words": marks.licence_words, "carried": marks.carried, "zip": zip}
    tools |= {"in_words": in_words, "likeness_words": LIKENESS_WORDS}
    return _environment().get_template(f"review/{template}.html.jinja").render(**tools, shared=marks.shared, **shown)


def refusal(words: str) -> str:
    """Return the page that says what was wrong with an address or a form."""
    return rendered("refusal", words=words)


def told(desk: Desk, index: Connection, queue: Queue | None, shown: Shown | None, who: str) -> dict[str, Any]:
    """Return what an item's page shows."""
    assert queue is not None, "the address was looked up"
    nothing = Shown(None, Standing(), False, None, None, None)  # type: ignore[arg-type]
    return {
        **vars(shown or nothing),
        "queue": queue,
        "progress": reading.progress(index, queue.name),
        "reasons": REASONS[queue.origin],
        "choices": choices(queue, desk.manifest),
        "last": reading.last_decided(index, who),
        "following": None if shown else _following(desk, index, queue),
        "elsewhere": None if shown else reading.elsewhere(index, queue.name, who),
        "name": desk.manifest.name,
        "sights": [sight_of(desk.workspace, place) for place in shown.item.pictures] if shown else [],
        "around": _around(desk, shown.item) if shown else None,
        "allowed": sorted(desk.manifest.licenses),
    }


def _following(desk: Desk, index: Connection, queue: Queue) -> tuple[str, int] | None:
    """Return the queue after this one in which something waits, and how much."""
    names = [each.name for each in desk.queues]
    at = names.index(queue.name)
    waiting = ((name, reading.progress(index, name).open) for name in (*names[at + 1 :], *names[:at]))
    return next(((name, count) for name, count in waiting if count), None)


def _around(desk: Desk, item: ReviewItem) -> tuple[Sight, Box] | None:
    """Return the figure that an item's first picture is a part of, and which part."""
    place = item.pictures[0] if item.pictures else None
    if place is None or place.box is None:
        return None
    return sight_of(desk.workspace, place.model_copy(update={"box": None})), place.box


def choices(queue: Queue, manifest: "Manifest") -> Sequence[str]:
    """Return the values that an edit may choose among, where they are few: those of the manifest first."""
    if queue.origin == "licenses":
        allowed = sorted(manifest.licenses)
        return [*allowed, *sorted(set(SPDX) - set(allowed))]
    return {"kinds": KINDS, "duplicates": LIKENESSES}.get(queue.origin, ())


def pictures_of(index: Connection, queue: str, key: str) -> Sequence[PicturePlace]:
    """Return where the pictures of an item lie."""
    item = item_of(index, queue, key)
    return item.pictures if item else ()


def statistics(desk: Desk, index: Connection) -> list[dict[str, Any]]:
    """Return how far each queue is, how far its reviewers agree, and what each of them did."""
    return [
        {
            "queue": queue,
            "progress": reading.progress(index, queue.name),
            "result": result_of(index, queue),
            "people": reviewers_of(index, queue),
        }
        for queue in desk.queues
    ]
