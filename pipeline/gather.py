"""Gather: fills the report from a workspace: sums over narrow columns, pictures for a bounded sample."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.engine import read_stamps
from pipeline.pixels import PIXEL_COLUMNS, pixels_of, thumbnail
from pipeline.report import write_report
from pipeline.report_records import (
    MAX_KEPT_CARDS,
    MAX_PILE_CARDS,
    THUMBNAIL_SIDE_PX,
    BenchmarkSum,
    Card,
    LicenseSum,
    Pile,
    ReportData,
    SizeSum,
    SourceSum,
    StageSum,
    ViewSum,
    megapixel_bins,
    sample_ids,
)
from pipeline.status import NOT_LISTED, benchmarks, gone_items, left, sums
from pipeline.store import part_path, read_rows, read_rows_at
from pipeline.workspace import CAPTIONED, FIGURES, PANELS, Workspace, read_json
from schemas.errors import PixelError
from schemas.licence import permits

_NARROW = ["id", "source", "source_id", "license", "width_px", "height_px"]
_CARD = ["id", "source_id", "figure_label", "caption", "license", "url", "blob", *PIXEL_COLUMNS]


@dataclass
class _Census:
    """Sums over all figures, and where each figure lies that a card may show."""

    articles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    figures: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    licenses: Counter[str | None] = field(default_factory=Counter)
    kept_licenses: Counter[str | None] = field(default_factory=Counter)
    pixels: list[int] = field(default_factory=list)


def gather(workspace: Workspace, name: str, shown_as: str) -> ReportData:
    """Return what the report shows of `workspace`; `shown_as` is how its user would type the folder."""
    kept = {row["id"]: row["figure_id"] for row in _rows(workspace, CAPTIONED, ["id", "figure_id"])}
    piles = {side: _piles(workspace, side) for side in ("dropped", "held", "failed")}
    census = _count(workspace, Counter(kept.values()))
    shown = sample_ids(kept, MAX_KEPT_CARDS)
    cards = _cards(workspace, _figures_of(workspace, piles, {panel: kept[panel] for panel in shown}))
    return ReportData(
        name=name,
        workspace=shown_as,
        stages=[StageSum(name=stage, **asdict(counts)) for stage, counts in sums(workspace).items()],
        sources=_sources(census),
        licenses=_licenses(census),
        views=_views(workspace),
        unshared=_published(workspace).get("unshared", {}),
        questions=_published(workspace).get("questions", {}).get("questions", 0),
        benchmarks=[BenchmarkSum(**told) for told in benchmarks(workspace)],
        dataset=f"{shown_as}/dataset" if workspace.dataset.is_dir() else None,
        size=_size(workspace, census),
        kept=[cards[panel].model_copy(update={"id": panel}) for panel in shown if panel in cards],
        **{
            side: [_pile(stage, reason, rows, cards) for (stage, reason), rows in piles[side].items()] for side in piles
        },
    )


def write_page(workspace: Workspace, name: str) -> Path:
    """Write the report of `workspace` and return its path."""
    return write_report(workspace.root, gather(workspace, name, str(workspace.root)))


def _rows(workspace: Workspace, stage: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    folder = workspace.stage(stage)
    for number in store.part_numbers(folder):
        yield from read_rows(part_path(folder, number), columns, batch=4096)


def _listed_figures(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Yield the narrow columns of every figure whose item the sources still list."""
    gone = gone_items(workspace)
    for number, stamp in read_stamps(workspace, FIGURES).items():
        listed = (item["locator"] not in gone for item in stamp.extra["items"] for _ in range(item["rows"]))
        yield from compress(read_rows(part_path(workspace.stage(FIGURES), number), _NARROW, batch=4096), listed)


def _count(workspace: Workspace, panels_of: Mapping[str, int]) -> _Census:
    census = _Census()
    for row in _listed_figures(workspace):
        census.articles[row["source"]].add(row["source_id"])
        census.figures[row["source"]] += 1
        census.licenses[row["license"]] += 1
        census.pixels.append(row["width_px"] * row["height_px"])
        panels = panels_of.get(row["id"], 0)
        census.kept[row["source"]] += panels
        census.kept_licenses[row["license"]] += panels
    return census


def _sources(census: _Census) -> list[SourceSum]:
    return [
        SourceSum(source=name, articles=len(ids), figures=census.figures[name], kept=census.kept[name])
        for name, ids in sorted(census.articles.items())
    ]


def _licenses(census: _Census) -> list[LicenseSum]:
    return [
        LicenseSum(
            license=name,
            figures=count,
            kept=census.kept_licenses[name],
            commercial=permits(name).commercial,
            adaptable=permits(name).crop,
        )
        for name, count in sorted(census.licenses.items(), key=lambda pair: (-pair[1], str(pair[0])))
    ]


def _published(workspace: Workspace) -> dict[str, Any]:
    return dict(read_json(workspace.cache / "dataset.json") or {"rows": {}})


def _views(workspace: Workspace) -> list[ViewSum]:
    rows = _published(workspace)["rows"]
    return [ViewSum(view=view, splits=splits) for view, splits in sorted(rows.items())]


def _size(workspace: Workspace, census: _Census) -> SizeSum:
    folder = workspace.stage(FIGURES)
    return SizeSum(
        figures=sum(census.figures.values()),
        bytes=sum(store.column_bytes(part_path(folder, number), "blob") for number in store.part_numbers(folder)),
        pixels=sum(census.pixels),
        megapixels=megapixel_bins(census.pixels),
    )


Piles = dict[tuple[str, str], list[dict[str, Any]]]
"""(stage, reason or queue) -> its rows, no more than are shown; each knows the count of its pile."""


def _piles(workspace: Workspace, side: str) -> Piles:
    key = "queue" if side == "held" else "reason"
    counts: Counter[tuple[str, str]] = Counter()
    shown: Piles = defaultdict(list)
    for row in left(workspace, side):
        if row["reason"] == NOT_LISTED:
            continue
        name = (row["stage"], row[key])
        counts[name] += 1
        shown[name] = sorted([*shown[name], row], key=lambda one: (one["id"], one["part"]))[:MAX_PILE_CARDS]
    return {
        name: [{**row, "pile": counts[name]} for row in rows]
        for name, rows in sorted(shown.items(), key=lambda pair: (-counts[pair[0]], pair[0]))
    }


def _pile(stage: str, reason: str, rows: list[dict[str, Any]], cards: Mapping[str, Card]) -> Pile:
    told = [
        cards.get(row["id"], Card(id=row["id"], source_id=row["source_id"], label=row["label"])).model_copy(
            update={"id": row["id"], "detail": row["detail"]}
        )
        for row in rows
    ]
    return Pile(stage=stage, name=reason, count=rows[0]["pile"], cards=told)


def _figures_of(workspace: Workspace, piles: Mapping[str, Piles], kept: Mapping[str, str]) -> dict[str, str]:
    """Return the figure of every record that is shown: of panels theirs, of figures themselves."""
    shown = {row["id"] for side in piles.values() for rows in side.values() for row in rows}
    figure_of = {key: key for key in shown} | dict(kept)
    for row in _rows(workspace, PANELS, ["id", "figure_id"]):
        if row["id"] in shown:
            figure_of[row["id"]] = row["figure_id"]
    return figure_of


def _cards(workspace: Workspace, figure_of: Mapping[str, str]) -> dict[str, Card]:
    """Return a card for every record whose figure lies in `1-figures`."""
    wanted = set(figure_of.values())
    folder = workspace.stage(FIGURES)
    card_of: dict[str, Card] = {}
    for number in store.part_numbers(folder):
        card_of |= _cards_of_part(part_path(folder, number), wanted - card_of.keys())
    return {record: card_of[figure] for record, figure in figure_of.items() if figure in card_of}


def _cards_of_part(path: Path, wanted: set[str]) -> dict[str, Card]:
    """Return the cards of the wanted figures; of a figure that lies there twice, the first."""
    places = {row["id"]: at for at, row in reversed([*enumerate(read_rows(path, ["id"], batch=4096))])}
    positions = [places[figure] for figure in wanted & places.keys()]
    return {row["id"]: _card(row) for row in read_rows_at(path, positions, _CARD)} if positions else {}


def _card(row: dict[str, Any]) -> Card:
    try:
        thumb: bytes | None = thumbnail(row["blob"], THUMBNAIL_SIDE_PX, pixels_of(row).shown)
    except PixelError:
        thumb = None
    same = {name: row[name] for name in ("id", "source_id", "caption", "license", "url", "width_px", "height_px")}
    return Card(**same, label=row["figure_label"], thumb=thumb)
