"""Panel kinds: whether a panel is a micrograph, a plot, a diagram, a gel or what else, and how sure that is."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.panel_copies import Bytes
from curation.panel_features import features, vector
from curation.panel_tiles import tiles_in
from curation.panel_words import evidence

KINDS = ("microscopy", "plot", "diagram", "gel", "photo", "medical", "table", "text", "mixed")
_TILED = frozenset({"microscopy", "gel", "photo", "medical"})
"""Kinds whose strips are fields of view; a row of graphs is counted as one."""
WEIGHTS = Path(__file__).with_name("panel_kinds.npz")
_NO_CHANCE = 1e-3
"""No forest rules a kind out altogether: it has seen few real panels."""
_TRUST = 0.6
"""What words weigh beside pixels: at 0.5 to 0.7 half A's articles, each unseen, were told best (log loss)."""
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """What a panel is: the likeliest kind, its probability, that of microscopy, and its tiles."""

    kind: str
    confidence: float
    is_microscopy: float
    tiles: int


@dataclass(frozen=True)
class Forest:
    """Trees side by side: a node splits on a feature, or is a leaf (`feature` 255) whose kinds `below` points at."""

    roots: npt.NDArray[np.int64]
    feature: npt.NDArray[np.uint8]
    limit: npt.NDArray[np.float32]
    below: npt.NDArray[np.int32]
    """Where a value goes on that isn't above the limit; one above it goes to the node after."""
    shares: npt.NDArray[np.uint8]
    """For each leaf how likely each kind is, 255 for certain."""
    sharpness: float
    """What log-likelihoods are multiplied by, so that probabilities come true."""


LEAF = 255


def kind_of(pixels: Bytes, words: str = "") -> Kind:
    """Return the kind of a panel (uint8, H x W or H x W x 3), by its pixels and the words of its caption."""
    chances = chances_of(read_forest(), vector(features(pixels)), words)
    kind = KINDS[int(chances.argmax())]
    tiles = tiles_in(pixels) if kind in _TILED else 1
    return Kind(kind, float(chances.max()), float(chances[0]), tiles)


def chances_of(forest: Forest, values: npt.NDArray[np.float32], words: str = "") -> Shares:
    """Return the probability of each of KINDS."""
    told = evidence(words) if words else {}
    weight = forest.sharpness * np.log(votes(forest, values) + _NO_CHANCE)
    weight += _TRUST * np.array([told.get(kind, 0.0) for kind in KINDS])
    chances = np.exp(weight - weight.max())
    return np.asarray(chances / chances.sum())


def votes(forest: Forest, values: npt.NDArray[np.float32]) -> Shares:
    """Return the mean of what the trees' leaves say, all trees walked down at once."""
    at = forest.roots
    while True:
        is_split = forest.feature[at] != LEAF
        if not is_split.any():
            break
        feature = np.where(is_split, forest.feature[at], 0)
        is_above = values[feature] > forest.limit[at]
        at = np.where(is_split, forest.below[at] + is_above, at)
    shares: Shares = forest.shares[forest.below[at]].astype(np.float64)
    return np.asarray((shares / shares.sum(1, keepdims=True)).mean(0))


@cache
def read_forest(path: Path = WEIGHTS) -> Forest:
    """Return the forest that ships with bricks, or one that `scripts.learn_kinds` has written elsewhere."""
    with np.load(path, allow_pickle=False) as held:
        return Forest(
            roots=held["roots"].astype(np.int64),
            feature=held["feature"],
            limit=held["limit"],
            below=held["below"],
            shares=held["shares"],
            sharpness=float(held["sharpness"]),
        )
