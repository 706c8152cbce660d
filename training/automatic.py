"""Automatic: masks of a whole picture without a prompt from the truth: a grid of points, then non-maximum suppression.

Each point of the grid is one positive click. Of its logits only the box of what is above 0 is kept, and how stable that
is: the pixels above +1 over the pixels above -1, as in SAM. Stable masks come first; what overlaps a better one goes.

Shapes: S = side of the frame; P = points; N = 1, clicks of a point; 2 = (x, y) in px of the frame.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from training.floors import Image8, otsu_watershed
from training.frame import Frame, unframed
from training.matching import Region, accuracies, counts_at, intersection_px, iou_table, region_of, regions_of
from training.points import Prompts
from training.prompted import true_regions
from training.samples import Sample
from training.scores import ImageScores

if TYPE_CHECKING:
    from training.network import Network
    from training.predict import Dense

GRID: Final = 32
"""Points along the long side, as in SAM."""
STABLE: Final = 0.85
"""Share below which a mask isn't kept."""
_MARGIN: Final = 1.0
_LEAST_PX, _MOST_SHARE = 12, 0.4
"""Pixels of a mask in the frame, and its share of the picture, outside of which it is no object."""
_ALIKE, _WITHIN = 0.4, 0.7
"""IoU with a better mask, or share that lies in one, from which a mask goes."""

Logits = npt.NDArray[np.float32]
Draw = Callable[[Image8, Prompts, Frame], Iterator[Logits]]
"""Yields the logits of prompts, a few (p, S, S) at a time."""


class Found(NamedTuple):
    """A mask in the frame, and how stable it is."""

    region: Region
    stability: float


@dataclass(frozen=True)
class Automatic:
    """Finds the objects of a picture, whose truth it doesn't know."""

    draw: Draw
    grid: int = GRID
    stable: float = STABLE

    def regions(self, image: Image8, frame: Frame) -> list[Region]:
        """Return the objects of an image (H, W, 3) in px of the image, the most stable first."""
        prompts = grid_prompts(frame, self.grid)
        chunks = self.draw(image, prompts, frame)
        return [_in_image(one.region, frame) for one in suppressed(_found(chunks, prompts, frame, self.stable))]

    def scores(self, sample: Sample, frame: Frame) -> ImageScores:
        """Return what is reached on an image; beside it Otsu's threshold and watershed, on its better side.

        The IoU of an object is that with the mask that overlaps it most.
        """
        truth = list(true_regions(sample).values())
        table = iou_table(self.regions(sample.image, frame), truth)
        sides = [regions_of(otsu_watershed(sample.image, bright=bright)) for bright in (True, False)]
        floor = max((counts_at(iou_table(side, truth), 0.5) for side in sides), key=lambda counts: counts.accuracy)
        best = table.max(axis=0) if len(table) else np.zeros(len(truth))
        return ImageScores(best, *accuracies(table), counts=counts_at(table, 0.5), floor_counts=floor)


def network_draw(network: "Network", dense: "Dense") -> Draw:
    """Return what draws the logits of a network."""
    import torch

    from training.predict import decoded, pixels_of

    def draw(image: Image8, prompts: Prompts, frame: Frame) -> Iterator[Logits]:
        with torch.inference_mode():
            encoded = network.encode(pixels_of(image, frame.side_px, network))
            words = dense(encoded)
        return decoded(network, encoded, prompts, words)

    return draw


def grid_prompts(frame: Frame, grid: int) -> Prompts:
    """Return one positive in each cell of a grid over the picture, `grid` of them along its long side: (P, 1, 2)."""
    step = max(frame.rows, frame.columns) / grid
    ys, xs = (np.arange(step / 2, size, step) for size in (frame.rows, frame.columns))
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2).astype(np.float32)
    return Prompts(points, np.ones(points.shape[:2], np.int64))


def _found(chunks: Iterable[Logits], prompts: Prompts, frame: Frame, stable: float) -> Iterator[Found]:
    """Yield the masks that may be objects: stable, of a size, and under their own click."""
    shown_px = frame.rows * frame.columns
    clicks = iter(prompts.points[:, 0].astype(np.int64))
    for logits in chunks:
        for each in logits[:, : frame.rows, : frame.columns]:
            x, y = next(clicks)
            inside = each > 0
            stability = float((each > _MARGIN).sum() / max(1, (each > -_MARGIN).sum()))
            if inside[y, x] and stability >= stable and _LEAST_PX <= inside.sum() <= _MOST_SHARE * shown_px:
                yield Found(region_of(inside), stability)


def suppressed(found: Iterable[Found]) -> list[Found]:
    """Return the masks that no better one covers, the most stable first."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: -one.stability):
        if not any(_covered(one.region, better.region) for better in kept):
            kept.append(one)
    return kept


def _covered(one: Region, better: Region) -> bool:
    shared = intersection_px(one, better)
    if not shared:
        return False
    mine, other = one.area_px, better.area_px
    return shared / (mine + other - shared) > _ALIKE or shared / min(mine, other) > _WITHIN


def _in_image(region: Region, frame: Frame) -> Region:
    """Return a region of the frame in px of the image."""
    whole = np.zeros((1, frame.side_px, frame.side_px), np.bool_)
    rows, columns = region.pixels.shape
    whole[0, region.top : region.top + rows, region.left : region.left + columns] = region.pixels
    return region_of(unframed(whole, frame)[0])
