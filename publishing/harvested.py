"""Harvested: what the workspace says of each panel without its pixels: whom to thank, where the licence stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.engine import read_stamps
from pipeline.store import part_path, read_row_groups
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, Workspace
from publishing.joins import credits_of, rows_beside

_CREDITS = ("license", "license_url", "attribution")


@dataclass(frozen=True)
class Credit:
    """The licence that governs a panel, whom it asks to thank, and the licence's address that was found with it."""

    license: str
    attribution: str
    license_url: str | None


def harvested_credits(workspace: Workspace) -> dict[str, Credit]:
    """Return the credit of every panel that goes on, by its id."""
    each = (one for number in sorted(read_stamps(workspace, CAPTIONED)) for one in _of_part(workspace, number))
    return dict(each)


def _of_part(workspace: Workspace, number: int) -> Iterator[tuple[str, Credit]]:
    stage = workspace.stage
    captioned = pa.concat_tables(read_row_groups(part_path(stage(CAPTIONED), number), ["id", "figure_row"]))
    if not captioned.num_rows:
        return
    curated = rows_beside(captioned, part_path(stage(CURATED), number), ["license"])
    figures = pa.concat_tables(read_row_groups(part_path(stage(FIGURES), number), list(_CREDITS)))
    mine = figures.take(captioned["figure_row"]).to_pylist()
    licences = curated["license"].to_pylist()
    for key, figure, governing in zip(captioned["id"].to_pylist(), mine, licences, strict=True):
        yield key, Credit(license=governing, **credits_of(figure, governing))
