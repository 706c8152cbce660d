"""Report cards: what the report shows of single records, a panel by its own part of the figure and its own words."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import store
from pipeline.pixels import PIXEL_COLUMNS, pixels_of, thumbnail
from pipeline.report_records import THUMBNAIL_SIDE_PX, Card
from pipeline.store import part_path, read_rows, read_rows_at
from pipeline.workspace import FIGURES, PANELS, Workspace
from schemas.errors import PixelError

_FIGURE = ["id", "source_id", "figure_label", "caption", "license", "url", "blob", *PIXEL_COLUMNS]
_PANEL = ["box", "panel_label", "subcaption_spans"]
_ENDS = (".", "!", "?", ":")


class Sought(NamedTuple):
    """A record that is to be shown."""

    id: str
    part: int
    """Where it lies, or lay: a record of one id may be in several parts. Stages of one part name none."""
    figure_row: int | None = None
    """None where only its id is known."""


class _Spot(NamedTuple):
    """Where a record's picture lies."""

    part: int
    figure_row: int
    panel: Mapping[str, Any] | None = None
    """Its row of `2-panels`; None where it is a figure."""


def cards_of(workspace: Workspace, sought: Collection[Sought]) -> dict[Sought, Card]:
    """Return a card for every record whose figure lies in `1-figures`; one figure is held at a time."""
    here: dict[int, dict[int, list[tuple[Sought, _Spot]]]] = defaultdict(lambda: defaultdict(list))
    for record, spot in _spots(workspace, sought).items():
        here[spot.part][spot.figure_row].append((record, spot))
    cards: dict[Sought, Card] = {}
    for part, shown in sorted(here.items()):
        figures = read_rows_at(part_path(workspace.stage(FIGURES), part), shown, _FIGURE)
        for at, figure in zip(sorted(shown), figures, strict=True):
            cards |= {record: _card(record.id, figure, spot.panel) for record, spot in shown[at]}
    return cards


def _spots(workspace: Workspace, sought: Collection[Sought]) -> dict[Sought, _Spot]:
    """Return where each record lies that is a panel or, failing that, a figure."""
    panels = dict(_panels(workspace, sought))
    rest = [record for record in sought if record not in panels]
    return panels | dict(_figures(workspace, rest))


def _panels(workspace: Workspace, sought: Iterable[Sought]) -> Iterator[tuple[Sought, _Spot]]:
    folder = workspace.stage(PANELS)
    found = _places(folder, sought)
    for part in sorted({part for part, _, _ in found.values()}):
        mine = {record: at for record, (its_part, at, _) in found.items() if its_part == part}
        positions = sorted(set(mine.values()))
        rows = dict(zip(positions, read_rows_at(part_path(folder, part), positions, _PANEL), strict=True))
        yield from ((record, _Spot(part, found[record][2], rows[at])) for record, at in mine.items())


def _figures(workspace: Workspace, sought: Iterable[Sought]) -> Iterator[tuple[Sought, _Spot]]:
    for record, (part, at, _) in _places(workspace.stage(FIGURES), sought).items():
        yield record, _Spot(part, at)


def _places(folder: Path, sought: Iterable[Sought]) -> dict[Sought, tuple[int, int, int]]:
    """Return (part, place in it, row of its figure) of each record: where it is said to lie, else where one is."""
    wanted: dict[str, list[Sought]] = defaultdict(list)
    for record in sought:
        wanted[record.id].append(record)
    found: dict[Sought, tuple[int, int, int]] = {}
    for part in store.part_numbers(folder) if wanted else ():
        # of figures `figure_row` isn't there, and is passed by
        for at, row in enumerate(read_rows(part_path(folder, part), ["id", "figure_row"], batch=4096)):
            for record in wanted.get(row["id"], ()):
                place = (part, at, row.get("figure_row", at))
                if record not in found or (_fits(record, place) and not _fits(record, found[record])):
                    found[record] = place
    return found


def _fits(record: Sought, place: tuple[int, int, int]) -> bool:
    return record.part == place[0] and record.figure_row in {None, place[2]}


def _card(record_id: str, figure: Mapping[str, Any], panel: Mapping[str, Any] | None) -> Card:
    left, top, right, bottom = panel["box"] if panel else (0, 0, figure["width_px"], figure["height_px"])
    try:
        shown = pixels_of(figure).shown
        thumb: bytes | None = thumbnail(figure["blob"], THUMBNAIL_SIDE_PX, shown, (left, top, right, bottom))
    except PixelError:
        thumb = None
    return Card(
        **{name: figure[name] for name in ("source_id", "license", "url")},
        id=record_id,
        label=_label(figure["figure_label"], panel["panel_label"] if panel else None),
        caption=(own_words(figure["caption"], panel["subcaption_spans"]) if panel else "") or figure["caption"],
        width_px=right - left,
        height_px=bottom - top,
        thumb=thumb,
    )


def own_words(caption: str, spans: Sequence[Sequence[int]]) -> str:
    """Return what a caption says of a panel, without the sentence at its head that is said of all panels.

    >>> own_words("Cells grow. (A) At once. (B) Later.", [(0, 11), (16, 24)])
    '… At once.'
    """
    words = [caption[start:end].strip() for start, end in spans]
    has_head = len(words) > 1 and spans[0][0] == 0 and words[0].endswith(_ENDS)
    said = " ".join(["…", *words[1:]] if has_head else words)
    return re.sub(r" +(?=[.,;:](?: |$))", "", said)


def _label(figure: str | None, panel: str | None) -> str | None:
    """Return how readers name a panel.

    >>> _label("Figure 2.", "B")
    'Figure 2, panel B'
    """
    if panel is None:
        return figure
    return f"{figure.rstrip('. :')}, panel {panel}" if figure else f"Panel {panel}"
