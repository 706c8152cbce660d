"""Floors: what is reached without learning: a disk that never looks, and Otsu's threshold with a watershed.

With prompts drawn from the truth, three negatives beside an object tell how large it is. So the disk around the
positive, as wide as the negatives are away less the ring's own 10 px (at 1024 px), is what a model must pass to have
seen anything.

Shapes: H, W = rows and columns of the image; P = prompts; N = points of each; 2 = (x, y).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.frame import PAPER_SIDE_PX, Frame
from training.matching import Region, region_of, regions_of
from training.points import RADIUS_PX, Prompts

Image8 = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]

Predictor = Callable[[Image8, Prompts, Frame], Iterator[Region]]
"""Takes an image (H, W, 3), prompts in px of the frame, and the frame; yields each prompt's mask in px of the image.

One at a time, so that no stack of P whole masks is ever held.
"""

_PEAKS_APART_PX: Final = 7
"""Least distance of two objects' middles in the distance watershed."""
_SMOOTH_PX: Final = 2.0
_NONE: Final = region_of(np.zeros((1, 1), np.bool_))


def disk(alone_px: float, radii_side_px: int | None = None) -> Predictor:
    """Return the floor that is blind to the picture: a disk around the positive.

    Its radius is the mean distance of the positive to the negatives, less 10 px at 1024 px, which scale with
    `radii_side_px` as the ring does (the frame's side if left out). Where a prompt has no negative it is `alone_px` of
    the frame, for which `typical_radius_px` of training images is meant.
    """

    def drawn(image: Image8, prompts: Prompts, frame: Frame) -> Iterator[Region]:
        centres, radii = circles(prompts, alone_px, radii_side_px or frame.side_px)
        for (x, y), radius in zip(frame.points_out(centres), radii / frame.scale, strict=True):
            yield _disk(float(x), float(y), float(radius), (frame.height_px, frame.width_px))

    return drawn


def circles(prompts: Prompts, alone_px: float, side_px: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return centres (P, 2) and radii (P,) of the disks in px of the frame; none is below 1 px."""
    positive, negative = prompts.labels == 1, prompts.labels == 0
    centres = np.stack([points[on].mean(axis=0) for points, on in zip(prompts.points, positive, strict=True)])
    away = np.linalg.norm(prompts.points - centres[:, None], axis=2)
    count = negative.sum(axis=1)
    mean = (away * negative).sum(axis=1) / np.maximum(count, 1)
    ring = RADIUS_PX * side_px / PAPER_SIDE_PX
    return centres, np.where(count > 0, np.maximum(mean - ring, 1.0), alone_px)


def _disk(x: float, y: float, radius: float, size: tuple[int, int]) -> Region:
    """Return the pixels of an image whose middle lies within `radius` of a point."""
    top, left = max(0, int(y - radius)), max(0, int(x - radius))
    bottom, right = min(size[0], int(y + radius) + 2), min(size[1], int(x + radius) + 2)
    rows, columns = np.ogrid[top:bottom, left:right]
    return region_of((columns - x) ** 2 + (rows - y) ** 2 <= radius**2, top, left)


def typical_radius_px(areas_px: Iterable[float]) -> float:
    """Return the median radius of disks of these areas; 10 where there is none."""
    areas = np.fromiter(areas_px, np.float64)
    return float(np.sqrt(np.median(areas) / np.pi)) if areas.size else 10.0


def otsu_under_point() -> Predictor:
    """Return the floor that takes the region of `otsu_watershed` under the positive.

    Objects are on that side of the threshold on which most of an image's positives lie. The last image's regions are
    kept, since several kinds of prompts ask for them.
    """
    held: list[tuple[Image8, bool, Labels, dict[int, Region]]] = []

    def under(image: Image8, prompts: Prompts, frame: Frame) -> Iterator[Region]:
        x, y = _clicked(prompts, frame)
        bright = bool(np.count_nonzero(otsu(image)[y, x]) * 2 >= len(x))
        if not held or held[0][0] is not image or held[0][1] != bright:
            labels = otsu_watershed(image, bright=bright)
            known = [0, *np.unique(labels[labels > 0]).tolist()]
            held[:] = [(image, bright, labels, dict(zip(known, [_NONE, *regions_of(labels)], strict=True)))]
        _, _, labels, each = held[0]
        yield from (each[number] for number in labels[y, x].tolist())

    return under


def _clicked(prompts: Prompts, frame: Frame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return x and y, (P,), of each first positive in px of the image."""
    at = frame.points_out(prompts.points[:, 0]).round().astype(np.int64)
    x, y = np.clip(at[:, 0], 0, frame.width_px - 1), np.clip(at[:, 1], 0, frame.height_px - 1)
    return x, y


def otsu(image: Image8) -> npt.NDArray[np.bool_]:
    """Return which pixels (H, W) of an image are above Otsu's threshold of its grey."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    _, above = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(above, np.bool_)


def otsu_watershed(image: Image8, *, bright: bool) -> Labels:
    """Return a label map (H, W) of the bright or the dark side of Otsu's threshold, cut between the objects' middles.

    Middles are the peaks of the distance to the other side; a pixel belongs to the nearest. That is a distance
    watershed with straight cuts: on nuclei it reaches what one by heights does, in a tenth of the time.
    """
    from scipy import ndimage

    inside = otsu(image) == bright
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(inside), _SMOOTH_PX) * inside
    peaks = (depth == ndimage.maximum_filter(depth, 2 * _PEAKS_APART_PX + 1)) & inside
    seeds, count = ndimage.label(peaks, np.ones((3, 3)))
    if not count:
        return np.zeros(inside.shape, np.int32)
    rows, columns = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    basins: Labels = np.where(inside, seeds[rows, columns], 0).astype(np.int32)
    return basins
