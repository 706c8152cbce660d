"""Points: the clicks a mask is asked for with, drawn from the truth along the object's boundary (the paper's SBR).

Semantic boundary regularisation, as stated for a frame of 1024 px; all radii scale with the frame's side, and r below
is 10 px there, 5 px at 512:

* a positive: uniform in the mask eroded r times with a 3 x 3 cross (what lies outside the picture is background);
* a negative: uniform in the ring 0.9 r <= d <= 1.1 r (at least half a pixel to both sides) from the object's inner
  contour, outside this object's mask. With ring `paper` it may fall on a neighbour, as published; with `strict` it
  never does.

Where that has too few pixels the next pool is asked, and the count says so: positives `positive_centroid` (the whole
centroid, where it lies inside), `positive_anywhere` in the mask, `positive_none` (padding); negatives `negative_beyond`
(outside the mask dilated r times), `negative_anywhere` outside the mask, `negative_none`. A positive is always inside
its object; the published one may not be: the centroid of a crescent isn't.

Nothing here looks at the whole picture for one object, save where the last pools are asked: d outside a mask is the
distance to its nearest pixel, which is always one of the contour, so one transform on the object's box, widened by the
ring, tells the ring; and r erosions with a cross keep the pixels whose taxicab distance to the background is above r.

Shapes: S = side; P = objects; N = points of each; 2 = (x, y) in pixels, the top left one's centre at the origin.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from training.frame import PAPER_SIDE_PX, Points

RADIUS_PX: Final = 10.0
"""Erosions and middle of the ring at 1024 px; the ring reaches a tenth to both sides, and half a pixel at least."""

Ring = Literal["paper", "strict", "random"]
"""Where negatives fall: in the ring, on neighbours too; in it, but on background; anywhere outside the object."""

_LEAST_HALF_PX: Final = 0.5
"""Half the ring's width is never less: pixels are whole steps apart, and a thinner ring may hold none."""
_LARGEST: Final = 65_535

Labels = npt.NDArray[np.int32]
_Mask = npt.NDArray[np.bool_]
_Pool = tuple[str, Callable[[], npt.NDArray[np.intp]]]
"""A fall-back's name, and what makes its pixels (n, 2) as [row, column]."""


class Prompts(NamedTuple):
    """Clicks on P objects, N on each."""

    points: Points
    """(P, N, 2) float32: x and y in pixels of the frame."""
    labels: npt.NDArray[np.int64]
    """(P, N): 1 on the object, 0 beside it, -1 no point."""


class Radii(NamedTuple):
    """The method's lengths in pixels of one frame."""

    erosions: int
    ring: tuple[float, float]

    @classmethod
    def at(cls, side_px: float) -> "Radii":
        """Return the radii for a frame whose side is `side_px`."""
        radius = RADIUS_PX * side_px / PAPER_SIDE_PX
        half = max(0.1 * radius, _LEAST_HALF_PX)
        return cls(max(1, round(radius)), (radius - half, radius + half))


class _Object(NamedTuple):
    """One object: its mask and the ids around it in its box, widened so that the ring fits."""

    mask: _Mask
    ids: Labels
    corner: tuple[int, int]
    """Row and column of the box in the frame."""


def boundary_prompts(  # noqa: PLR0913 - the numbers of points and the ring are what the method is asked about
    labels: Labels,
    ids: Sequence[int] | npt.NDArray[np.integer],
    rng: np.random.Generator,
    *,
    positives: int = 1,
    negatives: int = 3,
    ring: Ring = "paper",
    side_px: int | None = None,
) -> tuple[Prompts, "Counter[str]"]:
    """Return clicks on the objects `ids` of `labels` (S, S), positives first, and how often each fall-back was taken.

    `side_px` is the side of the frame where `labels` is only a part cut out of it.
    """
    radii = Radii.at(side_px or max(labels.shape))
    counts: Counter[str] = Counter()
    points = np.zeros((len(ids), positives + negatives, 2), np.float32)
    signs = np.tile(np.repeat(np.array([1, 0]), [positives, negatives]), (len(ids), 1))
    for row, (number, seen) in enumerate(zip(ids, _objects(labels, ids, radii), strict=True)):
        inside = _positive_pools(seen, radii)
        outside = _negative_pools(labels, int(number), seen, radii, ring)
        drawn = [*_drawn(inside, positives, rng, counts), *_drawn(outside, negatives, rng, counts)]
        for column, pixel in enumerate(drawn):
            if pixel is None:
                signs[row, column] = -1
            else:
                points[row, column] = pixel[1], pixel[0]
    return Prompts(points, signs.astype(np.int64)), counts


def ids_in(labels: Labels) -> npt.NDArray[np.int32]:
    """Return the ids that `labels` holds, background left out, in order."""
    found = np.unique(labels)
    return found[found > 0]


def _objects(labels: Labels, ids: Sequence[int] | npt.NDArray[np.integer], radii: Radii) -> Iterator[_Object]:
    """Yield each object in its widened box; ids may be as large as 32 bits hold."""
    from scipy import ndimage

    named, numbers = _few(labels)
    boxes = ndimage.find_objects(named)
    margin = int(radii.ring[1]) + 2
    for number in ids:
        at = numbers.get(int(number), 0) if numbers else int(number)
        box = boxes[at - 1] if 0 < at <= len(boxes) else None
        if box is None:
            raise ValueError(f"there is no object {number} to click on")
        rows, columns = (
            slice(max(0, side.start - margin), min(size, side.stop + margin))
            for side, size in zip(box, labels.shape, strict=True)
        )
        near = labels[rows, columns]
        yield _Object(near == number, near, (rows.start, columns.start))


def _few(labels: Labels) -> tuple[Labels, dict[int, int]]:
    """Return labels with small numbers, and the new one of each; scipy makes a list as long as the largest number."""
    if labels.max(initial=0) <= _LARGEST:
        return labels, {}
    known, renamed = np.unique(labels, return_inverse=True)
    first = int(np.searchsorted(known, 1))  # the background, if there is some, stays 0
    small = (renamed.reshape(labels.shape) + 1 - first).astype(np.int32)
    return small, {int(number): at for at, number in enumerate(known[first:], start=1)}


def _positive_pools(seen: _Object, radii: Radii) -> Iterator[_Pool]:
    from scipy import ndimage

    padded = np.pad(seen.mask, 1)  # outside the picture is background

    def eroded() -> npt.NDArray[np.intp]:
        depth = ndimage.distance_transform_cdt(padded, "taxicab")[1:-1, 1:-1]
        return np.argwhere(depth > radii.erosions) + seen.corner

    def centroid() -> npt.NDArray[np.intp]:
        middle = np.argwhere(seen.mask).mean(axis=0).astype(np.intp)
        return (middle + seen.corner)[None] if seen.mask[tuple(middle)] else np.empty((0, 2), np.intp)

    yield "", eroded
    yield "positive_centroid", centroid
    yield "positive_anywhere", lambda: np.argwhere(seen.mask) + seen.corner


def _negative_pools(labels: Labels, number: int, seen: _Object, radii: Radii, ring: Ring) -> Iterator[_Pool]:
    from scipy import ndimage

    def allowed(ids: Labels) -> _Mask:
        return np.asarray(ids == 0 if ring == "strict" else ids != number)

    def in_ring() -> npt.NDArray[np.intp]:
        distance = ndimage.distance_transform_edt(~seen.mask)
        near = (distance >= radii.ring[0]) & (distance <= radii.ring[1])
        return np.argwhere(near & allowed(seen.ids)) + seen.corner

    def beyond() -> npt.NDArray[np.intp]:
        distance = ndimage.distance_transform_cdt(labels != number, "taxicab")
        return np.argwhere((distance > radii.erosions) & allowed(labels))

    if ring != "random":
        yield "", in_ring
        yield "negative_beyond", beyond
    yield "" if ring == "random" else "negative_anywhere", lambda: np.argwhere(allowed(labels))


def _drawn(
    pools: Iterator[_Pool], wanted: int, rng: np.random.Generator, counts: "Counter[str]"
) -> Iterator[tuple[int, int] | None]:
    """Yield `wanted` pixels as [row, column], all different, from the first pools with some left, then None."""
    taken: set[tuple[int, int]] = set()
    for name, pixels in pools:
        if len(taken) == wanted:
            return
        pool = pixels()
        if taken:
            pool = np.array([pixel for pixel in pool if tuple(pixel) not in taken], np.intp).reshape(-1, 2)
        chosen = pool[rng.choice(len(pool), min(len(pool), wanted - len(taken)), replace=False)]
        if name and len(chosen):
            counts[name] += len(chosen)
        for row, column in chosen:
            taken.add((int(row), int(column)))
            yield int(row), int(column)
    if missing := wanted - len(taken):
        counts["positive_none" if name.startswith("positive") else "negative_none"] += missing
        yield from repeat(None, missing)
