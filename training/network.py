"""Network: what every segmenter of this trainer can do, so that stages and evaluation need not know which it is.

Shapes: B = pictures; S = side of the frame in pixels; C = channels; s = side of the grid of features (S / stride);
P = prompts of all pictures together; N = points of a prompt; W = side of a window; 2 = (x, y) in pixels of the frame.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Encoded(NamedTuple):
    """What the image encoder makes of pictures, once; language and masks both read it."""

    features: Tensor
    """(B, C, s, s)"""
    skips: tuple[Tensor, ...] = ()
    """Finer maps for the mask decoder, (B, c, S / 2, S / 2) and so on; none in SAM itself."""
    instances: Tensor | None = None
    """(B, 4, S / 2, S / 2): instance maps, from a network that makes some."""


class Windows(NamedTuple):
    """Logits of masks, where a network says anything about them."""

    logits: Tensor
    """(P, W, W): above 0 is the object."""
    corners: Tensor
    """(P, 2) int64: x and y of each window's top left pixel in the frame; may lie outside it."""


class Network(nn.Module, ABC):
    """An image encoder, a prompt encoder and a mask decoder, as in SAM (arXiv 2304.02643)."""

    channels: int
    """C of `Encoded.features`."""
    stride_px: int
    """Pixels of the frame for one step of the grid of features: S / s."""

    @abstractmethod
    def encode(self, pixels: Tensor) -> Encoded:
        """Return what pictures (B, 3, S, S), float 0..1, hold; the ViT runs here and nowhere else."""

    @abstractmethod
    def decode(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Tensor:
        """Return logits (P, S, S), one mask a prompt.

        `which` (P,) int64 names each prompt's picture; `points` (P, N, 2) and `labels` (P, N) are its clicks, 1 on the
        object, 0 beside it, -1 none. `dense` (B, C, s, s) is VLSA's dense prompt; None is SAM's `no_mask_embed`.
        """

    def decode_windows(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Windows:
        """Return the logits that `decode` would set into the frame, for losses that need no more; here all of it."""
        logits = self.decode(encoded, which, points, labels, dense)
        return Windows(logits, torch.zeros(len(logits), 2, dtype=torch.int64, device=logits.device))


def computes_in_bf16(device: torch.device) -> bool:
    """Return whether a device has units for bf16; a processor without them is slower in it."""
    able = torch.cpu.get_capabilities()
    return device.type != "cpu" or bool(able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16"))
