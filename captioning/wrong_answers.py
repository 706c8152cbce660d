"""Wrong answers: of the right one's tree, not true of the picture, no two akin, neither long nor short as a rule."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import log1p
from operator import eq
from types import MappingProxyType

from captioning.question_options import chances, shuffled
from schemas.trees import kin, rings

LEAST = 3
"""Wrong answers that a question needs."""
_ENOUGH = 6
"""From so many on no wider branch is looked at."""
_NEAR = 4
"""So much rather one of the right one's own branch is taken among the answers of other questions."""
_BY_LENGTH = 0.25
"""What a guess by length may get where a common answer is long or short, if that can be had."""
_NONE: Mapping[str, float] = MappingProxyType({})


def wrong_answers(  # noqa: PLR0913, PLR0917  (what is asked, and what is known beside)
    field: str,
    right: str,
    named: Collection[str],
    most: int,
    key: Sequence[object],
    shares: Mapping[str, float] = _NONE,
) -> list[str]:
    """Return at most `most` values that may stand beside the right one, drawn by `key`; none where they are too few.

    `named` are the values of the column that texts about the picture name: they may be true, and what goes with them.
    What is named with the right one (the brain of a hippocampus, the eosin of H&E) makes nothing else true. `shares`
    tell which values are right in other questions of the set, and how often: some of them stand beside the right one,
    and what is added fits any of them as well, so that nothing but the picture tells which is right.
    """
    own = kin(field, right)
    barred = own.union(*(kin(field, value) for value in named if value not in own))
    near = [[value for value in ring if value not in barred] for ring in rings(field, right)]
    room = _room(shares, most + 1) - 1
    known = _apart(field, _familiar(near, shares, key))[:room]
    anchor = shuffled([right, *known], *key, "anchor")[0]
    ruled_out = barred.union(*(kin(field, value) for value in known))
    found: list[str] = []
    for ring in rings(field, anchor):
        found += _drawn([value for value in ring if value not in ruled_out], (*key, len(found)))
        if len(found) >= _ENOUGH and len(_apart(field, found)) >= most:
            break
    return of_any_length(right, found, most, key, known, lambda one, other: other in kin(field, one))


def _room(shares: Mapping[str, float], options: int) -> int:
    """Return how many options may be right elsewhere: fewer where one value is right so often that its length tells."""
    return max(2, min(options, int(options * _BY_LENGTH / max(shares.values(), default=1))))


def _familiar(near: Sequence[Sequence[str]], shares: Mapping[str, float], key: Sequence[object]) -> list[str]:
    """Return what is right elsewhere, the often right and those of the own branch first more often."""
    weights = {
        value: shares[value] * (1 if wider else _NEAR)
        for wider, ring in enumerate(near)
        for value in ring
        if value in shares
    }
    return by_clock(weights, (*key, "familiar"))


def _drawn(ring: Sequence[str], key: Sequence[object]) -> list[str]:
    """Return a ring in an order drawn by `key`, in which what stands earlier in the tree comes first more often."""
    return by_clock({value: 1 / rank for rank, value in enumerate(ring, start=1)}, key)


def by_clock(weights: Mapping[str, float], key: Sequence[object]) -> list[str]:
    """Return values in an order drawn by `key`: each is the next in proportion to its weight (exponential clocks)."""
    clock = {value: -log1p(-drawn) / weights[value] for value, drawn in chances(weights, *key).items()}
    return sorted(weights, key=lambda value: (clock[value], value))


def _apart(field: str, found: Sequence[str]) -> list[str]:
    """Return values without those that are kin of an earlier one."""
    kept: list[str] = []
    for value in found:
        if not kin(field, value) & {*kept}:
            kept.append(value)
    return kept


def of_any_length(  # noqa: PLR0913, PLR0917  (what stands, what may be added, and by what)
    right: str,
    wrong: Sequence[str],
    most: int,
    key: Sequence[object],
    sure: Sequence[str] = (),
    clash: Callable[[str, str], bool] = eq,
) -> list[str]:
    """Return `sure` and the first of `wrong`, at most `most`, no two of which `clash`; none where there are too few.

    The right one and the sure ones have each rank by length equally often, as far as there are shorter and longer
    ones; of two that are as long either may count as the longer. Earlier ones go before later ones, but where too few
    are shorter, or longer, what is as long.
    """
    size = {value: len(value) + more for value, more in chances({right, *wrong, *sure}, *key, "length").items()}
    count = min(most, len(sure) + len(wrong)) + 1
    standing = sorted({right, *sure}, key=size.__getitem__)
    places = sorted(shuffled(range(count), *key, "places")[: len(standing)])
    room = [after - before - 1 for before, after in zip([-1, *places], [*places, count], strict=True)]
    taken: list[str] = []
    as_long = {len(value) for value in standing}
    for strict, each in ((True, wrong), (False, sorted(wrong, key=lambda value: len(value) not in as_long))):
        for value in each:
            gap = sum(size[value] > size[other] for other in standing)
            if (
                len(taken) + len(standing) < count
                and (room[gap] > 0 or not strict)
                and not any(clash(value, other) for other in taken)
            ):
                taken.append(value)
                room[gap] -= 1
    found = [*sure, *taken]
    return found if len(found) >= LEAST else []
