"""Review forms: the plain fields of a form as the value of an edit, so that editing needs no script."""

import json
from collections.abc import Mapping
from typing import Any

from curation.stated import COLUMNS
from schemas.errors import UsageError
from schemas.review import ReviewItem


def value_of(item: ReviewItem, fields: Mapping[str, str]) -> Any:  # noqa: ANN401  (JSON)
    """Return the value that a form gives: in `value` as JSON, else in fields of its own.

    Raises:
        UsageError: it isn't JSON.
    """
    if fields.get("value"):
        return _json(fields["value"])
    if item.origin == "captions" and "text" in fields:
        return {"text": _plain(fields["text"])}
    if item.origin == "questions" and "question" in fields:
        return _question(item, fields)
    if item.origin == "tags":
        return _tags(item, fields)
    return None


def reason_of(fields: Mapping[str, str]) -> str:
    """Return the reason that was picked, or the words that were written beside the list."""
    told = " ".join((fields.get("reason") or fields.get("words") or "").split())
    return told[:1000]


def _json(text: str) -> Any:  # noqa: ANN401  (JSON)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("the value isn't JSON.") from error


def _plain(text: str) -> str:
    """Return a text without what browsers make of its lines."""
    return text.replace("\r\n", "\n").strip()


def _question(item: ReviewItem, fields: Mapping[str, str]) -> dict[str, Any]:
    index = fields.get("answer_index", "")
    return {
        "question": _plain(fields["question"]),
        "options": [_plain(fields.get(f"option-{at}", "")) for at in range(len(item.shown["options"] or ()))],
        "answer_index": int(index) if index.isdecimal() and len(index) < 4 else -1,
    }


def _tags(item: ReviewItem, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that differ, the terms whose box was unticked, and those that were added."""
    columns = {
        name: _plain(fields[f"column-{name}"])
        for name in COLUMNS
        if f"column-{name}" in fields and _plain(fields[f"column-{name}"]) != (item.shown["columns"].get(name) or "")
    }
    shown = item.shown["annotations"] if "terms" in fields else []
    removed = [
        [one["term"], one["where"], one["start"], one["end"]]
        for at, one in enumerate(shown)
        if f"keep-{at}" not in fields
    ]
    added = [_json(fields[name]) for name in sorted(fields) if name.startswith("added-") and fields[name]]
    told: dict[str, Any] = {"columns": columns}
    return {**told, "annotations": {"added": added, "removed": removed}} if added or removed else told
