"""VLSA, vision-language semantic alignment: what the language model makes of a picture becomes SAM's dense prompt.

Shapes: B = pictures; n = image tokens; D = width of the language model; C = channels of the image encoder;
s = side of its grid, n = (s / 2)^2.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.projector import SHUFFLE, inverse_pixel_shuffle


class Vlsa(nn.Module):
    """LN -> Linear -> GELU -> Linear -> inverse pixel shuffle -> norm without parameters -> scale and shift.

    The MLP comes before the un-shuffle, as in uLLSAM's code; its paper writes them the other way round.
    """

    def __init__(self, hidden: int, channels: int, *, scale_shift: bool = True) -> None:
        super().__init__()
        wide = channels * SHUFFLE**2
        self.layers = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, wide), nn.GELU(), nn.Linear(wide, wide))
        self.scale = nn.Parameter(torch.tensor(0.1)) if scale_shift else None
        self.shift = nn.Parameter(torch.tensor(0.0)) if scale_shift else None

    def forward(self, states: Tensor) -> Tensor:
        """Return the dense prompt (B, C, s, s) of the model's last states at the image tokens, (B, n, D)."""
        features = inverse_pixel_shuffle(self.layers(states))
        cells = features.permute(0, 2, 3, 1)
        normal = functional.layer_norm(cells.float(), cells.shape[-1:])
        if self.scale is not None and self.shift is not None:
            normal = self.scale * normal + self.shift  # Eq. 2 of the paper: alpha * norm(f) + beta
        return normal.permute(0, 3, 1, 2).to(features.dtype)
