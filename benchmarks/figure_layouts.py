"""Figure layouts: where the panels of a made figure lie, after real figures or by a rule.

A layout is a tree of cuts with the sizes of its parts; a gutter is put in when it is laid out, so that one layout
serves for every gutter, none included. Boxes are (left, top, right, bottom) in pixels.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

Box = tuple[int, int, int, int]

_SLACK = 0.02
"""Part of a figure's side by which boxes drawn by hand may overlap and still lie side by side."""
_LEAST_PX = 48


class Layout(NamedTuple):
    """A panel, or parts side by side (axis 0: left to right, 1: top to bottom) with their share of the length."""

    axis: int = 0
    parts: tuple[tuple[float, "Layout"], ...] = ()

    def boxes(self, box: Box, gutter_px: int) -> Iterator[Box]:
        """Yield the boxes of the panels in `box`, `gutter_px` apart."""
        if not self.parts:
            yield box
            return
        start, end = box[self.axis], box[self.axis + 2]
        free = end - start - gutter_px * (len(self.parts) - 1)
        whole, done = sum(share for share, _ in self.parts), 0.0
        for at, (share, part) in enumerate(self.parts):
            inner = list(box)
            inner[self.axis] = start + round(free * done / whole) + at * gutter_px
            done += share
            inner[self.axis + 2] = start + round(free * done / whole) + at * gutter_px
            yield from part.boxes((inner[0], inner[1], inner[2], inner[3]), gutter_px)


PANEL = Layout()


def row(*parts: Layout) -> Layout:
    """Return parts of one width side by side."""
    return Layout(0, tuple((1.0, part) for part in parts))


def column(*parts: Layout) -> Layout:
    """Return parts of one height below each other."""
    return Layout(1, tuple((1.0, part) for part in parts))


def grid(across: int, down: int) -> Layout:
    """Return a grid of equal panels."""
    return column(*[row(*[PANEL] * across)] * down) if down > 1 else row(*[PANEL] * across)


def nested(rng: random.Random) -> Layout:
    """Return a large panel beside smaller ones, either way round."""
    small = rng.choice((column, row))(*[PANEL] * rng.randint(2, 3))
    parts = [(rng.uniform(1, 2), PANEL), (1.0, small)]
    rng.shuffle(parts)
    return Layout(1 - small.axis, tuple(parts))


def real_layouts(file: Path) -> list[tuple[Layout, float]]:
    """Return the layouts of real figures with their aspect (width by height), where cuts from side to side make them.

    `file` has a line a panel: figure, left, top, right, bottom, and more.
    """
    figures: dict[str, list[Box]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.reader(lines):
            left, top, right, bottom = (int(value) for value in line[1:5])
            figures[line[0]].append((left, top, right, bottom))
    layouts = []
    for boxes in (figures[name] for name in sorted(figures)):
        hull = _hull(boxes)
        wide, tall = hull[2] - hull[0], hull[3] - hull[1]
        tree = _tree(boxes, _SLACK * max(wide, tall))
        if tree is not None and min(wide, tall) > _LEAST_PX and len(boxes) > 1:
            layouts.append((tree, wide / tall))
    return layouts


def _hull(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _tree(boxes: Sequence[Box], slack_px: float) -> Layout | None:
    if len(boxes) == 1:
        return PANEL
    for axis in (1, 0):
        groups = _groups(boxes, axis, slack_px)
        if len(groups) > 1:
            parts = [_tree(group, slack_px) for group in groups]
            hulls = [_hull(group) for group in groups]
            sizes = [float(hull[axis + 2] - hull[axis]) for hull in hulls]
            if any(part is None for part in parts) or min(sizes) <= 0:
                return None
            return Layout(axis, tuple((size, part) for size, part in zip(sizes, parts, strict=True) if part))
    return None


def _groups(boxes: Sequence[Box], axis: int, slack_px: float) -> list[list[Box]]:
    """Return the boxes in groups that lie one after the other along an axis."""
    groups: list[list[Box]] = []
    end = float("-inf")
    for box in sorted(boxes, key=lambda box: box[axis]):
        if not groups or box[axis] > end - slack_px:
            groups.append([])
        groups[-1].append(box)
        end = max(end, box[axis + 2])
    return groups
