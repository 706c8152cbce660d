"""Sampling: the few items that `sample` and `limit` of a manifest's entry leave of what a source holds."""

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_Found = TypeVar("_Found")


def few(found: Iterable[_Found], *, sample_n: int | None, sample_seed: int, limit: int | None) -> Iterator[_Found]:
    """Yield the wanted ones in their order; the sample is drawn first."""
    if sample_n is not None:
        everything = list(found)
        chosen = random.Random(sample_seed).sample(range(len(everything)), min(sample_n, len(everything)))  # noqa: S311
        found = (everything[at] for at in sorted(chosen))
    return islice(found, limit)
