"""Prompted: the objects of a sample with clicks drawn from the truth, and what a predictor's masks of them are worth.

Shapes: P = objects; N = points of each.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from training.floors import Predictor
from training.frame import Frame, RadiiIn, framed_labels, radii_side_px
from training.matching import Region, Table, accuracies, iou_table, region_of, regions_of
from training.points import Prompts, Ring, boundary_prompts
from training.samples import Sample


class Asking(NamedTuple):
    """How many clicks an object is asked for with, and where the negatives fall."""

    positives: int
    negatives: int
    ring: Ring


KINDS: Final[Mapping[str, Asking]] = {
    "1P3N": Asking(1, 3, "paper"),
    "1P0N": Asking(1, 0, "paper"),
    "1P3N-random": Asking(1, 3, "random"),
}
"""The prompts that are reported side by side: three negatives around an object tell its size, none tells nothing."""


class Asked(NamedTuple):
    """The objects of a sample that can be clicked on in its frame."""

    prompts: Prompts
    truth: list[Region]
    """P regions in px of the image, those that got no prompt last."""
    unasked: int
    """Objects that have no pixel in the frame: nobody can click on them, so they count as missed."""
    fallbacks: Counter[str]


def asked_of(  # noqa: PLR0913  (an image, its truth, and how it is asked for)
    sample: Sample,
    truth: Mapping[int, Region],
    frame: Frame,
    asking: Asking,
    *,
    radii: RadiiIn = "frame",
    seed: int = 17,
) -> Asked:
    """Return prompts on the objects of a sample, which are `truth`; the same for an image, whatever was read before.

    No click lies in the frame's padding. Objects that share pixels with others are clicked on, and beside, as they are
    whole, after the others.
    """
    labels = _shown(sample.labels, frame)
    rng = np.random.default_rng([seed, int(sample.sha256[:12], 16)])
    single = [number for number in np.unique(labels).tolist() if number and number not in sample.whole]
    shared = {number: _shown(sample.pixels_of(number), frame) > 0 for number in sample.whole}
    drawn = [_drawn(labels, single, rng, asking, radii_side_px(frame, radii))]
    for number, pixels in shared.items():
        if pixels.any():
            drawn.append(_drawn(np.where(pixels, number, labels), [number], rng, asking, radii_side_px(frame, radii)))
    seen = [*single, *(number for number, pixels in shared.items() if pixels.any())]
    counts = sum((counted for _, counted in drawn), Counter[str]())
    prompts = Prompts(
        np.concatenate([one.points for one, _ in drawn]), np.concatenate([one.labels for one, _ in drawn])
    )
    hidden = [number for number in truth if number not in set(seen)]
    if hidden:
        counts["object_lost_in_frame"] += len(hidden)
    return Asked(prompts, [truth[number] for number in (*seen, *hidden)], len(hidden), counts)


def _shown(labels: npt.NDArray[np.integer[Any] | np.bool_], frame: Frame) -> npt.NDArray[np.int32]:
    """Return labels in the frame without its padding."""
    return framed_labels(labels, frame)[: frame.rows, : frame.columns]


def _drawn(
    labels: npt.NDArray[np.int32], numbers: Sequence[int], rng: np.random.Generator, asking: Asking, side_px: int
) -> tuple[Prompts, Counter[str]]:
    kinds = {"positives": asking.positives, "negatives": asking.negatives}
    return boundary_prompts(labels, numbers, rng, **kinds, ring=asking.ring, side_px=side_px)


def true_regions(sample: Sample) -> dict[int, Region]:
    """Return the objects of a sample by number; those that overlap are whole."""
    numbers = [number for number in np.unique(sample.labels).tolist() if number]
    found = dict(zip(numbers, regions_of(sample.labels), strict=True))
    found |= {number: region_of(sample.pixels_of(number)) for number in sample.whole}
    return dict(sorted(found.items()))


class Judged(NamedTuple):
    """What a predictor's masks of one image are worth."""

    iou: npt.NDArray[np.float64]
    """(P,): of each object with the mask that was asked for it; 0 for those that couldn't be asked for."""
    sa50: float
    msa: float


def judged(predict: Predictor, sample: Sample, frame: Frame, asked: Asked) -> Judged:
    """Return how well a predictor draws the objects of an image, each from its own prompt."""
    masks = list(predict(sample.image, asked.prompts, frame)) if len(asked.prompts.points) else []
    table = iou_table(masks, asked.truth)
    sa50, msa = accuracies(table)
    return Judged(np.append(np.diagonal(table), np.zeros(asked.unasked)), sa50, msa)


def only_ious(predict: Predictor, sample: Sample, frame: Frame, asked: Asked) -> Table:
    """Return the IoU of each object, (P,), and nothing that costs more."""
    from training.matching import iou_of

    masks: Iterator[Region] = predict(sample.image, asked.prompts, frame) if len(asked.prompts.points) else iter(())
    found = [iou_of(mask, truth) for mask, truth in zip(masks, asked.truth, strict=False)]
    return np.array([*found, *[0.0] * asked.unasked])
