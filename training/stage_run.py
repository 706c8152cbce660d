"""Stage run: one stage from its beginning, or on from its middle, to its end: batches, logs, overlays, checkpoints."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from pipeline.pace import Pace
from pipeline.workspace import write_whole
from schemas.errors import UsageError
from training.building import adapted
from training.checkpoints import STATE, Going, Note, note_of, put, save, state_of, versions, whole
from training.frame import PAPER_SIDE_PX
from training.joint import Joint
from training.logs import Logs
from training.loop import Bench, Stage, Step, passes, steps
from training.order import chance, in_order, picture_at, positions_of
from training.overlays import FOLDER, overlay, write_overlay
from training.paced import FILE as STEPS
from training.paced import PASSES, paced_steps
from training.pictures import Shelf
from training.points import Radii
from training.recipe import Recipe, Segment, Sft
from training.schedule import steps_of
from training.segment_step import evenly
from training.stage_data import shelf_of
from training.stages import Job, align, segment, sft

_STEP: Final = "{}-{:08d}"


class StageTold(NamedTuple):
    """What became of a stage."""

    name: str
    steps: int
    of: int
    first_loss: float | None
    """Of the steps that this command did; None where it did none."""
    last_loss: float | None
    seconds: float


@dataclass
class Run:
    """A training: what stays the same over its stages, and what they gather."""

    recipe: Recipe
    data: Path
    out: Path
    accelerator: Any
    wandb: str | None
    left: int | None
    """Optimiser steps that this command may still do."""
    images: set[str] = field(default_factory=set)
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def is_first(self) -> bool:
        """Return whether this process writes and speaks."""
        return bool(self.accelerator.is_main_process)


def run_stage(run: Run, joint: Joint, at: int, going: Path | None) -> StageTold:
    """Run a stage from its beginning, or on from a checkpoint in its middle."""
    stage, name = run.recipe.stages[at], run.recipe.stage_names[at]
    shelf = shelf_of(run.recipe, run.data, stage)
    if run.marks.setdefault(name, shelf.mark) != shelf.mark:
        what = "isn't what this training began with: other pictures, or in another order"
        raise UsageError(f"{what}.", where=str(run.data), mend="Give the same --data, or another --out.")
    if going is None:
        torch.manual_seed(run.recipe.seed + at)
    melt = adapted(joint, stage) if isinstance(stage, Sft) and stage.lora else None
    if going is not None:
        put(joint, going)
    job = _job(joint, stage, shelf)
    bench = Bench(joint, stage, job.loss, run.accelerator)
    first = _restored(bench, going)
    total = _total(run, bench, job, at)
    if total < first:
        what = f"{name} has {total} steps, and {first} are done."
        raise UsageError(what, where=str(run.out / STEPS), mend="Put back what it said, or use another --out.")
    losses = list(_steps(run, bench, job, at, (first, total)))
    last = losses[-1].number if losses else first
    if last == total:
        _finish(run, bench, at, total, melt)
    spent_s = round(sum(step.seconds for step in losses), 1)
    if not losses:
        return StageTold(name, last, total, None, None, spent_s)
    return StageTold(name, last, total, losses[0].loss, losses[-1].loss, spent_s)


def _total(run: Run, bench: Bench, job: Job, at: int) -> int:
    """Return how many optimiser steps a stage has; where it has minutes, what of them fits is measured once."""
    stage = run.recipe.stages[at]
    most = steps_of(stage, len(job.shelf), run.accelerator.num_processes)
    if not isinstance(stage, Segment) or stage.minutes is None:
        return most
    batches = _batches(run, job, at, 0, PASSES)
    total = paced_steps(
        most,
        stage.minutes,
        lambda: passes(bench, batches),
        name=run.recipe.stage_names[at],
        out=run.out,
        accelerator=run.accelerator,
    )
    bench.optimiser.zero_grad(set_to_none=True)
    return total


def _job(joint: Joint, stage: Stage, shelf: Shelf[Any]) -> Job:
    if isinstance(stage, Segment):
        return segment(joint, stage, shelf)
    return sft(joint, stage, shelf) if isinstance(stage, Sft) else align(joint, stage, shelf)


def _restored(bench: Bench, going: Path | None) -> int:
    """Put back what a checkpoint in the middle of a stage holds, and return how many steps are done."""
    if going is None:
        return 0
    with whole(going / STATE):
        bench.restore(state_of(going))
    return note_of(going).step


def _steps(run: Run, bench: Bench, job: Job, at: int, span: tuple[int, int]) -> Iterator[Step]:
    """Do, log and save the steps of a stage; yield each."""
    first, total = span
    stage, name = run.recipe.stages[at], run.recipe.stage_names[at]
    last = total if run.left is None else min(total, first + run.left)
    logs = Logs(run.out, name, first, wandb=run.wandb) if run.is_first else None
    pace = Pace(f"{name}, steps", last - first)
    try:
        for step in steps(bench, _batches(run, job, at, first, last), range(first, last), total):
            yield step
            pace.step()
            if logs and (step.number % stage.log_every == 0 or step.number in {1, last}):
                logs.step(step)
            if logs and stage.overlay_every and step.number % stage.overlay_every == 0:
                logs.picture(step.number, _overlay(run, bench.joint, job, at, step.number))
            if step.number < total and (step.number % stage.save_every == 0 or step.number == last):
                _save(run, bench, at, step.number)
    finally:
        if logs:
            logs.close()
    if run.left is not None:
        run.left -= max(0, last - first)


def _batches(run: Run, job: Job, at: int, first: int, last: int) -> Iterator[Any]:
    """Yield what each pass of this device sees; every choice belongs to a position, not to what came before."""
    stage, seed = run.recipe.stages[at], (run.recipe.seed, at)
    rank, devices = run.accelerator.process_index, run.accelerator.num_processes
    count = len(job.shelf)
    even = isinstance(stage, Segment) and stage.balance < 1

    def batch(number: int) -> tuple[Any, list[str]]:
        positions = positions_of(number, stage.batch, rank, devices)
        rng = chance(seed, positions[0])
        if even and isinstance(stage, Segment):
            numbers = evenly(job.shelf.datasets, stage.batch, rng, power=stage.balance)
        else:
            numbers = [picture_at(position, count, seed) for position in positions]
        items = [job.shelf[number] for number in numbers]
        return job.batch(items, rng), [item.sha256 for item in items]

    passes = range(first * stage.accumulate, last * stage.accumulate)
    for made, seen in in_order(batch, passes, run.recipe.data.loaders):
        run.images.update(seen)
        yield made


def _save(run: Run, bench: Bench, at: int, step: int) -> None:
    """Keep the middle of a stage, in place of the one before."""
    name = run.recipe.stage_names[at]
    images = _all_images(run)
    if run.is_first:
        place = run.out / _STEP.format(name, step)
        note = _note(run, at, step, images, complete=False)
        save(place, bench.joint, note, going=Going(bench.state()), averaged=bench.averaged or None)
        _drop(run.out, name, place)
    run.accelerator.wait_for_everyone()


def _finish(run: Run, bench: Bench, at: int, step: int, melt: Any) -> None:  # noqa: ANN401
    """Keep the model at the end of a stage: averaged weights are its weights now, adapters are melted in."""
    joint, name = bench.joint, run.recipe.stage_names[at]
    with torch.no_grad():
        for weight, kept in bench.averaged.items():
            bench.trained[weight].copy_(kept)
    if melt is not None:
        joint.llm = melt.merge_and_unload()
    images = _all_images(run)
    if run.is_first:
        save(run.out / name, joint, _note(run, at, step, images, complete=True))
        _drop(run.out, name, run.out / name)
    run.accelerator.wait_for_everyone()


def _drop(out: Path, name: str, but: Path) -> None:
    for place in out.glob(f"{name}-{'[0-9]' * 8}"):
        if place != but:
            shutil.rmtree(place)


def _all_images(run: Run) -> tuple[str, ...]:
    from accelerate.utils import gather_object

    return tuple(sorted(set(gather_object(sorted(run.images)))))


def _note(run: Run, at: int, step: int, images: tuple[str, ...], *, complete: bool) -> Note:
    side_px, names = run.recipe.frame.side_px, run.recipe.stage_names
    radii = Radii.at(side_px if run.recipe.frame.radii == "frame" else PAPER_SIDE_PX)
    return Note(
        recipe=run.recipe,
        stage=names[at],
        step=step,
        complete=complete,
        stages=names[: at + 1],
        side_px=side_px,
        radii_px={"inside": (float(radii.erosions),), "ring": radii.ring},
        data=dict(run.marks),
        images=images,
        versions=versions(),
    )


def _overlay(run: Run, joint: Joint, job: Job, at: int, step: int) -> npt.NDArray[np.uint8]:
    """Draw one picture's masks, or write what is said of it, and return the picture."""
    seed, place = (run.recipe.seed, at), run.out / FOLDER / _STEP.format(run.recipe.stage_names[at], step)
    item = job.shelf[picture_at(0, len(job.shelf), seed)]
    batch = job.batch([item], chance(seed, 0))
    modes = {module: module.training for module in joint.modules()}
    joint.eval()
    if isinstance(run.recipe.stages[at], Segment):
        pixels = overlay(joint, batch)
    else:
        pixels = item.pixels
        said = joint.describe(batch.pixels.to(run.accelerator.device), item.turns[:1])
        write_whole(place.with_suffix(".txt"), f"{said}\n".encode())
    for module, training in modes.items():  # a frozen model stays as it was, so that nothing is dropped in it
        module.training = training
    write_overlay(pixels, place.with_suffix(".png"))
    return pixels
