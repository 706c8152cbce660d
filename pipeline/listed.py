"""Listed: what of `1-figures` the sources list now, apart from what came of older states, which is history.

A file that changed is a new item beside the old one, and what the old one came to stays in its part. The stamp of a
part names its items in the order of its rows, with how many rows each has on every side.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, compress, repeat
from typing import Any

from pipeline import ledger, store
from pipeline.engine import read_stamps
from pipeline.store import Counts, Stamp, part_path, read_rows
from pipeline.workspace import FIGURES, Workspace


def gone_items(workspace: Workspace) -> set[str]:
    """Return the locators of the items that the sources no longer list."""
    with ledger.reading(workspace.ledger) as book:
        return {locator for locators in book.gone().values() for locator in locators}


def listed_counts(workspace: Workspace, stamps: Mapping[int, Stamp]) -> Iterator[Counts]:
    """Yield sums that together are that of the items that the sources list."""
    gone = gone_items(workspace)
    for stamp in stamps.values():
        if gone.isdisjoint(item["locator"] for item in stamp.extra["items"]):
            yield stamp.counts
            continue
        for item in stamp.extra["items"]:
            if item["locator"] not in gone:
                left = sum(item["dropped"].values()) + sum(item["failed"].values())
                yield Counts(item["rows"] + left, 0, item["rows"], dropped=item["dropped"], failed=item["failed"])


def listed_parts(workspace: Workspace) -> Iterator[tuple[int, list[bool]]]:
    """Yield each part's number and, row by row, whether the sources list its item."""
    gone = gone_items(workspace)
    for number, stamp in read_stamps(workspace, FIGURES).items():
        yield number, [item["locator"] not in gone for item in stamp.extra["items"] for _ in range(item["rows"])]


def left_of(workspace: Workspace, stage: str, side: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (part number, row) of what was dropped, held or failed at a stage; at the first, of what is listed."""
    folder = workspace.stage(stage)
    if stage != FIGURES:
        yield from store.read_side(folder, side)
        return
    gone = gone_items(workspace)
    for number, stamp in read_stamps(workspace, FIGURES).items():
        counted = ((item, sum(item.get(side, {}).values())) for item in stamp.extra["items"])
        listed = (item["locator"] not in gone for item, rows in counted for _ in range(rows))
        # what the stamp doesn't count, since a kill came between two files of a part, is shown
        rows = compress(read_rows(part_path(folder / side, number)), chain(listed, repeat(True)))
        yield from ((number, row) for row in rows)
