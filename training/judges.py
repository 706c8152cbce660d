"""Judges: a checkpoint as what `evaluate` judges, with the U-Net that learnt as long on the same images."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.saying import log
from training.ablations import TRAINING
from training.automatic import Automatic, network_draw
from training.evaluation import Judge, Manner, evaluate
from training.floors import Predictor
from training.predict import network_predictor, opened, predictor_of
from training.recipe import Recipe
from training.sample_entries import entries_at
from training.samples import read_one
from training.scores import Evaluation

if TYPE_CHECKING:
    from training.checkpoints import Loaded

UNET: Final = "floor-unet.pt"


def trained_on(note: Any) -> frozenset[str]:  # noqa: ANN401  (as a checkpoint holds it)
    """Return the sha256 of the images that a checkpoint was trained on."""
    return frozenset(note.images)


def judge_of(  # noqa: PLR0913  (what is judged, and beside what)
    loaded: "Loaded",
    checkpoint: Path,
    data: Path,
    manner: Manner,
    *,
    grid: int | None = None,
    unet_minutes: float | None = None,
) -> Judge:
    """Return a checkpoint as a judge takes it; `grid` is that of the automatic mode, None without it."""
    joint: Any = loaded.joint
    dense = joint.dense if manner.vlk else (lambda _: None)
    unet, how = _unet(loaded, checkpoint, data, manner, unet_minutes)
    return Judge(
        name=str(checkpoint),
        predict=predictor_of(loaded, vlk=manner.vlk),
        trained_on=trained_on(loaded.note),
        unet=unet,
        automatic=Automatic(network_draw(joint.network, dense), grid) if grid else None,
        floors={"unet": how},
    )


def _unet(
    loaded: "Loaded", checkpoint: Path, data: Path, manner: Manner, minutes: float | None
) -> tuple[Predictor | None, str]:
    """Return the U-Net that stands beside a checkpoint, and how it was made; trained if `minutes` are given."""
    from training.unet import keep_unet, kept_unet, trained_unet

    path = checkpoint / UNET
    if minutes:
        known = trained_on(loaded.note)
        seen = [entry for entry in entries_at(data) for one in read_one(entry, []) if one.sha256 in known]
        if not seen:
            return None, "none: the data hold no image that the checkpoint was trained on"
        log(f"training the U-Net floor for {minutes:g} min on {len(seen)} images")
        spent_s, chosen = 60 * minutes, manner.radii
        network = trained_unet(seen, side_px=manner.side_px, budget_s=spent_s, radii=chosen, seed=manner.seed)
        keep_unet(network, minutes, path)
    kept = kept_unet(path)
    if kept is None:
        return None, "none: --unet MINUTES trains one, as long as the checkpoint was"
    network, spent = kept
    how = f"click-conditioned U-Net, trained for {spent:g} min on the images the checkpoint was trained on"
    return network_predictor(network), how


def mark_of(data: Path, seed: int) -> str:
    """Return what a judgement depends on beside the checkpoint: which files lie at a place, and the seed."""
    files = [(entry.dataset, entry.name, entry.row, entry.image.stat().st_size) for entry in entries_at(data)]
    return json.dumps([files, seed])


def judged_by(seed: int, *, trust_remote_code: bool = False) -> Callable[[Path, Path], Evaluation]:
    """Return what judges a checkpoint of one's own with prompts drawn by a seed."""

    def judged(checkpoint: Path, data: Path) -> Evaluation:
        loaded = opened(checkpoint, trust_remote_code=trust_remote_code)
        frame = loaded.recipe.frame
        fold = loaded.recipe.data.fold
        manner = Manner(side_px=frame.side_px, radii=frame.radii, seed=seed, part="test", fold=fold)
        return evaluate(data, judge_of(loaded, checkpoint, data, manner), manner)

    return judged


def trained_by(recipe: Recipe, data: Path, out: Path) -> Path:
    """Train a recipe and return its checkpoint's folder."""
    from training.train import checkpoint_of

    return checkpoint_of(recipe, data, out / TRAINING)
