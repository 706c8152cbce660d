"""Loop: optimiser steps of a stage, one after the other, on one device or many; each is told as it is done."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from schemas.errors import BricksError
from training.joint import Joint
from training.network import computes_in_bf16
from training.recipe import Align, Segment, Sft
from training.schedule import rate_at

Stage = Align | Sft | Segment


class Step(NamedTuple):
    """An optimiser step that is done."""

    number: int
    """From 1."""
    loss: float
    """The mean over its passes and devices."""
    rate: float
    norm: float
    """Of the gradients, before they were clipped."""
    seconds: float


class Bench:
    """What steps work on: model, optimiser, averaged weights, and the devices (accelerate)."""

    def __init__(self, joint: Joint, stage: Stage, loss: Callable[[Joint, Any], Tensor], accelerator: Any) -> None:  # noqa: ANN401
        self.joint, self.stage, self.accelerator = joint, stage, accelerator
        _checkpoint_activations(joint, on=stage.checkpointing)
        joint.to(accelerator.device)
        self.trained = {name: weight for name, weight in joint.named_parameters() if weight.requires_grad}
        self.optimiser = torch.optim.AdamW(_groups(self.trained, stage.weight_decay), lr=stage.lr, betas=stage.betas)
        self.averaged = (
            {name: weight.detach().float().clone() for name, weight in self.trained.items()} if stage.ema else {}
        )
        self.model = accelerator.prepare_model(_Passing(joint, loss, halved=_is_halved(stage, accelerator.device)))

    def state(self) -> dict[str, Any]:
        """Return all but the weights that going on exactly takes."""
        return {
            "optimiser": self.optimiser.state_dict(),
            "averaged": self.averaged,
            "chance": torch.get_rng_state(),
            "chance_on_gpus": torch.cuda.get_rng_state_all(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.optimiser.load_state_dict(state["optimiser"])
        for name, kept in state["averaged"].items():
            self.averaged[name].copy_(kept)
        torch.set_rng_state(state["chance"].cpu())
        if state["chance_on_gpus"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all([one.cpu() for one in state["chance_on_gpus"]])

    def average(self, decay: float) -> None:
        """Move the averaged weights towards those of now (EMA)."""
        with torch.no_grad():
            for name, kept in self.averaged.items():
                kept.lerp_(self.trained[name].float(), 1 - decay)


def steps(bench: Bench, batches: Iterator[Any], span: range, total: int) -> Iterator[Step]:
    """Yield the optimiser steps of a stage of `total` that `span` names, counted from 0; `batches` are of these alone.

    Raises:
        BricksError: a loss or a gradient is no number any more.
    """
    for done in span:
        began_s = time.monotonic()
        rate = rate_at(done, total, bench.stage)
        for group in bench.optimiser.param_groups:
            group["lr"] = rate
        loss = passes(bench, batches)
        norm = float(bench.accelerator.clip_grad_norm_(bench.trained.values(), bench.stage.clip or math.inf))
        _mind(bench.stage, done + 1, loss, norm)
        bench.optimiser.step()
        bench.optimiser.zero_grad(set_to_none=True)
        if bench.stage.ema:
            bench.average(min(bench.stage.ema, (1 + done) / (10 + done)))  # or the random start would last
        yield Step(done + 1, loss, rate, norm, time.monotonic() - began_s)


def passes(bench: Bench, batches: Iterator[Any]) -> float:
    """Sum the gradients of a step's passes and return its mean loss; devices agree at the last pass alone."""
    total = torch.zeros((), device=bench.accelerator.device)
    count = bench.stage.accumulate
    for number in range(count):
        is_last = number == count - 1
        with nullcontext() if is_last else bench.accelerator.no_sync(bench.model):
            loss = bench.model(_moved(next(batches), bench.accelerator.device)) / count
            bench.accelerator.backward(loss)
        total += loss.detach()
    return float(bench.accelerator.reduce(total, "mean"))


class _Passing(nn.Module):
    """A pass as one call, which is where data parallelism listens."""

    def __init__(self, joint: Joint, loss: Callable[[Joint, Any], Tensor], *, halved: bool) -> None:
        super().__init__()
        self.joint, self._loss, self._halved = joint, loss, halved

    def forward(self, batch: Any) -> Tensor:  # noqa: ANN401
        kind = next(self.joint.parameters()).device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self._halved):
            return self._loss(self.joint, batch)


def _is_halved(stage: Stage, device: torch.device) -> bool:
    """Return whether passes are computed in bf16."""
    if stage.precision != "auto":
        return stage.precision == "bf16"
    return computes_in_bf16(device)


def _groups(trained: Mapping[str, Tensor], decay: float) -> list[dict[str, Any]]:
    """Return the weights that decay, and those that don't: biases, norms, scales have one dimension or none."""
    matrices = [weight for weight in trained.values() if weight.ndim > 1]
    others = [weight for weight in trained.values() if weight.ndim <= 1]
    groups = ({"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0})
    return [group for group in groups if group["params"]]


def _mind(stage: Stage, step: int, loss: float, norm: float) -> None:
    if math.isfinite(loss) and math.isfinite(norm):
        return
    what = f"the loss is {loss:g}" if not math.isfinite(loss) else f"the gradients' norm is {norm:g}"
    raise BricksError(
        f"{what} in optimiser step {step}: nothing can be learnt from it.",
        where=f"stage {stage.name or stage.kind}",
        mend="Lower lr, set a clip, or use precision fp32; a changed recipe needs a new --out.",
    )


def _checkpoint_activations(joint: Joint, *, on: bool) -> None:
    """Let activations be computed twice instead of kept, or not."""
    joint.train()
    if joint.llm is not None and not any(weight.requires_grad for weight in joint.llm.parameters()):
        joint.llm.train(on)  # a frozen model drops nothing; transformers checkpoints only what is in training mode
    for part in (joint.llm, *joint.network.children()):
        switch = _switch(part, "enable" if on else "disable")
        if switch is not None:
            switch(*([{"use_reentrant": False}] if on else []))


def _switch(part: Any, verb: str) -> Any:  # noqa: ANN401
    """Return what turns this on or off in a model of transformers, which has renamed it; None in other parts."""
    found = getattr(part, f"activation_checkpointing_{verb}", None)
    return found or getattr(part, f"gradient_checkpointing_{verb}", None)


def _moved(batch: Any, device: Any) -> Any:  # noqa: ANN401
    """Return a batch whose tensors are on a device; tuples stay what they are."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, tuple):
        return type(batch)(*(_moved(one, device) for one in batch))
    return batch
