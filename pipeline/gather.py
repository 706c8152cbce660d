"""Gather: fills the report from a workspace: sums over narrow columns, pictures for a bounded sample."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.listed import listed_parts
from pipeline.report import write_report
from pipeline.report_cards import Sought, cards_of
from pipeline.report_records import (
    MAX_KEPT_CARDS,
    MAX_PILE_CARDS,
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
)
from pipeline.status import benchmarks, left, sums
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, SPLITS, STAGES, Workspace, read_json, write_json
from schemas.licence import permits

_NARROW = ["source", "source_id", "license", "width_px", "height_px"]
_KEYS = ["id", "figure_row"]


@dataclass
class _Census:
    """Sums over the figures that the sources list, and over the panels that were kept."""

    articles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    figures: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    licenses: Counter[str | None] = field(default_factory=Counter)
    kept_licenses: Counter[str | None] = field(default_factory=Counter)
    """By the licence that governs a panel, which may be stricter than its figure's."""
    kinds: Counter[str | None] = field(default_factory=Counter)
    pixels: list[int] = field(default_factory=list)
    bytes: int = 0


def gather(workspace: Workspace, name: str, shown_as: str) -> ReportData:
    """Return what the report shows of `workspace`; `shown_as` is how its user would type the folder."""
    piles = {side: _piles(workspace, side) for side in ("dropped", "held", "failed")}
    census = _count(workspace)
    shown = heapq.nsmallest(MAX_KEPT_CARDS, _kept(workspace))  # ids are hashes: the smallest are a fair sample
    left_here = (_sought(row) for side in piles.values() for rows in side.values() for row in rows)
    cards = cards_of(workspace, {*shown, *left_here})
    return ReportData(
        name=name,
        workspace=shown_as,
        stages=[StageSum(name=stage, **asdict(counts)) for stage, counts in sums(workspace).items()],
        sources=_sources(census),
        licenses=_licenses(census),
        kinds={kind or "unknown": count for kind, count in census.kinds.most_common()},
        views=_views(workspace),
        unshared=_published(workspace).get("unshared", {}),
        questions=_published(workspace).get("questions", {}).get("questions", 0),
        benchmarks=[BenchmarkSum(**told) for told in benchmarks(workspace)],
        dataset=f"{shown_as}/dataset" if workspace.dataset.is_dir() else None,
        size=_size(census),
        kept=[cards[record] for record in shown if record in cards],
        **{
            side: [_pile(stage, reason, rows, cards) for (stage, reason), rows in piles[side].items()] for side in piles
        },
    )


def write_page(workspace: Workspace, name: str) -> Path:
    """Write the report of `workspace` and return its path."""
    made_from = _made_from(workspace)
    page = write_report(workspace.root, gather(workspace, name, str(workspace.root)))
    write_json(_known(workspace), made_from)
    return page


def current_page(workspace: Workspace, name: str) -> Path:
    """Return the path of the report, written anew unless it shows what is here now.

    A run killed just before its report leaves the page of an older run, which may show what was taken out since.
    """
    if workspace.report.is_file() and read_json(_known(workspace)) == _made_from(workspace):
        return workspace.report
    return write_page(workspace, name)


def _known(workspace: Workspace) -> Path:
    return workspace.cache / "report.json"


def _made_from(workspace: Workspace) -> dict[str, str]:
    """Return what the page is made from: what the stages and the dataset say of themselves."""
    said = [read_json(workspace.stage(stage) / "stage.json") for stage in (*STAGES, SPLITS)]
    return {"made_from": store.fingerprint(said, _published(workspace))}


def _gone(workspace: Workspace) -> set[str]:
    """Return the ids of what left where splits are inherited, after the stages."""
    return {row["id"] for _, row in store.read_side(workspace.stage(SPLITS), "dropped")}


def _kept(workspace: Workspace) -> Iterator[Sought]:
    """Yield every panel that was kept."""
    gone = _gone(workspace)
    for number in store.part_numbers(workspace.stage(CAPTIONED)):
        for row in _rows(workspace, CAPTIONED, number, _KEYS):
            if row["id"] not in gone:
                yield Sought(row["id"], number, row["figure_row"])


def _rows(workspace: Workspace, stage: str, number: int, columns: list[str]) -> Iterator[dict[str, Any]]:
    return read_rows(part_path(workspace.stage(stage), number), columns, batch=4096)


def _count(workspace: Workspace) -> _Census:
    census, gone = _Census(), _gone(workspace)
    for number, listed in listed_parts(workspace):
        keys = {_key(row) for row in _rows(workspace, CAPTIONED, number, _KEYS) if row["id"] not in gone}
        licenses = defaultdict(list)
        for row in _rows(workspace, CURATED, number, [*_KEYS, "license"]) if keys else ():
            if _key(row) in keys:
                licenses[row["figure_row"]].append(row["license"])
        for at, row in enumerate(_rows(workspace, FIGURES, number, _NARROW)):
            if listed[at]:
                _add(census, row, licenses[at])
        panels = _rows(workspace, PANELS, number, [*_KEYS, "kind"]) if keys else ()
        census.kinds.update(row["kind"] for row in panels if _key(row) in keys)
        census.bytes += store.column_bytes(part_path(workspace.stage(FIGURES), number), "blob") if any(listed) else 0
    return census


def _key(row: Mapping[str, Any]) -> tuple[str, int]:
    """Return what names a panel within its part: a figure that two sources have gives both the same ids."""
    return row["id"], row["figure_row"]


def _add(census: _Census, figure: Mapping[str, Any], licenses: list[str]) -> None:
    """Add a figure, and a panel of it for each of `licenses`."""
    census.articles[figure["source"]].add(figure["source_id"])
    census.figures[figure["source"]] += 1
    census.licenses[figure["license"]] += 1
    census.pixels.append(figure["width_px"] * figure["height_px"])
    census.kept[figure["source"]] += len(licenses)
    census.kept_licenses.update(licenses)


def _sources(census: _Census) -> list[SourceSum]:
    return [
        SourceSum(source=name, articles=len(ids), figures=census.figures[name], kept=census.kept[name])
        for name, ids in sorted(census.articles.items())
    ]


def _licenses(census: _Census) -> list[LicenseSum]:
    return [
        LicenseSum(
            license=name,
            figures=census.licenses[name],
            kept=census.kept_licenses[name],
            commercial=permits(name).commercial,
            adaptable=permits(name).crop,
        )
        for name in sorted(
            census.licenses.keys() | census.kept_licenses.keys(), key=lambda name: (-census.licenses[name], str(name))
        )
    ]


def _published(workspace: Workspace) -> dict[str, Any]:
    return dict(read_json(workspace.cache / "dataset.json") or {"rows": {}})


def _views(workspace: Workspace) -> list[ViewSum]:
    """Return the views, the one first of which all others are made."""
    rows = _published(workspace)["rows"]
    return [ViewSum(view=view, splits=rows[view]) for view in sorted(rows, key=lambda one: (one[:6] != "panels", one))]


def _size(census: _Census) -> SizeSum:
    return SizeSum(
        figures=sum(census.figures.values()),
        bytes=census.bytes,
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
        name = (row["stage"], row[key])
        counts[name] += 1
        shown[name] = sorted([*shown[name], row], key=lambda one: (one["id"], one["part"]))[:MAX_PILE_CARDS]
    return {
        name: [{**row, "pile": counts[name]} for row in rows]
        for name, rows in sorted(shown.items(), key=lambda pair: (-counts[pair[0]], pair[0]))
    }


def _sought(row: Mapping[str, Any]) -> Sought:
    return Sought(row["id"], row["part"])


def _pile(stage: str, reason: str, rows: list[dict[str, Any]], cards: Mapping[Sought, Card]) -> Pile:
    told = [
        cards.get(_sought(row), Card(id=row["id"], source_id=row["source_id"], label=row["label"])).model_copy(
            update={"detail": row["detail"]}
        )
        for row in rows
    ]
    return Pile(stage=stage, name=reason, count=rows[0]["pile"], cards=told)
