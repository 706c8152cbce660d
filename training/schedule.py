"""Schedule: how fast each step learns: warm-up, then a cosine; both counted in optimiser steps, never in passes."""

from math import ceil, cos, pi

from training.recipe import Align, Segment, Sft


def rate_at(step: int, total: int, stage: Align | Sft | Segment) -> float:
    """Return the learning rate of an optimiser step, the first of which is 0.

    The first `warmup` x `total` steps rise in equal parts to `lr`; the rest falls along half a cosine to
    `last_lr` x `lr`. However many passes a step has, warm-up takes its stated share of the training.
    """
    warm = ceil(stage.warmup * total)
    if step < warm:
        return stage.lr * (step + 1) / warm
    gone = (step - warm) / max(1, total - 1 - warm)
    left = (1 + cos(pi * min(1.0, gone))) / 2
    return stage.lr * (stage.last_lr + (1 - stage.last_lr) * left)


def steps_of(stage: Align | Sft | Segment, pictures: int, devices: int = 1) -> int:
    """Return how many optimiser steps a stage has, where each of `devices` takes its own pictures."""
    if stage.steps is not None:
        return stage.steps
    assert stage.epochs is not None
    return max(1, ceil(stage.epochs * pictures / (stage.batch * stage.accumulate * devices)))
