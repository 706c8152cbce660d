"""Panels: are the panels of a figure found, and their letters read, beside two floors in the same run?

    python -m benchmarks.panels DIR [--json] [--count 240] [--seed 0]

DIR holds `panels` (real_panels.jsonl with boxes and letters drawn by hand, `real` with its pictures,
zou_panels_train.csv with the boxes of real figures) and `seg` (micrographs). Real figures are told in two halves, by
the last digit of the picture's digest: the method was tuned on the even ones only. Semi-synthetic figures are
micrographs and drawn plots laid out after the real boxes and by rule. The floors: the whole figure as one panel, and
a plain cut along white from side to side. F1 is over the panels of all figures, matched one to one; between brackets
is where 95 of 100 draws of as many figures lie.
"""

import argparse
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.box_scores import IOUS, Hits, f1, hits, interval
from benchmarks.figure_layouts import Box
from benchmarks.synthetic_figures import Made, figures, layouts, pictures
from curation.panel_boxes import panel_boxes
from curation.panel_letters import letters_in

Pixels = npt.NDArray[np.uint8]
Finder = Callable[[Pixels], list[Box]]

_WHITE = 245
_GAP_PX, _LEAST_PX = 3, 20
_SIDE_PX = 1500
_TIMED = 12


class Figure(NamedTuple):
    """A figure, what is to be found in it, and the groups it is counted in."""

    pixels: Pixels
    boxes: list[Box]
    labels: list[str]
    groups: tuple[str, ...]
    insets: Sequence[Box] = ()


def ours(pixels: Pixels) -> list[Box]:
    """Return the panels by `curation.panel_boxes`, insets left out."""
    return [panel.box for panel in panel_boxes(pixels) if panel.parent is None]


def whole(pixels: Pixels) -> list[Box]:
    """Return the figure as one panel: the first floor."""
    return [(0, 0, pixels.shape[1], pixels.shape[0])]


def white_cuts(pixels: Pixels) -> list[Box]:
    """Return the parts between white bands that reach from side to side: the second floor."""
    is_ink = pixels.min(axis=2) < _WHITE
    return _white_parts(is_ink, (0, 0, pixels.shape[1], pixels.shape[0])) or whole(pixels)


def _white_parts(is_ink: npt.NDArray[np.bool_], box: Box) -> list[Box]:
    for axis in (1, 0):
        inked = is_ink[box[1] : box[3], box[0] : box[2]].any(axis=axis)
        at = np.flatnonzero(inked)
        if not at.size:
            return []
        parts = [part for part in np.split(at, np.flatnonzero(np.diff(at) > _GAP_PX) + 1) if part.size > _LEAST_PX]
        if len(parts) > 1:
            reaches = [(int(part[0]), int(part[-1]) + 1) for part in parts]
            return [found for reach in reaches for found in _white_parts(is_ink, _narrowed(box, axis, reach))]
        box = _narrowed(box, axis, (int(at[0]), int(at[-1]) + 1))
    return [box]


def _narrowed(box: Box, axis: int, reach: tuple[int, int]) -> Box:
    narrow = list(box)
    narrow[axis], narrow[axis + 2] = box[axis] + reach[0], box[axis] + reach[1]
    return narrow[0], narrow[1], narrow[2], narrow[3]


FINDERS: dict[str, Finder] = {"bricks": ours, "floor: whole figure": whole, "floor: white cuts": white_cuts}


def real_figures(folder: Path) -> list[Figure]:
    """Return the figures whose panels were drawn by hand."""
    lines = (folder / "real_panels.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for told in map(json.loads, lines):
        half = "A" if int(told["sha256_of_original"][-1], 16) % 2 == 0 else "B"
        pixels = np.asarray(Image.open(folder / "real" / told["image"]).convert("RGB"))
        panels = told["panels"]
        labels = [panel["label"] for panel in panels if panel["label"]]
        boxes = [(box[0], box[1], box[2], box[3]) for box in (panel["box"] for panel in panels)]
        found.append(Figure(pixels, boxes, labels, ("real", f"real, half {half}")))
    return found


def made_figures(folder: Path, count: int, seed: int) -> list[Figure]:
    """Return semi-synthetic figures, every gutter on every background in turn."""
    rng = random.Random(seed)
    shapes = layouts(folder / "panels" / "zou_panels_train.csv", rng)
    drawn = figures(pictures(folder / "seg"), shapes, rng)
    return [_figure(made) for _, made in zip(range(count), drawn, strict=False)]


def _figure(made: Made) -> Figure:
    groups = ("made", "made, gutters" if made.gutter_px else "made, no gutter", f"gutter {made.gutter_px} px")
    styles = (f"on {made.background}", f"letters {made.letters}")
    labels = [panel.label for panel in made.panels if panel.label]
    insets = [panel.inset for panel in made.panels if panel.inset]
    return Figure(made.pixels, [panel.box for panel in made.panels], labels, (*groups, *styles), insets)


def box_scores(shown: Sequence[Figure], find: Finder) -> dict[str, dict[str, list[float]]]:
    """Return by group and IoU: F1, and between what it lies."""
    counted: dict[tuple[str, float], list[Hits]] = {}
    for figure in shown:
        found = find(figure.pixels)
        for least in IOUS:
            for group in figure.groups:
                counted.setdefault((group, least), []).append(hits(found, figure.boxes, least))
    scores: dict[str, dict[str, list[float]]] = {}
    for (group, least), each in counted.items():
        scores.setdefault(group, {})[f"{least:g}"] = [round(value, 3) for value in (f1(each), *interval(each))]
    return scores


def letter_scores(shown: Iterable[Figure]) -> dict[str, dict[str, float]]:
    """Return by group: the part of letters that was read, and how many were read where none stands."""
    counted: dict[str, list[int]] = {}
    for figure in shown:
        found = [letter.label for letter in letters_in(figure.pixels, figure.boxes)]
        right = len(set(found) & set(figure.labels))
        for group in figure.groups:
            sums = counted.setdefault(group, [0, 0, 0])
            for at, more in enumerate((right, len(figure.labels), len(found) - right)):
                sums[at] += more
    return {
        group: {"read": round(right / max(1, wanted), 3), "letters": wanted, "false": false}
        for group, (right, wanted, false) in counted.items()
    }


def inset_scores(shown: Iterable[Figure]) -> dict[str, dict[str, int]]:
    """Return by group: how many insets were drawn, found, and right (IoU 0.5); in real figures none is known."""
    counted: dict[str, dict[str, int]] = {}
    for figure in shown:
        found = [panel.box for panel in panel_boxes(figure.pixels) if panel.parent is not None]
        told = hits(found, figure.insets, 0.5)
        for group in figure.groups[:1]:
            sums = counted.setdefault(group, {"right": 0, "found": 0, "wanted": 0})
            for name, more in told._asdict().items():
                sums[name] += more
    return counted


def speed(shown: Sequence[Figure]) -> dict[str, float]:
    """Return ms of one core for boxes and for letters of a figure of 1500 x 1500 px, and peak memory."""
    size = (_SIDE_PX, _SIDE_PX)
    sized = [np.asarray(Image.fromarray(each.pixels).resize(size)) for each in shown[:: len(shown) // _TIMED + 1]]
    boxes = [_ms(lambda: panel_boxes(pixels)) for pixels in sized]  # noqa: B023 (called at once)
    letters = [_ms(lambda: letters_in(pixels, [])) for pixels in sized]  # noqa: B023 (called at once)
    tracemalloc.start()
    panel_boxes(sized[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    means = {"boxes_ms": float(np.mean(boxes)), "slowest_ms": max(boxes), "letters_ms": float(np.mean(letters))}
    return {name: round(value, 1) for name, value in {**means, "peak_mb": peak / 1e6}.items()}


def _ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def _table(boxes: Mapping[str, Mapping[str, Mapping[str, list[float]]]]) -> Iterable[str]:
    for group in boxes["bricks"]:
        for name, scores in boxes.items():
            told = "  ".join(
                f"F1@{iou} {f:.3f} [{low:.3f}, {high:.3f}]" for iou, (f, low, high) in scores[group].items()
            )
            yield f"{group:18} {name:20} {told}"


def main() -> None:
    """Print what is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    shown = [*real_figures(asked.folder / "panels"), *made_figures(asked.folder, asked.count, asked.seed)]
    answer: dict[str, Any] = {"boxes": {name: box_scores(shown, find) for name, find in FINDERS.items()}}
    answer |= {"letters": letter_scores(shown), "insets": inset_scores(shown), "speed": speed(shown)}
    if asked.json:
        json.dump(answer, sys.stdout, indent=1)
        return
    print(*_table(answer["boxes"]), sep="\n")
    for group, told in answer["letters"].items():
        print(f"{group:18} letters read {told['read']:.3f} of {told['letters']}, {told['false']} false")
    for group, told in answer["insets"].items():
        print(f"{group:18} insets right {told['right']} of {told['found']} found and {told['wanted']} drawn")
    print(answer["speed"])


if __name__ == "__main__":
    main()
