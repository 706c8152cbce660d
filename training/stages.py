"""Stages: align, sft and segment: what each trains, on what, and by which loss.

Shapes: B = pictures; S = side of their pixels; L = tokens of a conversation; P = prompts.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from training.augment import Changes
from training.chat import Tokens, encoded, padded, padded_labels
from training.joint import Joint
from training.pictures import Seen, Shelf, Talk
from training.recipe import Align, Segment, Sft
from training.segment_step import Drawing, SegmentBatch, segment_batch, segment_loss


class Spoken(NamedTuple):
    """What a step of align or sft sees."""

    pixels: Tensor
    """(B, 3, S, S) float 0..1"""
    tokens: Tokens
    labels: Tensor
    """(B, L) int64"""


class Job(NamedTuple):
    """A stage, ready to run: its pictures, how they become a batch, and the loss of one."""

    shelf: Shelf[Any]
    batch: Callable[[Sequence[Any], np.random.Generator], Any]
    loss: Callable[[Joint, Any], Tensor]


def align(joint: Joint, stage: Align, shelf: Shelf[Talk]) -> Job:
    """Return stage 1, and let the projector alone be trained: it learns what the language model takes for a picture."""
    assert joint.projector is not None
    _train(joint, joint.projector)
    return Job(shelf, _spoken(joint, stage.max_tokens), _language_loss)


def sft(joint: Joint, stage: Sft, shelf: Shelf[Talk]) -> Job:
    """Return stage 2: projector and language model, or its adapters where it has some, are trained."""
    assert joint.projector is not None
    if stage.lora is None:
        joint.llm.float()  # steps of a small rate are lost in weights of 16 bit
        _train(joint, joint.projector, joint.llm)
    else:
        _train(joint, joint.projector)
        for name, weight in joint.llm.named_parameters():
            if "lora_" in name:
                weight.data = weight.data.float()
                weight.requires_grad_(True)
    return Job(shelf, _spoken(joint, stage.max_tokens), _language_loss)


def segment(joint: Joint, stage: Segment, shelf: Shelf[Seen]) -> Job:
    """Return stage 3: encoder, decoders, projector and VLSA are trained; the language model is frozen, and passes on
    what the masks' loss says to the projector.
    """
    reaches = (joint.projector, joint.vlsa) if joint.vlsa is not None else ()
    _train(joint, joint.network, *(part for part in reaches if part is not None))
    if not stage.train_encoder:
        for name, weight in joint.network.named_parameters():
            weight.requires_grad_(weight.requires_grad and not name.startswith(("encoder.", "vision_encoder.")))
    if hasattr(joint.network, "freeze_unused"):
        joint.network.freeze_unused()
    drawing = drawing_of(joint, stage)

    def batch(seen: Sequence[Seen], rng: np.random.Generator) -> SegmentBatch:
        return segment_batch([one.framed for one in seen], drawing, rng)

    def loss(model: Joint, drawn: SegmentBatch) -> Tensor:
        read = model.network.encode(drawn.pixels)  # once: language and masks both read it
        weights = {"bce": stage.bce, "dice": stage.dice, "maps": stage.instance_maps}
        return segment_loss(model.network, read, drawn, model.dense(read), **weights)

    return Job(shelf, batch, loss)


def drawing_of(joint: Joint, stage: Segment) -> Drawing:
    """Return how a stage's crops and prompts are drawn."""
    return Drawing(
        crop_px=stage.crop_px or joint.recipe.frame.side_px,
        instances=stage.instances,
        **stage.prompts.model_dump(),
        share_1p0n=stage.share_1p0n,
        share_random=stage.share_random,
        changes=Changes(**stage.augment.model_dump()),
    )


def _spoken(joint: Joint, most: int) -> Callable[[Sequence[Talk], np.random.Generator], Spoken]:
    def batch(talks: Sequence[Talk], _: np.random.Generator) -> Spoken:
        count = joint.image_tokens(talks[0].pixels.shape[0])
        said = [encoded(talk.turns, joint.tokenizer, count, most) for talk in talks]
        pixels = torch.from_numpy(np.stack([talk.pixels for talk in talks])).permute(0, 3, 1, 2)
        tokens, labels = padded([one.ids for one in said]), padded_labels([one.labels for one in said])
        return Spoken(pixels.float().div(255), tokens, labels)

    return batch


def _language_loss(joint: Joint, spoken: Spoken) -> Tensor:
    with torch.no_grad():
        read = joint.network.encode(spoken.pixels)
    return joint.language_loss(read, spoken.tokens, spoken.labels)


def _train(joint: Joint, *parts: nn.Module) -> None:
    joint.requires_grad_(False)
    for part in parts:
        part.requires_grad_(True)
