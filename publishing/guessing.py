"""Guessing: what somebody gets right who reads the options and never looks at a picture."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from publishing.asked import Asked
from schemas.questions import NONE


class Shape(NamedTuple):
    """All of a question with options that a guesser may go by who knows no words."""

    options: int
    place: int
    """Of the right one, from 0."""
    shorter: int
    """Options that are shorter than the right one."""
    as_long: int
    """Options that are as long, the right one among them."""
    offers_none: bool
    none_is_right: bool

    def at_rank(self, rank: int) -> float:
        """Return what taking the option of a rank by length gets right, 0 the shortest; of equals one by lot."""
        return 1 / self.as_long if self.shorter <= rank < self.shorter + self.as_long else 0.0


def shape_of(asked: Asked) -> Shape | None:
    """Return the shape of a question; None for one that is answered with places."""
    if asked.answer_index is None:
        return None
    lengths = [len(option) for option in asked.options]
    right = lengths[asked.answer_index]
    shorter, as_long = sum(one < right for one in lengths), lengths.count(right)
    return Shape(len(lengths), asked.answer_index, shorter, as_long, NONE in asked.options, asked.answer == NONE)


@dataclass
class Tally:
    """Questions that have options, by their shapes and by what is true."""

    shapes: Counter[Shape] = field(default_factory=Counter)
    truths: Counter[str] = field(default_factory=Counter)

    def add(self, shape: Shape, truth: str, times: int = 1) -> None:
        """Count a question."""
        self.shapes[shape] += times
        self.truths[truth] += times

    @property
    def questions(self) -> int:
        """Return how many there are."""
        return self.shapes.total()

    @property
    def chance(self) -> float:
        """Return what drawing an option by lot gets right: the sum of 1/k over questions of k options."""
        return self.sum(lambda shape: 1 / shape.options)

    @property
    def longest(self) -> float:
        """Return what taking the longest option gets right."""
        return self.sum(lambda shape: shape.at_rank(shape.options - 1))

    @property
    def shortest(self) -> float:
        """Return what taking the shortest option gets right."""
        return self.sum(lambda shape: shape.at_rank(0))

    @property
    def none_offered(self) -> int:
        """Return how many offer "none of the above"."""
        return int(self.sum(lambda shape: shape.offers_none))

    @property
    def none_right(self) -> int:
        """Return for how many it is right."""
        return int(self.sum(lambda shape: shape.none_is_right))

    @property
    def by_count(self) -> Counter[int]:
        """Return how many questions have k options."""
        found = Counter[int]()
        for shape, times in self.shapes.items():
            found[shape.options] += times
        return found

    @property
    def places(self) -> Counter[tuple[int, int]]:
        """Return (k, place from 0) -> questions of k options whose right one stands there."""
        found = Counter[tuple[int, int]]()
        for shape, times in self.shapes.items():
            found[shape.options, shape.place] += times
        return found

    def at(self, place: int) -> int:
        """Return the questions whose right option stands at a place."""
        return int(self.sum(lambda shape: shape.place == place))

    def sum(self, worth: Callable[[Shape], float]) -> float:
        """Return the sum over all questions of what one of a shape is worth."""
        return sum(worth(shape) * times for shape, times in self.shapes.items())


@dataclass
class Tallies:
    """The sums over a set, and over each task."""

    whole: Tally = field(default_factory=Tally)
    tasks: dict[str, Tally] = field(default_factory=dict)
    with_places: Counter[str] = field(default_factory=Counter)
    """Task -> questions that are answered with places."""
    repeated: list[str] = field(default_factory=list)
    """Questions that were asked of the same picture before."""


def tallied(each: Iterable[Asked]) -> Tallies:
    """Return the sums over questions."""
    told, seen = Tallies(), set[int]()
    for asked in each:
        key = hash(asked.stem)
        if key in seen:
            told.repeated.append(asked.id)
        seen.add(key)
        shape, of_task = shape_of(asked), told.tasks.setdefault(asked.task, Tally())
        told.with_places[asked.task] += shape is None
        if shape:
            told.whole.add(shape, asked.truth)
            of_task.add(shape, asked.truth)
    return told


def familiar(each: Iterable[Asked], told: Tallies) -> dict[str, float]:
    """Return by task what taking the option that is most often true in the other questions gets right.

    Where none of the options is true anywhere else, it takes `NONE`, or one by lot. So guesses a model that has learnt
    the answers of a set, in which most wrong options are never true. What is true elsewhere counts with the question
    itself: without it the other one of two that are equally frequent would always be ahead, and the guess be wrong.
    """
    right = dict.fromkeys(told.tasks, 0.0)
    for asked in each:
        if asked.answer_index is not None:
            right[asked.task] += _by_familiarity(asked, told.tasks[asked.task].truths)
    return {task: right[task] / tally.questions for task, tally in told.tasks.items() if tally.questions}


def _by_familiarity(asked: Asked, truths: Counter[str]) -> float:
    known = {option for option in asked.options if truths[option] > (option == asked.truth)}
    seen = [truths[option] if option in known else 0 for option in asked.options]
    if not any(seen) and NONE in asked.options:
        return float(asked.answer == NONE)
    return _credit(seen, asked.answer_index or 0, max(seen))


def _credit(seen: list[int], right: int, most: int) -> float:
    return 1 / seen.count(most) if seen[right] == most else 0.0
