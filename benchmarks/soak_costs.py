"""Soak costs: what a million figures, and BIOMEDICA's 24 million, would take at the pace of a soak.

    python -m benchmarks.soak_costs SOAK.json [SOAK.json ...]

Each FILE is what `benchmarks.soak --json` printed. Assumed: a stage takes as long for each figure whatever their number
(measured so for the map stages; `3-groups` looks at all and is named apart), so many cores share it evenly (two were
measured), figures are as large as the soak's, sources answer at once, and texts are made of facts, by no model.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.soak_page import table

_MILLION, _BIOMEDICA = 1_000_000, 24_000_000
_HOUR_S, _DAY_H = 3600, 24
_CORES = (2, 64, 512)
_REDUCE, _RUN = "3-groups", "run"


def costs(told: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return by stage the core-hours and gigabytes of a million figures, then both for 24 million."""
    figures, workers = told["figures"], told["workers"]
    disk = {name: one["kb_per_figure"] for name, one in told["disk"].items()}
    rows = []
    for name, span in told["spans"].items():
        if name != _RUN:
            hours = span["seconds"] * workers * _MILLION / figures / _HOUR_S
            rows.append((name, hours, disk.get(name, 0.0)))
    rows.append(("all", sum(hours for _, hours, _ in rows), sum(disk.values())))
    return [(name, f"{hours:.1f}", f"{kb * _MILLION / 1e6:,.1f}") for name, hours, kb in rows]


def days(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how many days 24 million figures take on so many cores, all but `3-groups`."""
    spans = told["spans"].items()
    seconds = sum(span["seconds"] for name, span in spans if name not in (_REDUCE, _RUN))
    hours = seconds * told["workers"] / told["figures"] * _BIOMEDICA / _HOUR_S
    return [(f"{cores}", f"{hours / cores / _DAY_H:.1f}") for cores in _CORES]


def page(told: Mapping[str, Any]) -> str:
    """Return both tables."""
    size = sum(one["kb_per_figure"] for one in told["disk"].values())
    each = f"of at most {told['side_px']} px and {told['disk']['1-figures']['kb_per_figure']:.0f} kB"
    head = f"{told['figures']:,} figures {each}, {told['workers']} workers"
    return "\n\n".join(
        [
            head,
            table(("a million figures", "core-hours", "GB on disk"), costs(told)),
            table(("24 million on so many cores", f"days, all but {_REDUCE}"), days(told)),
            f"24 million take {size * _BIOMEDICA / 1e9:,.1f} TB on disk.",
        ]
    )


def _page_of(file: str) -> str:
    """Return the costs of a file.

    Raises:
        ArgumentTypeError: it isn't what a soak printed.
    """
    try:
        return page(json.loads(Path(file).read_text(encoding="utf-8")))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise argparse.ArgumentTypeError(f"{file} isn't what `benchmarks.soak --json` printed") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the costs of each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=_page_of, metavar="SOAK.json")
    for one in parser.parse_args(arguments).pages:
        print(f"{one}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
