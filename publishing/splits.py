"""Splits: which family goes to train, validation or test; no family and no duplicate cluster is ever parted."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from publishing.rows import Place
from schemas.manifest import SplitSettings

SPLITS = ("train", "validation", "test")


def assign(places: Iterable[Place], settings: SplitSettings) -> dict[str, str]:
    """Return the split of every family.

    Families that share a cluster go together. The components are taken in the order of a hash with the seed, and
    fill test, then validation, up to their share of rows; what is left is train. A split with a share above zero
    gets at least one component, if there is one for each.
    """
    rows, root = _components(places)
    order = sorted(rows, key=lambda family: _shuffled(family, settings.seed))
    shares = {name: share for name, share in (("test", settings.test), ("validation", settings.validation)) if share}
    if len(order) <= len(shares):
        shares = {}
    total, split_of, at = sum(rows.values()), {}, 0
    for name, share in shares.items():
        filled = 0
        while filled == 0 or (at < len(order) - len(shares) and filled + rows[order[at]] <= share * total):
            split_of[order[at]] = name
            filled, at = filled + rows[order[at]], at + 1
    return {family: split_of.get(component, "train") for family, component in root.items()}


def _shuffled(family: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{family}".encode()).hexdigest()


def _components(places: Iterable[Place]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the rows of each component, named by its first family, and the component of each family."""
    families: dict[str, int] = defaultdict(int)
    parent: dict[str, str] = {}
    first_in: dict[str, str] = {}
    for place in places:
        families[place.family] += 1
        parent.setdefault(place.family, place.family)
        if place.cluster is not None:
            _join(parent, first_in.setdefault(place.cluster, place.family), place.family)
    root = {family: _root(parent, family) for family in families}
    rows: dict[str, int] = defaultdict(int)
    for family, count in families.items():
        rows[root[family]] += count
    return dict(rows), root


def _root(parent: dict[str, str], family: str) -> str:
    while parent[family] != family:
        family = parent[family]
    return family


def _join(parent: dict[str, str], one: str, other: str) -> None:
    low, high = sorted((_root(parent, one), _root(parent, other)))
    parent[high] = low
