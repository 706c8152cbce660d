"""Members: what matters of each panel for grouping, read in narrow columns from all parts, in order."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

from curation.families import is_preprint_doi
from curation.same_picture import Picture, label_key, word_bits
from curation.same_pixels import Grey, shrunk
from pipeline.engine import read_stamps
from pipeline.pixels import PIXEL_COLUMNS, pixels_of
from pipeline.store import part_path, read_rows, read_rows_at
from pipeline.workspace import FIGURES, PANELS, Workspace
from schemas.errors import PixelError
from schemas.records import Box

_PREPRINTS = frozenset({"biorxiv", "medrxiv"})
NOTEBOOKS = frozenset({"eln", "elabftw", "rspace"})
"""Sources whose family is one entry, and whose version is when that was last changed."""
_ARTICLE = re.compile(r"PMC\d+|10\.\d{4,}/\S+")
_COLUMNS = [
    *("source", "source_id", "version", "figure_label", "license", "third_party", "source_sha256", "family_key"),
    *("width_px", "height_px", "article.doi", "shown"),
]
_PANEL_COLUMNS = [
    *("id", "figure_id", "figure_row", "panel_label", "box", "kind", "subcaption", "phash", "phash_version"),
]


class Member(NamedTuple):
    """What matters of a panel for grouping."""

    at: int
    """Its place among the panels of all parts."""
    part: int
    id: str
    figure_id: str
    figure_row: int
    panel_label: str | None
    box: Box
    panel_kind: str | None
    source: str
    source_id: str
    version: str | None
    figure_label: str | None
    license: str | None
    """None where it isn't known, and where the picture is another owner's."""
    source_sha256: str
    shown: str
    """Which image, plane and channels of the file; "" where the file is one picture."""
    family_key: str
    is_article: bool
    """True where the source names an article by `source_id`, not an image or an entry."""
    is_preprint: bool
    caption_length: int

    @property
    def area_px(self) -> int:
        """Return how much the panel shows."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @property
    def work(self) -> tuple[str, str, str]:
        """Return what names one version of one work at one source."""
        return self.source, self.source_id, self.version or ""


def members(workspace: Workspace, family_of: Mapping[str, str]) -> Iterator[tuple[Member, dict[str, Any]]]:
    """Yield the panels of all parts, in order and numbered, each with the row that `picture_of` reads.

    `family_of` gives the family's name of works that have several names.
    """
    numbers = count()
    for part in sorted(read_stamps(workspace, PANELS)):
        figures = list(read_rows(part_path(workspace.stage(FIGURES), part), _COLUMNS, batch=1024))
        for panel in read_rows(part_path(workspace.stage(PANELS), part), _PANEL_COLUMNS, batch=1024):
            figure = figures[panel["figure_row"]]
            family = family_of.get(figure["family_key"], figure["family_key"])
            yield _member(next(numbers), part, panel, figure | {"family_key": family}), panel | _size(figure)


def _size(figure: dict[str, Any]) -> dict[str, Any]:
    return {"whole": [0, 0, figure["width_px"], figure["height_px"]]}


def _member(at: int, part: int, panel: dict[str, Any], figure: dict[str, Any]) -> Member:
    doi = ((figure["article"] or {}).get("doi") or "").lower()
    return Member(
        at=at,
        part=part,
        id=panel["id"],
        figure_id=panel["figure_id"],
        figure_row=panel["figure_row"],
        panel_label=panel["panel_label"],
        box=tuple(panel["box"]),
        panel_kind=panel["kind"],
        source=figure["source"],
        source_id=figure["source_id"],
        version=figure["version"],
        figure_label=figure["figure_label"],
        license=None if figure["third_party"] else figure["license"],
        source_sha256=figure["source_sha256"],
        shown=str(figure["shown"] or ""),
        family_key=figure["family_key"],
        is_article=figure["article"] is not None and bool(_ARTICLE.fullmatch(figure["source_id"])),
        is_preprint=figure["source"] in _PREPRINTS or is_preprint_doi(doi),
        caption_length=len(panel["subcaption"]),
    )


def picture_of(member: Member, row: dict[str, Any], cluster: int) -> Picture:
    """Return what is compared of a panel with those of the other works of its family."""
    left, top, right, bottom = member.box
    return Picture(
        at=member.at,
        id=member.id,
        work=member.work,
        cluster=cluster,
        kind=(row["box"] == row["whole"], row["phash_version"]),
        phash=int(row["phash"], 16),
        aspect=(right - left) / (bottom - top),
        label=label_key(member.figure_label, member.panel_label),
        words=word_bits(row["subcaption"]),
    )


def greys(workspace: Workspace, wanted: Iterable[Member]) -> dict[int, Grey]:
    """Return the small grey pictures of the panels in `wanted`, by their place; one that can't be read is missing."""
    of_part: dict[int, dict[int, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for member in wanted:
        of_part[member.part][member.figure_row].append(member)
    return {at: grey for part in sorted(of_part) for at, grey in _greys(workspace, part, of_part[part])}


def _greys(workspace: Workspace, part: int, of_row: dict[int, list[Member]]) -> Iterator[tuple[int, Grey]]:
    rows = read_rows_at(part_path(workspace.stage(FIGURES), part), of_row, ["blob", *PIXEL_COLUMNS])
    for row, figure in zip(sorted(of_row), rows, strict=True):
        pixels = pixels_of(figure)
        for member in of_row[row]:
            with suppress(PixelError):  # its bytes were read for the hash; without them number and words decide
                yield member.at, shrunk(figure["blob"], pixels, member.box)
