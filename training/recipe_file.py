"""Recipe file: from a name that ships, or a path, to a recipe, or to every mistake with line, column and mend."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from schemas.errors import ManifestError, Problem
from schemas.manifest_file import overrule, text_of
from schemas.manifest_keys import keys_of, models_under
from schemas.manifest_parts import did_you_mean, nearest, spoken
from schemas.manifest_words import Error, in_words
from schemas.manifest_yaml import Loc, Tree, read_tree, told
from schemas.shipped import shipped_file, shipped_names
from training.recipe import SMALL_STRIDE_PX, Recipe, Segment, SmallVit

_SHELF: Final = Path(__file__).resolve().parent / "recipes"
_TAGS: Final = ("kind", "type")
_TAKEN: Final = ("overlays", "tensorboard")
_IN_THE_MIDDLE: Final = re.compile(r".*-\d{8}")
_NOT_A_KEY: Final = "extra_forbidden"


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with bricks."""
    return shipped_names(_SHELF)


def load_recipe(named: str, overrides: Sequence[str] = ()) -> Recipe:
    """Return a recipe by its path or its shipped name, with `overrides` ("seed=3", "llm.vlk=false") applied in order.

    Raises:
        UsageError: there is no such recipe.
        ManifestError: it is wrong; `problems` holds every mistake.
    """
    path = Path(named)
    file = path if path.is_file() else shipped_file(named, _SHELF, "recipe")
    return read_recipe(text_of(file, named, "recipe"), named, overrides)


def read_recipe(text: str, name: str, overrides: Sequence[str] = ()) -> Recipe:
    """Return the recipe that a text holds, which messages call `name`.

    Raises:
        ManifestError: it is wrong; `problems` holds every mistake.
    """
    tree = read_tree(text, name)
    for number, override in enumerate(overrides, start=1):
        overrule(tree, override, number)
    problems = list(tree.problems)
    if not isinstance(tree.value, dict):
        what = "is empty" if tree.value is None else f"must be a mapping of keys, not {spoken(tree.value)}"
        raise ManifestError([*problems, _problem(tree, (), what)])
    recipe = None
    try:
        recipe = Recipe.model_validate(tree.value)
    except ValidationError as error:
        problems += [_told(tree, one) for one in error.errors(include_url=False)]
    if recipe is not None:
        problems += [_problem(tree, loc, what) for loc, what in rules(recipe)]
    if recipe is None or problems:
        raise ManifestError(sorted(dict.fromkeys(problems), key=lambda one: (one.file, one.line, one.column)))
    return recipe


def rules(recipe: Recipe) -> Iterator[tuple[Loc, str]]:
    """Yield (where, what) of all that contradicts itself in a recipe whose values are right one by one."""
    yield from _sizes(recipe)
    for at, stage in enumerate(recipe.stages):
        if (stage.steps is None) == (stage.epochs is None):
            yield ("stages", at), "needs either steps or epochs"
        if recipe.llm is None and not isinstance(stage, Segment):
            yield ("stages", at, "kind"), f"{stage.kind} trains a language model, and the recipe has no llm"
        if not isinstance(stage, Segment) and stage.side_px and stage.side_px % _grain_px(recipe):
            yield ("stages", at, "side_px"), f"must be a multiple of {_grain_px(recipe)} px, {_GRAIN}"
        if isinstance(stage, Segment):
            yield from _segment(recipe, stage, ("stages", at))
    names = recipe.stage_names
    for at, name in enumerate(names):
        if name in _TAKEN or _IN_THE_MIDDLE.fullmatch(name):
            yield ("stages", at, "name"), f'can\'t be "{name}": a folder beside the checkpoints is called so'
        if name in names[:at]:
            yield ("stages", at), f'is called "{name}" as another stage is: give it a `name`'


def _sizes(recipe: Recipe) -> Iterator[tuple[Loc, str]]:
    grain = _grain_px(recipe)
    if recipe.frame.side_px % grain:
        yield ("frame", "side_px"), f"must be a multiple of {grain} px, {_GRAIN}, not {recipe.frame.side_px}"
    if isinstance(recipe.network, SmallVit) and recipe.network.width % recipe.network.heads:
        yield ("network", "width"), f"must be a multiple of heads ({recipe.network.heads}), not {recipe.network.width}"
    if isinstance(recipe.network, SmallVit):
        yield from _small(recipe.network)
    if recipe.llm and recipe.llm.model == "tiny" and recipe.llm.hidden % (2 * recipe.llm.heads):
        yield ("llm", "hidden"), f"must be a multiple of twice the heads ({2 * recipe.llm.heads})"


def _small(network: SmallVit) -> Iterator[tuple[Loc, str]]:
    if network.window_px % SMALL_STRIDE_PX or network.window_px < 2 * SMALL_STRIDE_PX:
        what = f"must be a multiple of {SMALL_STRIDE_PX} px, and {2 * SMALL_STRIDE_PX} at least"
        yield ("network", "window_px"), f"{what}, not {network.window_px}"
    if network.stem_channels % 4:
        yield ("network", "stem_channels"), f"must be a multiple of 4, not {network.stem_channels}"


_GRAIN: Final = "two of the encoder's tokens, of which the projector makes one"


def _grain_px(recipe: Recipe) -> int:
    return 2 * recipe.stride_px


def _segment(recipe: Recipe, stage: Segment, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if stage.crop_px is not None:
        grain, side_px = _grain_px(recipe), recipe.frame.side_px
        if stage.crop_px > side_px:
            yield (*loc, "crop_px"), f"must be at most the frame's side, {side_px} px, not {stage.crop_px}"
        if stage.crop_px % grain:
            yield (*loc, "crop_px"), f"must be a multiple of {grain} px, {_GRAIN}, not {stage.crop_px}"
    if stage.share_1p0n + stage.share_random > 1:
        yield (*loc, "share_random"), f"is {stage.share_random:g}, and with share_1p0n more than 1"
    if stage.bce == stage.dice == 0:
        yield (*loc, "bce"), "is 0 and so is dice: there is nothing to learn from"
    smaller, larger = stage.augment.zoom
    if smaller > larger:
        yield (*loc, "augment", "zoom"), f"must be [smaller, larger], not [{smaller:g}, {larger:g}]"


def _told(tree: Tree, error: Error) -> Problem:
    loc, models = _located(error, tree.value)
    if error["type"] == _NOT_A_KEY:
        keys = [key for model in models for key in keys_of(model)]
        advice = did_you_mean(nearest(str(loc[-1]), keys)) or f"; the keys are {', '.join(keys)}"
        return _problem(tree, loc, f"is no key here{advice}", key=True)
    if error["type"] == "union_tag_not_found":
        return _problem(tree, loc, f"is required: {error['ctx']['discriminator'].strip(chr(39))} says which it is")
    return _problem(tree, loc, in_words(error))


def _located(error: Error, value: Any) -> tuple[Loc, tuple[type[BaseModel], ...]]:  # noqa: ANN401
    """Return where in the file an error is, and the models its keys may be of.

    pydantic's own path also names the kind of stage and the type of network that it tried.
    """
    loc: Loc = ()
    models: tuple[type[BaseModel], ...] = (Recipe,)
    under = models
    for step in error["loc"]:
        if isinstance(value, dict) and step not in value and step in [value.get(tag) for tag in _TAGS]:
            models = under = tuple(model for model in under if _tagged(model, step))
            continue
        models = under
        loc = (*loc, step)
        if isinstance(step, str):
            under = tuple(inner for model in models for inner in models_under(model, step))
        value = value.get(step) if isinstance(value, dict) else value[step] if isinstance(value, list) else None
    return loc, models


def _tagged(model: type[BaseModel], tag: str | int) -> bool:
    shown = [model.model_fields[name].annotation for name in _TAGS if name in model.model_fields]
    return any(tag in getattr(kind, "__args__", ()) for kind in shown)


def _problem(tree: Tree, loc: Loc, what: str, *, key: bool = False) -> Problem:
    """Return the problem at `loc`, or at the nearest place above it that stands in the file."""
    at = next(loc[:length] for length in range(len(loc), -1, -1) if loc[:length] in tree.places)
    place = tree.places[at]
    path = told(loc) if loc else "recipe"
    return Problem(place.file, *(place.key if key else place.value), path, what)
