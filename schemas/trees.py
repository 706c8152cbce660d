"""Trees: which values of a column are of one kind, so that one may be a wrong answer for another; data in `trees/`.

Within a branch the common stands before the rare. Columns of the files: id, value (the column's word; of a branch, its
name), above (the id of the branch), use (`both`; `never`: is seen in too many pictures to be wrong, so it would be
right wherever it is offered, and isn't asked for; `wrong`: is never a column's value; `branch`), related (values that
may be true of a picture together with this one: its kinds and parts, what it is a kind or part of). `together.tsv` adds
what is used or seen with each other, by group.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
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


def _cells(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        told = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(told, delimiter="\t", quoting=csv.QUOTE_NONE)


def _rows(field: str) -> Iterator[Node]:
    for row in _cells(field):
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
    return _kin(field).get(value, frozenset({value}))


def relatives(field: str, value: str) -> frozenset[str]:
    """Return the kinds and parts of a value, what it is one of, and itself; not what is only seen together with it."""
    node = values(field).get(value)
    return frozenset({value}) | (node.related if node else frozenset())


@cache
def _kin(field: str) -> Mapping[str, frozenset[str]]:
    found = {value: {value, *node.related} for value, node in values(field).items()}
    for one, other in _together(field):
        found[one].add(other)
        found[other].add(one)
    return {value: frozenset(known) for value, known in found.items()}


def _together(field: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of `together.tsv`: each of a group with each, or with each of another group."""
    for row in _cells("together"):
        if row["field"] == field:
            one = _members(field, row["one"])
            yield from product(one, _members(field, row["with"]) if row["with"] else one)


def _members(field: str, cell: str) -> list[str]:
    """Return the values that a cell names: their words, or @ and the id of a branch, for all below it."""
    named = cell.split("|")
    below = (value for each in named if each[:1] == "@" for value in _below(field, each[1:]))
    return [*(each for each in named if each[:1] != "@"), *below]


@cache
def rings(field: str, value: str) -> tuple[tuple[str, ...], ...]:
    """Return what may be a wrong answer beside a value: first its own branch, then each wider one, without its kin.

    >>> [len(ring) for ring in rings("modality", "electron microscopy")]
    [5]
    """
    node, found = values(field).get(value), list[tuple[str, ...]]()
    if node is None or node.use != "both":
        return ()
    known = set(kin(field, value))
    branch = node.above
    while branch:
        ring = tuple(one for one in _below(field, branch) if one not in known and values(field)[one].use != "never")
        found.append(ring)
        known |= set(ring)
        branch = branches(field)[branch].above if branch in branches(field) else ""
    return tuple(found)


@cache
def _below(field: str, branch: str) -> tuple[str, ...]:
    """Return the values of a branch and of all those below it."""
    inner = {branch}
    while more := {node.id for node in branches(field).values() if node.above in inner} - inner:
        inner |= more
    return tuple(node.value for node in values(field).values() if node.above in inner)
