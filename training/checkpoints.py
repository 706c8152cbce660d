"""Checkpoints: folders with a model and, while it is trained, all that going on exactly takes; absent or whole.

A folder is written under another name, brought to the disk, and then renamed. `OUT/align` is the model at the end of
a stage, `OUT/align-00000200` one in the middle of it, with the state of training beside it.
"""

import os
import platform
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from pydantic import NonNegativeInt, ValidationError
from torch import Tensor

from schemas.errors import BricksError, UsageError
from schemas.records import Record
from training.building import adapted, is_kept_elsewhere, save_speech, skeleton
from training.joint import Joint
from training.language import speech
from training.recipe import Recipe, Sft

NOTE: Final = "note.json"
WEIGHTS: Final = "weights.safetensors"
AVERAGED: Final = "averaged.safetensors"
STATE: Final = "state.pt"
_LLM: Final = "llm."
_PLACES: Final = "network.vision_encoder.pos_embed"


class Note(Record):
    """What a checkpoint is."""

    recipe: Recipe
    stage: str
    step: NonNegativeInt
    """Optimiser steps of this stage that are done."""
    complete: bool
    """Whether the stage is."""
    stages: tuple[str, ...]
    """Those that were begun, this one last."""
    side_px: int
    """Of the frame, in whose pixels prompts are given."""
    radii_px: dict[str, tuple[float, ...]]
    """Of the prompts it was trained on, in pixels of the frame, or of the image where the recipe's radii are."""
    data: dict[str, str]
    """A digest of the pictures of each stage and their order."""
    images: tuple[str, ...]
    """sha256 of each picture's file that the model was trained on."""
    versions: dict[str, str]


class Loaded(NamedTuple):
    """A checkpoint that was read."""

    joint: Joint
    recipe: Recipe
    note: Note


class Going(NamedTuple):
    """What a training in the middle of a stage has beside its weights."""

    state: Any
    """Optimiser and chance, as `loop.Bench.state` gives them."""


def save(
    folder: Path, joint: Joint, note: Note, *, going: Going | None = None, averaged: Mapping[str, Tensor] | None = None
) -> None:
    """Write a checkpoint, whole or not at all; `load` gives the `averaged` weights, where there are some."""
    half = folder.with_name(f".{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        _write(half / WEIGHTS, _weights(joint, note))
        if averaged is not None:
            _write(half / AVERAGED, averaged)
        if joint.llm is not None:
            save_speech(joint, half)
        if going is not None:
            torch.save(going.state, half / STATE)
    except Exception as error:  # each library has its own for a full disk
        shutil.rmtree(half, ignore_errors=True)
        said = " ".join(str(error).split()).partition(". ")[0]
        mend = "Make room there; the same command goes on from the checkpoint before."
        raise BricksError(f"a checkpoint can't be written: {said}.", where=str(folder), mend=mend) from error
    (half / NOTE).write_text(note.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for path in (*half.rglob("*"), half):
        _to_disk(path)
    if folder.exists():
        shutil.rmtree(folder)
    half.rename(folder)
    _to_disk(folder.parent)


def load(folder: Path, *, trust_remote_code: bool = False) -> Loaded:
    """Return the model of a checkpoint, or of the newest one of a training's folder.

    Whether code that lies in it or behind its language model's name may run is asked of who loads it: what the
    checkpoint itself says of that is nobody's consent.

    Raises:
        UsageError: there is none, or it isn't whole.
    """
    place = folder if (folder / NOTE).is_file() else newest(folder)
    if place is None:
        raise UsageError("holds no checkpoint.", where=str(folder), mend="Give the folder that `bricks train` wrote.")
    note = consented(note_of(place), trust_remote_code=trust_remote_code)
    joint = empty(place, note)
    melt = _adapted(joint, note)
    put(joint, place, averaged=True)
    if melt is not None:
        joint.llm = melt.merge_and_unload()
    joint.requires_grad_(False).eval()
    return Loaded(joint, note.recipe, note)


def note_of(place: Path) -> Note:
    """Return a checkpoint's note.

    Raises:
        UsageError: it is none of this version's.
    """
    try:
        return Note.model_validate_json((place / NOTE).read_bytes())
    except (OSError, ValidationError) as error:
        said = str(error).splitlines()[0]
        raise UsageError(f"is no checkpoint of this version: {said}.", where=str(place / NOTE)) from error


def consented(note: Note, *, trust_remote_code: bool) -> Note:
    """Return a note whose recipe lets a model's own code run only if the reader does."""
    if note.recipe.llm is None:
        return note
    section = note.recipe.llm.model_copy(update={"trust_remote_code": trust_remote_code})
    return note.model_copy(update={"recipe": note.recipe.model_copy(update={"llm": section})})


def newest(out: Path) -> Path | None:
    """Return the checkpoint of a training's folder that is farthest on; None where there is none."""
    found = [(place, note_of(place)) for place in sorted(out.glob("*")) if (place / NOTE).is_file()]
    ranked = [(len(note.stages), note.step, note.complete, place) for place, note in found]
    return max(ranked)[-1] if ranked else None


def put(joint: Joint, place: Path, *, averaged: bool = False) -> None:
    """Put the weights of a checkpoint into a model, in its own types.

    Raises:
        UsageError: they aren't those of this model.
    """
    weights = dict(_read(place / WEIGHTS))
    if averaged and (place / AVERAGED).is_file():
        weights.update(_read(place / AVERAGED))
    own = dict(_named(joint))
    elsewhere = not any(name.startswith(_LLM) for name in weights)
    lacking = [name for name in own if name not in weights and not (elsewhere and name.startswith(_LLM))]
    if lacking or weights.keys() - own.keys():
        odd = min([*lacking, *(weights.keys() - own.keys())])
        raise UsageError(f"its weights aren't those of its recipe: {odd}.", where=str(place))
    with torch.no_grad():
        for name, tensor in weights.items():
            if own[name].shape == tensor.shape and own[name].dtype == tensor.dtype:
                own[name].data.copy_(tensor)  # as they lie in memory: channels last stay last
            else:
                own[name].data = tensor.to(own[name].device)


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Tell in one line of a checkpoint's file that is cut, damaged or missing.

    Raises:
        UsageError: it is.
    """
    import struct
    from pickle import UnpicklingError

    from safetensors import SafetensorError

    try:
        yield
    except (
        SafetensorError,
        UnpicklingError,
        struct.error,
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
    ) as error:
        said = " ".join(str(error).split()).partition(". ")[0] or type(error).__name__
        mend = "Copy it again; or delete the folder it lies in, and train on from the checkpoint before."
        raise UsageError(f"is damaged: {said}.", where=str(path), mend=mend) from error


def state_of(place: Path) -> dict[str, Any]:
    """Return what a training in the middle of a stage has beside its weights; nothing in the file is run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with it is told as that
        held: dict[str, Any] = torch.load(place / STATE, map_location="cpu", weights_only=True)
        return held


def clear_halves(out: Path) -> None:
    """Remove what killed processes left."""
    for half in out.glob(".*.half"):
        shutil.rmtree(half, ignore_errors=True)


def versions() -> dict[str, str]:
    """Return what the numbers of a model may depend on."""
    import transformers

    return {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}


def empty(place: Path, note: Note) -> Joint:
    """Return the model of a checkpoint before its weights are `put` in, for a stage that prepares it first."""
    from safetensors import safe_open

    with whole(place / WEIGHTS), safe_open(place / WEIGHTS, "pt") as opened:
        places = opened.get_slice(_PLACES).get_shape()[1] if _PLACES in opened.keys() else None  # noqa: SIM118
    joint = skeleton(note.recipe, place, places)
    if note.recipe.llm is not None and is_kept_elsewhere(note.recipe, note.stages):
        joint.llm = speech(note.recipe.llm, (), note.recipe.seed).model
    return joint


def _adapted(joint: Joint, note: Note) -> Any:  # noqa: ANN401
    """Return what melts the adapters of a stage that isn't over; None where there are none."""
    stage = note.recipe.stages[note.recipe.stage_names.index(note.stage)]
    return adapted(joint, stage) if isinstance(stage, Sft) and stage.lora and not note.complete else None


def _weights(joint: Joint, note: Note) -> dict[str, Tensor]:
    elsewhere = is_kept_elsewhere(note.recipe, note.stages)
    return {name: tensor for name, tensor in _named(joint) if not (elsewhere and name.startswith(_LLM))}


def _named(joint: Joint) -> Iterator[tuple[str, Any]]:
    """Yield each tensor of a model once, tied ones by their first name, with what is saved of the buffers."""
    kept = joint.state_dict().keys()
    yield from joint.named_parameters()
    yield from ((name, buffer) for name, buffer in joint.named_buffers() if name in kept)


def _write(path: Path, weights: Mapping[str, Tensor]) -> None:
    from safetensors.torch import save_file

    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}, path)


def _read(path: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    with whole(path):
        return dict(load_file(path))


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
