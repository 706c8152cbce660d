"""Figure panels: real figures with their captions, from pixels and words to panels under the right label.

    python -m benchmarks.figure_panels DIR [--json]

DIR holds `panels/real_panels.jsonl` and `panels/real/*.jpg`: figures with boxes, letters and kinds drawn by hand.
Of those with several panels it prints how many were split and how many of their panels lie under the right label (IoU
with the hand's box of that label at least 0.5), why the others stayed whole, the F1 of all proposed boxes, what kinds
became of the kinds, and the processor seconds a figure: boxes, letters, alignment, kind and scale together.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from benchmarks.box_scores import iou
from curation.figure_panels import FoundPanel, panels_in, panels_proposed
from pipeline.stretch import Array8


class Drawn(NamedTuple):
    """A figure with the panels that were drawn by hand."""

    pixels: Array8
    caption: str
    panels: Sequence[dict[str, Any]]


def figures(folder: Path) -> Iterator[Drawn]:
    """Yield the figures, one decoded at a time."""
    for line in (folder / "real_panels.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        with Image.open(folder / "real" / told["image"]) as picture:
            yield Drawn(np.asarray(picture.convert("RGB")), told["caption"], told["panels"])


def pairs(found: Sequence[FoundPanel], drawn: Sequence[dict[str, Any]]) -> list[tuple[float, FoundPanel, Any]]:
    """Return found and drawn panels one to one, those that overlap most first."""
    ranked = sorted(
        ((iou(one.box, other["box"]), at, place) for at, one in enumerate(found) for place, other in enumerate(drawn)),
        reverse=True,
    )
    taken: list[tuple[float, int, int]] = []
    for share, at, place in ranked:
        if share > 0 and all(at != known and place != other for _, known, other in taken):
            taken.append((share, at, place))
    return [(share, found[at], drawn[place]) for share, at, place in taken]


def measure(folder: Path) -> dict[str, Any]:
    """Return the sums over all figures."""
    sums, doubts, kinds, seconds = Counter[str](), Counter[str](), Counter[str](), 0.0
    for figure in figures(folder):
        began = time.process_time()
        made = panels_in(figure.pixels, figure.caption)
        seconds += time.process_time() - began
        sums["figures"] += 1
        if len(figure.panels) > 1:
            sums["compound"] += 1
            sums["split"] += len(made.panels) > 1
            doubts[made.doubt or "the caption names no panels"] += len(made.panels) == 1
        if len(made.panels) > 1:
            sums["labelled"] += len(made.panels)
            sums["under the right label"] += sum(_is_right(panel, figure.panels) for panel in made.panels)
        proposed = panels_proposed(figure.pixels, figure.caption).panels
        matched = pairs(proposed, figure.panels)
        sums["proposed"] += len(proposed)
        sums["drawn"] += len(figure.panels)
        for share, panel, drawn in matched:
            sums["at 0.5"] += share >= 0.5
            sums["at 0.75"] += share >= 0.75
            kinds[f"{drawn['kind']} -> {panel.kind}"] += share >= 0.5
    both = sums["proposed"] + sums["drawn"]
    scores = {f"f1 {name}": round(2 * sums[name] / both, 3) for name in ("at 0.5", "at 0.75")}
    per_figure = {"seconds a figure": round(seconds / max(1, sums["figures"]), 3)}
    return {**sums, **scores, **per_figure, "whole because": dict(+doubts), "kinds": dict(kinds.most_common())}


def _is_right(panel: FoundPanel, drawn: Sequence[dict[str, Any]]) -> bool:
    same = (one for one in drawn if (one["label"] or "").lower() == (panel.label or "").lower())
    return any(iou(panel.box, one["box"]) >= 0.5 for one in same)


def main() -> None:
    """Print the sums, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    answer = measure(asked.folder / "panels")
    lines = (f"{name:24}{value}" for name, value in answer.items())
    sys.stdout.write((json.dumps(answer) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
