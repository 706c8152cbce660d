"""Order: which picture comes when: a new shuffle each epoch, known from the seed and a position, whatever came before.

So a training goes on in the middle of an epoch from its number of steps alone, and several devices share one order.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

_Made = TypeVar("_Made")


def picture_at(position: int, pictures: int, seed: tuple[int, ...]) -> int:
    """Return which of `pictures` stands at a position of the endless order; each comes once an epoch."""
    epoch, at = divmod(position, pictures)
    return int(_shuffled(pictures, (*seed, epoch))[at])


def positions_of(passes: int, batch: int, rank: int, devices: int) -> range:
    """Return the positions of the pictures that a device takes in a pass, which counts from 0 over the whole stage."""
    first = (passes * devices + rank) * batch
    return range(first, first + batch)


def chance(seed: tuple[int, ...], position: int) -> np.random.Generator:
    """Return the chance that belongs to a position, for crops and prompts: the same however it was come to."""
    return np.random.default_rng((*seed, 1, position))


def in_order(make: Callable[[int], _Made], numbers: Iterable[int], threads: int) -> Iterator[_Made]:
    """Yield what `make` gives for each number, in order; `threads` make the next ones meanwhile, none where it is 0."""
    if not threads:
        yield from map(make, numbers)
        return
    left = iter(numbers)
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque(pool.submit(make, number) for number in islice(left, 2 * threads))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(pool.submit(make, number) for number in islice(left, 1))
            yield made


@lru_cache(maxsize=4)
def _shuffled(pictures: int, seed: tuple[int, ...]) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(pictures)
