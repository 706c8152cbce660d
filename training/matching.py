"""Matching: overlap of masks with the truth: IoU, Dice, and segmentation accuracy after one-to-one matching.

Segmentation accuracy is what micro-sam takes from python-elf: SA(t) = TP / (TP + FP + FN) where masks are matched one
to one so that most pairs have an IoU of t or more; mSA is its mean over t = .50, .55 … .95. Masks may overlap each
other. A region holds the pixels of a mask in its box, so that hundreds of masks of a large image take little room.

Shapes: H, W = rows and columns of the image; h, w = those of a box; P = predicted masks; T = true ones.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.bool_]
Table = npt.NDArray[np.float64]

THRESHOLDS: Final = tuple(np.arange(0.5, 1.0, 0.05).tolist())
"""IoU from which a pair counts: .50, .55 … .95, with python-elf's own rounding: some are a bit above, such as .6."""


class Region(NamedTuple):
    """The pixels of a mask in the smallest box around them."""

    top: int
    left: int
    pixels: Pixels
    """(h, w); (0, 0) of an empty mask."""

    @property
    def area_px(self) -> int:
        """Return how many pixels it has."""
        return int(np.count_nonzero(self.pixels))


class Counts(NamedTuple):
    """How many masks found a partner at one threshold, and how many on either side did not."""

    hits: int
    extra: int
    """Predicted without a partner: false positives."""
    missed: int
    """True ones without a partner: false negatives."""

    @property
    def accuracy(self) -> float:
        """Return SA = TP / (TP + FP + FN); 1 where there is nothing and nothing was predicted."""
        return self.hits / sum(self) if sum(self) else 1.0

    @property
    def f1(self) -> float:
        """Return 2 TP / (2 TP + FP + FN)."""
        both = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / both if both else 1.0


def region_of(mask: Pixels, top: int = 0, left: int = 0) -> Region:
    """Return the region of a mask (H, W), which lies `top`, `left` in its image."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return Region(0, 0, np.zeros((0, 0), np.bool_))
    inside = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Region(top + int(rows[0]), left + int(columns[0]), mask[inside].copy())


def regions_of(labels: npt.NDArray[Any]) -> list[Region]:
    """Return the regions of a label map (H, W), by number; 0 is background."""
    from scipy.ndimage import find_objects

    numbers, at = np.unique(labels, return_inverse=True)
    places = at.reshape(labels.shape) + (numbers[0] != 0)  # 0 is background, the others 1, 2, 3 …
    found = enumerate(find_objects(places), start=1)
    return [Region(box[0].start, box[1].start, places[box] == number) for number, box in found if box is not None]


def intersection_px(one: Region, other: Region) -> int:
    """Return how many pixels two regions share."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom = min(one.top + one.pixels.shape[0], other.top + other.pixels.shape[0])
    right = min(one.left + one.pixels.shape[1], other.left + other.pixels.shape[1])
    if bottom <= top or right <= left:
        return 0
    parts = [
        each.pixels[top - each.top : bottom - each.top, left - each.left : right - each.left] for each in (one, other)
    ]
    return int(np.count_nonzero(parts[0] & parts[1]))


def iou_of(one: Region, other: Region) -> float:
    """Return the intersection over the union of two regions; 1 of two empty ones."""
    shared = intersection_px(one, other)
    union = one.area_px + other.area_px - shared
    return shared / union if union else 1.0


def dice_of(iou: Table) -> Table:
    """Return Dice = 2 |A n B| / (|A| + |B|) = 2 IoU / (1 + IoU)."""
    return 2 * iou / (1 + iou)


def iou_table(predicted: Sequence[Region], truth: Sequence[Region]) -> Table:
    """Return the IoU of each predicted mask with each true one, (P, T); pairs whose boxes don't meet cost nothing."""
    table = np.zeros((len(predicted), len(truth)))
    if not predicted or not truth:
        return table
    ours, theirs = _boxes(predicted), _boxes(truth)
    areas = [np.array([each.area_px for each in side], np.int64) for side in (predicted, truth)]
    meet = (ours[:, None, :2] < theirs[None, :, 2:]).all(2) & (theirs[None, :, :2] < ours[:, None, 2:]).all(2)
    for row, column in np.argwhere(meet):
        shared = intersection_px(predicted[row], truth[column])
        table[row, column] = shared / (areas[0][row] + areas[1][column] - shared) if shared else 0.0
    return table


def _boxes(regions: Iterable[Region]) -> npt.NDArray[np.int64]:
    """Return (top, left, bottom, right) of each."""
    each = [(one.top, one.left, one.top + one.pixels.shape[0], one.left + one.pixels.shape[1]) for one in regions]
    return np.array(each, np.int64).reshape(-1, 4)


def counts_at(table: Table, threshold: float) -> Counts:
    """Return how many pairs of a table (P, T) match at a threshold, one to one, as many as can be (Hungarian)."""
    from scipy.optimize import linear_sum_assignment

    many, true = table.shape
    enough = table >= threshold
    if not enough.any():
        return Counts(0, many, true)
    # As in python-elf: a pair at the threshold outweighs any sum of overlaps, which only decides between equal counts.
    rows, columns = linear_sum_assignment(-(enough + table / (2 * min(table.shape))))
    hits = int(np.count_nonzero(enough[rows, columns]))
    return Counts(hits, many - hits, true - hits)


def accuracies(table: Table) -> tuple[float, float]:
    """Return (SA at .5, mSA) of one image."""
    each = [counts_at(table, threshold).accuracy for threshold in THRESHOLDS]
    return each[0], float(np.mean(each))
