"""Soak page: what a soak measured, as a page of Markdown that reads as plain text too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def page(told: Mapping[str, Any]) -> str:
    """Return all that was measured, the aims first."""
    head = (
        f"{told['figures']:,} figures of at most {told['side_px']} px in {told['articles']:,} articles "
        f"(made in {told['made_s']:.0f} s), "
        f"{told['workers']} workers{''.join(f', {one}' for one in told['overrides'])}: "
        f"{told['seconds']:.0f} s, {told['figures_per_s']:.1f} figures/s."
    )
    idle = (
        f"With nothing to do: {told['idle_s']:.2f} s, {told['idle_peak_mb']:.0f} MB; "
        f"under a profiler {told['profile']['seconds']:.2f} s."
    )
    dry = told["dry_run"]
    said = (
        f"publish --dry-run: {dry['seconds']:.1f} s, ended with {dry['code']}. {' '.join(dry['said'].split())}".strip()
    )
    tables = (_aims, _paces, _peaks, _disk, _own, _calls)
    return (
        "\n\n".join([head, *(table(told) for table in tables[:4]), idle, *(table(told) for table in tables[4:]), said])
        + "\n"
    )


def _aims(told: Mapping[str, Any]) -> str:
    held = {True: "yes", False: "NO"}
    rows = [(aim["aim"], f"{aim['found']:g}", f"{aim['limit']:g}", held[aim["held"]]) for aim in told["aims"]]
    return table(("aim", "found", "at most", "held"), rows)


def _paces(told: Mapping[str, Any]) -> str:
    rows = [
        (name, f"{span['seconds']:.1f}", _number(span["rows_per_s"]), _number(told["figures"] / span["seconds"]))
        for name, span in told["spans"].items()
        if span["seconds"] > 0
    ]
    return table(("stage", "s", "rows/s", "figures/s"), rows)


_PEAKS = {
    "own_mb": "MB",
    "memory_mb": "with files",
    "largest_mb": "largest",
    "descriptors": "open",
    "threads": "threads",
}


def _peaks(told: Mapping[str, Any]) -> str:
    rows = []
    for name, span in told["spans"].items():
        tenths = span["tenths"]
        if all(tenths):
            pairs = (f"{tenths[1][what]:.0f} {tenths[-1][what]:.0f}" for what in _PEAKS)
            each = " ".join(f"{tenth['own_mb']:.0f}" for tenth in tenths)
            rows.append((name, *pairs, f"{span['slope_mb_per_1000_s']:.1f}", each))
    return table(("peak, 2nd and last tenth", *_PEAKS.values(), "MB in 1,000 s", "MB, all tenths"), rows)


def _disk(told: Mapping[str, Any]) -> str:
    each = told["disk"].items()
    rows = [(name, f"{one['mb']:.1f}", f"{one['kb_per_figure']:.2f}", str(one["files"])) for name, one in each]
    return table(("on disk", "MB", "kB a figure", "files"), rows)


def _own(told: Mapping[str, Any]) -> str:
    return _spent("nothing to do: own time", told["profile"]["own"])


def _calls(told: Mapping[str, Any]) -> str:
    return _spent("nothing to do: ours, with what they call", told["profile"]["with_calls"])


def _spent(head: str, rows: Iterable[Mapping[str, Any]]) -> str:
    return table((head, "s", "calls"), [(row["where"], f"{row['seconds']:.3f}", str(row["calls"])) for row in rows])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table whose columns stand under each other."""
    widths = [max(len(line[at]) for line in (heads, *rows)) for at in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    padded = (" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(f"| {line} |" for line in padded)
