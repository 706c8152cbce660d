"""Question records: from what is asked and what is right to the record of a question."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from captioning.question_options import Offering, arranged, sentences
from schemas.panel_records import ScaleBar
from schemas.questions import NONE, Question
from schemas.records import Box, make_id

NONE_TAG = "none_of_the_above"
"""Of questions whose right option is that."""
Origin = Literal["metadata", "mask", "scale", "model"]


class Closed(NamedTuple):
    """A question with options."""

    task: str
    about: Sequence[object]
    """What tells it from the other questions of its task about the panel."""
    question: str
    right: str
    wrong: Sequence[str]
    sentence: Callable[[str], str]
    """From an option to what it says of the picture."""
    boxes: Sequence[Box] = ()
    tags: Sequence[str] = ()
    origin: Origin = "mask"
    drawn_bar: ScaleBar | None = None


class Open(NamedTuple):
    """A question that is answered with places."""

    about: Sequence[object]
    question: str
    answer: Callable[[], Any]
    """Gives plain values, which are written as JSON; called only for a question that is kept."""
    boxes: Sequence[Box]
    tags: Sequence[str] = ()


def closed_question(panel_id: str, asked: Closed, how: Offering) -> Question:
    """Return the record of a question, its options arranged by its id."""
    key = _key(panel_id, asked.task, asked.about)
    offered = arranged(key, asked.right, asked.wrong, how)
    held_back = asked.right if offered.answer == NONE else None
    return Question(
        id=key,
        task=asked.task,
        question=asked.question,
        options=offered.options,
        captions=sentences(offered.options, asked.sentence),
        answer_index=offered.answer_index,
        answer=offered.answer,
        held_back=held_back,
        origin=asked.origin,
        drawn_bar=asked.drawn_bar,
        boxes=list(asked.boxes),
        tags=[*asked.tags, *([NONE_TAG] if held_back else [])],
    )


def open_question(panel_id: str, asked: Open) -> Question:
    """Return the record of a question of localization."""
    return Question(
        id=_key(panel_id, "localization", asked.about),
        task="localization",
        question=asked.question,
        options=[],
        captions=[],
        answer_index=None,
        answer=json.dumps(asked.answer(), separators=(",", ":")),
        origin="mask",
        boxes=list(asked.boxes),
        tags=list(asked.tags),
    )


def _key(panel_id: str, task: str, about: Sequence[object]) -> str:
    return make_id("question", panel_id, task, *map(str, about))
