"""Instance maps: what the small network's encoder says of every pixel, and what that tells of a click's object.

For each pixel: whether it lies on an object, whether on an outline, and the way to its object's middle. All objects of
a picture teach them at once, clicked on or not, as in micro-sam's automatic decoder (Archit et al. 2025), StarDist and
Cellpose; a mask's loss teaches one object a prompt. Pixels that point to where the clicked one points belong together.

Shapes: B = pictures; S = side of their pixels; h = S / 2; P = prompts; N = points of each; n = side of a window of the
maps; 2 = (x, y).
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

MAPS: Final = 4
"""Channels: logits of object and outline, then x and y of the way to the middle."""
RELATIONS: Final = 5
"""Channels of `relations`."""
STRIDE_PX: Final = 2

_UNIT_PX: Final = 16.0
"""A way of 16 px is told as 1."""
_NEAR_PX, _FAR_PX = 4.0, 10.0
"""Deviations of the two spots in which pixels count as pointing to the same middle."""
_REACH_PX, _REACHES, _SURE = 32.0, 4.0, 6.0
_SOFT: Final = 0.25


def instance_targets(labels: Tensor) -> Tensor:
    """Return (B, 4, h, h) float: the truth of the maps for labels (B, S, S); 0 or 1, 0 or 1, and the way in 16 px.

    The middle is the mean of what the picture shows of an object; off objects the way is 0.
    """
    seen = labels[:, ::STRIDE_PX, ::STRIDE_PX].long()
    inside = seen > 0
    across, down = seen[:, :, 1:] != seen[:, :, :-1], seen[:, 1:] != seen[:, :-1]
    outline = (
        functional.pad(across, (0, 1))
        | functional.pad(across, (1, 0))
        | functional.pad(down, (0, 0, 0, 1))
        | functional.pad(down, (0, 0, 1, 0))
    )
    way = (_middles(seen) - _grid(seen.shape[-1], seen.device)) / _UNIT_PX * inside[:, None]
    return torch.cat([inside[:, None].float(), outline[:, None].float(), way], 1)


def instance_loss(maps: Tensor, labels: Tensor) -> Tensor:
    """Return how far maps (B, 4, h, h) are from the truth of labels (B, S, S), a number.

    Cross-entropy of object and outline, and smooth L1 of the way, a mean over pixels of objects.
    """
    wanted = instance_targets(labels)
    said = maps.float()
    entropy = functional.binary_cross_entropy_with_logits(said[:, :2], wanted[:, :2])
    away = functional.smooth_l1_loss(said[:, 2:], wanted[:, 2:], beta=_SOFT, reduction="none").sum(1)
    inside = wanted[:, 0]
    return entropy + ((away * inside).sum((1, 2)) / inside.sum((1, 2)).clamp(min=1)).mean()


def relations(maps: Tensor, points: Tensor, labels: Tensor) -> Tensor:
    """Return (P, 5, n, n): how each pixel of windows of maps (P, 4, n, n) stands to the object clicked on.

    Two spots of the pixels that point to where the positives of `points` (P, N, 2), in px of the window, point; how far
    off the others point; then object and outline, cut where they are sure.
    """
    maps = maps.float()
    middles = _grid(maps.shape[-1], maps.device) + _UNIT_PX * maps[:, 2:]  # (P, 2, n, n): where each pixel points
    places = (points + 0.5) / (STRIDE_PX * maps.shape[-1]) * 2 - 1
    at_points = functional.grid_sample(middles, places[:, :, None], padding_mode="border", align_corners=False)[..., 0]
    positive = (labels == 1).float()[:, None]
    clicked = (at_points * positive).sum(2) / positive.sum(2).clamp(min=1)
    apart = (middles - clicked[..., None, None]).square().sum(1)
    reach = (apart.clamp(min=1e-4).sqrt() / _REACH_PX).clamp(max=_REACHES)
    spots = [(-apart / (2 * deviation**2)).exp() for deviation in (_NEAR_PX, _FAR_PX)]
    sure = (maps[:, :2].clamp(-_SURE, _SURE) / (_SURE / 2)).unbind(1)
    return torch.stack([*spots, reach, *sure], 1).contiguous(memory_format=torch.channels_last)


def _grid(side: int, device: torch.device) -> Tensor:
    """Return (1, 2, n, n): x and y in px of each step of the maps."""
    steps = (torch.arange(side, device=device) + 0.5) * STRIDE_PX - 0.5
    return torch.stack(torch.meshgrid(steps, steps, indexing="xy"))[None]


def _middles(seen: Tensor) -> Tensor:
    """Return (B, 2, h, h): the middle, in px, of the object that each pixel of labels (B, h, h) belongs to."""
    numbers = seen + torch.arange(len(seen), device=seen.device)[:, None, None] * (seen.max() + 1)
    _, which = torch.unique(numbers, return_inverse=True)
    count = torch.bincount(which.flatten()).float()
    grid = _grid(seen.shape[-1], seen.device).expand(len(seen), -1, -1, -1)
    sums = (torch.bincount(which.flatten(), side.flatten()) for side in grid.unbind(1))
    return torch.stack([(total / count)[which] for total in sums], 1)
