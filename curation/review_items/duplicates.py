"""Duplicates: pairs of panels that may show the same picture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from curation.review_items.joined import JoinedPanel, filed, joined_panels, told_of
from pipeline.seen import seen_of_pair
from pipeline.store import part_path, read_rows
from pipeline.workspace import GROUPS, Workspace
from schemas.manifest import Queue
from schemas.review import ReviewItem


class _Pair(NamedTuple):
    """Two panels, the one with the lower id first."""

    one: str
    other: str
    doubt: dict[str, Any]
    """What the pixels say of them, and how nearly they don't."""


def items(queue: Queue, workspace: Workspace) -> Iterator[ReviewItem]:
    """Yield an item for each doubtful pair, in the order of its ids."""
    pairs = _pairs(workspace)
    wanted = {key for pair in pairs for key in (pair.one, pair.other)}
    found = _found(workspace, wanted) if wanted else {}
    for pair in pairs:
        if pair.one in found and pair.other in found:
            yield _item(queue, pair, found[pair.one], found[pair.other])


def _pairs(workspace: Workspace) -> list[_Pair]:
    pairs: dict[tuple[str, str], _Pair] = {}
    for row in read_rows(part_path(workspace.stage(GROUPS), 0), batch=1024):
        for doubt in row["doubts"]:
            low, high = sorted((row["id"], doubt["id"]))
            if low != high:
                pairs[low, high] = _Pair(low, high, doubt)
    return [pairs[key] for key in sorted(pairs)]


def _found(workspace: Workspace, wanted: set[str]) -> dict[str, JoinedPanel]:
    places = (
        (row["part"], row["id"]) for row in read_rows(part_path(workspace.stage(GROUPS), 0), ["part", "id"], batch=4096)
    )
    parts = sorted({part for part, key in places if key in wanted})
    found: dict[str, JoinedPanel] = {}
    for number in parts:
        for one in joined_panels(workspace, number):
            if one.panel["id"] in wanted:
                found.setdefault(one.panel["id"], one)
    return found


def _item(queue: Queue, pair: _Pair, one: JoinedPanel, other: JoinedPanel) -> ReviewItem:
    return ReviewItem(
        **filed(queue, one),
        origin="duplicates",
        stage=GROUPS,
        id=pair.one,
        field=f"same:{pair.other}",
        content_hash=seen_of_pair(_seen(one), _seen(other)),
        question="Do these two show the same picture?",
        shown={
            **told_of(one),
            "value": pair.doubt["kind"],
            "other": told_of(other),
            "distance": pair.doubt["distance"],
            "correlation": pair.doubt["correlation"],
            "share": pair.doubt["share"],
        },
        pictures=(one.place, other.place),
    )


def _seen(one: JoinedPanel) -> tuple[Mapping[str, Any], Sequence[int]]:
    return one.figure, one.panel["box"]
