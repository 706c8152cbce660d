"""Number options: numbers beside a true one, which is the lowest, a middle or the highest of them equally often.

Steps are ratios that don't hang on the true number, so its neighbours would have had it beside them too. Options of
one question are as long as each other where that can be.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from captioning.question_options import MOST, chance, shuffled

LEAST_COUNT = MOST
"""A lower count can't be the highest of so many numbers above 0."""
_ALL_EXACT, _NONE_EXACT = 25, 100
"""Up to the one a person counts without a slip, from the other on nobody does: numbers stand wide apart."""
_STEPS = (0.15, 0.3)
"""Of the middle number, from and to: the step between neighbours where all is counted."""
_WIDE = (1.5, 2.0)
"""Ratio of neighbours where a guess must do, from and to."""
_SIZES = (1.3, 1.7)
_ODDS = (1.6, 2.2)
_ANY_WIDTH = 80
"""Times the greatest power of two that divides a width, from which on that is not one of the usual widths."""
SIZE_RATIO = 1.2
"""Sizes differ by a fifth at least, rounded as they are."""
_ROUNDED = 1.011
"""As much farther apart are sizes that are told in three digits: each is off by a two hundredth at most."""


def counts(true: int, *key: object, apart: int = 0) -> list[int] | None:
    """Return `MOST` numbers in ascending order, the true one among them; None below `LEAST_COUNT`.

    None too where the true one might stand at a place at which another is not more than `apart` from it: it is asked
    at every place, or at none.
    """
    if true < LEAST_COUNT:
        return None
    guessed = math.log(true / _ALL_EXACT) / math.log(_NONE_EXACT / _ALL_EXACT)
    ladder = _guessed if chance(*key, "guessed") < guessed else _counted
    ladders = [ladder(true, place, *key) for place in range(MOST)]
    fits = all(abs(other - true) > apart for each in ladders for other in each if other != true)
    return ladders[_place(*key)] if fits else None


def _guessed(true: int, place: int, *key: object) -> list[int]:
    ratio = _between(_WIDE, *key, "ratio")
    return [true if at == place else round(true * ratio ** (at - place)) for at in range(MOST)]


def _counted(true: int, place: int, *key: object) -> list[int]:
    share = _between(_STEPS, *key, "step")
    step = max(1, round(share * true / (1 + share * (place - MOST // 2))))
    return [true + step * (at - place) for at in range(MOST)]


def sizes(true_px: int, *key: object, power: float = 1) -> list[int] | None:
    """Return `MOST` sizes in px in ascending order, the true one among them; None where any might be too close.

    All are whole: else the true one could be told by its being a whole number of pixels.
    `power` is 2 for areas, whose ratios are the squares of those of lengths. They are so far apart that lengths
    of three digits are too.
    """
    ratio = _between(_SIZES, *key, "ratio") ** power
    ladders = [[round(true_px * ratio ** (at - place)) for at in range(MOST)] for place in range(MOST)]
    fits = all(
        each[0] > 0 and all((_ROUNDED * SIZE_RATIO) ** power * low <= high for low, high in pairwise(each))
        for each in ladders
    )
    return ladders[_place(*key)] if fits else None


def doublings(true_px: int, *key: object) -> list[int] | None:
    """Return `MOST` widths in px in ascending order, each about twice the one before, the true one among them.

    What is usual of a width (512, 1344) is so of its halves and doubles; of any other, all are as even as it is, so
    that whoever knows the scale too sees no difference. None where two would be the same.

    >>> doublings(512, "a"), doublings(437, "a")
    ([512, 1024, 2048, 4096, 8192], [437, 873, 1749, 3497, 6993])
    """
    place, even = _place(*key), true_px & -true_px
    times = [true_px / even * 2.0 ** (at - place) for at in range(MOST)]
    if true_px >= _ANY_WIDTH * even:
        found = [even * (2 * round((each - 1) / 2) + 1) for each in times]
    else:
        found = [round(even * each) for each in times]
    return found if len({*found, 0}) == MOST + 1 else None


def three_digits(value: float) -> str:
    """Return a number in three digits, whichever they are: none tells that it was measured and another made.

    >>> three_digits(90.352), three_digits(8), three_digits(1444.6), three_digits(0.09996)
    ('90.4', '8.00', '1440', '0.100')
    """
    rounded = float(f"{value:.2e}")
    return f"{rounded:.{max(0, 2 - math.floor(math.log10(rounded)))}f}"


def stand_apart(value: float, others: Iterable[float]) -> bool:
    """Return whether a size differs from all others by a fifth at least."""
    return all(SIZE_RATIO * min(value, other) <= max(value, other) for other in others)


def shares(true: float, *key: object) -> list[float]:
    """Return `MOST` shares between 0 and 1 in ascending order, the true one among them."""
    ratio, place = _between(_ODDS, *key, "ratio"), _place(*key)
    odds = [true / (1 - true) * ratio ** (at - place) for at in range(MOST)]
    return [value / (1 + value) for value in odds]


def written(values: Sequence[float], digits: int = 2) -> list[str] | None:
    """Return numbers in as many characters each, the lowest to `digits` at least; None where two read alike.

    >>> written([8.2, 12.345, 105.4])
    ['8.200', '12.35', '105.4']
    """
    whole = [max(1, len(str(int(value)))) for value in values]
    least = digits - 1 - math.floor(math.log10(min(values)))
    length = max(2, *whole, least) + 1
    texts = [f"{value:.{length - before}f}" for value, before in zip(values, whole, strict=True)]
    return texts if len(set(texts)) == len(texts) else None


def right_and_wrong(values: Sequence[float], texts: Sequence[str], true: float, *key: object) -> tuple[str, list[str]]:
    """Return the text of the true number, and the others in an order by chance."""
    at = min(range(len(values)), key=lambda place: abs(values[place] - true))
    return texts[at], shuffled([text for place, text in enumerate(texts) if place != at], *key, "wrong")


def neighbours(true: float, series: Sequence[float], *key: object) -> list[float] | None:
    """Return `MOST` neighbours in an ascending series, the true one among them; None where the series ends."""
    at = series.index(true)
    low = at - _place(*key)
    found = list(series[low : low + MOST]) if low >= 0 else []
    return found if len(found) == MOST and all(one < other for one, other in pairwise(found)) else None


def _place(*key: object) -> int:
    return int(chance(*key, "place") * MOST)


def _between(bounds: tuple[float, float], *key: object) -> float:
    low, high = bounds
    return low + (high - low) * chance(*key)
