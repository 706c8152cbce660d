"""The small network's image encoder: convolutions, SAM's ViT layers at a stride of 8, a way up to instance maps.

Attention looks into windows, and norms are taken over the channels of each place, so that a part of a picture gives
what the whole would.

Shapes: B = pictures; S = side of the frame; C = width; s = S / 8; c = channels of the first convolutions.
"""

from collections.abc import Callable

from torch import Tensor, nn
from transformers.models.sam.configuration_sam import SamVisionConfig
from transformers.models.sam.modeling_sam import SamLayerNorm, SamVisionLayer

from training.instance_maps import MAPS
from training.network import Encoded

_WINDOWS = (16, 12)
"""Sides of the attention's windows in tokens, in turn: the edges of one lie inside those of the next."""

_LEAST_DEVIATION, _MOST = 0.01, 6.0
"""A picture of one grey isn't divided by nothing; a few glaring pixels don't drown the rest."""


class ConvBlock(nn.Module):
    """x + two 3 x 3 convolutions of it: (B, c, h, w) to the same."""

    def __init__(self, channels: int, norm: Callable[[int], nn.Module] | None = None) -> None:
        super().__init__()
        made = norm or _over_channels
        self.layers = nn.Sequential(
            made(channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            made(channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the same shape."""
        return maps + self.layers(maps)


def _over_channels(channels: int) -> nn.Module:
    norm: nn.Module = SamLayerNorm(channels, data_format="channels_first")
    return norm


def standardised(pixels: Tensor) -> Tensor:
    """Return pictures (B, 3, S, S) less their mean, by their deviation, both of what isn't black.

    A dim picture of nuclei spans a tenth of the greys; as it is, its edges would be lost in those of the bright ones.
    Black may be padding, so it doesn't count; but it stays darker than the rest, since it may be background, too.
    """
    shown = (pixels.amax(1, keepdim=True) > 0).to(pixels.dtype)
    count = (3 * shown.sum((1, 2, 3), keepdim=True)).clamp(min=1)
    mean = (pixels * shown).sum((1, 2, 3), keepdim=True) / count
    centred = pixels - mean
    deviation = ((centred * shown).square().sum((1, 2, 3), keepdim=True) / count).sqrt()
    return (centred / (deviation + _LEAST_DEVIATION)).clamp(-_MOST, _MOST)


class SmallEncoder(nn.Module):
    """Pixels (B, 3, S, S) in 0..1 to features (B, C, s, s), finer maps and instance maps (B, 4, S / 2, S / 2).

    The skips are (B, 3, S, S), the pixels standardised; (B, c, S / 2, S / 2); (B, 2 c, S / 4, S / 4), which have seen
    the features: a U-Net's way up.
    """

    def __init__(self, *, width: int, layers: int, heads: int, stem_channels: int) -> None:
        super().__init__()
        fine, middle = stem_channels, 2 * stem_channels
        self.to_half = nn.Sequential(nn.Conv2d(3, fine, 4, 2, 1), ConvBlock(fine))
        self.to_quarter = nn.Sequential(nn.Conv2d(fine, middle, 4, 2, 1), ConvBlock(middle))
        self.to_eighth = nn.Sequential(nn.Conv2d(middle, width, 4, 2, 1), ConvBlock(width))
        config = SamVisionConfig(hidden_size=width, num_attention_heads=heads, mlp_dim=3 * width)
        config._attn_implementation = "sdpa"  # noqa: SLF001 - where transformers looks for it
        windows = (_WINDOWS[number % len(_WINDOWS)] for number in range(layers))
        self.layers = nn.ModuleList(SamVisionLayer(config, window) for window in windows)
        self.neck = _over_channels(width)
        self.up = nn.ModuleList([nn.ConvTranspose2d(width, middle, 2, 2), nn.ConvTranspose2d(middle, fine, 2, 2)])
        self.lateral = nn.ModuleList([nn.Conv2d(middle, middle, 1), nn.Conv2d(fine, fine, 1)])
        self.blocks = nn.ModuleList([ConvBlock(middle), ConvBlock(fine)])
        self.instances = nn.Sequential(_over_channels(fine), nn.GELU(), nn.Conv2d(fine, MAPS, 3, padding=1))

    def forward(self, pixels: Tensor) -> Encoded:
        """Return the features, skips from fine to coarse, and instance maps."""
        whole = standardised(pixels)
        half = self.to_half(whole)
        quarter = self.to_quarter(half)
        tokens = self.to_eighth(quarter).permute(0, 2, 3, 1)  # (B, s, s, C)
        for layer in self.layers:
            out = layer(tokens)
            tokens = out[0] if isinstance(out, tuple) else out
        features = self.neck(tokens.permute(0, 3, 1, 2))
        quarter = self.blocks[0](self.up[0](features) + self.lateral[0](quarter))
        half = self.blocks[1](self.up[1](quarter) + self.lateral[1](half))
        return Encoded(features, (whole, half, quarter), self.instances(half).float())
