"""Encoders: pictures to vectors, by a model that the user names; what looks alike to it lies close together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.pixels import on_white
from pipeline.store import fingerprint
from pipeline.stretch import Array8
from schemas.errors import UsageError
from schemas.manifest_sections import Encoder, is_a_folder

Vectors = npt.NDArray[np.float32]
"""[picture, number], each of length 1."""
_WHERE = "curation.encoder"


@dataclass(frozen=True)
class Encode:
    """Makes vectors of pictures; `state` changes with the model."""

    state: str
    vectors: Callable[[Sequence[Array8]], Vectors]


def encoder(asked: Encoder, folder: Path) -> Encode:
    """Return the encoder that a manifest in `folder` names.

    Raises:
        UsageError: torch or transformers is missing, or there is no such model, or it takes no pictures.
    """
    try:
        import torch
        from transformers import AutoImageProcessor, AutoModel
    except ImportError as error:
        mend = "Install it with the extra `train`: pip install 'bricks[train]'."
        raise UsageError(f"needs {error.name}, which isn't here.", where=_WHERE, mend=mend) from error
    here = folder / Path(asked.model).expanduser() if is_a_folder(asked.model) else None
    name = asked.model if here is None else str(here)
    try:
        # "pil": torchvision makes other pixels, and needn't be here
        prepare = AutoImageProcessor.from_pretrained(name, revision=asked.revision, backend="pil")
        model = AutoModel.from_pretrained(name, revision=asked.revision, dtype=torch.float32).eval()
    except (OSError, ValueError, KeyError) as error:
        said = " ".join(str(error).split())[:200].rstrip(".")
        mend = "Give a model of the Hub that transformers.AutoModel loads, or its folder."
        raise UsageError(f"{asked.model} can't be loaded: {said}.", where=_WHERE, mend=mend) from error
    state = fingerprint(asked.model, asked.revision, here and _state_of(here))
    return Encode(state, lambda pictures: _vectors(prepare, model, pictures))


def _state_of(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir())


def _vectors(prepare: Any, model: Any, pictures: Sequence[Array8]) -> Vectors:  # noqa: ANN401
    import torch

    shown = [on_white(Image.fromarray(picture)).convert("RGB") for picture in pictures]
    with torch.inference_mode():
        pixels = prepare(images=shown, return_tensors="pt")["pixel_values"]
        told = _features(model, pixels).float().numpy()
    size = np.linalg.norm(told, axis=1, keepdims=True)
    return np.asarray(told / np.where(size > 0, size, 1), np.float32)


def _features(model: Any, pixels: Any) -> Any:  # noqa: ANN401
    """Return a vector for each picture: a joint model's own for pictures, else the pooled output, else the mean."""
    said = model.get_image_features(pixel_values=pixels) if hasattr(model, "get_image_features") else model(pixels)
    pooled = getattr(said, "pooler_output", said)
    if pooled is None:
        return said.last_hidden_state.mean(1)
    return pooled.flatten(1)
