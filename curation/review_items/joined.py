"""Joined: the panels of a part with their figures, groups and what the gates said, one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from pipeline.seen import seen_of_license
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, GROUPS, PANELS, Workspace
from schemas.errors import WorkspaceError
from schemas.manifest import Queue
from schemas.panel_records import Conflict
from schemas.records import Group
from schemas.review import PicturePlace

_FIGURE_COLUMNS = (
    "id", "source", "source_id", "figure_label", "caption", "mentions", "article", "facts", "license", "license_url",
    "license_evidence", "third_party", "attribution", "source_sha256", "shown", "width_px", "height_px", "bit_depth",
    "channels",
)  # fmt: skip
_PANEL_COLUMNS = (
    "id", "figure_id", "figure_row", "source_id", "panel_key", "panel_label", "box", "kind", "kind_confidence",
    "subcaption", "subcaption_spans", "annotations", "conflicts", "modality", "submodality", "domain", "subdomain",
    "stain", "organism", "tissue", "cell_type", "organelle", "microns_per_pixel", "microns_per_pixel_source",
)  # fmt: skip


class JoinedPanel(NamedTuple):
    """A panel with all that the stages say of it."""

    part: int
    figure: Mapping[str, Any]
    panel: Mapping[str, Any]
    group: Group
    held: Mapping[str, Any] | None
    """Its row in `4-curated/held`."""
    is_curated: bool
    captioned: Mapping[str, Any] | None
    """Its row in `5-captioned`."""

    @property
    def place(self) -> PicturePlace:
        """Return where its picture lies."""
        box = tuple(self.panel["box"])
        whole = box == (0, 0, self.figure["width_px"], self.figure["height_px"])
        return PicturePlace(
            part=self.part, figure_row=self.panel["figure_row"], box=None if whole else box, name=self.name
        )

    @property
    def name(self) -> str:
        """Return what readers call it: its source, figure and letter."""
        said = (self.figure["source_id"], self.figure["figure_label"], self.panel["panel_label"])
        return " · ".join(word for word in said if word)

    @property
    def conflicts(self) -> list[Conflict]:
        """Return the conflicts of its columns."""
        return [Conflict.model_validate(one) for one in self.panel["conflicts"]]

    @property
    def whole(self) -> dict[str, str]:
        """Return the verdict on the whole panel, which answers whatever is asked of it."""
        return {f"{CURATED}/{self.panel['id']}/verdict": seen_of_license(self.figure, self.group.also_in)}


def joined_panels(workspace: Workspace, number: int) -> Iterator[JoinedPanel]:
    """Yield the panels of a part, in its order; no stage changes it, so little is held."""
    folder = {name: workspace.stage(name) for name in (FIGURES, PANELS, GROUPS, CURATED, CAPTIONED)}
    figures = list(read_rows(part_path(folder[FIGURES], number), _FIGURE_COLUMNS))
    held = _by_id(read_rows(part_path(folder[CURATED] / "held", number)))
    curated = {row["id"] for row in read_rows(part_path(folder[CURATED], number), ["id"], batch=4096)}
    captioned = {row["id"]: row for row in read_rows(part_path(folder[CAPTIONED], number))}
    groups = read_rows(part_path(folder[GROUPS], 0), where=("part", number))
    panels = read_rows(part_path(folder[PANELS], number), _PANEL_COLUMNS)
    for panel, group in zip_longest(panels, groups):
        if not panel or not group or panel["id"] != group["id"]:
            raise _half_made(workspace)
        its = panel["id"]
        figure = figures[panel["figure_row"]]
        yield JoinedPanel(
            number, figure, panel, Group.model_validate(group), held.get(its), its in curated, captioned.get(its)
        )


def _half_made(workspace: Workspace) -> WorkspaceError:
    mend = "Run `bricks run MANIFEST` to its end; then there is something to review."
    return WorkspaceError("its stages are of different runs.", where=str(workspace.root), mend=mend)


def _by_id(rows: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def told_of(one: JoinedPanel) -> dict[str, Any]:
    """Return what every page tells of a panel beside its question."""
    article = one.figure["article"] or {}
    return {
        "caption": one.figure["caption"],
        "figure_label": one.figure["figure_label"],
        "panel_label": one.panel["panel_label"],
        "subcaption": one.panel["subcaption"],
        "source": one.figure["source"],
        "title": article.get("title"),
        "doi": article.get("doi"),
        "license": one.figure["license"],
    }


def filed(queue: Queue, one: JoinedPanel) -> dict[str, Any]:
    """Return what an item about a panel is filed under: queue, part, row, source and stratum."""
    return {
        "queue": queue.name,
        "part": one.part,
        "figure_row": one.panel["figure_row"],
        "source_id": one.figure["source_id"],
        "stratum": stratum_of(one, queue.strata),
    }


def stratum_of(one: JoinedPanel, columns: Sequence[str]) -> str:
    """Return the values of these columns, joined: of the panel, else of its figure."""
    values = (one.panel.get(name, one.figure.get(name)) for name in columns)
    return " · ".join("none" if value is None else str(value) for value in values)
