"""Losses: Dice and binary cross-entropy of masks, the segment stage's whole loss.

Shapes: P = masks; S = side in pixels.
"""

import torch
from torch import Tensor
from torch.nn import functional

_SMOOTH = 1e-7


def mask_loss(
    logits: Tensor, targets: Tensor, valid: Tensor | None = None, *, bce: float = 1.0, dice: float = 1.0
) -> Tensor:
    """Return bce x cross-entropy + dice x (1 - Dice), a number: the mean over P masks.

    `logits` (P, S, S) and `targets` (P, S, S) of truth values; where `valid` (P, S, S) is False, nothing is asked. The
    published weights are 1 : 1; cross-entropy is the mean over pixels, Dice is taken of sigmoids, smooth by 1e-7.
    """
    logits = logits.float()
    asked = torch.ones_like(logits) if valid is None else valid.to(logits.dtype)
    wanted = targets.to(logits.dtype)
    error = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    entropy = (error * asked).flatten(1).sum(1) / asked.flatten(1).sum(1).clamp(min=1)
    likely = logits.sigmoid() * asked
    wanted = wanted * asked
    # Dice = 2 |A n B| / (|A| + |B|), of each mask by itself
    overlap = (2 * (likely * wanted).flatten(1).sum(1) + _SMOOTH) / (
        likely.flatten(1).sum(1) + wanted.flatten(1).sum(1) + _SMOOTH
    )
    return (bce * entropy + dice * (1 - overlap)).mean()
