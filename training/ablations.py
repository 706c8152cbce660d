"""Ablations: the same training with one thing changed at a time, at equal budget, as a table and a plot.

Equal budget means the same stages with the same optimiser steps on the same images in the same order; a recipe without
a language model has its segment stage alone, with as many steps. Where a stage has minutes, the first variant measures
how many steps fit, and the others take as many.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline.saying import log
from pipeline.store import fingerprint
from pipeline.workspace import write_whole
from schemas.errors import UsageError
from schemas.records import Record
from training.paced import FILE as STEPS
from training.paced import kept_steps
from training.recipe import Recipe, Segment, Stage
from training.score_tables import aligned
from training.scores import Evaluation, Scores

Change = Callable[[Recipe], Recipe]
Train = Callable[[Recipe, Path, Path], Path]
"""Trains a recipe on data in a folder, and returns the folder of the checkpoint."""
Judge = Callable[[Path, Path], Evaluation]
"""Judges a checkpoint on data."""

RESULTS: Final = "ablations.json"
PLOT: Final = "ablations.png"
RESULT: Final = "result.json"
TRAINING: Final = "training"
"""Folder of a variant's training in its own."""


class Ablation(Record):
    """What one variant of a recipe reaches."""

    name: str
    changed: str
    scores: dict[str, Scores]
    """Pooled, by kind of prompts."""
    datasets: dict[str, dict[str, Scores]]


class Ablations(Record):
    """What all variants reach."""

    recipe: str
    data: str
    variants: list[Ablation]


def _segmenting(recipe: Recipe, **changed: Any) -> Recipe:  # noqa: ANN401  (keys of a stage)
    """Return a recipe whose segment stages draw other prompts."""
    stages = tuple(_changed(stage, changed) if isinstance(stage, Segment) else stage for stage in recipe.stages)
    return recipe.model_copy(update={"stages": stages})


def _changed(stage: Segment, changed: Mapping[str, Any]) -> Segment:
    own = {"share_random": 0.0} | {key: value for key, value in changed.items() if key == "share_1p0n"}
    prompts = stage.prompts.model_copy(update={key: value for key, value in changed.items() if key not in own})
    return stage.model_copy(update={"prompts": prompts, **own})


def _worded(recipe: Recipe, **changed: Any) -> Recipe:  # noqa: ANN401  (keys of `llm`)
    assert recipe.llm is not None, "asked of recipes that have one"
    return recipe.model_copy(update={"llm": recipe.llm.model_copy(update=changed)})


def _wordless(recipe: Recipe) -> Recipe:
    stages = tuple(stage for stage in recipe.stages if isinstance(stage, Segment))
    return recipe.model_copy(update={"llm": None, "stages": stages})


OF_PROMPTS: Final[Mapping[str, tuple[str, Change]]] = {
    "1P3N": ("three negatives in the ring in every step", lambda recipe: _segmenting(recipe, share_1p0n=0.0)),
    "1P0N": ("no negative in any step", lambda recipe: _segmenting(recipe, share_1p0n=1.0)),
    "1P3N-random": (
        "three negatives anywhere outside the object",
        lambda recipe: _segmenting(recipe, share_1p0n=0.0, ring="random"),
    ),
}
OF_WORDS: Final[Mapping[str, tuple[str, Change]]] = {
    "vlk-off": (
        "language model trained, its states kept from the mask decoder",
        lambda recipe: _worded(recipe, vlk=False),
    ),
    "no-llm": ("no language model at all", _wordless),
    "no-scale-shift": ("VLSA without learned scale and shift", lambda recipe: _worded(recipe, scale_shift=False)),
}


def variants_of(recipe: Recipe, only: Sequence[str] = ()) -> dict[str, tuple[str, Recipe]]:
    """Return the variants of a recipe by name, each with what is changed; the recipe itself first.

    Raises:
        UsageError: the recipe has no segment stage, or one of `only` is no variant.
    """
    if not any(isinstance(stage, Segment) for stage in recipe.stages):
        raise UsageError("has no segment stage, so there is nothing to compare.", where=recipe.name)
    changes = {**OF_PROMPTS, **(OF_WORDS if recipe.llm is not None else {})}
    found = {"recipe": ("nothing", recipe)} | {name: (what, change(recipe)) for name, (what, change) in changes.items()}
    unknown = [name for name in only if name not in found]
    if unknown:
        raise UsageError(f"there is no variant {unknown[0]!r}.", where="--only", mend=f"Use {', '.join(found)}.")
    return {name: each for name, each in found.items() if not only or name in only}


def ablate(  # noqa: PLR0913  (what is trained, by whom, and who judges)
    recipe: Recipe, data: Path, out: Path, *, train: Train, judge: Judge, only: Sequence[str] = (), mark: str = ""
) -> Ablations:
    """Return what the variants of a recipe reach; what was finished before isn't done again, and stays.

    `mark` is what results depend on beside the recipe (`judges.mark_of`); those with another are made anew.

    Raises:
        UsageError: see `variants_of`.
    """
    asked = variants_of(recipe, only)
    done = []
    for name, (what, changed) in variants_of(recipe).items():
        paced = _paced(changed, out, name)
        of = fingerprint(paced.model_dump_json(), str(data.resolve()), mark)
        found = _kept(out / name, of)
        if found is None and name in asked:
            log(f"{name}: {what}")
            found = _made(name, what, paced, data, out, train, judge)
            text = json.dumps({"of": of, "result": found.model_dump(mode="json")})
            write_whole(out / name / RESULT, text.encode())
        done += [found] if found is not None else []
    told = Ablations(recipe=recipe.name, data=str(data), variants=done)
    write_whole(out / RESULTS, (told.model_dump_json(indent=2) + "\n").encode())
    draw(told, out / PLOT)
    return told


def _paced(recipe: Recipe, out: Path, name: str) -> Recipe:
    """Return a recipe with as many steps as were measured for another variant, in place of its minutes."""
    measured = out / STEPS
    if not measured.is_file() or (out / name / TRAINING / STEPS).is_file():
        return recipe
    steps = kept_steps(measured)
    named = zip(recipe.stages, recipe.stage_names, strict=True)
    return recipe.model_copy(update={"stages": tuple(_with_steps(stage, steps.get(own)) for stage, own in named)})


def _with_steps(stage: Stage, steps: int | None) -> Stage:
    if steps is None or not isinstance(stage, Segment):
        return stage
    return stage.model_copy(update={"steps": steps, "epochs": None, "minutes": None})


def _kept(place: Path, of: str) -> Ablation | None:
    """Return what a variant reached before; None where it wasn't judged so, or the file isn't whole."""
    try:
        known = json.loads((place / RESULT).read_bytes())
        return Ablation.model_validate_json(json.dumps(known["result"])) if known["of"] == of else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _made(  # noqa: PLR0913, PLR0917  (one variant's whole life)
    name: str, what: str, recipe: Recipe, data: Path, out: Path, train: Train, judge: Judge
) -> Ablation:
    checkpoint = train(recipe, data, out / name)
    measured = out / name / TRAINING / STEPS
    if measured.is_file():
        write_whole(out / STEPS, measured.read_bytes())
    found = judge(checkpoint, data)
    pooled = {kind: prompted.pooled for kind, prompted in found.prompts.items()}
    by_set = {kind: prompted.datasets for kind, prompted in found.prompts.items()}
    return Ablation(name=name, changed=what, scores=pooled, datasets=by_set)


def terminal_ablations(found: Ablations) -> str:
    """Return a table of the variants: the pooled IoU of each kind of prompts, with its interval."""
    kinds = list(found.variants[0].scores)
    rows = [("trained as", *(cell for kind in kinds for cell in (kind, "95 %")), "changed")]
    for one in found.variants:
        cells = [cell for kind in kinds for cell in _cells(one.scores[kind])]
        rows.append((one.name, *cells, one.changed))
    return aligned(rows)


def _cells(scores: Scores) -> tuple[str, str]:
    low, high = scores.iou_ci
    return f"{scores.iou:.3f}", f"{low:.3f}-{high:.3f}"


def draw(found: Ablations, path: Path) -> None:
    """Draw the variants side by side: a bar for each kind of prompts, with its interval.

    Raises:
        UsageError: matplotlib isn't installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("the plot needs matplotlib.", mend="Install it: pip install 'bricks[train]'.") from error
    kinds = list(found.variants[0].scores)
    figure = Figure(figsize=(1.5 + 1.3 * len(found.variants), 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(kinds)
    for at, kind in enumerate(kinds):
        scores = [one.scores[kind] for one in found.variants]
        places = [number + (at - (len(kinds) - 1) / 2) * width for number in range(len(scores))]
        reach = [
            [max(0.0, one.iou - one.iou_ci[0]) for one in scores],
            [max(0.0, one.iou_ci[1] - one.iou) for one in scores],
        ]
        axes.bar(places, [one.iou for one in scores], width, yerr=reach, capsize=2, label=f"asked by {kind}")
    axes.set_xticks(range(len(found.variants)), [one.name for one in found.variants])
    axes.set_ylabel("mean IoU of an object")
    axes.set_ylim(0, 1)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
