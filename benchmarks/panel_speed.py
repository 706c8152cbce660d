"""Panel speed: milliseconds of one core from a figure of 1,500 x 1,500 px to its panels, by step, and memory.

    python -m benchmarks.panel_speed DIR [--figures 16] [--seed 0] [--json]

DIR holds `seg` (micrographs) and, if it has them, `panels` (`real_panels.jsonl`, `real`): half of the figures are then
real ones, the others are made, all brought to 1,500 x 1,500 px. Their captions name as many panels as were drawn, so
that every figure is cut. Steps are timed each by itself on what the step before gave: panels and letters, then the
kinds of all panels, then the bars of those that are micrographs; `whole` is `panels_in`, which does all of it and reads
the caption. The least of three runs counts, in processor time of one worker process; memory is that worker's peak.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.figure_panels import figures as real_figures
from benchmarks.synthetic_figures import figures, layouts, pictures
from curation.figure_panels import WITH_BARS, panels_in
from curation.panel_boxes import boxes_and_letters
from curation.panel_kinds import kind_of
from curation.scale_bars import bars_in
from pipeline.stretch import Array8

_SIDE_PX = 1500
_RUNS = 3


class Timed(NamedTuple):
    """A figure with a caption that names its panels."""

    pixels: Array8
    caption: str


def _timed(pixels: Array8, panels: int) -> Timed:
    sized = np.asarray(Image.fromarray(pixels).resize((_SIDE_PX, _SIDE_PX)))
    named = " ".join(f"({letter}) Cells of the {at}th day." for at, letter in enumerate(ascii_uppercase[:panels]))
    return Timed(sized, f"Mouse liver. {named} Scale bars, 50 µm.")


def shown(folder: Path, count: int, seed: int) -> Iterator[Timed]:
    """Yield figures, one in memory at a time."""
    real = folder / "panels"
    has_real = (real / "real_panels.jsonl").exists()
    if has_real:
        drawn = [figure for figure in real_figures(real) if len(figure.panels) > 1]
        for figure in drawn[:: max(1, len(drawn) // (count // 2))][: count // 2]:
            yield _timed(figure.pixels, len(figure.panels))
    rng = random.Random(seed)
    made = figures(pictures(folder / "seg"), layouts(None, rng), rng)
    for _, each in zip(range(count // 2 if has_real else count), made, strict=False):
        yield _timed(each.pixels, len(each.panels))


def steps(figure: Timed) -> dict[str, float]:
    """Return the milliseconds of each step."""
    pixels = figure.pixels
    boxes = [panel.box for panel in boxes_and_letters(pixels)[0] if panel.parent is None]
    parts = [pixels[top:bottom, left:right] for left, top, right, bottom in boxes]
    with_bars = [part for part in parts if kind_of(part).kind in WITH_BARS]
    return {
        "boxes and letters": _ms(lambda: boxes_and_letters(pixels)),
        "kinds": _ms(lambda: [kind_of(part) for part in parts]),
        "bars": _ms(lambda: [bars_in(part) for part in with_bars]),
        "whole": _ms(lambda: panels_in(pixels, figure.caption)),
    }


def _ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def measure(folder: Path, count: int, seed: int) -> dict[str, float]:
    """Return means over the figures, the slowest figure, figures a second and core, and megabytes."""
    with get_context("spawn").Pool(1) as pool:  # before pictures are loaded here, which its peak would count
        told = list(pool.imap(steps, shown(folder, count, seed)))
        peak_mb = pool.apply(_peak_mb)
    means = {f"{name}, ms": float(np.mean([each[name] for each in told])) for name in told[0]}
    whole = [each["whole"] for each in told]
    more = {"slowest whole, ms": max(whole), "figures a second": 1000 / float(np.mean(whole)), "peak, MB": peak_mb}
    return {"figures": len(told), **{name: round(value, 1) for name, value in {**means, **more}.items()}}


def _peak_mb() -> float:
    """Return what Linux calls the high-water mark; `ru_maxrss` also counts the process that started this one."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Print what is measured, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--figures", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    answer = measure(asked.folder, asked.figures, asked.seed)
    lines = (f"{name:22}{value}" for name, value in answer.items())
    sys.stdout.write((json.dumps(answer) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
