"""Projector: from the image encoder's features to the tokens a language model reads, four cells a token.

Shapes: B = pictures; C = channels of the encoder; s = side of its grid; n = (s / 2)^2 image tokens;
D = width of the language model.
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

SHUFFLE: Final = 2
"""Cells of the grid, along each side, that become one token: the paper's pixel shuffle of ratio 0.5."""


def pixel_shuffle(features: Tensor) -> Tensor:
    """Return features (B, C, s, s) as tokens (B, n, 4 C), row by row: space becomes channels, nothing is lost."""
    return functional.pixel_unshuffle(features, SHUFFLE).flatten(2).transpose(1, 2)


def inverse_pixel_shuffle(tokens: Tensor) -> Tensor:
    """Return tokens (B, n, 4 C) as features (B, C, s, s): undoes `pixel_shuffle`, number by number."""
    side = round(tokens.shape[1] ** 0.5)
    grid = tokens.transpose(1, 2).unflatten(2, (side, side))
    return functional.pixel_shuffle(grid, SHUFFLE)


class Projector(nn.Module):
    """Pixel shuffle, then LN -> Linear -> GELU -> Linear, as InternVL's and uLLSAM's `mlp1`."""

    def __init__(self, channels: int, hidden: int, between: int | None = None) -> None:
        super().__init__()
        wide, between = channels * SHUFFLE**2, between or hidden
        self.layers = nn.Sequential(nn.LayerNorm(wide), nn.Linear(wide, between), nn.GELU(), nn.Linear(between, hidden))

    def forward(self, features: Tensor) -> Tensor:
        """Return image tokens (B, n, D) of features (B, C, s, s)."""
        tokens: Tensor = self.layers(pixel_shuffle(features))
        return tokens
