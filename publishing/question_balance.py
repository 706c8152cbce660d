"""Question balance: the questions that are left out of a dataset, so that no answer can be had without its picture.

What is asked is decided a panel at a time; that nine pictures in ten are of one modality shows when all are there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern

from publishing.asked import Asked
from publishing.question_gates import too_many


@dataclass
class LeftOut:
    """Which questions aren't published, and why."""

    ids: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Reason -> task -> questions: `same_answer`, `same_question`."""

    def add(self, reason: str, task: str, ids: Iterable[str]) -> None:
        """Leave questions out."""
        new = set(ids) - self.ids
        if new:
            self.ids |= new
            of = self.counts.setdefault(reason, {})
            of[task] = of.get(task, 0) + len(new)


def left_out(each: Iterable[Asked]) -> LeftOut:
    """Return what is too much: what was asked of the same picture before, and most of what has the same answer.

    A task keeps as many questions of one answer as its gate lets pass; ids are hashes, so the smallest are a fair draw.
    Of millions of questions only the ids and a number are held.
    """
    told, seen = LeftOut(), set[int]()
    by_task: dict[str, dict[str, list[str]]] = {}
    for key, task, truth, stem in sorted(map(_narrow, each)):
        if stem in seen:
            told.add("same_question", task, [key])
        elif truth is not None:
            by_task.setdefault(task, {}).setdefault(truth, []).append(key)
        seen.add(stem)
    for task, by_truth in sorted(by_task.items()):
        told.add("same_answer", task, _surplus(by_truth))
    return told


def _narrow(asked: Asked) -> tuple[str, str, str | None, int]:
    """Return id, task, what is true where there are options, and a number for the picture and the question."""
    truth = None if asked.answer_index is None else intern(asked.truth)
    return asked.id, intern(asked.task), truth, hash((asked.image_sha256, asked.question))


def _surplus(by_truth: Mapping[str, list[str]]) -> list[str]:
    """Return the questions of the most frequent answer that are too many; each list is sorted."""
    truth = max(by_truth, key=lambda one: (len(by_truth[one]), one))
    mine = by_truth[truth]
    others = sum(map(len, by_truth.values())) - len(mine)
    low, high = 0, len(mine)  # low pass, high perhaps don't
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if too_many(middle, others + middle) else (middle, high)
    return mine[low:]
