"""Segment step: from framed samples to tensors, and from tensors to the loss of stage 3.

Shapes: B = pictures; S = side of the frame; c = side of the crop; P = prompts of all pictures; N = points of each;
W = side of a network's windows; 2 = (x, y) in pixels of the crop.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from training.augment import Changes, Pixels, cut, relit, turned
from training.instance_maps import instance_loss
from training.losses import mask_loss
from training.network import Encoded, Network, Windows
from training.points import Labels, Ring, boundary_prompts, ids_in

_LEAST_SHOWN: Final = 0.5
"""Share of an object that a crop must show for a prompt to ask for it, where others show as much."""


class Framed(NamedTuple):
    """A sample in the frame, as it is kept in memory between steps."""

    pixels: Pixels
    """(S, S, 3)"""
    labels: Labels
    """(S, S)"""
    sizes: dict[int, int]
    """Pixels of each object in the frame."""
    radii_side_px: int
    """Side of a frame whose radii are drawn: the frame's own, or what gives 10 px of the image."""


class Drawing(NamedTuple):
    """How a step's crops and prompts are drawn."""

    crop_px: int
    instances: int = 4
    """At most so many prompts a picture."""
    positives: int = 1
    negatives: int = 3
    ring: Ring = "paper"
    share_1p0n: float = 0.0
    """Share of the pictures whose prompts have no negatives."""
    share_random: float = 0.0
    """Share of the pictures whose negatives lie anywhere outside of the object."""
    changes: Changes = Changes()


class SegmentBatch(NamedTuple):
    """What one step sees."""

    pixels: Tensor
    """(B, 3, c, c) float 0..1"""
    which: Tensor
    """(P,) int64: the picture of each prompt."""
    points: Tensor
    """(P, N, 2) float"""
    signs: Tensor
    """(P, N) int64: 1, 0 or -1."""
    targets: Tensor
    """(P, c, c) bool"""
    labels: Tensor
    """(B, c, c) int32: all objects, clicked on or not."""
    fallbacks: "Counter[str]"


def framed_sample(pixels: Pixels, labels: Labels, radii_side_px: int | None = None) -> Framed:
    """Return a picture (S, S, 3) and its labels (S, S), with the objects counted; radii are the frame's if left out."""
    ids, counts = np.unique(labels, return_counts=True)
    return Framed(pixels, labels, dict(zip(ids.tolist(), counts.tolist(), strict=True)), radii_side_px or len(labels))


def evenly(datasets: Sequence[str], count: int, rng: np.random.Generator, *, power: float = 0.5) -> list[int]:
    """Return the numbers of `count` samples, drawn so that a set of n images counts n^power; 1 is plain chance."""
    sizes = Counter(datasets)
    weights = np.array([sizes[name] ** (power - 1) for name in datasets])
    return [int(number) for number in rng.choice(len(datasets), count, p=weights / weights.sum())]


def segment_batch(samples: Sequence[Framed], drawing: Drawing, rng: np.random.Generator) -> SegmentBatch:
    """Return crops of `samples`, changed by chance, with prompts on their objects.

    Raises:
        ValueError: no sample has an object.
    """
    pixels: list[npt.NDArray[np.float32]] = []
    which: list[int] = []
    points, signs, targets, seen = [], [], [], []
    fallbacks: Counter[str] = Counter()
    for sample in samples:
        image, labels, ids = _crop(sample, drawing, rng)
        chance = rng.random()
        bare = chance < drawing.share_1p0n
        anywhere = drawing.share_1p0n <= chance < drawing.share_1p0n + drawing.share_random
        prompts, counts = boundary_prompts(
            labels,
            ids,
            rng,
            positives=drawing.positives,
            negatives=drawing.negatives,
            ring="random" if anywhere else drawing.ring,
            side_px=sample.radii_side_px,  # however small the crop
        )
        fallbacks.update(counts)
        which += [len(pixels)] * len(ids)
        pixels.append(relit(image, drawing.changes, rng))
        points.append(prompts.points)
        signs.append(np.where(prompts.labels == 0, -1, prompts.labels) if bare else prompts.labels)
        seen.append(labels)
        targets.append(labels[None] == np.asarray(ids)[:, None, None])
    if not which:
        raise ValueError("no picture of this step has an object to ask for")
    return SegmentBatch(
        torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2),
        torch.tensor(which),
        torch.from_numpy(np.concatenate(points)),
        torch.from_numpy(np.concatenate(signs)),
        torch.from_numpy(np.concatenate(targets)),
        torch.from_numpy(np.stack(seen).astype(np.int32, copy=False)),
        fallbacks,
    )


def segment_loss(  # noqa: PLR0913 - what goes in, and two weights
    network: Network,
    encoded: Encoded,
    batch: SegmentBatch,
    dense: Tensor | None = None,
    *,
    bce: float = 1.0,
    dice: float = 1.0,
    maps: float = 0.0,
) -> Tensor:
    """Return the loss of a batch's masks, a number, and `maps` times that of the instance maps, where there are some.

    `encoded` is what the language branch reads too. The masks' loss is taken where the network speaks, its windows
    (P, W, W), and only on pixels of the crop.
    """
    windows = network.decode_windows(encoded, batch.which, batch.points, batch.signs, dense)
    loss = _masks_loss(windows, batch.targets, bce, dice)
    return (
        loss if encoded.instances is None or not maps else loss + maps * instance_loss(encoded.instances, batch.labels)
    )


def _masks_loss(windows: Windows, wanted: Tensor, bce: float, dice: float) -> Tensor:
    side, size = windows.logits.shape[-1], wanted.shape[-1]
    if side == size and not windows.corners.any():
        return mask_loss(windows.logits, wanted, bce=bce, dice=dice)
    padded = functional.pad(wanted, (side, side, side, side))
    inside = functional.pad(torch.ones_like(wanted[0]), (side, side, side, side))
    places = [
        (slice(y, y + side), slice(x, x + side)) for x, y in (windows.corners + side).clamp(0, side + size).tolist()
    ]
    targets = torch.stack([mask[place] for mask, place in zip(padded, places, strict=True)])
    return mask_loss(windows.logits, targets, torch.stack([inside[place] for place in places]), bce=bce, dice=dice)


def _crop(sample: Framed, drawing: Drawing, rng: np.random.Generator) -> tuple[Pixels, Labels, npt.NDArray[np.int32]]:
    """Return a crop (c, c, 3) around some object, its labels (c, c), and the objects to ask for."""
    whole = len(sample.labels)
    zoom = np.exp(rng.uniform(*np.log(drawing.changes.zoom)))
    side = min(whole, round(drawing.crop_px / zoom))
    left, top = _corner(sample.labels, side, rng)
    image, labels = cut(sample.pixels, sample.labels, left=left, top=top, side_px=side, crop_px=drawing.crop_px)
    image, labels = turned(image, labels, drawing.changes, rng)
    ids = ids_in(labels)
    shown = np.array([(labels == number).sum() / sample.sizes[int(number)] for number in ids])
    shown = shown * (side / drawing.crop_px) ** 2
    good = ids[shown >= _LEAST_SHOWN] if (shown >= _LEAST_SHOWN).any() else ids
    return image, labels, rng.permutation(good)[: drawing.instances]


def _corner(labels: Labels, side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return x and y of a crop in the frame that has some pixel of an object in its middle half."""
    inside = np.flatnonzero(labels)
    row, column = divmod(int(rng.choice(inside)), len(labels)) if len(inside) else (0, 0)
    most = len(labels) - side
    left, top = (int(at - side * rng.uniform(0.25, 0.75)) for at in (column, row))
    return min(max(left, 0), most), min(max(top, 0), most)
