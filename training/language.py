"""Language: the language model with its tokenizer: any causal one by name or folder, or a tiny Qwen2 from scratch."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from torch import nn

from schemas.errors import UsageError
from training.chat import encoded, padded, padded_labels
from training.recipe import Language

TINY: Final = "tiny"
_START, _END, _PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
_CHATML: Final = (
    "{% for turn in messages %}{{ '<|im_start|>' + turn['role'] + '\\n' + turn['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_TINY_POSITIONS: Final = 4096
_TAUGHT_TOKENS, _TAUGHT_BATCH, _TAUGHT_LR = 128, 8, 3e-3


class Speech(NamedTuple):
    """A language model and what turns text into its tokens."""

    model: Any
    """A causal model of transformers."""
    tokenizer: Any


def speech(section: Language, texts: Iterable[str], seed: int) -> Speech:
    """Return the language model that a recipe asks for; `texts` train the tokenizer of a tiny one.

    Raises:
        UsageError: it isn't here and can't be fetched, or wants to run code of its own.
    """
    if section.model == TINY:
        said = list(texts)
        tokenizer = tiny_tokenizer(said, section.vocabulary)
        model = tiny_model(section, tokenizer, seed)
        teach(Speech(model, tokenizer), said, section.text_steps, seed)
        return Speech(model, tokenizer)
    return _loaded(section)


def tiny_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:  # noqa: ANN401
    """Return a byte-level BPE tokenizer trained on `texts`, the same for the same texts; no text is unknown to it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[_PAD, _START, _END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=_PAD, eos_token=_END, additional_special_tokens=[_START]
    )
    tokenizer.chat_template = _CHATML
    return tokenizer


def tiny_model(section: Language, tokenizer: Any, seed: int) -> Any:  # noqa: ANN401
    """Return a small Qwen2 with random weights, the same for the same seed."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=section.hidden,
        intermediate_size=4 * section.hidden,
        num_hidden_layers=section.layers,
        num_attention_heads=section.heads,
        num_key_value_heads=section.heads,
        max_position_embeddings=_TINY_POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Qwen2ForCausalLM(config)


def teach(spoken: Speech, texts: Sequence[str], steps: int, seed: int) -> None:
    """Let a model from scratch learn to say `texts`, as answers to nothing; the same for the same seed.

    Published models have this behind them. A projector can't learn to speak to one that says nothing.
    """
    import numpy as np
    import torch

    model, rng = spoken.model, np.random.default_rng(seed)
    said = [encoded([("user", ""), ("assistant", text)], spoken.tokenizer, 0, _TAUGHT_TOKENS) for text in texts]
    optimiser = torch.optim.AdamW(model.parameters(), lr=_TAUGHT_LR)
    for _ in range(steps if said else 0):
        chosen = [said[int(at)] for at in rng.integers(0, len(said), _TAUGHT_BATCH)]
        tokens, labels = padded([one.ids for one in chosen]), padded_labels([one.labels for one in chosen])
        model(input_ids=tokens.ids, attention_mask=tokens.mask.long(), labels=labels).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


def hidden_of(model: Any) -> int:  # noqa: ANN401
    """Return the width of a model's states."""
    return int(model.get_input_embeddings().weight.shape[1])


def decoder_of(model: nn.Module) -> Any:  # noqa: ANN401
    """Return the part of a causal model below its output layer, which gives states and not logits."""
    prefix = str(getattr(model, "base_model_prefix", ""))
    for name in (prefix, "model", "transformer"):
        inner = getattr(model, name, None) if name else None
        if isinstance(inner, nn.Module) and inner is not model:
            return inner
    where = type(model).__name__
    raise UsageError("its states can't be had: no part of it is its decoder.", where=where, mend="Give another llm.")


def _loaded(section: Language) -> Speech:
    from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

    told = {"revision": section.revision, "trust_remote_code": section.trust_remote_code}
    try:
        tokenizer = AutoTokenizer.from_pretrained(section.model, **told)
        try:
            model = AutoModelForCausalLM.from_pretrained(section.model, dtype="auto", **told)
        except ValueError as error:
            if "Unrecognized configuration class" not in str(error):
                raise
            model = AutoModel.from_pretrained(section.model, dtype="auto", **told)  # such as InternVL: a model in one
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise refused(section, error) from error
    return Speech(getattr(model, "language_model", model), tokenizer)


def refused(section: Language, error: Exception) -> UsageError:
    """Return what to say of a model that can't be loaded."""
    said = " ".join(str(error).split())
    if "trust_remote_code" in said or "does not recognize this architecture" in said:
        return UsageError(
            "is a model whose code comes with it, as that of InternLM2.5 and InternVL2.5: transformers has none.",
            where=f"llm.model: {section.model}",
            mend="Read that code; then set llm.trust_remote_code: true, and pin llm.revision.",
        )
    if isinstance(error, ImportError):
        return UsageError(f"needs more than is installed: {said}", where=f"llm.model: {section.model}")
    if Path(section.model).exists():
        return UsageError(f"can't be read: {said}", where=f"llm.model: {section.model}")
    return UsageError(
        "is not on this machine and can't be fetched.",
        where=f"llm.model: {section.model}",
        mend="Where there is a network: `hf download` it; else give its folder, or `tiny` for one from scratch.",
    )
