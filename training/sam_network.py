"""SAM network: transformers' image encoder, prompt encoder and mask decoder of SAM, for frames of any size.

Shapes: B = pictures; S = side of the frame in pixels; C = channels; s = S / 16; P = prompts of all pictures together;
N = points of a prompt; 2 = (x, y) in pixels of the frame.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.network import Encoded, Network
from training.recipe import SAM_STRIDE_PX, SamVit

PRETRAINED_SIDE_PX: Final = 1024
"""Of the pictures SAM was trained on: its table of places has (1024 / 16)^2 entries."""

_SIZES: Final = {
    "tiny": (32, 2, 2, (1,)),
    "b": (768, 12, 12, (2, 5, 8, 11)),
    "l": (1024, 24, 16, (5, 11, 17, 23)),
    "h": (1280, 32, 16, (7, 15, 23, 31)),
}
"""Width, layers, heads, and the layers that see the whole picture; the others see windows of 14 x 14 cells."""
# Kirillov et al. 2023, `segment_anything/modeling/sam.py`, in greys of 0 to 1
_MEAN: Final = (123.675 / 255, 116.28 / 255, 103.53 / 255)
_DEVIATION: Final = (58.395 / 255, 57.12 / 255, 57.375 / 255)


def sam_config(size: str, side_px: int) -> Any:  # noqa: ANN401
    """Return transformers' configuration of a SAM of a size, for pictures of a side."""
    from transformers import SamConfig
    from transformers.models.sam.configuration_sam import SamMaskDecoderConfig, SamPromptEncoderConfig, SamVisionConfig

    channels, heads, between = (32, 2, 64) if size == "tiny" else (256, 8, 2048)
    width, layers, vision_heads, wide = _SIZES[size]
    vision = SamVisionConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=vision_heads,
        global_attn_indexes=wide,
        image_size=side_px,
        output_channels=channels,
        num_pos_feats=channels // 2,
    )
    # transformers sets hidden_size // 2, which makes sines of neighbouring pixels unlike; SAM's own scale is 1
    vision.scale = 1.0
    prompt = SamPromptEncoderConfig(hidden_size=channels, image_size=side_px)
    decoder = SamMaskDecoderConfig(hidden_size=channels, num_attention_heads=heads, mlp_dim=between)
    if size == "tiny":
        decoder.iou_head_hidden_dim = channels
    return SamConfig(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder)


class SamNetwork(Network):
    """SAM itself, as a `Network`: one mask a prompt, from its first mask token; `side_px` is that of its places."""

    stride_px = SAM_STRIDE_PX

    def __init__(self, section: SamVit, side_px: int) -> None:
        super().__init__()
        from transformers import SamModel

        sam = SamModel(sam_config(section.size, side_px))
        self.vision_encoder, self.prompt_encoder = sam.vision_encoder, sam.prompt_encoder
        self.mask_decoder = sam.mask_decoder
        self.channels = sam.config.vision_config.output_channels
        self.scaled = section.pixels == "sam"
        self.freeze_unused()

    def freeze_unused(self) -> None:
        """Keep from training what says nothing of one mask, and SAM's table of frequencies, which it never trains."""
        decoder, prompts = self.mask_decoder, self.prompt_encoder
        unused: tuple[nn.Module, ...] = (decoder.iou_prediction_head, *decoder.output_hypernetworks_mlps[1:])
        for part in (*unused, prompts.mask_embed, prompts.shared_embedding):
            part.requires_grad_(False)
        for unasked in (*prompts.point_embed[2:],):  # corners of boxes
            unasked.requires_grad_(False)

    def encode(self, pixels: Tensor) -> Encoded:
        """Return features (B, C, s, s) of pictures (B, 3, S, S), float 0..1."""
        encoder = self.vision_encoder
        if self.scaled:
            mean, deviation = (torch.tensor(one, device=pixels.device)[:, None, None] for one in (_MEAN, _DEVIATION))
            pixels = (pixels - mean) / deviation
        cells = encoder.patch_embed.projection(pixels).permute(0, 2, 3, 1)  # (B, s, s, width)
        cells = cells + _resized(encoder.pos_embed, cells.shape[1])
        for layer in encoder.layers:
            cells = layer(cells)
        return Encoded(encoder.neck(cells))

    def decode(
        self, encoded: Encoded, which: Tensor, points: Tensor, labels: Tensor, dense: Tensor | None = None
    ) -> Tensor:
        """Return logits (P, S, S)."""
        features = encoded.features
        side = features.shape[-1]
        if dense is None:
            dense = self.prompt_encoder.no_mask_embed.weight[:, :, None, None].expand_as(features)
        low, _ = self.mask_decoder(
            image_embeddings=features[which],
            image_positional_embeddings=self._places(side).to(features.dtype).expand(len(which), -1, -1, -1),
            sparse_prompt_embeddings=self._sparse(points, labels, side * self.stride_px),
            dense_prompt_embeddings=dense[which],
            multimask_output=False,
        )  # (P, 1, 1, 4 s, 4 s)
        whole = side * self.stride_px
        logits = functional.interpolate(low[:, 0].float(), size=(whole, whole), mode="bilinear", align_corners=False)
        return logits[:, 0]

    def _sparse(self, points: Tensor, labels: Tensor, side_px: int) -> Tensor:
        """Return the prompts' tokens (P, 1, N + 1, C); places count from 0 to 1 over the frame, whatever its side."""
        scale = self.prompt_encoder.input_image_size / side_px
        places = (points + 0.5) * scale - 0.5
        tokens: Tensor = self.prompt_encoder(places[:, None], labels[:, None], None, None)[0]
        return tokens

    def _places(self, side: int) -> Tensor:
        """Return the encoded places of the grid, (1, C, s, s)."""
        steps = (torch.arange(side, device=self.prompt_encoder.no_mask_embed.weight.device) + 0.5) / side
        grid = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1)[None]  # (1, s, s, 2)
        places: Tensor = self.prompt_encoder.shared_embedding(grid).permute(0, 3, 1, 2)
        return places


def _resized(places: Tensor, side: int) -> Tensor:
    """Return a table of places (1, t, t, width) for a grid of another side, (1, s, s, width)."""
    if places.shape[1] == side:
        return places
    moved = functional.interpolate(places.permute(0, 3, 1, 2), size=(side, side), mode="bicubic", align_corners=False)
    return moved.permute(0, 2, 3, 1)
