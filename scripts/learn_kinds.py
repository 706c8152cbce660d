"""Learns what kinds of panels look like; writes `curation/panel_kinds.npz`: python -m scripts.learn_kinds DIR.

DIR may hold `seg/SET/images/*.png` (micrographs) and `panels/real_panels.jsonl` with `panels/real/` (panels whose kind
a person wrote down; read are those of half A whose licence lets weights be shipped). FREE may hold the photographs and
slices of heads that `scripts.free_pictures` lays there. What isn't there is skipped: the made panels need nothing. The
same folders give the same weights.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.panel_kinds import KINDS, LEAF, WEIGHTS, Forest, chances_of
from scripts.kind_material import Example, Folders, kept_material

_TREES, _LEAVES, _FEATURES_A_SPLIT = 80, 200, 30
_COMMONNESS = {
    "microscopy": 3, "plot": 2.6, "diagram": 2, "gel": 1.5, "photo": 1,
    "medical": 0.6, "table": 0.4, "text": 0.4, "mixed": 0.6,
}  # fmt: skip
"""How often kinds stand in articles of the life sciences, roughly, micrographs counted double: they are sought."""
_REAL = 5.0
"""What a real panel weighs, a made one weighing 1."""


def grow(examples: Sequence[Example]) -> Forest:
    """Return the forest that `examples` teach, not yet calibrated."""
    trees = grown_trees(examples)
    return flattened([tree.tree_ for tree in trees.estimators_], trees.classes_)


def grown_trees(examples: Sequence[Example]) -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Return scikit-learn's forest of `examples`."""
    from sklearn.ensemble import ExtraTreesClassifier

    kinds = np.array([KINDS.index(example.kind) for example in examples])
    values = np.stack([example.values for example in examples])
    trees = ExtraTreesClassifier(
        _TREES, max_leaf_nodes=_LEAVES, max_features=_FEATURES_A_SPLIT, min_samples_leaf=2, random_state=7, n_jobs=2
    )
    return trees.fit(values, kinds, sample_weight=_weights(examples, kinds))


def _weights(examples: Sequence[Example], kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    wanted = np.array([_COMMONNESS[kind] for kind in KINDS])
    by_kind = wanted / np.maximum(1, np.bincount(kinds, minlength=len(KINDS)))
    real = np.array([_REAL if example.origin.startswith("real:") else 1.0 for example in examples])
    weights = by_kind[kinds] * real
    return np.asarray(weights / weights.mean())


def flattened(trees: list[Any], classes: npt.NDArray[np.int64]) -> Forest:
    """Return scikit-learn's trees as plain arrays; grown best first, a right child comes right after the left one."""
    for tree in trees:
        is_split = tree.children_left >= 0
        assert (tree.children_right[is_split] == tree.children_left[is_split] + 1).all(), "siblings stand together"
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    feature = np.concatenate([tree.feature for tree in trees])
    is_leaf = feature < 0
    below = np.concatenate([tree.children_left + root for tree, root in zip(trees, roots, strict=True)])
    below[is_leaf] = np.arange(is_leaf.sum())
    shares = np.zeros((int(is_leaf.sum()), len(KINDS)))
    shares[:, classes] = np.concatenate([tree.value[:, 0] for tree in trees])[is_leaf]
    shares /= shares.sum(1, keepdims=True)
    return Forest(
        roots=roots.astype(np.int64),
        feature=np.where(is_leaf, LEAF, feature).astype(np.uint8),
        limit=np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        below=below.astype(np.int32),
        shares=np.rint(shares * 255).astype(np.uint8),
        sharpness=1.0,
    )


def without(examples: Sequence[Example], origin: str) -> list[Example]:
    """Return the examples that don't come from `origin`."""
    return [example for example in examples if example.origin != origin]


def calibrated(forest: Forest, examples: Sequence[Example]) -> Forest:
    """Return the forest with the sharpness that suits real articles and sets, each seen by a forest without it."""
    origins = sorted({example.origin for example in examples} - {"made", "charts", "drawings"})
    told: list[tuple[float, int, npt.NDArray[np.float64]]] = []
    for origin in origins:
        blind = grow(without(examples, origin))
        own = [example for example in examples if example.origin == origin and (example.kind != "mixed")]
        for example in own:
            log = np.log(chances_of(blind, example.values))
            told.append((1 / len(own) ** 0.5, KINDS.index(example.kind), log))
    return replace(forest, sharpness=_best_sharpness(told)) if told else forest


def _best_sharpness(told: list[tuple[float, int, npt.NDArray[np.float64]]]) -> float:
    def loss(sharpness: float) -> float:
        total = 0.0
        for weight, kind, log in told:
            scaled = sharpness * log
            total -= weight * float(scaled[kind] - np.log(np.exp(scaled).sum()))
        return total

    return min((0.5 + 0.25 * n for n in range(31)), key=loss)


def write(forest: Forest, path: Path) -> None:
    """Write a forest as `curation.panel_kinds` reads it."""
    np.savez_compressed(
        path,
        roots=forest.roots.astype(np.int32),
        feature=forest.feature,
        limit=forest.limit,
        below=forest.below,
        shares=forest.shares,
        sharpness=np.float64(forest.sharpness),
    )


def main() -> None:
    """Learn from what DIR holds and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--free", type=Path, metavar="FREE", help="pictures that scripts.free_pictures has laid there")
    parser.add_argument("--material", type=Path, help="a file to keep the examples' features in, or to read them from")
    parser.add_argument("--share", type=float, default=1.0, help="how much of the made panels to draw")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    examples = kept_material(Folders(asked.folder, asked.free), asked.share, asked.material)
    forest = calibrated(grow(examples), examples)
    write(forest, asked.out)
    print(f"{len(examples)} examples, {len(forest.feature)} nodes, sharpness {forest.sharpness}")
    print(f"{asked.out}: {asked.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
