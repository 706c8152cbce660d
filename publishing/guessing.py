"""Guessing: what somebody gets right who reads the options and never looks at a picture."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from publishing.asked import Asked

NONE = "none of the above"


@dataclass
class Tally:
    """Sums over questions that have options."""

    questions: int = 0
    chance: float = 0.0
    """What drawing an option by lot gets right: the sum of 1/k over questions of k options."""
    by_count: Counter[int] = field(default_factory=Counter)
    """k -> questions that have so many options."""
    places: Counter[tuple[int, int]] = field(default_factory=Counter)
    """(k, place from 0) -> questions whose right option stands there."""
    longest: float = 0.0
    """What taking the longest option gets right; where several are longest, one of them by lot."""
    shortest: float = 0.0
    none_offered: int = 0
    none_right: int = 0
    none_chance: float = 0.0
    """The sum of 1/k over questions that offer it."""
    truths: Counter[str] = field(default_factory=Counter)
    """What is true -> questions."""

    def add(self, asked: Asked) -> None:
        """Count a question; one that is answered with places has no options, and isn't guessed."""
        if asked.answer_index is None:
            return
        count, lengths = len(asked.options), [len(option) for option in asked.options]
        self.questions += 1
        self.chance += 1 / count
        self.by_count[count] += 1
        self.places[count, asked.answer_index] += 1
        self.longest += _credit(lengths, asked.answer_index, max(lengths))
        self.shortest += _credit(lengths, asked.answer_index, min(lengths))
        self.truths[asked.truth] += 1
        if NONE in asked.options:
            self.none_offered += 1
            self.none_chance += 1 / count
            self.none_right += asked.answer == NONE

    def at(self, place: int) -> int:
        """Return the questions whose right option stands at a place."""
        return sum(questions for (_, where), questions in self.places.items() if where == place)


def _credit(lengths: list[int], right: int, length: int) -> float:
    return 1 / lengths.count(length) if lengths[right] == length else 0.0


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
        key = hash((asked.image_sha256, asked.question))
        if key in seen:
            told.repeated.append(asked.id)
        seen.add(key)
        told.whole.add(asked)
        told.tasks.setdefault(asked.task, Tally()).add(asked)
        told.with_places[asked.task] += asked.answer_index is None
    return told


def familiar(each: Iterable[Asked], told: Tallies) -> dict[str, float]:
    """Return by task what taking the option that is most often true in the other questions gets right.

    Where none of the options is true anywhere else, it takes `NONE`, or one by lot. So guesses a model that has learnt
    the answers of a set, in which most wrong options are never true.
    """
    right = dict.fromkeys(told.tasks, 0.0)
    for asked in each:
        if asked.answer_index is not None:
            right[asked.task] += _by_familiarity(asked, told.tasks[asked.task].truths)
    return {task: right[task] / tally.questions for task, tally in told.tasks.items() if tally.questions}


def _by_familiarity(asked: Asked, truths: Counter[str]) -> float:
    seen = [truths[option] - (option == asked.truth) for option in asked.options]
    if not any(seen) and NONE in asked.options:
        return float(asked.answer == NONE)
    return _credit(seen, asked.answer_index or 0, max(seen))
