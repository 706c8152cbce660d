"""SAM weights: checkpoints of SAM and micro-sam, in the original layout or in transformers', into a `SamNetwork`."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from torch import Tensor

from schemas.errors import UsageError
from training.recipe import SAM_STRIDE_PX, SamVit
from training.sam_network import PRETRAINED_SIDE_PX, SamNetwork

_WRAPPERS: Final = ("model_state", "model", "state_dict")
"""Under which key trainers, micro-sam's among them, keep the weights in a larger checkpoint."""
_PREFIXES: Final = ("module.", "sam.")

# Names of github.com/facebookresearch/segment-anything to those of transformers, tried in this order.
_NAMES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^image_encoder\.", "vision_encoder."),
        (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
        (r"\.blocks\.", ".layers."),
        (r"\.neck\.0\.", ".neck.conv1."),
        (r"\.neck\.1\.", ".neck.layer_norm1."),
        (r"\.neck\.2\.", ".neck.conv2."),
        (r"\.neck\.3\.", ".neck.layer_norm2."),
        (r"\.norm(\d|_)", r".layer_norm\1"),
        (r"\.pe_layer\.positional_encoding_gaussian_matrix$", ".shared_embedding.positional_embedding"),
        (r"\.point_embeddings\.", ".point_embed."),
        (r"\.mask_downscaling\.0\.", ".mask_embed.conv1."),
        (r"\.mask_downscaling\.1\.", ".mask_embed.layer_norm1."),
        (r"\.mask_downscaling\.3\.", ".mask_embed.conv2."),
        (r"\.mask_downscaling\.4\.", ".mask_embed.layer_norm2."),
        (r"\.mask_downscaling\.6\.", ".mask_embed.conv3."),
        (r"\.output_upscaling\.0\.", ".upscale_conv1."),
        (r"\.output_upscaling\.1\.", ".upscale_layer_norm."),
        (r"\.output_upscaling\.3\.", ".upscale_conv2."),
        # a head of three layers: the first and the last have names, the middle one is counted anew
        (r"(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.0\.", r"\1.proj_in."),
        (r"(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.1\.", r"\1.layers.0."),
        (r"(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.2\.", r"\1.proj_out."),
    )
)


def pretrained_sam(section: SamVit) -> SamNetwork:
    """Return a network with the weights that a recipe names.

    Raises:
        UsageError: they aren't here, can't be read safely, or are of another model.
    """
    assert section.weights is not None
    where = f"network.weights: {section.weights}"
    path = Path(section.weights)
    state = in_hf_names(_file_state(path, where) if path.is_file() else _hub_state(section, where))
    places = state.get("vision_encoder.pos_embed")  # (1, t, t, width): t says for which side it was trained
    network = SamNetwork(section, PRETRAINED_SIDE_PX if places is None else places.shape[1] * SAM_STRIDE_PX)
    _put(network, state, where, section.size)
    return network


def in_hf_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights by transformers' names, from SAM's own names or theirs, with or without a trainer's prefix.

    >>> list(in_hf_names({"sam.image_encoder.blocks.3.norm1.weight": None}))
    ['vision_encoder.layers.3.layer_norm1.weight']
    """
    bare = {_bare(name): tensor for name, tensor in state.items()}
    if any(name.startswith("image_encoder.") for name in bare):
        bare = {_renamed(name): tensor for name, tensor in bare.items()}
    return {name: tensor for name, tensor in bare.items() if not name.startswith("shared_image_embedding.")}


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _renamed(name: str) -> str:
    for pattern, other in _NAMES:
        name = pattern.sub(other, name)
    return name


def _file_state(path: Path, where: str) -> Mapping[str, Tensor]:
    """Return the weights in a file; nothing in it is run."""
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a file is told below
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        mend = "Save the weights alone: torch.save(model.state_dict(), ...), or micro-sam's `export_custom_sam_model`."
        raise UsageError("holds more than weights, and isn't opened.", where=where, mend=mend) from error
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        said = " ".join(str(error).split()) or "it ends too early"
        raise UsageError(f"can't be read: {said}.", where=where, mend="Fetch it again.") from error
    for key in _WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(_is_weight(name, one) for name, one in found.items()):
        raise UsageError("holds no table of weights.", where=where, mend="Give a checkpoint of SAM or micro-sam.")
    return found


def _is_weight(name: Any, one: Any) -> bool:  # noqa: ANN401
    return isinstance(name, str) and isinstance(one, Tensor)


def _hub_state(section: SamVit, where: str) -> Mapping[str, Tensor]:
    from transformers import SamModel

    try:
        model = SamModel.from_pretrained(section.weights, revision=section.revision)
    except (OSError, ValueError) as error:
        raise UsageError(
            "is not on this machine and can't be fetched.",
            where=where,
            mend="Give a file of SAM's or micro-sam's weights (vit_b.pt), or a folder that transformers wrote.",
        ) from error
    state: Mapping[str, Tensor] = model.state_dict()
    return state


def _put(network: SamNetwork, state: Mapping[str, Tensor], where: str, size: str) -> None:
    own = network.state_dict()
    lacking, more = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    other = sorted(name for name in own.keys() & state.keys() if own[name].shape != state[name].shape)
    for names, what in ((lacking, "lacks"), (more, "has, and SAM hasn't,"), (other, "has in another size")):
        if names:
            told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            mend = f"Are these weights of SAM's size {size}? Set network.size."
            raise UsageError(f"{what} {told}.", where=where, mend=mend)
    network.load_state_dict(state)
