"""Review verdicts: what a reviewer's key or form says of an item, as the decisions that its stage replays."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from curation.review_edits import checked, refuse_boxes, refuse_unwritable
from curation.review_outcomes import DIFFERENT, DROP, SECOND, VERDICT, Standing
from pipeline.decisions import Decision
from pipeline.seen import seen_of_conflicts
from pipeline.workspace import PANELS
from schemas.errors import UsageError
from schemas.panel_records import Conflict
from schemas.review import ReviewItem

REASONS: Mapping[str, tuple[str, ...]] = {
    "duplicates": ("another picture", "the same sample, another field", "neighbouring section", "same scheme only"),
    "panels": ("not a figure", "cannot be split", "cut off", "unreadable"),
    "subcaptions": ("no words of its own", "caption is wrong", "unreadable"),
    "kinds": ("not a picture", "unreadable", "offensive or personal"),
    "licenses": ("all rights reserved", "non-commercial only", "no licence stated", "another owner", "unclear"),
    "tags": ("nothing of it is shown", "caption is wrong", "unreadable"),
    "captions": ("not in the picture", "not in the evidence", "wrong value", "wrong panel", "bad language"),
    "questions": ("answer is wrong", "several are right", "can be guessed", "not visible", "unclear", "trivial"),
}
"""What a rejection may say by one key, by origin; free words do as well."""
MOST_NAME = 80
"""Characters of a reviewer's name."""


class Said(NamedTuple):
    """A verdict as a form has it."""

    verdict: str
    """accept, reject, edit."""
    value: Any = None
    """Of an edit: in the form of a decision's `after`."""
    reason: str = ""
    whole: bool = False
    """Whether a rejection is of the whole panel, whatever is asked about it."""


def decisions_of(item: ReviewItem, said: Said, who: str, now: datetime, *, is_second: bool) -> list[Decision]:
    """Return the decisions that a verdict is; all of them are written at once.

    Raises:
        UsageError: it can't be said of such an item, or its value isn't one.
    """
    refuse_unwritable([who, said.reason, said.value])
    told = {"who": who, "when": now, "queue": item.queue, "reason": said.reason}
    decisions = [Decision(**told, **each) for each in _said(item, said)]
    return [as_second(one) for one in decisions] if is_second else decisions


def as_second(decision: Decision) -> Decision:
    """Return a decision as a blind second verdict, which no stage replays."""
    return decision.model_copy(update={"stage": SECOND, "field": f"{decision.stage}/{decision.field}"})


def _said(item: ReviewItem, said: Said) -> list[dict[str, Any]]:
    if said.verdict == "accept":
        return [_first(item, _accepted(item))]
    if said.verdict == "edit":
        value = checked(item, said.value)
        return list(_edited_tags(item, value) if item.origin == "tags" else [_first(item, value)])
    if said.verdict == "reject":
        return _rejected(item, said)
    raise UsageError(f"{said.verdict!r} is no verdict.")


def _first(item: ReviewItem, after: object) -> dict[str, Any]:
    return {
        "stage": item.stage,
        "id": item.id,
        "field": item.field,
        "content_hash": item.content_hash,
        "before": item.shown["value"],
        "after": after,
    }


def _accepted(item: ReviewItem) -> object:
    if item.origin in ("captions", "questions", "tags"):
        return "accept"
    if item.shown["value"] is None:
        raise UsageError("there is nothing to accept yet: choose a value.")
    if item.origin == "panels":
        refuse_boxes(item, item.shown["value"])
    return item.shown["value"]


def _rejected(item: ReviewItem, said: Said) -> list[dict[str, Any]]:
    if not said.reason.strip():
        raise UsageError("a rejection says why: give one of the reasons, or words of your own.")
    if item.origin == "duplicates":
        if item.shown["value"] == DIFFERENT:
            raise UsageError("these are taken for different pictures: accept that, or say what they are.")
        return [_first(item, DIFFERENT)]
    if item.origin in ("captions", "questions") and not said.whole:
        return [_first(item, "reject")]
    return list(_dropped(item))


def _dropped(item: ReviewItem) -> Iterator[dict[str, Any]]:
    """Yield a verdict on every panel that the item shows."""
    for place, seen in item.also.items():
        stage, record_id, field = place.split("/", 2)
        if field == VERDICT:
            yield {"stage": stage, "id": record_id, "field": field, "content_hash": seen, "after": DROP}


def _edited_tags(item: ReviewItem, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a decision for each column that was set, one for the terms, and that the rest is right as it stands."""
    place = f"{PANELS}/{item.id}"
    for column, after in value.get("columns", {}).items():
        told = {"before": item.shown["columns"][column] or "", "after": after}
        yield {"stage": PANELS, "id": item.id, "field": column, "content_hash": item.also[f"{place}/{column}"], **told}
    if changes := value.get("annotations"):
        seen = item.also[f"{place}/annotations"]
        yield {"stage": PANELS, "id": item.id, "field": "annotations", "content_hash": seen, "after": changes}
    left = [told for told in item.shown["conflicts"] if told["column"] not in value.get("columns", {})]
    if left:
        conflicts = (Conflict(**{name: told[name] for name in Conflict.model_fields}) for told in left)
        yield {**_first(item, "accept"), "content_hash": seen_of_conflicts(conflicts)}


def superseded(before: Standing, decisions: Sequence[Decision]) -> list[Decision]:
    """Return what takes back the parts of an earlier verdict that a new one doesn't speak of: a drop, say."""
    earlier = before.seconded if decisions[0].stage == SECOND else before.decided
    if before.state == "changed":
        return []
    places = {(said.stage, said.id, said.field) for said in decisions}
    left = [said for said in earlier if (said.stage, said.id, said.field) not in places]
    changes = {"who": decisions[0].who, "when": decisions[0].when, "after": None, "reason": "decided anew"}
    return [said.model_copy(update={**changes, "before": said.after}) for said in left]


def withdrawals(standing: Standing, who: str, now: datetime) -> list[Decision]:
    """Return what takes a reviewer's own verdict on an item back; nothing where there is none of theirs."""
    own = standing.seconded if standing.second == who else standing.decided if standing.who == who else ()
    if standing.state == "changed":
        return []
    changes = {"when": now, "after": None, "reason": "undone"}
    return [said.model_copy(update={**changes, "before": said.after}) for said in own if said.who == who]
