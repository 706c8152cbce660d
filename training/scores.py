"""Scores: the records of an evaluation of masks, and the means and intervals that stand in them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Record
from training.matching import Counts, dice_of

RESAMPLES: Final = 1000

Numbers = npt.NDArray[np.float64]


class Scores(Record):
    """What is reached on a set, or on all of them pooled."""

    images: int
    instances: int
    dice: float
    """Mean over all instances, as is `iou`."""
    iou: float
    iou_ci: tuple[float, float]
    """95 %, by bootstrap over images."""
    sa50: float
    """TP / (TP + FP + FN) at an IoU of .5, the mean over images, as micro-sam has it."""
    msa: float
    """Its mean over .50, .55 … .95."""
    floor_disk_iou: float | None = None
    """Of a disk that is blind to the picture, from the same prompts."""
    floor_otsu_iou: float | None = None
    floor_unet_iou: float | None = None
    """None where none was trained."""
    ap50: float | None = None
    """Automatic alone: TP / (TP + FP + FN) of all images' counts together."""
    f1: float | None = None
    floor_otsu_ap50: float | None = None
    floor_otsu_f1: float | None = None
    zero_shot: bool = False
    """Whether the checkpoint has seen no image of the set."""


class Prompted(Record):
    """What is reached with one kind of prompts."""

    datasets: dict[str, Scores]
    pooled: Scores
    fallbacks: dict[str, int]
    """How often a click could not be drawn as stated: see training/points.py."""


class LeftOut(Record):
    """An image that isn't judged, and why."""

    dataset: str
    name: str
    reason: str


class Evaluation(Record):
    """What a checkpoint reaches, by kind of prompts, and how that was measured."""

    prompts: dict[str, Prompted]
    checkpoint: str
    data: str
    frame_side_px: int
    """Long side of the frame in which clicks were drawn and masks predicted; IoU counts in pixels of the image."""
    radii: str
    """What the 10 px of the clicks' ring and erosion count in."""
    ring_px: float
    """The ring's middle in px of the frame; in px of the image where `radii` says so."""
    prompts_from: str = "ground truth: positives inside the object, negatives around it"
    vlk: bool
    """Whether the language model's states reached the mask decoder."""
    seed: int
    seen_in_training: int
    """Images of the data that the checkpoint was trained on; they aren't judged."""
    without_objects: int
    unread: list[LeftOut]
    floors: dict[str, str]
    """How each floor was made."""


class ImageScores(NamedTuple):
    """What was reached on one image."""

    iou: Numbers
    """(P,): one an object."""
    sa50: float
    msa: float
    floors: Mapping[str, Numbers] = {}
    counts: Counts | None = None
    """At .5, automatic alone."""
    floor_counts: Counts | None = None


def interval(each: Sequence[Numbers], seed: int) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentile of the mean over instances when images are drawn again with replacement.

    Of a single image its instances are drawn again: that says less, since those of an image are alike.
    """
    if len(each) == 1:
        each = [np.atleast_1d(one) for one in each[0]]
    sums, counts = np.array([one.sum() for one in each]), np.array([len(one) for one in each])
    drawn = np.random.default_rng(seed).integers(0, len(each), (RESAMPLES, len(each)))
    means = sums[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1)
    low, high = np.percentile(means, (2.5, 97.5))
    return round(float(low), 4), round(float(high), 4)


def scores_of(each: Sequence[ImageScores], *, seed: int, zero_shot: bool = False) -> Scores:
    """Return the scores of images taken together.

    Raises:
        ValueError: there is no image.
    """
    if not each:
        raise ValueError("no image, no scores")
    iou = np.concatenate([one.iou for one in each])
    floors = {f"floor_{name}_iou": _mean(np.concatenate([one.floors[name] for one in each])) for name in each[0].floors}
    return Scores(
        images=len(each),
        instances=len(iou),
        dice=_mean(dice_of(iou)),
        iou=_mean(iou),
        iou_ci=interval([one.iou for one in each], seed),
        sa50=_mean([one.sa50 for one in each]),
        msa=_mean([one.msa for one in each]),
        zero_shot=zero_shot,
        **floors,
        **_counted([one.counts for one in each], ""),
        **_counted([one.floor_counts for one in each], "floor_otsu_"),
    )


def _counted(each: Sequence[Counts | None], prefix: str) -> dict[str, float]:
    known = [one for one in each if one is not None]
    if not known:
        return {}
    total = Counts(*(sum(column) for column in zip(*known, strict=True)))
    return {f"{prefix}ap50": round(total.accuracy, 4), f"{prefix}f1": round(total.f1, 4)}


def _mean(values: Numbers | Iterable[float]) -> float:
    known = np.asarray(list(values), np.float64)
    return round(float(known.mean()), 4) if known.size else 0.0
