"""Decided tags: the terms that a reviewer adds to a panel or takes from it, and the columns that one sets."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from curation.panel_tags import PanelText
from curation.stated import COLUMNS, column_of, taxon_of
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_annotations, seen_of_conflicts
from schemas.panel_records import Annotation, Conflict, Panel

ANNOTATIONS = "annotations"
_Place = tuple[str, str, int, int]
"""Term, text, start and end: what tells annotations apart."""


class _Changes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    added: list[Annotation] = []
    removed: list[_Place] = []


class About(NamedTuple):
    """A panel whose words are read."""

    id: str
    label: str | None
    subcaption: str


def decided_annotations(
    figure: Mapping[str, Any],
    about: About,
    texts: Sequence[PanelText],
    replay: Replay,
    found: Sequence[Annotation],
) -> list[Annotation]:
    """Return a panel's annotations with those that a reviewer added, and without those that one took away.

    What is added must stand in its text as it says; one of no characters stands anywhere.
    """
    said = replay.on(about.id, ANNOTATIONS, lambda: seen_of_annotations(figure, about.label, about.subcaption))
    if said is None:
        return list(found)
    changes = _changes(said.after)
    if changes is None:
        replay.ignore(said, UNREADABLE)
        return list(found)
    words = {each.where: each.text for each in texts}
    if any(words.get(one.where, "")[one.start : one.end] != one.text for one in changes.added):
        replay.ignore(said, "an added term doesn't stand where it says")
        return list(found)
    kept = [one for one in found if _place(one) not in set(changes.removed)]
    known = {_place(one) for one in kept}
    return [*kept, *(one for one in changes.added if _place(one) not in known)]


def _changes(after: object) -> _Changes | None:
    try:
        return _Changes.model_validate(after)
    except ValidationError:
        return None


def _place(one: Annotation) -> _Place:
    return one.term, one.where, one.start, one.end


def with_decided_columns(panel: Panel, replay: Replay, before: Callable[[], Sequence[Conflict]]) -> Panel:
    """Return a panel with the columns that a reviewer set, "" for none; what contradicted them is settled.

    `before` returns the conflicts as they are without the terms that were added and taken away: somebody may have
    decided on both in one view.
    """
    if not replay.about(panel.id):
        return panel
    values: dict[str, str | None] = {}
    for column in COLUMNS:
        now, then = partial(_seen, column, lambda: panel.conflicts), partial(_seen, column, before)
        said = replay.on(panel.id, column, now, then)
        if said is not None and isinstance(said.after, str):
            values[column] = said.after or None
        elif said is not None:
            replay.ignore(said, UNREADABLE)
    if "organism" in values:
        values["ncbitaxon_id"] = taxon_of(values["organism"])
    open_still = [one for one in panel.conflicts if _column(one) not in values]
    return Panel.model_validate({**panel.model_dump(), **values, "conflicts": open_still})


def _seen(column: str, conflicts: Callable[[], Sequence[Conflict]]) -> str:
    return seen_of_conflicts(one for one in conflicts() if _column(one) == column)


def _column(conflict: Conflict) -> str:
    """Return the column that a conflict is about; one of a fact's words and id goes by the fact's name."""
    return column_of(conflict.field) or conflict.field
