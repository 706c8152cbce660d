"""U-Net: a small click-conditioned one, trained as long as the model it is set beside: what convolutions alone reach.

It reads the same crops and prompts as the segment stage does, drawn as maps; each prompt is a window of its own.

Shapes: B = pictures; S = side of the frame; P = prompts; N = points of each; W = side of a window; C = channels.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.augment import Changes
from training.checkpoints import whole
from training.clicks import MAPS, click_maps, cut_windows, pasted, window_corners
from training.frame import RadiiIn, framed, framed_labels, radii_side_px
from training.network import Encoded, Network, Windows, computes_in_bf16
from training.sample_entries import Entry
from training.samples import read_all
from training.segment_step import Drawing, Framed, evenly, framed_sample, segment_batch, segment_loss

WIDTHS: Final = (24, 48, 96, 128)
"""Channels at full, half, quarter and eighth resolution."""
MOST_HELD: Final = 400
"""Training images that are held in memory; of more, so many are taken by chance."""
_CROP_PX, _WINDOW_PX, _BATCH = 128, 192, 2
_RATE, _SHARE_1P0N = 1e-3, 0.3
_FAINTEST = -20.0
"""Logits outside of a window."""


def _block(given: int, made: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (given, made):
        layers += [nn.Conv2d(channels, made, 3, padding=1, bias=False), nn.GroupNorm(8, made), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(Network):
    """A U-Net over a picture's window and its clicks; nothing is shared between the prompts of a picture."""

    channels = 3
    stride_px = 1

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _block(given, made) for given, made in zip((3 + MAPS, *widths[:-1]), widths, strict=True)
        )
        self.up = nn.ModuleList(
            _block(low + high, high) for low, high in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(widths[0], 1, 1)

    def encode(self, pixels: Tensor) -> Encoded:
        """Return the pixels (B, 3, S, S) themselves."""
        return Encoded(pixels)

    def decode(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Tensor:
        windows = self.decode_windows(encoded, which, points, labels, dense)
        return pasted(windows.logits, windows.corners, encoded.features.shape[-1], empty=_FAINTEST)

    def decode_windows(
        self,
        encoded: Encoded,
        which: Tensor,
        points: Tensor,
        labels: Tensor,
        dense: Tensor | None = None,  # noqa: ARG002  (it has no words)
    ) -> Windows:
        window = _CROP_PX if self.training else _WINDOW_PX
        corners = window_corners(points, labels, 1, window, encoded.features.shape[-1])
        seen = cut_windows(encoded.features, which, corners, 1, window)
        clicks = click_maps(points, labels, corners, 1, window)
        return Windows(self._drawn(torch.cat([seen - 0.5, clicks.to(seen.dtype)], 1)).float(), corners)

    def _drawn(self, maps: Tensor) -> Tensor:
        """Return logits (P, W, W) of windows (P, 3 + MAPS, W, W)."""
        kept: list[Tensor] = []
        for at, block in enumerate(self.down):
            maps = block(functional.max_pool2d(maps, 2) if at else maps)
            kept.append(maps)
        for block, finer in zip(self.up, kept[-2::-1], strict=True):
            larger = functional.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)
            maps = block(torch.cat([larger, finer], 1))
        logits: Tensor = self.head(maps)[:, 0]
        return logits


def trained_unet(
    entries: Sequence[Entry], *, side_px: int, budget_s: float, radii: RadiiIn = "frame", seed: int = 17
) -> UNet:
    """Return a U-Net trained on these images for `budget_s` seconds, reading them not counted.

    Raises:
        UsageError: none of them can be read.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    names, held = _held(entries, side_px, radii, rng)
    network = UNet()
    network.train().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE)
    drawing = Drawing(min(_CROP_PX, side_px), share_1p0n=_SHARE_1P0N, changes=Changes())
    halved = computes_in_bf16(torch.device("cpu"))
    began = time.monotonic()
    while held and (spent := (time.monotonic() - began) / budget_s) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * 0.5 * (1 + np.cos(np.pi * spent))
        batch = segment_batch([held[at] for at in evenly(names, _BATCH, rng)], drawing, rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=halved):
            loss = segment_loss(network, network.encode(batch.pixels), batch, bce=2.0)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    network.eval()
    return network


def _held(
    entries: Sequence[Entry], side_px: int, radii: RadiiIn, rng: np.random.Generator
) -> tuple[list[str], list[Framed]]:
    """Return the sets' names and the framed samples that have an object."""
    chosen = [entries[at] for at in sorted(rng.permutation(len(entries))[:MOST_HELD])]
    names, held = [], []
    for sample in read_all(chosen):
        image, frame = framed(sample.image, side_px)
        one = framed_sample(image, framed_labels(sample.labels, frame), radii_side_px(frame, radii))
        if one.labels.any():
            names.append(sample.dataset)
            held.append(one)
    return names, held


def kept_unet(path: Path) -> tuple[UNet, float] | None:
    """Return the U-Net that a file holds, and the minutes it was trained; None where there is none."""
    if not path.is_file():
        return None
    network = UNet()
    with whole(path):
        held: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        network.load_state_dict(held["weights"])
        network.eval()
        return network, float(held["minutes"])


def keep_unet(network: UNet, minutes: float, path: Path) -> None:
    """Write a U-Net, whole or not at all."""
    half = path.with_name(f".{path.name}")
    torch.save({"weights": network.state_dict(), "minutes": minutes}, half)
    half.replace(path)
