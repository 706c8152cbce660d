"""Reading orders: boxes row by row or column by column, and whether the two are one."""

from collections.abc import Sequence

from schemas.records import Box

_RAGGED = 8
"""Part of a box's side by which it may reach past a line between rows or columns."""


def reading_orders(boxes: Sequence[Box]) -> set[tuple[int, ...]]:
    """Return the orders in which one may read boxes, by their places: one where rows and columns say the same.

    >>> reading_orders([(0, 0, 9, 9), (10, 0, 19, 9), (0, 10, 19, 19)])
    {(0, 1, 2)}
    >>> sorted(reading_orders([(0, 0, 9, 9), (10, 0, 19, 9), (0, 10, 9, 19), (10, 10, 19, 19)]))
    [(0, 1, 2, 3), (0, 2, 1, 3)]
    """
    every = range(len(boxes))
    return {tuple(_ordered(boxes, every, axis)) for axis in (1, 0)}


def is_line(boxes: Sequence[Box]) -> bool:
    """Return whether boxes stand in one row or in one column."""
    return any(len(_parted(boxes, range(len(boxes)), axis)) == len(boxes) for axis in (0, 1))


def _ordered(boxes: Sequence[Box], chosen: Sequence[int], axis: int) -> list[int]:
    """Return boxes in the order of what lines across `axis` part them into, else of what lines along it do."""
    for one in (axis, 1 - axis):
        parts = _parted(boxes, chosen, one)
        if len(parts) > 1:
            return [place for part in parts for place in _ordered(boxes, part, axis)]
    return sorted(chosen, key=lambda place: (boxes[place][axis], boxes[place][1 - axis]))


def _parted(boxes: Sequence[Box], chosen: Sequence[int], axis: int) -> list[list[int]]:
    """Return boxes in the parts between which a straight line passes: rows where axis is 1, columns where it is 0."""
    parts: list[list[int]] = []
    end = 0.0
    for place in sorted(chosen, key=lambda place: boxes[place][axis]):
        start, stop = boxes[place][axis], boxes[place][axis + 2]
        slack = (stop - start) / _RAGGED
        if not parts or start + slack >= end:
            parts.append([])
        parts[-1].append(place)
        end = max(end, stop - slack)
    return parts
