"""Union: the roots of a union-find forest, whose parents are kept in a list or a dict."""

from typing import Protocol, TypeVar

_Node = TypeVar("_Node")
_Named = TypeVar("_Named", int, str)


class Parents(Protocol[_Node]):
    """The parent of each node; a root is its own."""

    def __getitem__(self, node: _Node, /) -> _Node: ...

    def __setitem__(self, node: _Node, parent: _Node, /) -> None: ...


def root_of(parents: Parents[_Node], node: _Node) -> _Node:
    """Return the root of `node`, and halve the way to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


def join(parents: Parents[_Named], one: _Named, other: _Named) -> None:
    """Make the trees of two nodes one; its root is the lesser of theirs, so the order of joining doesn't matter."""
    low, high = sorted((root_of(parents, one), root_of(parents, other)))
    parents[high] = low
