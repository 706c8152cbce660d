"""Made checkpoints: small untrained ones in the trainer's own format, with a language model or without."""

from typing import Any

TEXTS = ("Bright disks on a dark ground.", "The image shows five cells.")


def recipe_of(*, words: bool = False, side_px: int = 64) -> Any:
    from training.recipe import Recipe

    network = {"type": "small", "width": 32, "layers": 1, "heads": 2, "window_px": 64}
    llm = {"model": "tiny", "hidden": 32, "layers": 1, "heads": 2, "vocabulary": 300} if words else None
    stages = [{"kind": "segment", "steps": 2, "crop_px": 64}]
    said = {"name": "made", "frame": {"side_px": side_px}, "network": network, "llm": llm, "stages": stages}
    return Recipe.model_validate(said)


def joint_of(recipe: Any) -> Any:
    from training.building import built

    joint = built(recipe, TEXTS).eval()
    joint.network.bias.data.zero_()  # else nothing untrained is taken for an object
    return joint


def checkpoint_at(folder: Any, *, words: bool = False, images: tuple[str, ...] = ()) -> Any:
    """Write a checkpoint's folder, and return it."""
    from training.checkpoints import Note, save

    recipe = recipe_of(words=words)
    note = Note(
        recipe=recipe,
        stage="segment",
        step=2,
        complete=True,
        stages=("segment",),
        side_px=64,
        radii_px={"ring": (0.5, 0.7)},
        data={},
        images=images,
        versions={},
    )
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "segment", joint_of(recipe), note)
    return folder
