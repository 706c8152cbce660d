"""Clicks as pictures, and the windows around them: what a prompt adds beside SAM's sparse tokens.

A small network learns little from point tokens alone; drawn as maps, the same clicks are read by convolutions.

Shapes: B = pictures; P = prompts; N = points of each; C = channels; h, w = rows and columns of a grid; n = side of a
window in steps of that grid; 2 = (x, y) in pixels of the frame.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

MAPS: Final = 7
"""Channels of `click_maps`."""

_UNIT_PX, _SPOT_PX, _FAR = 32.0, 4.0, 4.0
"""Distances are told in units of 32 px and cut at four of them; a click is a spot of 4 px, a disk's edge as soft."""


def window_corners(points: Tensor, labels: Tensor, stride_px: int, window_px: int, side_px: int) -> Tensor:
    """Return (P, 2) int64: x and y in px of the top left corner of each prompt's window, whole steps of the grid.

    The window's middle is the mean of the positives of `points` (P, N, 2), or of all points where `labels` (P, N) has
    no positive; it is moved into the frame of `side_px` where that is large enough: beside it there is nothing to see.
    """
    positive = (labels == 1).float()
    counted = torch.where(positive.sum(1, keepdim=True) > 0, positive, (labels >= 0).float())
    middle = (points * counted[..., None]).sum(1) / counted.sum(1, keepdim=True).clamp(min=1)
    steps = ((middle + 0.5) / stride_px).round().long() - window_px // stride_px // 2
    corners: Tensor = steps * stride_px
    return corners.clamp(0, side_px - window_px) if side_px >= window_px else corners


class _Cut(torch.autograd.Function):
    """Windows of maps; written out because indexing's own gradient fills the whole map once for each window."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, which: Tensor, starts: Tensor, side: int) -> Tensor:  # noqa: ANN401
        ctx.places, ctx.shape = list(zip(which.tolist(), starts.tolist(), strict=True)), maps.shape
        return torch.stack([maps[b, :, y : y + side, x : x + side] for b, (x, y) in ctx.places])

    @staticmethod
    def backward(ctx: Any, grown: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401
        side = grown.shape[-1]
        whole = grown.new_zeros(ctx.shape).contiguous(memory_format=torch.channels_last)
        for (b, (x, y)), part in zip(ctx.places, grown, strict=True):
            whole[b, :, y : y + side, x : x + side] += part
        return whole, None, None, None


def cut_windows(maps: Tensor, which: Tensor, corners: Tensor, stride_px: int, window_px: int) -> Tensor:
    """Return (P, C, n, n): windows of `maps` (B, C, h, w) whose steps are `stride_px`; zeros outside of the frame."""
    side = window_px // stride_px
    starts = torch.div(corners, stride_px, rounding_mode="floor")
    padded = functional.pad(maps, (side, side, side, side)).contiguous(memory_format=torch.channels_last)
    limit = torch.tensor([maps.shape[-1] + side, maps.shape[-2] + side], device=corners.device)
    starts = torch.minimum((starts + side).clamp(min=0), limit)
    windows: Tensor = _Cut.apply(padded, which, starts, side)
    return windows.contiguous(memory_format=torch.channels_last)


def pasted(windows: Tensor, corners: Tensor, side_px: int, *, empty: float) -> Tensor:
    """Return (P, S, S): windows (P, W, W) set into frames that are `empty` elsewhere."""
    size = windows.shape[-1]
    frames = windows.new_full((len(windows), side_px + 2 * size, side_px + 2 * size), empty)
    for number, (x, y) in enumerate((corners + size).clamp(0, side_px + size).tolist()):
        frames[number, y : y + size, x : x + size] = windows[number]
    return frames[:, size : size + side_px, size : size + side_px]


def click_maps(points: Tensor, labels: Tensor, corners: Tensor, stride_px: int, window_px: int) -> Tensor:
    """Return (P, 7, n, n): what clicks say about each step of a window.

    A spot at the positives, the distance to the nearest, both again for negatives; the mean distance of the negatives
    from the positives, the disk of that radius (what clicks alone tell of the object), and whether there are negatives.
    """
    steps = (torch.arange(window_px // stride_px, device=points.device) + 0.5) * stride_px - 0.5
    local = points - corners[:, None]
    away = ((steps[None, None, None, :] - local[..., 0, None, None]) ** 2) + (
        (steps[None, None, :, None] - local[..., 1, None, None]) ** 2
    )
    far = (_FAR * _UNIT_PX) ** 2
    maps = []
    for sign in (1, 0):
        nearest = away.masked_fill((labels != sign)[..., None, None], far).amin(1).clamp(max=far)  # (P, n, n)
        maps += [(-nearest / (2 * _SPOT_PX**2)).exp(), nearest.sqrt() / _UNIT_PX]
    reach, there = _mean_reach(points, labels)
    even = [value[:, None, None].expand_as(maps[0]) for value in (reach / _UNIT_PX, there)]
    disk = ((even[0] - maps[1]) * (_UNIT_PX / _SPOT_PX)).clamp(-_FAR, _FAR) * even[1]
    maps += [even[0], disk, even[1]]
    return torch.stack(maps, 1).contiguous(memory_format=torch.channels_last)


def _mean_reach(points: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return (P,) mean distance of negatives from the mean positive, 0 without, and (P,) whether there are any."""
    positive, negative = (labels == 1).float(), (labels == 0).float()
    middle = (points * positive[..., None]).sum(1, keepdim=True) / positive.sum(1).clamp(min=1)[:, None, None]
    reach = ((points - middle).pow(2).sum(-1).sqrt() * negative).sum(1) / negative.sum(1).clamp(min=1)
    return reach.clamp(max=_FAR * _UNIT_PX), (negative.sum(1) > 0).float()
