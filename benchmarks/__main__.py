"""All benchmarks with a named alternative, in one table: python -m benchmarks [--quick] [--data DIR] [--only NAME].

Each runs in a process of its own. `--data` is a folder as `benchmarks.duplicates`, `panels` and `tagging` describe it,
`--dataset` a published dataset. A ratio above 1 says that ours is more: faster, or nearer to the truth; where it is
by CPU or by seconds, less is better. Memory is the peak of the largest process. The exit code is 1 where one failed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measured import BENCHMARKS, DATA, DATASET, Benchmark
from benchmarks.one_benchmark import Row, run

_HEADS = ("benchmark", "figure", "ratio", "against", "peak MB", "s", "not run")


def _cells(row: Row) -> tuple[str, ...]:
    ratio, peak, took = (
        "" if value is None else format(value, kind)
        for value, kind in ((row.ratio, ".2f"), (row.peak_mb, ".0f"), (row.seconds, ".1f"))
    )
    return row.name, row.figure, ratio, row.against, peak, took, row.why


def table(rows: Sequence[Row]) -> str:
    """Return the rows in columns."""
    lines = [_HEADS, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADS))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(map(str.rstrip, padded))


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a table of a Markdown page."""
    lines = [_HEADS, ("---",) * len(_HEADS), *map(_cells, rows)]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main(arguments: Sequence[str] | None = None, known: Sequence[Benchmark] = BENCHMARKS) -> int:
    """Run what is asked for and print it; 1 where a benchmark failed or was stopped."""
    names = [one.name for one in known]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--dataset", type=Path, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="small sizes: that all work, not how well")
    parser.add_argument("--limit", type=float, default=1800.0, metavar="SECONDS", help="for each")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    folders = {word: path and path.resolve() for word, path in ((DATA, asked.data), (DATASET, asked.dataset))}
    rows = []
    for one in known:
        if asked.only is None or one.name in asked.only:
            print(f"{one.name} ...", file=sys.stderr, flush=True)
            rows.append(run(one, folders, quick=asked.quick, limit_s=asked.limit))
    print(table(rows))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    if asked.markdown:
        asked.markdown.write_text(markdown(rows), encoding="utf-8")
    return int(any(row.why and not row.why.startswith("not run") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
