"""Soak: many synthetic figures through the whole pipeline: pace, memory, descriptors, threads and disk, and a resume.

    python -m benchmarks.soak DIR [--figures 100000] [--side PX] [--workers 2] [--place FOLDER] [--json]
                              [--set KEY=VALUE] [--markdown FILE]

DIR is a folder of packages and article folders; the figures are made of its pictures (`benchmarks.soak_articles`) into
FOLDER/articles, where they stay. `bricks run` works in FOLDER/run, which is emptied before, then again with nothing to
do, once plainly and once under a profiler; `bricks publish --dry-run` follows. Tenths are of the time, of the whole run
and of each stage; memory is judged without the pages of mapped files. The exit code is 1 where an aim isn't reached;
all is printed anyway.
"""

import argparse
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.counts import at_least_one
from benchmarks.soak_articles import SIDE_PX, make
from benchmarks.soak_page import page
from benchmarks.watched_run import ROOT, Sample, Watched, command, watched
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS

_FLAT, _IDLE_S = 1.1, 5.0
_SPARE = 4
"""Descriptors and threads that may be more by chance of the moment."""
_LEAST_SAMPLES, _MANY = 40, 1000
"""What memory needs to be judged: samples of a stage, figures of the run."""
_MAPS = (FIGURES, PANELS, CURATED, CAPTIONED)
"""Stages of parts that know nothing of each other; what reduces all of them may hold more as it goes on."""
_SHOWN = 15
_LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0")
_SIDES = ("dropped", "failed", "held")


def _manifest(place: Path) -> Path:
    path = place / "soak.yaml"
    source = f"{{type: pmc, path: {json.dumps(str(place / 'articles'))}}}"
    path.write_text(f"bricks: 1\nname: soak\nlicenses: {json.dumps(_LICENCES)}\nsources:\n  - {source}\n")
    return path


def tenths(samples: Sequence[Sample], began_s: float, ended_s: float) -> list[dict[str, float]]:
    """Return the peaks of each tenth of a span of time; what has no sample has the one before it."""
    peaks: list[dict[str, float]] = []
    for at in range(10):
        low, high = (began_s + (ended_s - began_s) * edge / 10 for edge in (at, at + 1))
        mine = [one for one in samples if low <= one.at_s < high]
        names = ("memory_mb", "own_mb", "largest_mb", "descriptors", "threads")
        peaks.append({name: max(getattr(one, name) for one in mine) for name in names} if mine else dict(*peaks[-1:]))
    return peaks


def slope(samples: Sequence[Sample]) -> float:
    """Return by how many MB memory grows in 1,000 s, as a straight line through the samples has it."""
    if len(samples) < 3:
        return 0.0
    times, sizes = [one.at_s for one in samples], [one.own_mb for one in samples]
    centre, level = sum(times) / len(times), sum(sizes) / len(sizes)
    spread = sum((at - centre) ** 2 for at in times)
    return 1000 * sum((at - centre) * (size - level) for at, size in zip(times, sizes, strict=True)) / spread


def _spans(seen: Watched) -> dict[str, dict[str, Any]]:
    """Return pace and peaks of the whole run and of each stage."""
    spans = {"run": (0.0, seen.seconds, 0)}
    spans |= {name: (stage.began_s, stage.ended_s, stage.rows) for name, stage in seen.stages.items()}
    told = {}
    for name, (began_s, ended_s, rows) in spans.items():
        mine = [one for one in seen.samples if began_s <= one.at_s <= ended_s]
        told[name] = {
            "seconds": ended_s - began_s,
            "rows_per_s": rows / (ended_s - began_s) if rows and ended_s > began_s else None,
            "samples": len(mine),
            "tenths": tenths(mine, began_s, ended_s),
            "slope_mb_per_1000_s": slope(mine),
        }
    return told


def _aims(spans: dict[str, dict[str, Any]], idle_s: float, unsound: Sequence[str]) -> list[dict[str, Any]]:
    aims = []
    for name in ("run", *_MAPS):
        span = spans.get(name)
        if span and span["samples"] >= _LEAST_SAMPLES:
            second, last = span["tenths"][1], span["tenths"][-1]
            aims.append(_aim(f"{name}: memory, last / second tenth", last["own_mb"] / second["own_mb"], _FLAT))
            each = ("descriptors", "threads") if name != "run" else ()
            aims += [_aim(f"{name}: {what}, last tenth", last[what], second[what] + _SPARE) for what in each]
    wrong = ", ".join(unsound) or "none"
    return [*aims, _aim("nothing to do, in s", idle_s, _IDLE_S), _aim(f"unsound: {wrong}", len(unsound), 0)]


def _aim(name: str, found: float, limit: float) -> dict[str, Any]:
    return {"aim": name, "found": round(found, 3), "limit": limit, "held": found <= limit}


def _disk(workspace: Path, figures: int) -> dict[str, dict[str, float]]:
    """Return megabytes, and kilobytes a figure, of everything that stands in a workspace."""
    told = {}
    for entry in sorted(workspace.iterdir()):
        files = [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        told[entry.name] = {"mb": size / 1e6, "kb_per_figure": size / 1e3 / max(1, figures), "files": len(files)}
    return told


def _profiled(words: Sequence[str], workspace: Path) -> dict[str, Any]:
    """Return where a run with nothing to do spends its time: by own time, and of our functions with what they call."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "idle.prof"
        seen = watched([words[0], "-m", "cProfile", "-o", str(file), *words[1:]], workspace)
        found = pstats.Stats(str(file)).stats if file.is_file() else {}  # type: ignore[attr-defined]
    rows = [(name, calls, own_s, all_s) for name, (_, calls, own_s, all_s, _) in found.items()]
    ours = [row for row in rows if row[0][0].startswith(str(ROOT)) and ".venv" not in row[0][0]]
    return {
        "seconds": seen.seconds,
        "own": [_row(row, row[2]) for row in sorted(rows, key=lambda row: -row[2])[:_SHOWN]],
        "with_calls": [_row(row, row[3]) for row in sorted(ours, key=lambda row: -row[3])[:_SHOWN]],
    }


def _row(row: tuple[Any, int, float, float], seconds: float) -> dict[str, Any]:
    (path, line, name), calls, _, _ = row
    where = os.path.relpath(path, ROOT) if path.startswith(str(ROOT)) else path
    return {"where": f"{where}:{line} {name}" if line else name, "calls": calls, "seconds": round(seconds, 3)}


def _said(*words: str) -> tuple[int, float, str]:
    began_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bricks", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, time.perf_counter() - began_s, done.stdout if not done.returncode else done.stderr[-2000:]


def _unbalanced(workspace: Path) -> list[str]:
    """Return the stages where found + created isn't kept + dropped + failed + held."""
    code, _, said = _said("status", str(workspace), "--json")
    stages = json.loads(said)["stages"] if not code else []
    wrong = [
        stage["name"]
        for stage in stages
        if stage["found"] + stage["created"] != stage["kept"] + sum(sum(stage[side].values()) for side in _SIDES)
    ]
    return wrong if stages else ["no stage"]


class Asked(NamedTuple):
    """What is run."""

    figures: int
    side_px: int = SIDE_PX
    workers: int = 2
    overrides: Sequence[str] = ()
    """Of the manifest."""


def soak(folder: Path, place: Path, asked: Asked) -> dict[str, Any]:
    """Return what was measured of the whole: making, running, running again, asking the gates."""
    began_s, figures = time.perf_counter(), asked.figures
    articles = make(folder, place / "articles", figures, workers=asked.workers, side_px=asked.side_px)
    made_s = time.perf_counter() - began_s
    workspace, manifest = place / "run", _manifest(place)
    shutil.rmtree(workspace, ignore_errors=True)
    overruled = [word for pair in asked.overrides for word in ("--set", pair)]
    words = command(manifest, workspace, "--workers", str(asked.workers), *overruled)
    seen = watched(words, workspace, every_s=2.0 if figures >= _MANY else 0.1)
    if seen.code:
        raise SystemExit(f"bricks run ended with {seen.code}:\n{seen.told[-4000:]}")
    idle = watched(words, workspace, every_s=0.2)
    profile, unbalanced = _profiled(words, workspace), _unbalanced(workspace)
    code, dry_s, said = _said("publish", str(workspace), "--to", str(place / "published"), "--dry-run", "--json")
    spans = _spans(seen)
    unsound = [*unbalanced, *(f"{name} made again" for name in idle.stages)]
    return {
        **asked._asdict(), "articles": articles, "made_s": made_s,
        "seconds": seen.seconds, "figures_per_s": figures / seen.seconds,
        "spans": spans, "disk": _disk(workspace, figures),
        "idle_s": idle.seconds, "idle_peak_mb": max((one.memory_mb for one in idle.samples), default=0.0),
        "idle_made": sorted(idle.stages), "profile": profile, "unbalanced": unbalanced,
        "dry_run": {"code": code, "seconds": dry_s, "said": said[-1500:] if code else ""},
        "aims": _aims(spans if figures >= _MANY else {}, idle.seconds, unsound),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak and print; 1 where an aim isn't reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--figures", type=at_least_one, default=100_000)
    parser.add_argument("--side", type=at_least_one, default=SIDE_PX, metavar="PX", help="the longest side of a figure")
    parser.add_argument("--workers", type=at_least_one, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrules the manifest")
    parser.add_argument("--place", type=Path, help="where articles and workspace lie and stay; else a temporary folder")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as spare:
        place = (asked.place or Path(spare)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        told = soak(asked.folder.resolve(), place, Asked(asked.figures, asked.side, asked.workers, asked.set))
    print(json.dumps(told) if asked.json else page(told))
    if asked.markdown:
        asked.markdown.write_text(page(told), encoding="utf-8")
    return int(not all(aim["held"] for aim in told["aims"]))


if __name__ == "__main__":
    sys.exit(main())
