"""Evaluation: what a checkpoint's masks are worth on images it hasn't seen, beside what is reached without learning.

Prompts are drawn from the truth, in three kinds side by side. Images are read one at a time.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from pipeline.saying import counted, log
from schemas.errors import UsageError
from training.floors import Predictor, disk, otsu_under_point, typical_radius_px
from training.folds import entries_of
from training.frame import Frame, RadiiIn, radii_side_px
from training.points import RADIUS_PX
from training.prompted import KINDS, Asked, asked_of, judged, only_ious, true_regions
from training.sample_entries import Entry
from training.samples import Part, Sample, Unread, read_all, read_one
from training.scores import Evaluation, ImageScores, LeftOut, Prompted, scores_of

if TYPE_CHECKING:
    from training.automatic import Automatic

AUTOMATIC: Final = "automatic"
_HOW: Final = {
    "disk": "centre = the positive, radius = mean distance to the negatives less the ring's radius; without negatives, "
    "or where they lie anywhere, the median radius of the set's objects in images the checkpoint was trained on, else "
    "in those judged",
    "otsu": "Otsu's threshold of grey, cut between the objects' middles: the region under the positive, on the side on "
    "which most positives of the image lie",
}


@dataclass(frozen=True)
class Manner:
    """How is judged; results that are compared must have the same."""

    side_px: int = 512
    radii: RadiiIn = "frame"
    seed: int = 17
    names: str = "*"
    """Only images whose name matches."""
    part: Part = "all"
    """all: whatever wasn't trained on; test: of that only the test part, the same for every checkpoint."""
    vlk: bool = True
    fold: int = 0
    """Which third of a small set is the test part; that of the checkpoint's training."""


@dataclass(frozen=True)
class Judge:
    """Who is judged, and what it was trained on."""

    name: str
    predict: Predictor
    trained_on: frozenset[str] = frozenset()
    """sha256 of images."""
    unet: Predictor | None = None
    automatic: "Automatic | None" = None
    floors: Mapping[str, str] = field(default_factory=dict)
    """How floors beside the disk and Otsu were made."""


class _Survey(NamedTuple):
    """What a first look at the data finds."""

    judged: list[Entry]
    seen: int
    zero_shot: dict[str, bool]
    radius_px: dict[str, float]
    """By set: of the disk where there are no negatives, in px of the frame."""
    without_objects: int
    unread: list[Unread]


def evaluate(data: Path, judge: Judge, manner: Manner) -> Evaluation:
    """Return what is reached on the images that lie at a place and weren't trained on.

    Raises:
        UsageError: there is nothing of the kind, or nothing that wasn't trained on.
    """
    survey = _surveyed(data, judge, manner)
    if not survey.judged:
        what = f"nothing to judge: {survey.seen} images were trained on, {survey.without_objects} have no object."
        raise UsageError(what, where=str(data), mend="Give other images, or another --names.")
    results: dict[str, dict[str, list[ImageScores]]] = {}
    fallbacks: dict[str, Counter[str]] = {}
    floors = {"otsu": otsu_under_point()} | ({"unet": judge.unet} if judge.unet else {})
    for sample in counted(read_all(survey.judged), len(survey.judged), "images judged"):
        for kind, scores, fallen in _of_image(sample, judge, manner, floors, survey.radius_px[sample.dataset]):
            results.setdefault(kind, {}).setdefault(sample.dataset, []).append(scores)
            fallbacks.setdefault(kind, Counter()).update(fallen)
    prompts = {
        kind: _prompted(by_set, fallbacks[kind], manner.seed, survey.zero_shot) for kind, by_set in results.items()
    }
    return _evaluation(prompts, data, judge, manner, survey)


def _surveyed(data: Path, judge: Judge, manner: Manner) -> _Survey:
    """Look once at every image of the judged sets, in whatever part: which were trained on, how large objects are."""
    entries = entries_of(data, manner.part, fold=manner.fold)
    asked = {entry for entry in entries if fnmatchcase(entry.name, manner.names)}
    if not asked:
        raise UsageError(f"no image is called {manner.names}.", where=str(data))
    sets = {entry.dataset for entry in asked}
    every = [entry for entry in entries_of(data, "all") if entry.dataset in sets]
    unread: list[Unread] = []
    chosen, known, areas = [], Counter[str](), dict[tuple[str, bool], list[float]]()
    left_out = empty = 0
    for entry in every:
        for sample in read_one(entry, unread if entry in asked else []):
            seen = sample.sha256 in judge.trained_on
            known[sample.dataset] += seen
            sizes_px = _sizes_px(sample, manner)
            areas.setdefault((sample.dataset, seen), []).extend(sizes_px)
            if entry in asked:
                left_out += seen
                empty += not sizes_px and not seen
                chosen += [entry] if sizes_px and not seen else []
    for one in unread:
        log(f"left out: {one.dataset}/{one.name}: {one.reason}")
    radius = {name: typical_radius_px(areas.get((name, True)) or areas.get((name, False), [])) for name in sets}
    zero = {name: not known[name] for name in sets}
    return _Survey(chosen, left_out, zero, radius, empty, unread)


def _sizes_px(sample: Sample, manner: Manner) -> list[float]:
    """Return how many px of the frame each object of a sample covers."""
    numbers, counts = np.unique(sample.labels, return_counts=True)
    return (counts[numbers > 0] * _frame(sample, manner).scale ** 2).tolist()  # type: ignore[no-any-return]


def _of_image(
    sample: Sample, judge: Judge, manner: Manner, floors: Mapping[str, Predictor], radius_px: float
) -> Iterator[tuple[str, ImageScores, Counter[str]]]:
    """Yield (kind of prompts, what is reached, fall-backs)."""
    frame, truth = _frame(sample, manner), true_regions(sample)
    blind = disk(radius_px, radii_side_px(frame, manner.radii))
    for kind, asking in KINDS.items():
        asked = asked_of(sample, truth, frame, asking, radii=manner.radii, seed=manner.seed)
        found = judged(judge.predict, sample, frame, asked)
        beside = {name: only_ious(floor, sample, frame, asked) for name, floor in floors.items()}
        told = asked if asking.ring != "random" else _without_negatives(asked)
        beside = {"disk": only_ious(blind, sample, frame, told), **beside}
        yield kind, ImageScores(found.iou, found.sa50, found.msa, beside), asked.fallbacks
    if judge.automatic is not None:
        yield AUTOMATIC, judge.automatic.scores(sample, frame), Counter()


def _without_negatives(asked: Asked) -> Asked:
    """Return what the disk is told where negatives lie anywhere: how far away they are says nothing of the object."""
    prompts = asked.prompts
    return asked._replace(prompts=prompts._replace(labels=np.where(prompts.labels == 0, -1, prompts.labels)))


def _frame(sample: Sample, manner: Manner) -> Frame:
    height_px, width_px = sample.labels.shape
    return Frame(height_px, width_px, manner.side_px)


def _prompted(
    by_set: Mapping[str, Sequence[ImageScores]], fallen: Counter[str], seed: int, zero_shot: Mapping[str, bool]
) -> Prompted:
    datasets = {name: scores_of(each, seed=seed, zero_shot=zero_shot[name]) for name, each in by_set.items()}
    together = [one for each in by_set.values() for one in each]
    pooled = scores_of(together, seed=seed, zero_shot=all(zero_shot[name] for name in by_set))
    return Prompted(datasets=datasets, pooled=pooled, fallbacks=dict(sorted(fallen.items())))


def _evaluation(prompts: dict[str, Prompted], data: Path, judge: Judge, manner: Manner, survey: _Survey) -> Evaluation:
    in_image = manner.radii == "image"
    return Evaluation(
        prompts=prompts,
        checkpoint=judge.name,
        data=str(data),
        frame_side_px=manner.side_px,
        radii="pixels of the image" if in_image else "pixels of a frame of 1024, scaled with the frame",
        ring_px=RADIUS_PX if in_image else RADIUS_PX * manner.side_px / 1024,
        vlk=manner.vlk,
        seed=manner.seed,
        seen_in_training=survey.seen,
        without_objects=survey.without_objects,
        unread=[LeftOut(dataset=one.dataset, name=one.name, reason=one.reason) for one in survey.unread],
        floors={**_HOW, **judge.floors},
    )
