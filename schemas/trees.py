"""Trees: which values of a column are of one kind, so that one may be a wrong answer for another; data in `trees/`.

Within a branch the common stands before the rare. Columns of the files: id, value (the column's word; of a branch, its
name), above (the id of the branch), use (`both`; `answer`: may be right, but is seen in too many pictures to be wrong;
`wrong`: is never a column's value; `branch`), related (values that may be true of a picture together with this one: its
kinds and parts, what it is a kind or part of, what it is used or seen with).
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "trees"
FIELDS = (
    "modality", "submodality", "domain", "subdomain", "stain", "organism", "tissue", "cell_type", "organelle",
)  # fmt: skip
"""The columns that have a tree."""


class Node(NamedTuple):
    """A value, or a branch."""

    id: str
    value: str
    above: str
    """The id of the branch it belongs to; "" for a branch at the top."""
    use: str
    related: frozenset[str]


def _rows(field: str) -> Iterator[Node]:
    with (FOLDER / f"{field}.tsv").open(encoding="utf-8", newline="") as file:
        told = (line for line in file if not line.startswith("#"))
        for row in csv.DictReader(told, delimiter="\t", quoting=csv.QUOTE_NONE):
            related = frozenset(filter(None, row["related"].split("|")))
            yield Node(row["id"], row["value"], row["above"], row["use"], related)


@cache
def values(field: str) -> Mapping[str, Node]:
    """Return the values of a column by their word."""
    return {node.value: node for node in _rows(field) if node.use != "branch"}


@cache
def branches(field: str) -> Mapping[str, Node]:
    """Return the branches of a column's tree by their id."""
    return {node.id: node for node in _rows(field) if node.use == "branch"}


def kin(field: str, value: str) -> frozenset[str]:
    """Return the values that may be true together with one, itself among them; of an unknown one, itself.

    >>> sorted(kin("modality", "light microscopy"))
    ['brightfield microscopy', 'fluorescence microscopy', 'light microscopy']
    """
    node = values(field).get(value)
    return frozenset({value}) | (node.related if node else frozenset())


@cache
def rings(field: str, value: str) -> tuple[tuple[str, ...], ...]:
    """Return what may be a wrong answer beside a value: first its own branch, then each wider one, without its kin.

    >>> [len(ring) for ring in rings("tissue", "sciatic nerve")]
    [3, 15]
    """
    node, found = values(field).get(value), list[tuple[str, ...]]()
    if node is None or node.use == "wrong":
        return ()
    known = set(kin(field, value))
    branch = node.above
    while branch:
        ring = tuple(one for one in _below(field, branch) if one not in known)
        found.append(ring)
        known |= set(ring)
        branch = branches(field)[branch].above if branch in branches(field) else ""
    return tuple(found)


@cache
def _below(field: str, branch: str) -> tuple[str, ...]:
    """Return the values of a branch and of those below it that may be wrong answers."""
    inner = {branch} | {node.id for node in branches(field).values() if node.above == branch}
    return tuple(node.value for node in values(field).values() if node.above in inner and node.use != "answer")
