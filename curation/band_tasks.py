"""Band tasks: the join of many hashes, band by band on the machines of a cluster, or here.

A band's index takes up to a gigabyte, so on one machine bands come one after the other, each over all its cores.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from curation.hamming import (
    Hashes,
    Near,
    Share,
    near_between,
    near_in,
    near_pairs,
    shares_between,
    shares_within,
    words_of,
)
from pipeline.processes import FarWorkers, Workers, here

_MANY = 200_000
"""Hashes below which the files and tasks cost more than the join."""


class Joining(NamedTuple):
    """Where hashes are joined."""

    folder: Path | None = None
    """Where all workers see the files of a join."""
    spread: Workers = here
    many: int = _MANY

    def within(self, hashes: Hashes, max_distance: int) -> Iterator[Near]:
        """Yield what `hamming.near_pairs` does."""
        words = words_of(hashes)
        if not self._is_spread(len(words)):
            yield from near_pairs(words, max_distance)
            return
        yield from self._spread(words, words, list(shares_within(words, max_distance)))

    def between(self, queries: Hashes, hashes: Hashes, max_distance: int) -> Iterator[Near]:
        """Yield what `hamming.near_between` does."""
        asked, words = words_of(queries), words_of(hashes)
        if not self._is_spread(len(asked) + len(words)):
            yield from near_between(asked, words, max_distance)
            return
        yield from self._spread(words, asked, list(shares_between(asked, words, max_distance)))

    def _is_spread(self, count: int) -> bool:
        is_far = isinstance(self.spread, FarWorkers) and self.spread.sees_disk
        return self.folder is not None and is_far and count >= self.many

    def _spread(self, words: Hashes, asked: Hashes, shares: Sequence[Share]) -> Iterator[Near]:
        with TemporaryDirectory(prefix="bands-", dir=self.folder) as place:
            for name, hashes in (("words", words), ("asked", asked)):
                np.save(Path(place).absolute() / f"{name}.npy", hashes)
            for found in self.spread(_near, [_Task(Path(place).absolute(), share) for share in shares]):
                yield from found


class _Task(NamedTuple):
    folder: Path
    share: Share


def _near(task: _Task) -> list[Near]:
    """Return the pairs of a share; this is what runs in a worker."""
    words, asked = (np.load(task.folder / f"{name}.npy", mmap_mode="r") for name in ("words", "asked"))
    return list(near_in(task.share, words, asked))
