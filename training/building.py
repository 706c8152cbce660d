"""Building: the parts of a recipe, from scratch or with the weights it names, or as they were saved."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch

from training.joint import Joint
from training.language import TINY, Speech, speech
from training.network import Network
from training.recipe import Language, Recipe, SamVit, Sft, SmallVit

LLM: Final = "llm"
"""Folder of a checkpoint with the language model's configuration and tokenizer."""


def built(recipe: Recipe, texts: Iterable[str]) -> Joint:
    """Return what a recipe asks for, the same for the same seed and texts.

    Raises:
        UsageError: weights that it names can't be had.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = _network(recipe.network, recipe.frame.side_px)
        spoken = speech(recipe.llm, texts, recipe.seed) if recipe.llm else None
        return Joint(network, recipe, spoken)


def skeleton(recipe: Recipe, folder: Path, places: int | None) -> Joint:
    """Return the parts of a checkpoint before its weights are put in; `places` is the side of SAM's table of places."""
    section = recipe.network
    if isinstance(section, SamVit) and places:
        from training.sam_network import SamNetwork

        network: Network = SamNetwork(section, places * recipe.stride_px)
    else:
        network = _network(section, recipe.frame.side_px)
    return Joint(network, recipe, _saved_speech(recipe.llm, folder / LLM) if recipe.llm else None)


def save_speech(joint: Joint, folder: Path) -> None:
    """Write the language model's configuration and its tokenizer."""
    joint.llm.config.save_pretrained(folder / LLM)
    joint.tokenizer.save_pretrained(folder / LLM)


def is_kept_elsewhere(recipe: Recipe, stages: Iterable[str]) -> bool:
    """Return whether the language model is as its makers published it, after these stages: then it isn't saved."""
    named = zip(recipe.stages, recipe.stage_names, strict=True)
    trained = any(stage.kind == "sft" for stage, name in named if name in stages)
    return recipe.llm is not None and recipe.llm.model != TINY and not trained


def adapted(joint: Joint, stage: Sft) -> Any:  # noqa: ANN401
    """Put adapters (LoRA, arXiv 2106.09685) into the language model, in place; return what can melt them into it."""
    from peft import LoraConfig
    from peft.tuners.lora import LoraModel

    assert stage.lora is not None
    lora = stage.lora
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets) if lora.targets else "all-linear",
        task_type="CAUSAL_LM",
    )
    return LoraModel(joint.llm, config, "default")


def _network(section: SmallVit | SamVit, side_px: int) -> Network:
    if isinstance(section, SmallVit):
        from training.small_network import SmallNetwork

        return SmallNetwork(**section.model_dump(exclude={"type"}))
    from training.sam_network import SamNetwork
    from training.sam_weights import pretrained_sam

    return SamNetwork(section, side_px) if section.weights is None else pretrained_sam(section)


def _saved_speech(section: Language, folder: Path) -> Speech:
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

    told: dict[str, Any] = {"trust_remote_code": section.trust_remote_code}
    config = AutoConfig.from_pretrained(folder, **told)
    # by its configuration AutoTokenizer takes a tiny Qwen2's tokenizer for Qwen2's own, which parts words otherwise
    kind = PreTrainedTokenizerFast if section.model == TINY else AutoTokenizer
    tokenizer = kind.from_pretrained(folder, **told)
    return Speech(AutoModelForCausalLM.from_config(config, **told), tokenizer)
