"""Overlays: a picture with what the model draws on it, beside what is true, for a look while it is trained.

Shapes: c = side of the crop in pixels; P = prompts; N = points of each; 2 = (x, y) in pixels of the crop.
"""

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw

from pipeline.workspace import write_whole
from training.joint import Joint
from training.segment_step import SegmentBatch

FOLDER: Final = "overlays"
_COLOURS: Final = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (204, 121, 167), (213, 94, 0))
"""Okabe and Ito's, which all people can tell apart."""
_SCALE: Final = 3
_RADIUS_PX: Final = 4

Pixels = npt.NDArray[np.uint8]


def overlay(joint: Joint, batch: SegmentBatch) -> Pixels:
    """Return the first picture of a batch with predicted masks, and below it with the true ones, as (H, W, 3)."""
    device = next(joint.parameters()).device
    chosen = batch.which == 0
    points, signs = batch.points[chosen], batch.signs[chosen]
    with torch.no_grad():
        encoded = joint.network.encode(batch.pixels[:1].to(device))
        which = torch.zeros(len(points), dtype=torch.int64, device=device)
        logits = joint.network.decode(encoded, which, points.to(device), signs.to(device), joint.dense(encoded))
    pixels = (batch.pixels[0].permute(1, 2, 0) * 255).byte().numpy()
    drawn = [
        _drawn(pixels, masks, points.numpy(), signs.numpy())
        for masks in ((logits > 0).cpu().numpy(), batch.targets[chosen].numpy())
    ]
    return np.concatenate(drawn)


def write_overlay(pixels: Pixels, path: Path) -> None:
    """Write an overlay as PNG, whole."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    write_whole(path, written.getvalue())


def _drawn(pixels: Pixels, masks: npt.NDArray[np.bool_], points: npt.NDArray[Any], signs: npt.NDArray[Any]) -> Pixels:
    """Return a picture (c, c, 3), enlarged, with masks (P, c, c) in colour, and points (P, N, 2): full or hollow."""
    shown = pixels.astype(np.float32)
    for number, mask in enumerate(masks):
        shown[mask] = (shown[mask] + np.array(_COLOURS[number % len(_COLOURS)], np.float32)) / 2
    image = Image.fromarray(shown.astype(np.uint8)).resize(
        (_SCALE * pixels.shape[1], _SCALE * pixels.shape[0]), Image.Resampling.NEAREST
    )
    draw = ImageDraw.Draw(image)
    for number, (clicks, kinds) in enumerate(zip(points, signs, strict=True)):
        colour = _COLOURS[number % len(_COLOURS)]
        for (x, y), kind in zip((clicks + 0.5) * _SCALE, kinds, strict=True):
            box = (x - _RADIUS_PX, y - _RADIUS_PX, x + _RADIUS_PX, y + _RADIUS_PX)
            if kind >= 0:
                draw.ellipse(box, fill=colour if kind else None, outline="white" if kind else colour, width=1)
    return np.asarray(image, np.uint8)
