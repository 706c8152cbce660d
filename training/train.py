"""Train: a recipe and data to a model, stage by stage; the same command goes on exactly where it was stopped."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline.workspace import Workspace, locked, write_whole
from schemas.errors import UsageError
from training.building import built
from training.checkpoints import clear_halves, consented, empty, load, newest, note_of
from training.paced import FILE as STEPS
from training.recipe import Recipe
from training.stage_data import refuse_lacking, texts_of
from training.stage_run import Run, StageTold, run_stage

RECIPE: Final = "recipe.json"


class Trained(NamedTuple):
    """What a command did."""

    stages: list[StageTold]
    complete: bool
    checkpoint: Path | None
    """The newest."""
    images: int
    """How many the model was trained on."""

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        place = None if self.checkpoint is None else str(self.checkpoint)
        return {**self._asdict(), "stages": [one._asdict() for one in self.stages], "checkpoint": place}

    def words(self) -> str:
        """Return it as a person reads it."""
        lines = [
            f"{one.name:<8} {one.steps} of {one.of} steps  loss {one.first_loss:.3f} -> {one.last_loss:.3f}"
            for one in self.stages
            if one.first_loss is not None and one.last_loss is not None
        ]
        return "\n".join([*lines, f"trained on {self.images} images", f"checkpoint {self.checkpoint}"])


def train(recipe: Recipe, data: Path, out: Path, *, stop_after: int | None = None, wandb: str | None = None) -> Trained:
    """Train a recipe on what lies at `data`, all stages in their order; `stop_after` so many optimiser steps at most.

    Raises:
        UsageError: the data lack what a stage learns from, or `out` is of another recipe or other data.
        BricksError: the loss is no number any more.
    """
    refuse_lacking(recipe, data)
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    accelerator = Accelerator(kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)])
    run = Run(recipe, data, out, accelerator, wandb, stop_after)
    with locked(Workspace(out), "--out") if run.is_first else nullcontext():
        if run.is_first:
            clear_halves(out)
            _mind_recipe(out, recipe)
        accelerator.wait_for_everyone()
        return _stages(run)


def _mind_recipe(out: Path, recipe: Recipe) -> None:
    """Note the recipe, or refuse a folder in which another one came to a checkpoint."""
    path, said = out / RECIPE, recipe.model_dump(mode="json")
    if _noted(path) != said:
        if newest(out) is not None:
            raise UsageError("holds a training by another recipe.", where=str(out), mend="Give another --out.")
        (out / STEPS).unlink(missing_ok=True)  # measured for whatever was begun before
    write_whole(path, (json.dumps(said, indent=1) + "\n").encode())


def _noted(path: Path) -> Any:  # noqa: ANN401
    """Return the recipe that a training was begun with, as JSON has it; None where that can't be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _stages(run: Run) -> Trained:
    names = run.recipe.stage_names
    place = newest(run.out)
    note = note_of(place) if place else None
    if place is None or note is None:
        joint = built(run.recipe, texts_of(run.recipe, run.data))
    else:
        trusted = run.recipe.llm is not None and run.recipe.llm.trust_remote_code
        note = consented(note, trust_remote_code=trusted)
        joint = load(place, trust_remote_code=trusted).joint if note.complete else empty(place, note)
        run.images.update(note.images)
        run.marks.update(note.data)
    done = 0 if note is None else names.index(note.stage) + note.complete
    told = []
    for at in range(done, len(names)):
        going = place if note is not None and not note.complete and at == done else None
        told.append(run_stage(run, joint, at, going))
        if told[-1].steps < told[-1].of:
            break
    complete = done + sum(one.steps == one.of for one in told) == len(names)
    return Trained(told, complete, newest(run.out), len(run.images))


def checkpoint_of(recipe: Recipe, data: Path, out: Path) -> Path:
    """Train a recipe to its end and return its checkpoint's folder."""
    trained = train(recipe, data, out)
    assert trained.checkpoint is not None
    return trained.checkpoint
