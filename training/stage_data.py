"""Stage data: which pictures a stage learns from, and all words of a training, for a tokenizer from scratch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from training.folds import entries_of
from training.loop import Stage
from training.pictures import (
    Shelf,
    TalkRow,
    described_shelf,
    described_texts,
    seen_shelf,
    talk_rows,
    talk_shelf,
    talk_texts,
)
from training.recipe import Recipe, Segment


def shelf_of(recipe: Recipe, data: Path, stage: Stage) -> Shelf[Any]:
    """Return the pictures that a stage learns from.

    Raises:
        UsageError: there are none.
    """
    if isinstance(stage, Segment):
        entries = entries_of(data, "train", fold=recipe.data.fold)
        return seen_shelf(entries, recipe.frame.side_px, recipe.frame.radii)
    side_px = stage.side_px or recipe.frame.side_px
    rows = _rows(recipe, data, stage.kind)
    if rows:
        return talk_shelf(rows, side_px)
    return described_shelf(entries_of(data, "train", fold=recipe.data.fold), stage.kind, side_px)


def refuse_lacking(recipe: Recipe, data: Path) -> None:
    """Refuse, before anything is made or trained, data that lack what any of the stages learns from.

    Raises:
        UsageError: says what is missing.
    """
    for stage in recipe.stages:
        if isinstance(stage, Segment) or not _rows(recipe, data, stage.kind):
            entries_of(data, "train", fold=recipe.data.fold)


def texts_of(recipe: Recipe, data: Path) -> Iterator[str]:
    """Yield the words of all stages."""
    for stage in recipe.stages:
        if not isinstance(stage, Segment):
            rows = _rows(recipe, data, stage.kind)
            yield from talk_texts(rows) if rows else described_texts(shelf_of(recipe, data, stage))


def _rows(recipe: Recipe, data: Path, kind: str) -> list[TalkRow]:
    source = recipe.data.words
    rows = talk_rows(data, kind) if source != "described" else []
    if not rows and source == "conversations":
        mend = "Publish one, or set data.words: described."
        raise UsageError("has no view `conversations`.", where=str(data), mend=mend)
    return rows
