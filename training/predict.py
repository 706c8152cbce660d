"""Predict: a trained checkpoint as a predictor of masks from clicks, and what it says of a picture.

Shapes: H, W = rows and columns of the image; S = side of the frame; P = prompts; N = points of each; C, s = channels
and side of the encoder's grid; 2 = (x, y).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from schemas.errors import UsageError
from training.floors import Image8, Predictor
from training.frame import Frame, framed, unframed
from training.matching import Region, region_of
from training.points import Prompts

if TYPE_CHECKING:
    import torch

    from training.checkpoints import Loaded
    from training.network import Encoded, Network

DECODED_AT_ONCE: Final = 16
"""Prompts whose logits are held at a time: 16 MB in a frame of 512 px, 64 in one of 1024."""

Dense = Callable[["Encoded"], "torch.Tensor | None"]
"""The dense prompt (1, C, s, s) that a picture's language states make; None where there are none."""


def network_predictor(network: "Network", dense: Dense = lambda _: None) -> Predictor:
    """Return a predictor: the picture is encoded once, its prompts are decoded a few at a time."""
    import torch

    def predict(image: Image8, prompts: Prompts, frame: Frame) -> Iterator[Region]:
        with torch.inference_mode():
            encoded = network.encode(pixels_of(image, frame.side_px, network))
            words = dense(encoded)
        for logits in decoded(network, encoded, prompts, words):
            yield from (region_of(unframed(mask[None], frame)[0]) for mask in logits)

    return predict


def decoded(
    network: "Network", encoded: "Encoded", prompts: Prompts, words: "torch.Tensor | None"
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the logits of one picture's prompts, (at most `DECODED_AT_ONCE`, S, S), in their order."""
    import torch

    device = encoded.features.device
    for low in range(0, len(prompts.points), DECODED_AT_ONCE):
        points = torch.from_numpy(np.asarray(prompts.points[low : low + DECODED_AT_ONCE], np.float32)).to(device)
        labels = torch.from_numpy(np.asarray(prompts.labels[low : low + DECODED_AT_ONCE])).to(device)
        which = torch.zeros(len(points), dtype=torch.int64, device=device)
        with torch.inference_mode():
            logits = network.decode(encoded, which, points, labels, words)
        yield logits.float().cpu().numpy()


def pixels_of(image: Image8, side_px: int, network: "Network") -> "torch.Tensor":
    """Return an image (H, W, 3) in its frame as (1, 3, S, S), 0..1, where the network's weights are."""
    import torch

    square, _ = framed(image, side_px)
    device = next(iter(network.parameters())).device
    return torch.from_numpy(square).permute(2, 0, 1)[None].float().div(255).to(device)


def opened(checkpoint: Path, *, trust_remote_code: bool = False) -> "Loaded":
    """Return what a checkpoint holds, ready to predict, on the GPU where there is one.

    Raises:
        UsageError: there is none, or torch isn't installed.
    """
    refuse_without_torch()
    import torch

    from training.checkpoints import load

    if not checkpoint.is_dir():
        what = "is no folder" if checkpoint.exists() else "there is no such folder"
        raise UsageError(f"{what}.", where=str(checkpoint), mend="Give the folder that `bricks train` wrote.")
    loaded = load(checkpoint, trust_remote_code=trust_remote_code)
    loaded.joint.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    return loaded


def refuse_without_torch(where: str = "") -> None:
    """Refuse where the extra `train` isn't installed.

    Raises:
        UsageError: always there.
    """
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        mend = "Install it: pip install 'bricks[train]'."
        raise UsageError(f"this needs {error.name}.", where=where, mend=mend) from error


def predictor_of(loaded: "Loaded", *, vlk: bool = True) -> Predictor:
    """Return the predictor of a loaded checkpoint; without `vlk` the language model's states are left out."""
    joint: Any = loaded.joint
    return network_predictor(joint.network, joint.dense if vlk else lambda _: None)


def predictor(checkpoint: Path, *, vlk: bool = True) -> Predictor:
    """Return the predictor of a checkpoint's folder.

    Raises:
        UsageError: there is none, or torch isn't installed.
    """
    return predictor_of(opened(checkpoint), vlk=vlk)
