"""Scaling: two workers against one, and a cluster's two against two of this machine, on ingest and on curation.

    python -m benchmarks.scaling DIR [--rounds 3] [--copies N] [--figures N] [--until STAGE] [--ray] [--json]

DIR is a folder of packages and article folders, of which N unique copies are made (`--copies`), or figures made as the
soak's are (`--figures`). Runs take turns (1, 2, 1, 2, ...), each in a fresh workspace; a stage's time goes from its
first event to its last, so that start-up is apart. Curation is `2-panels`, `3-groups` and `4-curated` together; with
`--until 1-figures` only ingest is compared, which many figures can be asked of.
Medians are told; a ratio above 1 says how many times as fast the first named is.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.counts import at_least_one
from benchmarks.mirror import grow
from benchmarks.soak_articles import make
from benchmarks.watched_run import command, watched
from pipeline.workspace import CURATED, FIGURES, GROUPS, PANELS

_STEPS = {"ingest": (FIGURES,), "curation": (PANELS, GROUPS, CURATED), "panels": (PANELS,)}
"""`panels` is the part of curation that is made part by part, and takes most of it."""
_ONE, _TWO, _RAY = "1 worker", "2 workers", "2 workers, ray"
_WORDS = {
    _ONE: ("--workers", "1"),
    _TWO: ("--workers", "2"),
    _RAY: ("--engine", "ray", "--workers", "2"),
}
_LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0")


def _manifest(place: Path, articles: Path) -> Path:
    path = place / "scaling.yaml"
    path.write_text(
        f"bricks: 1\nname: scaling\nlicenses: {json.dumps(_LICENCES)}\non_error: {{max_failure_rate: 1.0}}\n"
        f"sources:\n  - {{type: pmc, path: {json.dumps(str(articles))}}}\n"
    )
    return path


def _once(manifest: Path, contender: str, until: str) -> dict[str, float]:
    """Return the seconds of each step of one run, and how many figures or panels it had."""
    with tempfile.TemporaryDirectory() as place:
        workspace = Path(place) / "run"
        words = command(manifest, workspace, "--until", until, *_WORDS[contender])
        seen = watched(words, workspace, every_s=1e9)
    if seen.code:
        raise SystemExit(f"bricks run with {contender} ended with {seen.code}:\n{seen.told[-4000:]}")
    seconds = {step: sum(seen.stages[name].seconds for name in names) for step, names in _steps(until).items()}
    return {**seconds, "run": seen.seconds, "rows": float(seen.stages[FIGURES if until == FIGURES else PANELS].rows)}


def _steps(until: str) -> dict[str, tuple[str, ...]]:
    return {"ingest": _STEPS["ingest"]} if until == FIGURES else _STEPS


def compare(articles: Path, place: Path, rounds: int, *, ray: bool, until: str = CURATED) -> dict[str, Any]:
    """Return every contender's medians of all steps, and the ratios that are asked for."""
    contenders = (_ONE, _TWO, _RAY) if ray else (_ONE, _TWO)
    manifest = _manifest(place, articles)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in contenders:
            runs[name].append(_once(manifest, name, until))
    steps = (*_steps(until), "run")
    medians = {
        name: {step: statistics.median(run[step] for run in many) for step in steps} for name, many in runs.items()
    }
    ratios = {"2 workers / 1": {step: medians[_ONE][step] / medians[_TWO][step] for step in steps}}
    if ray:
        ratios["ray / local"] = {step: medians[_TWO][step] / medians[_RAY][step] for step in steps}
    return {"rounds": rounds, "rows": int(runs[_ONE][0]["rows"]), "seconds": medians, "ratios": ratios}


def _table(told: dict[str, Any]) -> str:
    steps = tuple(told["seconds"][_ONE])
    lines = [f"{told['rows']} figures or panels, median of {told['rounds']} rounds, in s; of the run with its start-up"]
    lines.append(" " * 16 + "".join(f"{step:>10}" for step in steps))
    for name, many in told["seconds"].items():
        lines.append(f"{name:<16}" + "".join(f"{many[step]:>10.2f}" for step in steps))
    for name, many in told["ratios"].items():
        lines.append(f"{name:<16}" + "".join(f"{many[step]:>9.2f}x" for step in steps))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--copies", type=at_least_one, default=0, help="so many unique copies of each package")
    parser.add_argument(
        "--figures", type=at_least_one, default=0, help="made of the folder's pictures, as the soak's are"
    )
    parser.add_argument("--until", choices=(FIGURES, CURATED), default=CURATED, help="the last stage")
    parser.add_argument("--ray", action="store_true", help="the engine `ray` beside the local one")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as spare:
        place, articles = Path(spare), asked.folder.resolve()
        if asked.figures:
            make(articles, place / "articles", asked.figures)
        elif asked.copies:
            grow(articles, place / "articles", asked.copies)
        articles = place / "articles" if asked.figures or asked.copies else articles
        told = compare(articles, place, asked.rounds, ray=asked.ray, until=asked.until)
    print(json.dumps(told) if asked.json else _table(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
