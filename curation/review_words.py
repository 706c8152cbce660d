"""Review words: what reviewers decided, as a sentence says it: quoted words, named panels, tags by their names."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from string import ascii_uppercase
from types import MappingProxyType
from typing import Any, NamedTuple

from curation.review_outcomes import DROP, SECOND, VERDICT
from pipeline.decisions import Decision
from schemas.review import ReviewItem

LIKENESS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "different": "different pictures",
        "copy": "the same picture",
        "oriented": "the same, turned, mirrored or inverted",
        "crop": "one is a part of the other",
        "inset": "one is an inset of the other",
        "series": "neighbours in a series",
    }
)


class Told(NamedTuple):
    """One person's verdict in words."""

    who: str
    what: str
    reason: str


def in_words(item: ReviewItem, decisions: Iterable[Decision]) -> list[Told]:
    """Return verdicts on an item in words, each with who gave it, in the order of the decisions."""
    verdicts = groupby(decisions, key=lambda said: (said.who, said.when))
    return [_told(item, who, list(told)) for (who, _), told in verdicts]


def _told(item: ReviewItem, who: str, decisions: Sequence[Decision]) -> Told:
    words = dict.fromkeys(_phrase(item, said, is_rest=len(decisions) > 1) for said in decisions)
    reasons = dict.fromkeys(said.reason for said in decisions if said.reason)
    return Told(who, "; ".join(words), "; ".join(reasons))


def _phrase(item: ReviewItem, said: Decision, *, is_rest: bool) -> str:
    field = said.field.partition("/")[2] if said.stage == SECOND else said.field
    if field == VERDICT and said.after == DROP:
        return "rejected, and the whole panel with it" if item.origin in ("captions", "questions") else "rejected"
    if said.after == "reject":
        return "rejected"
    if said.after == "accept":
        return "the rest is right as it stands" if is_rest else "right as it stands"
    words = _value(item, field.partition(":")[0], said.after)
    return f"right as it stands: {words}" if said.after == said.before else words


def _value(item: ReviewItem, field: str, after: Any) -> str:  # noqa: ANN401  (JSON)
    """Return a value in words; as JSON where another program wrote what none of them is."""
    try:
        return _FIELDS.get(field, _column(field))(item, after)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return json.dumps(after, ensure_ascii=False)


def _column(field: str) -> Callable[[ReviewItem, Any], str]:
    name = field.replace("_", " ")
    return lambda _, after: f"{name}: {_plain(after)}" if after else f"{name}: nothing"


def _plain(after: Any) -> str:  # noqa: ANN401
    return after if isinstance(after, str) else json.dumps(after, ensure_ascii=False)


def _boxes(_: ReviewItem, after: Any) -> str:  # noqa: ANN401
    boxes = [_box(one.get("label"), *one["box"]) for one in after]
    return f"{len(boxes)} panel{'s' * (len(boxes) != 1)}: {', '.join(boxes)}"


def _box(label: str | None, left: int, top: int, right: int, bottom: int) -> str:
    return f"{label or 'one without a label'} ({right - left} x {bottom - top} px at {left}, {top})"


def _spans(item: ReviewItem, after: Any) -> str:  # noqa: ANN401
    return " and ".join(quoted(item.shown["caption"][start:end]) for start, end in after) or "no words"


def quoted(words: str) -> str:
    """Return words in quotation marks, on one line."""
    return f"“{' '.join(words.split())}”"


def _question(_: ReviewItem, after: Any) -> str:  # noqa: ANN401
    options = [f"{letter}. {text}" for letter, text in zip(ascii_uppercase, after["options"], strict=False)]
    return f"{quoted(after['question'])}, {', '.join(options)}; right is {options[after['answer_index']][0]}"


def _terms(item: ReviewItem, after: Any) -> str:  # noqa: ANN401
    return "; ".join([*_changes(item, after)]) or "no other terms"


def _changes(item: ReviewItem, after: Any) -> Iterator[str]:  # noqa: ANN401
    known = {(one["term"], one["where"], one["start"], one["end"]): one for one in item.shown.get("annotations", ())}
    if added := [f"{one['label']} ({one['field'].replace('_', ' ')})" for one in after["added"]]:
        yield f"add the term{'s' * (len(added) > 1)} {', '.join(added)}"
    if removed := [known.get(tuple(one), {}).get("label", one[0]) for one in after["removed"]]:
        yield f"leave out the term{'s' * (len(removed) > 1)} {', '.join(removed)}"


_FIELDS: Mapping[str, Callable[[ReviewItem, Any], str]] = {
    "boxes": _boxes,
    "subcaption_spans": _spans,
    "question": _question,
    "annotations": _terms,
    "text": lambda _, after: quoted(after["text"]),
    "same": lambda _, after: LIKENESS_WORDS[after],
    "kind": lambda _, after: str(after),
    "license": lambda _, after: str(after),
}
