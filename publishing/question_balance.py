"""Question balance: the questions that are left out of a dataset, so that no answer can be had without its picture.

What is asked is decided a panel at a time; that nine pictures in ten are of one modality, or that the commonest class
has the longest name, shows when all are there.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

from publishing.asked import Asked
from publishing.guessing import Shape, Tally, shape_of
from publishing.question_gates import Finding, of_set, of_tasks

SAME_QUESTION = "same_question"
REASONS = {
    "majority_class": "same_answer",
    "longest_option": "telling_length",
    "shortest_option": "telling_length",
    "length_rank": "telling_length",
    "answer_position": "telling_place",
    "constant_answer": "telling_place",
    "none_rate": "telling_none",
    "none_where_offered": "telling_none",
}
"""Gate -> why questions are left out that it would refuse."""
_ROUNDS = 5
"""So often what the set as a whole lacks may make a task uneven again."""


@dataclass
class LeftOut:
    """Which questions aren't published, and why."""

    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Id -> (reason, task)."""

    @property
    def ids(self) -> set[str]:
        """Return the questions."""
        return set(self.reasons)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return reason -> task -> questions."""
        found: dict[str, dict[str, int]] = {}
        for reason, task in sorted(self.reasons.values()):
            of = found.setdefault(reason, {})
            of[task] = of.get(task, 0) + 1
        return found


class _Kind(NamedTuple):
    """Questions that are alike to all gates."""

    task: str
    shape: Shape
    truth: str


_Pools = dict[_Kind, list[str]]
"""The questions that stay, in the order in which they are given up: the last first."""
_Judge = Callable[[Mapping[str, Tally]], Iterator[Finding]]


def left_out(each: Iterable[Asked], none_rate: float, seed: int) -> LeftOut:
    """Return what was asked of the same picture before, and as few as need be of what a gate would refuse.

    Which ones of those that are alike is drawn by `seed`. Of millions of questions only ids and a number are held.
    """
    gone, seen, pools = LeftOut(), set[int](), _Pools()
    for key, kind, stem in sorted(map(_narrow, each), key=lambda one: one[0]):
        if stem in seen:
            gone.reasons[key] = (SAME_QUESTION, kind if isinstance(kind, str) else kind.task)
        elif not isinstance(kind, str):
            pools.setdefault(kind, []).append(key)
        seen.add(stem)
    for ids in pools.values():
        ids.sort(key=lambda key: hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest())
    for _ in range(_ROUNDS):
        before = len(gone.reasons)
        _thin(pools, lambda tasks: of_tasks(tasks, none_rate), gone)
        _thin(pools, lambda tasks: of_set(tasks, none_rate), gone)
        if len(gone.reasons) == before:
            break
    return gone


def _narrow(asked: Asked) -> tuple[str, _Kind | str, int]:
    """Return id, kind, or the task of what is answered with places, and a number for the picture and the question."""
    shape, task = shape_of(asked), intern(asked.task)
    return asked.id, task if shape is None else _Kind(task, shape, intern(asked.truth)), hash(asked.stem)


def _thin(pools: _Pools, judge: _Judge, gone: LeftOut) -> None:
    """Leave out what fires, the worst first, until nothing does."""
    counts = {kind: len(ids) for kind, ids in pools.items()}
    while fired := [found for found in judge(_tallies(counts)) if found.fires]:
        worst = max(fired, key=lambda found: (found.gate != "answer_position", found.excess))
        group = _group(worst, fired, counts)
        if not group:
            return
        served = [found for found in fired if _speaks(found, group[0])]
        stays = _fewest(served, group, counts, judge)
        for kind, left in stays.items():
            for key in pools[kind][left:]:
                gone.reasons[key] = (REASONS[worst.gate], kind.task)
            del pools[kind][left:]
        counts |= stays


def _tallies(counts: Mapping[_Kind, int]) -> dict[str, Tally]:
    tasks: dict[str, Tally] = {}
    for kind, times in counts.items():
        if times:
            tasks.setdefault(kind.task, Tally()).add(kind.shape, kind.truth, times)
    return tasks


def _group(worst: Finding, fired: Sequence[Finding], counts: Mapping[_Kind, int]) -> list[_Kind]:
    """Return the kinds by which a gate fires, of which one question is worth most to all gates that fire."""
    worth = {
        kind: sum(_speaks(found, kind) for found in fired)
        for kind, times in counts.items()
        if times and _speaks(worst, kind)
    }
    most = max(worth.values(), default=0.0)
    return sorted(kind for kind, of_one in worth.items() if of_one == most)


def _speaks(found: Finding, kind: _Kind) -> float:
    return found.speaks(kind.shape, kind.truth) if found.task in {None, kind.task} else 0.0


def _fewest(
    served: Sequence[Finding], group: Sequence[_Kind], counts: Mapping[_Kind, int], judge: _Judge
) -> dict[_Kind, int]:
    """Return how many stay of each kind of a group when so few go that one of the gates no longer fires, or none do.

    Were the group used up for the gate that asks for most, the others would soon fire for the opposite.
    """
    low, high = 0, sum(counts[kind] for kind in group)  # at low all fire, at high perhaps not
    wanted = {(found.gate, found.task, found.detail) for found in served}
    while high - low > 1:
        middle = (low + high) // 2
        tasks = _tallies({**counts, **_without(middle, group, counts)})
        still = {(found.gate, found.task, found.detail) for found in judge(tasks) if found.fires}
        low, high = (middle, high) if wanted <= still else (low, middle)
    return _without(high, group, counts)


def _without(many: int, group: Sequence[_Kind], counts: Mapping[_Kind, int]) -> dict[_Kind, int]:
    """Return how many stay of each kind when so many go, in proportion to how many there are."""
    total, stays, seen = sum(counts[kind] for kind in group), {}, 0
    for kind in group:
        before, seen = seen, seen + counts[kind]
        stays[kind] = counts[kind] - (seen * many // total - before * many // total)
    return stays
