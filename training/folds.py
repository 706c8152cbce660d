"""Folds: which images are the training part and which are the test part, the same each time, wherever the data lie.

A split that was published wins: that of a dataset of bricks, folders `train` and `test`, or names that begin with one.
Its test part is `test`, or `validation` where there is no `test`. Otherwise each set is split by groups of pictures
that look alike: a quarter of its images of each kind (grey or coloured, dark or bright) is the test part. Of a set
below 15 images it is a third in turn (`fold` 0, 1, 2), cut from the row of names: neighbours in a stack look alike too.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.union import join, root_of
from schemas.errors import PixelError, UsageError
from training.sample_entries import Entry, entries_at
from training.samples import Part, picture_of

TEST_SHARE: Final = 0.25
FEW_IMAGES: Final = 15
FOLDS: Final = 3
ALIKE_BITS: Final = 8
"""Of 64 in imagehash's phash: pictures that differ in no more are one group."""

_COLOURED, _BRIGHT = 8, 127
"""Mean difference between a pixel's colours, and mean brightness, above which a picture counts as one."""


class Look(NamedTuple):
    """What of a picture decides how its set is split."""

    bits: npt.NDArray[np.bool_]
    """imagehash's phash, (64,)."""
    kind: tuple[bool, bool]
    """Whether it is coloured, and whether it is bright."""


def entries_of(data: Path, part: Part, *, fold: int = 0) -> list[Entry]:
    """Return the images of a part.

    Raises:
        UsageError: there is nothing of the kind, or no such fold.
    """
    found = entries_at(data)
    if part == "all":
        return found
    tested = held_out(found, fold=fold)
    if part == "test":
        return [entry for entry in found if entry in tested]
    return [entry for entry in found if entry not in tested and entry.said != "validation"]


def held_out(entries: Sequence[Entry], *, fold: int = 0, look: Callable[[Entry], Look] | None = None) -> set[Entry]:
    """Return the entries that are the test part; those that are said to be `validation` beside a `test` are in neither.

    Raises:
        UsageError: there is no such fold.
    """
    if not 0 <= fold < FOLDS:
        raise UsageError(f"there is no fold {fold}.", where="--fold", mend=f"Use 0 to {FOLDS - 1}.")
    tested: set[Entry] = set()
    for _, together in groupby(sorted(entries, key=_scope), _scope):
        members = list(together)
        said = {entry.said for entry in members}
        if ("train" in said and len(said) > 1) or members[0].is_published or said == {"test"}:
            held = "test" if "test" in said else "validation"
            tested.update(entry for entry in members if entry.said == held)
        else:
            tested.update(_chosen(members, fold, look or look_of))
    return tested


def _scope(entry: Entry) -> str:
    return "" if entry.is_published else f"/{entry.dataset}"


def _chosen(members: Sequence[Entry], fold: int, look: Callable[[Entry], Look]) -> list[Entry]:
    """Return the test part of a set that nobody has split."""
    looks = [look(entry) for entry in members]
    groups = alike([each.bits for each in looks])
    if len(members) < FEW_IMAGES:
        return [members[at] for at in _third(groups, fold)]
    kinds: dict[tuple[bool, bool], list[list[int]]] = {}
    for group in groups:
        kinds.setdefault(looks[group[0]].kind, []).append(group)
    return [members[at] for alike_in_kind in kinds.values() for at in _quarter(alike_in_kind, members)]


def _quarter(groups: Sequence[list[int]], members: Sequence[Entry]) -> list[int]:
    """Return the images of whole groups, drawn by their names, up to a quarter of them all."""
    most = ceil(TEST_SHARE * sum(map(len, groups)))
    taken: list[int] = []
    for group in sorted(groups, key=lambda group: _drawn([members[at] for at in group])):
        if len(taken) + len(group) <= most:
            taken.extend(group)
    return taken


def _third(groups: Sequence[Sequence[int]], fold: int) -> list[int]:
    """Return the images of one third of a set, whole groups in the order of their first image."""
    count = sum(map(len, groups))
    low, high = (round(count * at / FOLDS) for at in (fold, fold + 1))
    before = 0
    taken: list[int] = []
    for group in groups:
        if low <= before < high:
            taken.extend(group)
        before += len(group)
    return sorted(taken)


def _drawn(group: Sequence[Entry]) -> str:
    """Return what a group is drawn by: a digest of its names, so that neither path nor clock has a say."""
    return min(hashlib.sha256(f"{entry.dataset}/{entry.name}".encode()).hexdigest() for entry in group)


def alike(bits: Sequence[npt.NDArray[np.bool_]]) -> list[list[int]]:
    """Return groups of pictures, by their numbers, that hang together by pairs of at most `ALIKE_BITS` differences."""
    parents = list(range(len(bits)))
    words = np.packbits(np.array(bits, np.bool_).reshape(-1, 64), axis=1).view(np.uint64)[:, 0]
    for one in range(1, len(bits)):
        for other in np.flatnonzero(np.bitwise_count(words[:one] ^ words[one]) <= ALIKE_BITS).tolist():
            join(parents, one, other)
    groups: dict[int, list[int]] = {}
    for at in range(len(bits)):
        groups.setdefault(root_of(parents, at), []).append(at)
    return sorted(groups.values())


def look_of(entry: Entry) -> Look:
    """Return how a picture looks; one that can't be read looks like no other."""
    import imagehash

    try:
        picture = picture_of(entry)
    except (PixelError, OSError):
        digest = hashlib.sha256(f"{entry.dataset}/{entry.name}".encode()).digest()[:8]
        return Look(np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.bool_), (False, False))
    grey = Image.fromarray(picture).convert("L")
    coloured = float((picture.max(axis=2) - picture.min(axis=2)).mean()) > _COLOURED
    return Look(imagehash.phash(grey).hash.ravel(), (coloured, float(np.asarray(grey).mean()) > _BRIGHT))
