"""Splits: which row goes to train, validation or test; what hangs together by anything is never parted."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from pipeline.union import join, root_of
from publishing.places import Place
from schemas.manifest import SplitSettings

SPLITS = ("train", "validation", "test")
STRONGEST_FIRST = ("test", "validation", "train")
"""Which split wins where what hangs together was published in several."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Division:
    """How a dataset is divided."""

    split_of: dict[str, str]
    """Family -> split."""
    origin_of: dict[str, str]
    """Family -> why it is there: inherited, zero_shot or share."""
    gone: frozenset[str] = field(default=frozenset())
    """Ids of the rows that leave: published to train on, now tied to what must not be trained on."""


def divide(places: Iterable[Place], settings: SplitSettings, published: Mapping[str, str] = NOTHING) -> Division:
    """Return the split of every family, and the rows that leave.

    Rows that share a family, a cluster, a picture or a source are one component. One that has something of what was
    published (`published`: tie -> split) goes where that is; if it was in several splits, test wins, then
    validation, and its rows that were published in train leave. A component with a zero-shot row is test, whatever
    was published or the shares say, and counts for none of them.

    New components fill what the shares leave. They are looked at in the order of a hash with the seed; test, then
    validation, take those that fit, or, where they would be empty, the smallest. What is left is train. Train comes
    first, then test: one component is train; of two, one is test if a test share is asked for, since a dataset that
    can't be tested on what it wasn't trained on is worth less than a small one.

    The rows are gone through several times, and not held.
    """
    root = _components(places)
    zero_shot = {root[place.family] for place in places if place.zero_shot}
    settled = _inherited(places, root, published) | dict.fromkeys(zero_shot, "test")
    gone = frozenset(_leaving(places, root, settled, published))
    rows = Counter(root[place.family] for place in places if place.id not in gone)
    counted: Counter[str] = Counter()
    for component in settled.keys() - zero_shot:
        counted[settled[component]] += rows[component]
    free = {component: rows[component] for component in set(root.values()) - settled.keys()}
    split_of = settled | _shared_out(free, counted, settings)
    origin_of = (
        dict.fromkeys(free, "share") | dict.fromkeys(settled, "inherited") | dict.fromkeys(zero_shot, "zero_shot")
    )
    families = root.items()
    return Division({name: split_of[at] for name, at in families}, {name: origin_of[at] for name, at in families}, gone)


def ties(place: Place) -> Iterator[str]:
    """Yield what a row shares with whatever must stand in its split."""
    yield f"family {place.family}"
    yield from _own(place)
    yield from _from(place)


def _from(place: Place) -> Iterator[str]:
    return (f"source {source}" for source in place.sources)


def _own(place: Place) -> Iterator[str]:
    """Yield what makes a row the same as one that was published, surest first."""
    yield f"id {place.id}"
    yield from ([f"picture {place.picture}"] if place.picture else [])
    yield from ([f"cluster {place.cluster}"] if place.cluster is not None else [])


def _inherited(places: Iterable[Place], root: Mapping[str, str], published: Mapping[str, str]) -> dict[str, str]:
    """Return the split of each component of which something was published."""
    found: dict[str, str] = {}
    for place in places if published else ():
        for split in filter(None, map(published.get, ties(place))):
            found[root[place.family]] = stronger(found.get(root[place.family]), split)
    return found


def stronger(one: str | None, other: str) -> str:
    """Return the split that wins of two; one may be none."""
    return other if one is None else min(one, other, key=STRONGEST_FIRST.index)


def _leaving(
    places: Iterable[Place], root: Mapping[str, str], settled: Mapping[str, str], published: Mapping[str, str]
) -> Iterator[str]:
    """Yield the ids of rows that were trained on, in components that must not be."""
    for place in places if published else ():
        if settled.get(root[place.family], "train") != "train" and _was_trained_on(place, published):
            yield place.id


def _was_trained_on(place: Place, published: Mapping[str, str]) -> bool:
    return next(filter(None, map(published.get, _own(place))), None) == "train"


def _shared_out(rows: Mapping[str, int], settled: Mapping[str, int], settings: SplitSettings) -> dict[str, str]:
    """Return the split of each new component; `settled` says how many rows each split has without them."""
    shares = {name: share for name, share in (("test", settings.test), ("validation", settings.validation)) if share}
    total = sum(rows.values()) + sum(settled.values())
    free = sorted(rows, key=lambda component: _shuffled(component, settings.seed))
    empty = [name for name in ("train", *shares) if not settled.get(name)][: len(free)]
    split_of: dict[str, str] = {}
    for name, share in shares.items():
        empty_before = name in empty
        empty = [other for other in empty if other != name]
        budget = share * total - settled.get(name, 0)
        taken = _fitting({one: rows[one] for one in free}, budget, at_least_one=empty_before)[: len(free) - len(empty)]
        if empty_before or settled.get(name):  # else there are too few components for this split
            split_of |= dict.fromkeys(taken, name)
            free = [component for component in free if component not in split_of]
    return split_of | dict.fromkeys(free, "train")


def _fitting(rows: Mapping[str, int], budget: float, *, at_least_one: bool) -> Sequence[str]:
    """Return the components that fit into `budget` rows, in their order; the smallest one where none does and must."""
    taken, filled = [], 0
    for component, count in rows.items():
        if filled + count <= budget:
            taken.append(component)
            filled += count
    return taken or ([min(rows, key=lambda component: rows[component])] if at_least_one else [])


def _shuffled(family: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{family}".encode()).hexdigest()


def _components(places: Iterable[Place]) -> dict[str, str]:
    """Return the component of each family, named by its first one."""
    number: dict[str, int] = {}
    digests, owners = bytearray(), array("L")
    for place in places:
        owner = number.setdefault(place.family, len(number))
        for tie in (*_own(place), *_from(place)):
            digests += hashlib.blake2b(tie.encode(), digest_size=16).digest()
            owners.append(owner)
    parent, names = {family: family for family in number}, list(number)
    for one, other in _tied(digests, owners):
        join(parent, names[one], names[other])
    return {family: root_of(parent, family) for family in parent}


def _tied(digests: bytearray, owners: "array[int]") -> Iterator[tuple[int, int]]:
    """Yield different owners of the same digest, two by two; of millions of ties some bytes each are held."""
    ties, each = np.frombuffer(digests, "u8").reshape(-1, 2), np.array(owners)
    order = np.lexsort(ties.T)
    one, other = order[1:], order[:-1]
    is_tied = (ties[one] == ties[other]).all(axis=1) & (each[one] != each[other])
    yield from zip(each[one[is_tied]].tolist(), each[other[is_tied]].tolist(), strict=True)
