"""Merge checks: whether two folders hold whole checkpoints of one model; every difference is told at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from schemas.errors import UsageError
from training.blending import SIZES
from training.merge_configs import config_problems, tokenizer_problems
from training.safetensors_files import Shard, Tensor, shards_of

_SHOWN: Final = 4


def checked(one: Path, other: Path) -> tuple[list[Shard], dict[str, Tensor]]:
    """Return the files of the one, and the tensors of the other by name.

    Raises:
        UsageError: every difference at once.
    """
    configs = [_config(folder) for folder in (one, other)]
    shards = shards_of(one)
    first = {name: tensor for shard in shards for name, tensor in shard.tensors.items()}
    second = {name: tensor for shard in shards_of(other) for name, tensor in shard.tensors.items()}
    problems = [
        *_kind_problems(*configs),
        *config_problems((one, other), *configs),
        *tokenizer_problems(one, other),
        *_tensor_problems(first, second),
    ]
    if problems:
        mend = "Mix a model with one that was trained from it, both saved by the same version of transformers."
        raise UsageError("; ".join(problems), where=f"{one} and {other}", mend=mend)
    return shards, second


def _config(folder: Path) -> Mapping[str, Any]:
    where = str(folder)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "there is no such folder"
        raise UsageError(f"{what}.", where=where, mend="Give a folder that transformers wrote.")
    if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
        raise UsageError(
            "is a LoRA adapter, not a whole model.",
            where=where,
            mend="Put it into its base first: peft's `merge_and_unload()`, then `save_pretrained`.",
        )
    if not (folder / "config.json").is_file():
        raise UsageError("has no config.json.", where=where, mend="Give a folder that transformers wrote.")
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"its config.json can't be read: {error}.", where=where) from error
    if not isinstance(said, dict):
        raise UsageError("its config.json is no configuration.", where=where)
    if said.get("quantization_config"):
        mend = "Mix the models before they are quantised."
        raise UsageError("is quantised: its numbers can't be mixed.", where=where, mend=mend)
    return said


def _kind_problems(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for key in ("model_type", "architectures"):
        if one.get(key) != other.get(key):
            yield f"{key} is {one.get(key)!r} in A, {other.get(key)!r} in B"
    ties = [_tied(config) for config in (one, other)]
    if None not in ties and ties[0] != ties[1]:
        tied, untied = ("A", "B") if ties[0] else ("B", "A")
        yield (
            f"{tied} ties its output to its embeddings (tie_word_embeddings), {untied} doesn't: untie it, by saving it"
            " with tie_word_embeddings=False and a copy of the embeddings as lm_head.weight"
        )


def _tied(config: Mapping[str, Any]) -> bool | None:
    inner = config.get("text_config")
    told = config.get("tie_word_embeddings", inner.get("tie_word_embeddings") if isinstance(inner, dict) else None)
    return told if isinstance(told, bool) else None


def _tensor_problems(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> Iterator[str]:
    for name, lacking in (("B", one.keys() - other.keys()), ("A", other.keys() - one.keys())):
        if lacking:
            yield f"{name} lacks {_few(sorted(lacking))}"
    shared = sorted(one.keys() & other.keys())
    shaped = [
        f"{name} ({_shape(one[name])} in A, {_shape(other[name])} in B)"
        for name in shared
        if one[name].shape != other[name].shape
    ]
    if shaped:
        yield f"shapes differ: {_few(shaped)}"
    kinds = [
        f"{name} ({one[name].dtype}, {other[name].dtype})"
        for name in shared
        if one[name].dtype != other[name].dtype and not {one[name].dtype, other[name].dtype} <= SIZES.keys()
    ]
    if kinds:
        yield f"types can't be mixed: {_few(kinds)}"
    packed = [f"{name} ({one[name].dtype})" for name in shared if one[name].dtype.startswith("F8")]
    if packed:
        yield f"numbers of 8 bit can't be mixed: {_few(packed)}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"
