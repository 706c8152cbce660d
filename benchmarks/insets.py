"""Insets: are framed pictures found in micrographs, and is anything taken for one where there is none?

    python -m benchmarks.insets DIR [--pictures 200] [--seed 0] [--json]

DIR holds `seg` (micrographs) and, if it has them, `panels` (`real_panels.jsonl`, `real`). Close-ups with frames of 1 to
6 px in several colours are laid into micrographs at corners, near them and along edges, half of them saved as JPEG.
Where a frame stands out from nothing, as white on white paper, nobody can find it: those count as missed too. The same
micrographs without insets, and the panels of real figures, in which no inset is known, say what is found falsely.
"""

import argparse
import io
import json
import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.box_scores import iou
from benchmarks.figure_contents import framed_anywhere, micrograph
from benchmarks.figure_panels import figures
from benchmarks.synthetic_figures import pictures
from curation.insets import insets_in

_SIDES_PX = 160, 900
_RIGHT = 0.5


def made(folder: Path, count: int, rng: random.Random) -> Counter[str]:
    """Return what is found in micrographs with one inset each, and in the same without."""
    shown, sums = pictures(folder / "seg"), Counter[str]()
    for _ in range(count):
        size = rng.randint(*_SIDES_PX), rng.randint(*_SIDES_PX)
        bare = micrograph(rng.choice(shown), size, rng)
        framed, place = framed_anywhere(bare, rng)
        found = insets_in(_grey(framed, rng), (0, 0, *size))
        right = sum(iou(one, place) >= _RIGHT for one in found)
        sums.update({"drawn": 1, "right": min(1, right), "false beside one": len(found) - min(1, right)})
        sums["false without one"] += len(insets_in(_grey(bare, rng), (0, 0, *size)))
    return sums


def _grey(picture: Image.Image, rng: random.Random) -> np.ndarray:
    if rng.random() < 0.5:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=rng.randint(75, 95))
        picture = Image.open(file)
    return np.asarray(picture.convert("L"))


def real(folder: Path) -> Counter[str]:
    """Return how many insets are found in the panels of real figures."""
    sums = Counter[str]()
    for figure in figures(folder):
        grey = np.asarray(Image.fromarray(figure.pixels).convert("L"))
        found = [insets_in(grey, tuple(panel["box"])) for panel in figure.panels]
        sums.update({"real figures": 1, "real panels": len(found), "found in them": sum(map(len, found))})
    return sums


def main() -> None:
    """Print the sums, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    answer = made(asked.folder, asked.pictures, random.Random(asked.seed))
    if (asked.folder / "panels" / "real_panels.jsonl").exists():
        answer.update(real(asked.folder / "panels"))
    lines = (f"{name:22}{value}" for name, value in answer.items())
    sys.stdout.write((json.dumps(answer) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
