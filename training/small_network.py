"""The small network: SAM's structure with a convolutional stem, clicks drawn as maps, and masks in windows.

A plain small `SamModel` learns nothing in minutes; what it lacks are edges near the pixel and clicks it can see. So the
encoder keeps finer maps as skips, up to the pixels themselves, and says of each pixel which object it belongs to
(`instance_maps`); each prompt's clicks, and how pixels stand to the object clicked on, are drawn into its maps beside
SAM's sparse tokens; and after SAM's two-way transformer each prompt has convolutions of its own on the way up. A prompt
is decoded in the window of `window_px` around its positive only, which is what makes 1,000 objects of a picture
affordable; an object that reaches out of it is cut at its edge.

Shapes: B = pictures; S = side of the frame; C = width; s = S / 8; P = prompts; N = points of each; W = window_px;
n = W / 8; c = channels of the stem; 2 = (x, y) in pixels of the frame.
"""

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.sam.configuration_sam import (
    SamConfig,
    SamMaskDecoderConfig,
    SamPromptEncoderConfig,
    SamVisionConfig,
)
from transformers.models.sam.modeling_sam import SamFeedForward, SamPromptEncoder, SamTwoWayTransformer

from training.clicks import MAPS, click_maps, cut_windows, pasted, window_corners
from training.instance_maps import RELATIONS, STRIDE_PX, relations
from training.network import Encoded, Network, Windows
from training.small_encoder import ConvBlock, SmallEncoder

OUTSIDE = -30.0
"""The logit where a network says nothing: certainly not the object."""

_STRIDES = (8, 4, 2, 1)
_LAST = 8
"""Channels of the last convolutions, at full resolution."""


class SmallNetwork(Network):
    """SAM in small: what `Network` promises, for training on two cores."""

    stride_px = 8

    def __init__(  # noqa: PLR0913 - the sizes of a network are its recipe
        self,
        *,
        width: int = 128,
        layers: int = 4,
        heads: int = 4,
        stem_channels: int = 32,
        decoder_layers: int = 2,
        window_px: int = 128,
        drawn_clicks: bool = True,
    ) -> None:
        super().__init__()
        self.channels, self.window_px, self.drawn_clicks = width, window_px, drawn_clicks
        self.encoder = SmallEncoder(width=width, layers=layers, heads=heads, stem_channels=stem_channels)
        self.prompt_encoder = _prompt_encoder(width, window_px)
        self.mask_token = nn.Parameter(torch.randn(1, 1, 1, width) * 0.02)
        config = SamMaskDecoderConfig(
            hidden_size=width, num_attention_heads=heads, num_hidden_layers=decoder_layers, mlp_dim=2 * width
        )
        config._attn_implementation = "sdpa"  # noqa: SLF001 - where transformers looks for it
        self.two_way = SamTwoWayTransformer(config)
        sizes = (width, 2 * stem_channels, stem_channels)
        self.drawn = nn.ModuleList(nn.Conv2d(MAPS, size, 3, padding=1) for size in sizes)
        self.related = nn.ModuleList(nn.Conv2d(RELATIONS, size, 3, padding=1) for size in sizes)
        self.said = nn.Conv2d(RELATIONS, 1, 1)
        self.up = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, 2) for coarse, fine in pairwise(sizes))
        norm = partial(nn.GroupNorm, 4)
        self.blocks = nn.ModuleList(ConvBlock(size, norm) for size in sizes[1:])
        self.norm = norm(stem_channels)
        self.hyper = SamFeedForward(width, width, 4 * stem_channels, 3)
        self.bias = nn.Parameter(torch.full((4,), -2.0))  # most of a window isn't the object
        self.edge = nn.Sequential(
            nn.Conv2d(1 + 3 + MAPS, _LAST, 3, padding=1), nn.GELU(), nn.Conv2d(_LAST, 1, 3, padding=1)
        )
        self.to(memory_format=torch.channels_last)  # a third faster on CPUs

    def encode(self, pixels: Tensor) -> Encoded:
        """Return features (B, C, s, s), skips and instance maps of pictures (B, 3, S, S)."""
        encoded: Encoded = self.encoder(pixels.contiguous(memory_format=torch.channels_last))
        return encoded

    def decode(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Tensor:
        """Return logits (P, S, S)."""
        windows = self.decode_windows(encoded, which, points, labels, dense)
        side_px = encoded.features.shape[-1] * self.stride_px
        return pasted(windows.logits, windows.corners, side_px, empty=OUTSIDE)

    def decode_windows(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Windows:
        """Return logits (P, W, W) around the clicks."""
        assert encoded.instances is not None, "made by `encode`"
        side_px = encoded.features.shape[-1] * self.stride_px
        corners = window_corners(points, labels, self.stride_px, self.window_px, side_px)
        prompt = self.prompt_encoder.no_mask_embed.weight[..., None, None] if dense is None else dense
        maps = [encoded.features + prompt, *encoded.skips[::-1], encoded.instances]
        eighth, quarter, half, whole, instances = (
            cut_windows(part, which, corners, stride, self.window_px)
            for part, stride in zip(maps, (*_STRIDES, STRIDE_PX), strict=True)
        )
        local = points - corners[:, None]
        drawn = [self._click_maps(points, labels, corners, stride) for stride in _STRIDES]
        related = relations(instances, local, labels)
        clicks = [layer(part) for layer, part in zip(self.drawn, drawn, strict=False)]
        for at, layer in enumerate(self.related):
            clicks[at] = clicks[at] + layer(functional.avg_pool2d(related, _STRIDES[at] // STRIDE_PX))
        token, looked = self._attended(eighth + clicks[0], local, labels)
        fine = self.blocks[0](self.up[0](looked) + quarter + clicks[1])
        fine = self.blocks[1](self.up[1](fine) + half + clicks[2])
        masks = self._masks(token, functional.gelu(self.norm(fine)))
        masks = masks + functional.interpolate(self.said(related), scale_factor=float(STRIDE_PX), mode="bilinear")
        masks = masks + self.edge(torch.cat([masks, whole, drawn[3]], 1))
        return Windows(masks.squeeze(1), corners)

    def _click_maps(self, points: Tensor, labels: Tensor, corners: Tensor, stride: int) -> Tensor:
        maps = click_maps(points, labels, corners, stride, self.window_px)
        return maps if self.drawn_clicks else torch.zeros_like(maps)

    def _attended(self, maps: Tensor, points: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mask token (P, C) and maps (P, C, n, n) after SAM's two-way transformer.

        `maps` (P, C, n, n) holds the picture, the dense prompt and the clicks; `points` (P, N, 2) are in px of windows.
        """
        sparse, _ = self.prompt_encoder(points[:, None], labels[:, None], None, None)  # (P, 1, N + 1, C)
        tokens = torch.cat([self.mask_token.expand(len(maps), 1, 1, -1), sparse], 2)
        side = maps.shape[-1]
        steps = (torch.arange(side, device=maps.device) + 0.5) / side
        grid = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1)[None]  # (1, n, n, 2)
        places = self.prompt_encoder.shared_embedding(grid).permute(0, 3, 1, 2)
        tokens, keys = self.two_way(tokens, maps, places, None)
        looked = keys.squeeze(1).transpose(1, 2).reshape(maps.shape).contiguous(memory_format=torch.channels_last)
        return tokens[:, 0, 0], looked

    def _masks(self, token: Tensor, maps: Tensor) -> Tensor:
        """Return logits (P, 1, W, W): the token's product with maps (P, c, W / 2, W / 2), four pixels for each step."""
        weights = self.hyper(token).unflatten(1, (4, maps.shape[1]))  # (P, 4, c)
        products = torch.einsum("pkc,pchw->pkhw", weights, maps) * maps.shape[1] ** -0.5
        return functional.pixel_shuffle(products + self.bias[:, None, None], 2)


def _prompt_encoder(width: int, window_px: int) -> nn.Module:
    """Return SAM's prompt encoder for windows; points are encoded with frequencies of scale 1.

    `SamVisionConfig.__post_init__` sets that scale to hidden_size // 2, whatever it is given: the sines of neighbouring
    pixels then have nothing in common, and a point tells no place.
    """
    vision = SamVisionConfig(hidden_size=width, num_pos_feats=width // 2, image_size=window_px, patch_size=8)
    vision.scale = 1.0
    prompt = SamPromptEncoderConfig(hidden_size=width, image_size=window_px, patch_size=8)
    encoder: nn.Module = SamPromptEncoder(SamConfig(vision_config=vision, prompt_encoder_config=prompt))
    encoder.shared_embedding.scale = 1.0
    encoder.mask_embed = nn.Identity()  # no mask is ever put in; VLSA's dense prompt stands in its place
    encoder.shared_embedding.positional_embedding.data = torch.randn(2, width // 2)
    return encoder
