"""Wrong answers: of the right one's branch, not true of the picture, neither longer nor shorter as a rule."""

from collections.abc import Collection, Iterator, Sequence
from math import log1p

from captioning.question_options import chance
from schemas.trees import kin, rings

LEAST = 3
"""Wrong answers that a question needs."""
_ENOUGH = 6
"""From so many on no wider branch is looked at."""


def wrong_answers(field: str, right: str, named: Collection[str], most: int, key: Sequence[object]) -> list[str]:
    """Return at most `most` values that may stand beside the right one, drawn by `key`; none where they are too few.

    `named` are the values of the column that texts about the picture name: they may be true, and what goes with them.
    What is named with the right one (the brain of a hippocampus, the eosin of H&E) makes nothing else true.
    """
    own = kin(field, right)
    barred = own.union(*(kin(field, value) for value in named if value not in own))
    found: list[str] = []
    for ring in rings(field, right):
        found += _drawn([value for value in ring if value not in barred], (*key, len(found)))
        if len(found) >= _ENOUGH:
            break
    return of_any_length(right, found, most, key)


def _drawn(ring: Sequence[str], key: Sequence[object]) -> list[str]:
    """Return a ring in an order drawn by `key`, in which what stands earlier in the tree comes first more often.

    Trees tell the common before the rare. A common value is right in many questions; were it seldom wrong in others,
    to know what is common would be to know the answers. Weights are 1, 1/2, 1/3, …, drawn by exponential clocks.
    """
    clock = {value: -log1p(-chance(*key, value)) * rank for rank, value in enumerate(ring, start=1)}
    return sorted(ring, key=lambda value: (clock[value], value))


def of_any_length(right: str, wrong: Sequence[str], most: int, key: Sequence[object]) -> list[str]:
    """Return at most `most` of `wrong`, so that the right one is the longest, the shortest or any other equally often.

    Where nothing is shorter, or nothing longer, what is as long goes first. Earlier ones go before later ones.
    """
    count = min(most, len(wrong))
    if count < LEAST:
        return []
    longer = [value for value in wrong if len(value) > len(right)]
    shorter = [value for value in wrong if len(value) < len(right)]
    as_long = [value for value in wrong if len(value) == len(right)]
    if not longer or not shorter:
        return [*as_long, *shorter, *longer][:count]
    others = [*shorter, *as_long]
    wanted = int(chance(*key, "longer") * (count + 1))
    taken = longer[: max(wanted, count - len(others))]
    return [*taken, *others[: count - len(taken)]]


def apart(classes: Collection[str], right: str, is_kin: Collection[str]) -> Iterator[str]:
    """Yield the classes of a set that aren't the right one, nor among its kin, nor the same but for case."""
    seen = {_plain(right), *map(_plain, is_kin)}
    for name in sorted(classes):
        if _plain(name) not in seen:
            seen.add(_plain(name))
            yield name


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
