"""VQA results: what an evaluation found, by task and over all, with intervals and with the floors beside it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from captioning.vqa_asking import Manner
from captioning.vqa_floors import letter_floors, place_floors
from captioning.vqa_items import Frame
from captioning.vqa_layouts import Layout, QuestionSet
from captioning.vqa_marks import Mark, Metric
from captioning.vqa_statistics import Estimate, estimates
from schemas.records import Record

FORM = "letters-v3"
"""How questions are put and answers read; raised when figures of before can't stand beside those of after."""
BLIND = "blind"
"""The floor of a model that is asked without pictures."""

Interval = tuple[float, float]


class Score(Record):
    """A mean with its 95 % interval and what is reached without looking."""

    score: float
    ci: Interval
    floors: dict[str, float]


class TaskScore(Score):
    """The questions of a task that are answered in one way."""

    task: str
    metric: Metric
    items: PositiveInt
    unparsable: NonNegativeInt
    """Answers that name no option, or several; they count as wrong."""
    unanswered: NonNegativeInt
    """Questions that a server or a picture was in the way of; they count as wrong."""


class Results(Record):
    """What an evaluation found; `macro` and `micro` are of the questions with options."""

    data: str
    layout: Layout
    index_base: Literal[0, 1]
    index_base_known_by: str
    model: str
    revision: str | None
    form: str = FORM
    seed: int
    shuffled: bool
    frame: Frame
    image_side_px: PositiveInt
    with_pictures: bool
    """False where the set has none, or the model no eyes: then words alone are judged."""
    draws: PositiveInt
    items: PositiveInt
    pictures: PositiveInt
    left_out: dict[str, int]
    left_out_rows: dict[str, tuple[int, ...]]
    """The first rows of each, from 0."""
    unparsable: dict[str, int]
    unanswered: dict[str, int]
    blind_unparsable: dict[str, int]
    """Of the same questions asked without pictures: a floor of answers that nobody can read is no floor."""
    tasks: list[TaskScore]
    macro: Score | None
    """The mean of the tasks' accuracies."""
    micro: Score | None
    """The mean of all questions."""
    grit: Score | None
    """The mean of the tasks that are answered with boxes."""
    tokens_in: NonNegativeInt
    tokens_out: NonNegativeInt

    @property
    def unanswered_rate(self) -> float:
        """Return the share of questions that nobody answered."""
        return sum(self.unanswered.values()) / self.items


class Judged(Record):
    """Who was asked."""

    model: str
    revision: str | None
    sees: bool = True


def results_of(
    found: QuestionSet, judged: Judged, marks: Sequence[Mark], manner: Manner, blind: Sequence[Mark] = ()
) -> Results:
    """Return the results of an evaluation; `blind` are the marks of the same questions without pictures."""
    by: dict[Metric, list[Mark]] = {"accuracy": [], "grit": [], "points": [], "masks": []}
    for mark in marks:
        by[mark.metric].append(mark)
    letters, macro, micro = _scored(by["accuracy"], manner, blind)
    boxes, grit, _ = _scored(by["grit"], manner, ())
    others = [*_scored(by["points"], manner, ())[0], *_scored(by["masks"], manner, ())[0]]
    return Results(
        data=found.name,
        layout=found.layout,
        index_base=found.index_base.base,
        index_base_known_by=found.index_base.known_by,
        model=judged.model,
        revision=judged.revision,
        seed=manner.seed,
        shuffled=manner.shuffled,
        frame=manner.frame,
        image_side_px=manner.image_side_px,
        with_pictures=found.has_pictures and judged.sees,
        draws=manner.draws,
        items=len(marks),
        pictures=len({mark.item.picture for mark in marks}),
        left_out=dict(found.left_out),
        left_out_rows=dict(found.left_out_rows),
        unparsable=_counted(mark.fault for mark in marks),
        unanswered=_counted(mark.given.reason for mark in marks if not mark.given.was_answered),
        blind_unparsable=_counted(mark.fault for mark in blind),
        tasks=[*letters, *boxes, *others],
        macro=macro,
        micro=micro,
        grit=grit,
        tokens_in=sum(mark.given.tokens_in for mark in marks),
        tokens_out=sum(mark.given.tokens_out for mark in marks),
    )


def _scored(
    marks: Sequence[Mark], manner: Manner, blind: Sequence[Mark]
) -> tuple[list[TaskScore], Score | None, Score | None]:
    """Return each task, the mean of the tasks and the mean of all questions."""
    if not marks:
        return [], None, None
    tasks, pictures = [mark.item.task for mark in marks], [mark.item.picture for mark in marks]
    found = estimates([mark.worth for mark in marks], tasks, pictures, seed=manner.seed, draws=manner.draws)
    each = [
        _task(name, list(of_task), found.tasks[name], _floors(list(of_task), manner, blind))
        for name, of_task in _by_task(marks)
    ]
    macro = _score(found.macro, _means([one.floors for one in each]))
    micro = _score(found.micro, _means([one.floors for one in each], [one.items for one in each]))
    return each, macro, micro


def _by_task(marks: Sequence[Mark]) -> Iterable[tuple[str, list[Mark]]]:
    ranked = sorted(marks, key=lambda mark: (mark.item.task, mark.item.number))
    return [(task, list(some)) for task, some in groupby(ranked, lambda mark: mark.item.task)]


def _floors(marks: Sequence[Mark], manner: Manner, blind: Sequence[Mark]) -> dict[str, float]:
    if marks[0].metric != "accuracy":
        return place_floors(marks)
    floors = letter_floors([mark.item for mark in marks], manner.order_seed)
    worths = [mark.worth for mark in blind if mark.item.task == marks[0].item.task]
    return {**floors, BLIND: sum(worths) / len(worths)} if worths else floors


def _task(name: str, marks: Sequence[Mark], found: Estimate, floors: dict[str, float]) -> TaskScore:
    told = _score(found, floors)
    return TaskScore(
        score=told.score,
        ci=told.ci,
        floors=told.floors,
        task=name,
        metric=marks[0].metric,
        items=len(marks),
        unparsable=sum(mark.fault is not None for mark in marks),
        unanswered=sum(not mark.given.was_answered for mark in marks),
    )


def _score(found: Estimate, floors: dict[str, float]) -> Score:
    told = {name: round(value, 6) for name, value in floors.items()}
    return Score(score=round(found.value, 6), ci=(round(found.low, 6), round(found.high, 6)), floors=told)


def _means(floors: Sequence[dict[str, float]], weights: Sequence[int] | None = None) -> dict[str, float]:
    """Return the mean of each floor over tasks."""
    shares = weights or [1] * len(floors)
    there = [name for name in floors[0] if all(name in one for one in floors)]
    return {
        name: sum(one[name] * share for one, share in zip(floors, shares, strict=True)) / sum(shares) for name in there
    }


def _counted(reasons: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(reason for reason in reasons if reason).items()))
