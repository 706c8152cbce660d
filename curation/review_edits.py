"""Review edits: checks what a reviewer put in a value's place, before it is written down."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import combinations
from typing import Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from curation.decided_boxes import read_boxes
from curation.panel_kinds import KINDS
from curation.review_outcomes import DIFFERENT
from curation.stated import COLUMNS
from schemas.errors import UsageError
from schemas.licence_terms import SPDX
from schemas.panel_records import Annotation
from schemas.records import Likeness, Record
from schemas.review import ReviewItem

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MOST_CHARACTERS = 20_000
_MOST_BOXES = 200
LEAST_SIDE_PX = 16
"""Of a box that is drawn or moved: figures aren't cut any smaller by themselves, and a slip of the mouse is."""
_NEARLY_ONE = 0.9
"""Share that two boxes have in common (intersection over union) above which they are one, drawn twice."""
_FEW = 5
LIKENESSES = (DIFFERENT, *get_args(Likeness.model_fields["kind"].annotation))


class _Box(Record):
    key: str | None = None
    label: str | None = None
    box: tuple[int, int, int, int]


class _Changes(Record):
    added: list[Annotation] = Field(default_factory=list)
    removed: list[tuple[str, str, int, int]] = Field(default_factory=list)


class _Tags(Record):
    columns: dict[str, str] = Field(default_factory=dict)
    annotations: _Changes | None = None


class _Text(Record):
    text: str


class _Question(Record):
    question: str
    options: list[str]
    answer_index: int


def checked(item: ReviewItem, value: object) -> Any:  # noqa: ANN401
    """Return a value as it is written down.

    Raises:
        UsageError: it isn't one of this kind, or can't be true of what is shown.
    """
    try:
        return _CHECKS[item.origin](item, value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{place}: {first['msg']}" if place else first["msg"]) from error


def refuse_unwritable(value: object) -> None:
    """Refuse texts that no table can hold: halves of characters, and signs that control a terminal.

    Raises:
        UsageError: there is one.
    """
    if isinstance(value, str) and _UNWRITABLE.search(value):
        raise UsageError("a text holds a sign that isn't one of writing.")
    if isinstance(value, dict):
        refuse_unwritable([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        for each in value:
            refuse_unwritable(each)


def _of(model: type[Record], value: object) -> dict[str, Any]:
    return TypeAdapter(model).validate_python(value).model_dump(mode="json")


def _one_of(names: tuple[str, ...] | frozenset[str], value: object) -> str:
    if not isinstance(value, str) or value not in names:
        near = get_close_matches(str(value), names, _FEW, cutoff=0.3) if len(names) > _FEW else sorted(names)
        raise UsageError(f"that is none of the {len(names)} known; near it: {', '.join(near) or 'nothing'}.")
    return value


def _text(value: str, what: str) -> str:
    if not value.strip() or len(value) > _MOST_CHARACTERS:
        raise UsageError(f"{what} has from 1 to {_MOST_CHARACTERS} characters.")
    return value


def _boxes(item: ReviewItem, value: object) -> list[dict[str, Any]]:
    boxes = [one.model_dump(mode="json") for one in TypeAdapter(list[_Box]).validate_python(value)]
    if len(boxes) > _MOST_BOXES:
        raise UsageError(f"a figure has at most {_MOST_BOXES} panels.")
    known = {box["key"] for box in item.shown["value"]}
    keys = [box["key"] for box in boxes if box["key"] is not None]
    if len(keys) != len(set(keys)) or not known >= set(keys):
        raise UsageError("a panel's key is kept, or null for a new one.")
    for box in boxes:
        box["label"] = (box["label"] or "").strip() or None
        if len(box["label"] or "") > 20:
            raise UsageError("a label has at most 20 characters.")
    refuse_boxes(item, boxes)
    _refuse_slips(item, boxes)
    return boxes


def _refuse_slips(item: ReviewItem, boxes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse boxes that nobody draws on purpose: specks, and the same panel twice."""
    found = [list(one["box"]) for one in item.shown["value"]]
    least = min(LEAST_SIDE_PX, item.shown["width_px"], item.shown["height_px"])
    for box in boxes:
        left, top, right, bottom = box["box"]
        if min(right - left, bottom - top) < least and list(box["box"]) not in found:
            raise UsageError(
                f"a panel has at least {least} px a side: {_named(box)} has {right - left} x {bottom - top}."
            )
    for one, other in combinations(boxes, 2):
        if one["label"] == other["label"] and _iou(one["box"], other["box"]) > _NEARLY_ONE:
            raise UsageError(
                f"{_named(one)} is there twice, nearly at the same place: delete one, or label it otherwise."
            )


def _named(box: Mapping[str, Any]) -> str:
    return f"panel {box['label']}" if box["label"] else f"the box at {box['box'][0]}, {box['box'][1]}"


def _iou(one: Sequence[int], other: Sequence[int]) -> float:
    wide = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    tall = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide * tall / (sum(areas) - wide * tall)


def refuse_boxes(item: ReviewItem, boxes: object) -> None:
    """Refuse boxes that the stage wouldn't carry out, by its own rule.

    Raises:
        UsageError: they are such.
    """
    why_whole = "" if item.shown["may_split"] else "the licence lets no part of this figure be shared on its own"
    _, why = read_boxes(boxes, (item.shown["width_px"], item.shown["height_px"]), why_whole=why_whole)
    if why:
        raise UsageError(f"{why}.")


def _spans(item: ReviewItem, value: object) -> list[list[int]]:
    spans = [list(span) for span in TypeAdapter(list[tuple[int, int]]).validate_python(value)]
    places = [at for span in spans for at in span]
    inside = [0, *places, len(item.shown["caption"])]
    if inside != sorted(inside) or any(start >= end for start, end in spans):
        raise UsageError("spans follow each other, within the caption.")
    return spans


def _tags(item: ReviewItem, value: object) -> dict[str, Any]:
    told = _of(_Tags, value)
    if not set(told["columns"]) <= set(COLUMNS):
        raise UsageError(f"the columns are {', '.join(COLUMNS)}.")
    changes = told["annotations"]
    if changes is not None and not (changes["added"] or changes["removed"]):
        del told["annotations"]
    if not told["columns"] and not told.get("annotations"):
        raise UsageError("nothing was changed.")
    return told


def _question(item: ReviewItem, value: object) -> dict[str, Any]:
    told = _of(_Question, value)
    if not item.shown["options"]:
        raise UsageError("a question without options can be accepted or rejected.")
    options = [_text(option, "an option") for option in told["options"]]
    if len(options) != len(item.shown["options"]) or len(set(options)) < len(options):
        raise UsageError(f"it keeps its {len(item.shown['options'])} options, each another one.")
    if not 0 <= told["answer_index"] < len(options):
        raise UsageError("the right answer is one of the options.")
    _text(told["question"], "a question")
    return told


def _caption(_: ReviewItem, value: object) -> dict[str, str]:
    return {"text": _text(_of(_Text, value)["text"], "a text")}


_CHECKS: Mapping[str, Callable[[ReviewItem, object], Any]] = {
    "duplicates": lambda _, value: _one_of(LIKENESSES, value),
    "panels": _boxes,
    "subcaptions": _spans,
    "kinds": lambda _, value: _one_of(KINDS, value),
    "licenses": lambda _, value: _one_of(frozenset(SPDX), value),
    "tags": _tags,
    "captions": _caption,
    "questions": _question,
}
