"""Splits: which family goes to train, validation or test; no family and no duplicate cluster is ever parted."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from publishing.rows import Place
from schemas.manifest import SplitSettings

SPLITS = ("train", "validation", "test")


def assign(places: Iterable[Place], settings: SplitSettings) -> dict[str, str]:
    """Return the split of every family.

    Families that share a cluster go together. The components are looked at in the order of a hash with the seed;
    test, then validation, take those that fit into their share of the rows, or the smallest where none fits. What
    is left is train. Train comes first, then test: one component is train; of two, one is test if a test share is
    asked for, since a dataset that can't be tested on what it wasn't trained on is worth less than a small one.
    A component with a zero-shot row is test, whatever the shares say, and counts for none of them.
    """
    known = list(places)
    rows, root = _components(known)
    zero_shot = {root[place.family] for place in known if place.zero_shot}
    shown = {family: count for family, count in rows.items() if family not in zero_shot}
    split_of = dict.fromkeys(zero_shot, "test") | _shared_out(shown, settings)
    return {family: split_of[component] for family, component in root.items()}


def _shared_out(rows: Mapping[str, int], settings: SplitSettings) -> dict[str, str]:
    """Return the split of each component by the shares that are asked for."""
    shares = {name: share for name, share in (("test", settings.test), ("validation", settings.validation)) if share}
    split_of: dict[str, str] = {}
    free = sorted(rows, key=lambda family: _shuffled(family, settings.seed))
    filled = list(shares.items())[: max(0, len(free) - 1)]
    for left, (name, share) in zip(range(len(filled), 0, -1), filled, strict=True):
        taken = _fitting({family: rows[family] for family in free}, share * sum(rows.values()))[: len(free) - left]
        split_of |= dict.fromkeys(taken, name)
        free = [family for family in free if family not in split_of]
    return split_of | dict.fromkeys(free, "train")


def _fitting(rows: Mapping[str, int], budget: float) -> list[str]:
    """Return the components that fit into `budget` rows, in their order; the smallest one where none does."""
    taken, filled = [], 0
    for component, count in rows.items():
        if filled + count <= budget:
            taken.append(component)
            filled += count
    return taken or [min(rows, key=lambda component: rows[component])]


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
