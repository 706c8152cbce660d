"""Kind scores: what was said of panels against what they are: precision at a recall, confusion, how sure was right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.panel_kinds import KINDS

RECALL = 0.90
_SURE = 0.75
"""With words, what half A's articles, each unseen, need for the best precision at that recall, roughly."""
_DRAWS = 1000
_BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0001)


@dataclass(frozen=True)
class Judged:
    """A panel, what it is, and what was said of it: the chances of each kind."""

    figure: str
    kind: str
    chances: npt.NDArray[np.float64]


def at_recall(
    chances: npt.NDArray[np.float64], is_one: npt.NDArray[np.bool_], least: float = RECALL
) -> dict[str, float]:
    """Return the best precision among thresholds that find at least so much."""
    best = {"precision": 0.0, "recall": 0.0, "threshold": 0.0}
    for threshold in np.unique(chances[is_one]):
        kept = chances >= threshold
        precision, recall = float(is_one[kept].mean()), float(kept[is_one].mean())
        if recall >= least and precision >= best["precision"]:
            best = {"precision": precision, "recall": recall, "threshold": float(threshold)}
    return best


def microscopy(told: Sequence[Judged]) -> dict[str, Any]:
    """Return how well micrographs are told, with 95 % intervals from resampled figures."""
    chances = np.array([one.chances[0] for one in told])
    is_one = np.array([one.kind == "microscopy" for one in told])
    if not is_one.any():
        return {"panels": len(told), "microscopy": 0}
    figures: dict[str, list[int]] = {}
    for n, one in enumerate(told):
        figures.setdefault(one.figure, []).append(n)
    rng, groups, drawn = np.random.default_rng(1), list(figures.values()), []
    for _ in range(_DRAWS):
        rows = np.concatenate([groups[n] for n in rng.integers(len(groups), size=len(groups))])
        if is_one[rows].any():
            drawn.append(
                [
                    at_recall(chances[rows], is_one[rows])["precision"],
                    *_at(0.5, chances[rows], is_one[rows]),
                    *_at(_SURE, chances[rows], is_one[rows]),
                ]
            )
    low, high = np.percentile(np.array(drawn), (2.5, 97.5), axis=0).round(3).tolist()
    half, sure = _at(0.5, chances, is_one), _at(_SURE, chances, is_one)
    return {
        "panels": len(told),
        "microscopy": int(is_one.sum()),
        f"precision at recall {RECALL}": {**rounded(at_recall(chances, is_one)), "interval": [low[0], high[0]]},
        "at 0.5": {
            "precision": round(half[0], 3), "precision interval": [low[1], high[1]],
            "recall": round(half[1], 3), "recall interval": [low[2], high[2]],
        },
        f"at {_SURE}": {
            "precision": round(sure[0], 3), "precision interval": [low[3], high[3]],
            "recall": round(sure[1], 3), "recall interval": [low[4], high[4]],
        },
        "kind right": round(float(np.mean([one.kind == KINDS[int(one.chances.argmax())] for one in told])), 3),
    }  # fmt: skip


def _at(limit: float, chances: npt.NDArray[np.float64], is_one: npt.NDArray[np.bool_]) -> tuple[float, float]:
    kept = chances >= limit
    return float(is_one[kept].mean()) if kept.any() else 0.0, float(kept[is_one].mean())


def rounded(numbers: dict[str, float]) -> dict[str, float]:
    """Return the numbers to three places."""
    return {name: round(number, 3) for name, number in numbers.items()}


def confusion(told: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Return for each true kind how often which kind was said."""
    pairs = Counter((one.kind, KINDS[int(one.chances.argmax())]) for one in told)
    return {
        kind: {said: n for (true, said), n in sorted(pairs.items()) if true == kind}
        for kind in KINDS
        if kind in {a for a, _ in pairs}
    }


def reliability(told: Sequence[Judged]) -> list[dict[str, float]]:
    """Return, by how sure it was of the kind, how often it was right."""
    sure = np.array([one.chances.max() for one in told])
    right = np.array([KINDS[int(one.chances.argmax())] == one.kind for one in told])
    rows = []
    for low, high in pairwise(_BINS):
        held = (sure >= low) & (sure < high)
        if held.any():
            rows.append(
                {
                    "panels": int(held.sum()),
                    "stated": round(float(sure[held].mean()), 2),
                    "observed": round(float(right[held].mean()), 2),
                }
            )
    return rows
