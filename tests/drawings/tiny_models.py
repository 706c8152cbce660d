"""Tiny models with random weights, as transformers writes them: one with eyes (LLaVA's form), one without."""

from pathlib import Path
from typing import Any

from scripts.make_tiny_vlm import tokenizer

TEMPLATE = """\
{%- for message in messages -%}
USER: {% if message.content is string %}{{ message.content }}{% else %}
{%- for part in message.content -%}
{%- if part.type == "image" -%}<image>{%- else -%}{{ part.text }}{%- endif -%}{%- endfor -%}{% endif %}
{% endfor -%}
{%- if add_generation_prompt -%}ASSISTANT: {% endif -%}
"""


def words() -> Any:
    made = tokenizer()
    made.add_special_tokens({"additional_special_tokens": ["<image>"]})
    made.chat_template = TEMPLATE
    return made


def vlm(folder: Path, seed: int = 17, *, tied: bool = False, shard: str = "50GB") -> Path:
    """Write a model that sees: 30 x 30 px in four patches."""
    import torch
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    text = words()
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    spoken = LlamaConfig(
        **small,
        num_key_value_heads=2,
        vocab_size=len(text),
        bos_token_id=None,
        eos_token_id=text.eos_token_id,
        pad_token_id=text.pad_token_id,
        tie_word_embeddings=tied,
    )
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**small, image_size=30, patch_size=15, projection_dim=32),
        text_config=spoken,
        image_token_index=text.convert_tokens_to_ids("<image>"),
        vision_feature_select_strategy="default",
        tie_word_embeddings=tied,
    )
    torch.manual_seed(seed)
    LlavaForConditionalGeneration(config).save_pretrained(folder, max_shard_size=shard)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}),
        tokenizer=text,
        patch_size=15,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


def lm(folder: Path, seed: int = 17) -> Path:
    """Write a model that has no eyes."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    text = words()
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=len(text),
        eos_token_id=text.eos_token_id,
        pad_token_id=text.pad_token_id,
    )
    torch.manual_seed(seed)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    text.save_pretrained(folder)
    return folder
