"""VQA statistics: means by task with bootstrap intervals, and their mean over tasks.

Pictures are drawn with all their questions, since answers about one picture hang together; a thousand draws are one
product of matrices. Shapes: D draws, P pictures, T tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MOST_CELLS = 8_000_000
"""Of a block of draws: its counts take as many times 4 bytes."""
_TAILS_PERCENT = (2.5, 97.5)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean with the bounds of its 95 % interval; None where nothing was measured."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimates:
    """What is estimated of a set: each task, the mean of the tasks, the mean of all questions."""

    tasks: dict[str, Estimate]
    macro: Estimate
    micro: Estimate


def estimates(
    worths: Sequence[float], tasks: Sequence[str], pictures: Sequence[str], *, seed: int, draws: int = 1000
) -> Estimates:
    """Return the means of `worths` by task with percentile intervals of `draws` bootstrap draws."""
    names = sorted(set(tasks))
    of_task = _codes(tasks, names)
    of_picture = _codes(pictures, sorted(set(pictures)))
    shape = (int(of_picture.max()) + 1, len(names))
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (of_picture, of_task), np.asarray(worths, float))
    np.add.at(counts, (of_picture, of_task), 1.0)
    drawn_sums, drawn_counts = _drawn(sums, counts, seed, draws)
    means, drawn = _ratio(sums.sum(0), counts.sum(0)), _ratio(drawn_sums, drawn_counts)
    each = {name: _estimate(float(means[at]), drawn[:, at]) for at, name in enumerate(names)}
    macro = _estimate(float(means.mean()), _row_means(drawn))
    micro = _estimate(float(sums.sum() / counts.sum()), _ratio(drawn_sums.sum(1), drawn_counts.sum(1)))
    return Estimates(each, macro, micro)


def _codes(values: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.intp]:
    place = {name: at for at, name in enumerate(names)}
    return np.fromiter((place[value] for value in values), np.intp, len(values))


def _drawn(sums: Floats, counts: Floats, seed: int, draws: int) -> tuple[Floats, Floats]:
    """Return sums and counts of each draw and task: arrays (D, T)."""
    rng, pictures = np.random.default_rng(seed), sums.shape[0]
    both = np.concatenate([sums, counts], axis=1)
    block = max(1, _MOST_CELLS // pictures)
    found = []
    for start in range(0, draws, block):
        many = min(block, draws - start)
        picked = rng.integers(0, pictures, (many, pictures), dtype=np.int64)
        picked += np.arange(many)[:, None] * pictures
        times = np.bincount(picked.ravel(), minlength=many * pictures).reshape(many, pictures)
        found.append(times.astype(np.float64) @ both)
    all_draws = np.concatenate(found)
    return all_draws[:, : sums.shape[1]], all_draws[:, sums.shape[1] :]


def _ratio(sums: Floats, counts: Floats) -> Floats:
    """Return means; NaN where a draw has nothing of a task."""
    means: Floats = np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=counts > 0)
    return means


def _row_means(drawn: Floats) -> Floats:
    there = ~np.isnan(drawn)
    return _ratio(np.where(there, drawn, 0.0).sum(1), there.sum(1).astype(float))


def _estimate(value: float, drawn: Floats) -> Estimate:
    low, high = np.nanpercentile(drawn, _TAILS_PERCENT)
    return Estimate(value, float(low), float(high))
