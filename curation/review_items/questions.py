"""Questions: what is asked about panels, with the answer that is taken for right."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curation.review_items.captions import evidence_of, reviewed_of
from curation.review_items.joined import JoinedPanel, filed, stratum_of, told_of
from pipeline.seen import seen_of_question
from pipeline.workspace import CAPTIONED
from schemas.manifest import Queue
from schemas.panel_records import ScaleBar
from schemas.questions import Question
from schemas.review import ReviewItem


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each question about a panel that goes on."""
    for one in panels:
        for question in one.captioned["questions"] if one.captioned is not None else ():
            yield _item(queue, one, question)


def _item(queue: Queue, one: JoinedPanel, question: Mapping[str, Any]) -> ReviewItem:
    told = {name: question[name] for name in ("question", "options", "answer_index", "answer", "boxes", "task", "tags")}
    bar = question["drawn_bar"]
    return ReviewItem(
        **{**filed(queue, one), "stratum": stratum_of_question(one, question, queue.strata)},
        origin="questions",
        stage=CAPTIONED,
        id=one.panel["id"],
        field=f"question:{question['id']}",
        content_hash=_seen(one, question),
        question="Is this question fair, and is the marked answer right?",
        shown={
            **told_of(one),
            **told,
            "asked_of": question["origin"],
            "value": {name: question[name] for name in ("question", "options", "answer_index")},
            "evidence": evidence_of(one),
        },
        pictures=(one.place.model_copy(update={"bar": bar and ScaleBar.model_validate(bar)}),),
        also=one.whole,
    )


def _seen(one: JoinedPanel, question: Mapping[str, Any]) -> str:
    """Return the hash of the question as it stood before anybody decided about it."""
    reviewed = reviewed_of(one.captioned or {}, f"question:{question['id']}")
    return reviewed or seen_of_question(one.figure, one.panel, Question.model_validate(question))


def stratum_of_question(one: JoinedPanel, question: Mapping[str, Any], columns: Iterable[str]) -> str:
    """Return the values of these columns, joined: of the question, its panel or its figure."""
    told = {**one.panel, "task": question["task"]}
    return stratum_of(one._replace(panel=told), list(columns))
