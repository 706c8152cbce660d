"""Building: the parts of a recipe, from scratch or with the weights it names, or as they were saved."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch

from schemas.errors import UsageError
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
    try:
        return LoraModel(joint.llm, config, "default")
    except ValueError as error:
        said = " ".join(str(error).split()).partition(". ")[0]
        raise UsageError(f"adapters can't be put in: {said}.", where="lora.targets") from error


def _network(section: SmallVit | SamVit, side_px: int) -> Network:
    if isinstance(section, SmallVit):
        from training.small_network import SmallNetwork

        return SmallNetwork(**section.model_dump(exclude={"type"}))
    from training.sam_network import SamNetwork
    from training.sam_weights import pretrained_sam

    return SamNetwork(section, side_px) if section.weights is None else pretrained_sam(section)


def _saved_speech(section: Language, folder: Path) -> Speech:
    """Return the language model that a checkpoint holds, before its weights are put in.

    Raises:
        UsageError: its configuration or its tokenizer can't be read, or it wants to run code of its own.
    """
    if not folder.is_dir():
        raise UsageError("isn't there: the checkpoint has lost its language model.", where=str(folder))
    try:
        return _tiny_speech(section, folder) if section.model == TINY else _other_speech(section, folder)
    except Exception as error:  # tokenizers raises nothing more special than this
        said = " ".join(str(error).split())
        if "trust_remote_code" in said or "does not recognize this architecture" in said:
            mend = "Read that code; then give --trust-remote-code."
            raise UsageError("is a model whose code comes with it.", where=str(folder), mend=mend) from error
        raise UsageError(f"can't be read: {said}", where=str(folder), mend="Train again, or copy it again.") from error


def _tiny_speech(section: Language, folder: Path) -> Speech:
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    # what transformers makes of a configuration that isn't there is a model of billions of weights
    config = Qwen2Config.from_dict(json.loads((folder / "config.json").read_bytes()))
    if (config.hidden_size, config.num_hidden_layers) != (section.hidden, section.layers):
        raise ValueError("config.json: of another size than the recipe's")
    # by its configuration AutoTokenizer takes a tiny Qwen2's tokenizer for Qwen2's own, which parts words otherwise
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    if config.vocab_size > max(section.vocabulary, len(tokenizer)):
        raise ValueError("config.json: more tokens than the tokenizer has")
    return Speech(Qwen2ForCausalLM(config), tokenizer)


def _other_speech(section: Language, folder: Path) -> Speech:
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    told: dict[str, Any] = {"trust_remote_code": section.trust_remote_code}
    config = AutoConfig.from_pretrained(folder, **told)
    return Speech(AutoModelForCausalLM.from_config(config, **told), AutoTokenizer.from_pretrained(folder, **told))
