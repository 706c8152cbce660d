"""Scale bars: are drawn bars of known length found, how exactly, how fast, and what else is taken for one?

    python -m benchmarks.scale_bars DIR [--pictures N] [--show]

DIR holds micrographs (`seg/*/images/*.png`). Bars in varied style are drawn on them at many sizes and on made
backgrounds, half of the pictures saved as JPEG. The micrographs fall in two halves by a hash of their name: A was
looked at while the rules were made, B was kept for the report. Beside ours stands the plain rule: the longest level
run of pure white or pure black pixels. Pictures without a bar are counted apart: as they are, and with frames,
gutters, axes, arrows, bands and words drawn on them. Where DIR has `panels/real_panels.jsonl`, the panels of real
figures are counted too: those that a person saw a bar in, and those without.
"""

import argparse
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.drawn_bars import DECOYS, MADE, Drawn, Pixels, as_jpeg, made_ground, taken_ground, with_bar, with_decoys
from curation.scale_bars import bars_in

Span = tuple[float, float, float]
"""Left, right, middle row of a bar."""


class Case(NamedTuple):
    """A picture with what is known of it."""

    drawn: Drawn
    ground: str
    half: str
    jpeg: bool


def cases(folder: Path, count: int) -> Iterator[Case]:
    """Yield pictures with a bar, half of them micrographs, for each half of these the same number."""
    taken = sorted(folder.glob("seg/*/images/*.png"))
    for half in "AB":
        mine = [path for path in taken if half_of_name(path.name) == half]
        rng = np.random.default_rng(ord(half))
        for _ in range(count):
            name, ground = _ground(mine, rng)
            drawn = with_bar(ground, rng)
            if drawn is None:
                continue
            jpeg = bool(rng.random() < 0.5)
            pixels = as_jpeg(drawn.pixels, int(rng.integers(60, 96))) if jpeg else drawn.pixels
            yield Case(drawn._replace(pixels=pixels), name, half, jpeg)


def bare_cases(folder: Path, count: int) -> Iterator[Case]:
    """Yield pictures without a bar: as they are, then with one decoy of each kind in turn."""
    taken = sorted(folder.glob("seg/*/images/*.png"))
    for half in "AB":
        mine = [path for path in taken if half_of_name(path.name) == half]
        rng = np.random.default_rng(100 + ord(half))
        for number in range(count):
            _, ground = _ground(mine, rng)
            decoy = DECOYS[number // 2 % len(DECOYS)] if number % 2 else None
            pixels = with_decoys(ground, [decoy], rng) if decoy else ground
            if rng.random() < 0.5:
                pixels = as_jpeg(pixels, int(rng.integers(60, 96)))
            yield Case(Drawn(pixels, None, decoy or "bare"), decoy or "bare", half, jpeg=False)


def _ground(taken: list[Path], rng: np.random.Generator) -> tuple[str, Pixels]:
    width = int(rng.integers(300, 1501))
    if taken and rng.random() < 0.5:
        path = taken[int(rng.integers(len(taken)))]
        return path.parts[-3], taken_ground(path, width)
    kind = str(rng.choice(MADE))
    return kind, made_ground(kind, (int(width * rng.uniform(0.6, 1.0)), width), rng)


def half_of_name(name: str) -> str:
    """Return the half to look at, A, or the half to report, B."""
    return "AB"[hashlib.sha256(name.encode()).digest()[0] % 2]


def ours(pixels: Pixels) -> list[Span]:
    """Return what `curation.scale_bars` finds."""
    spans = []
    for bar in bars_in(pixels):
        middle = (bar.box[0] + bar.box[2]) / 2
        spans.append((middle - bar.length_px / 2, middle + bar.length_px / 2, (bar.box[1] + bar.box[3]) / 2))
    return spans


def plain(pixels: Pixels) -> list[Span]:
    """Return the longest run of pure white or black that does not reach the border."""
    best: Span = (0.0, 0.0, 0.0)
    for mask in (pixels.min(axis=2) >= 250, pixels.max(axis=2) <= 5):
        edges = np.flatnonzero(np.diff(np.pad(mask, ((0, 0), (1, 1))).ravel()))
        (rows, starts), ends = np.divmod(edges[::2], pixels.shape[1] + 2), edges[1::2] % (pixels.shape[1] + 2)
        lengths = (ends - starts) * ((starts > 0) & (ends < pixels.shape[1]))
        if lengths.size and lengths.max() > best[1] - best[0]:
            i = int(lengths.argmax())
            best = (float(starts[i]), float(ends[i]), float(rows[i]))
    return [best] if best[1] > best[0] else []


def matched(spans: list[Span], box: tuple[float, float, float, float]) -> Span | None:
    """Return the span that is the bar: on its rows, and sharing half of the columns of both."""
    for span in spans:
        shared = min(span[1], box[2]) - max(span[0], box[0])
        union = max(span[1], box[2]) - min(span[0], box[0])
        if box[1] - 2 <= span[2] <= box[3] + 2 and shared > 0.5 * union:
            return span
    return None


class Score(NamedTuple):
    """Bars drawn, found, within 2 %, within 2 % or half a pixel, and other things found."""

    drawn: int = 0
    found: int = 0
    exact: int = 0
    near: int = 0
    false: int = 0

    def plus(self, case: Case, spans: list[Span]) -> "Score":
        box = case.drawn.box
        span = matched(spans, box) if box else None
        wrong = abs(span[1] - span[0] - (box[2] - box[0])) if span and box else 1e9
        length = box[2] - box[0] if box else 0.0
        return Score(
            self.drawn + 1,
            self.found + (span is not None),
            self.exact + (wrong <= 0.02 * length),
            self.near + (wrong <= max(0.02 * length, 0.5)),
            self.false + len(spans) - (span is not None),
        )

    def line(self) -> str:
        found = max(1, self.found)
        return (
            f"{self.drawn:5} pictures  found {self.found / max(1, self.drawn):.3f}  within 2 % {self.exact / found:.3f}"
            f"  or 0.5 px {self.near / found:.3f}  other bars a picture {self.false / max(1, self.drawn):.3f}"
        )


def drawn_scores(folder: Path, count: int, finder: Callable[[Pixels], list[Span]]) -> dict[str, Score]:
    """Return the score of each half, each background and each style of half B."""
    scores: dict[str, Score] = defaultdict(Score)
    for case in cases(folder, count):
        spans = finder(case.drawn.pixels)
        names = [f"half {case.half}"]
        if case.half == "B":
            names += [f"  B on {case.ground}", f"  B {case.drawn.style}", f"  B {'jpeg' if case.jpeg else 'lossless'}"]
        for name in names:
            scores[name] = scores[name].plus(case, spans)
    return scores


def bare_scores(folder: Path, count: int) -> dict[str, tuple[int, int]]:
    """Return pictures and false bars, by half and by what was drawn."""
    counts: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for case in bare_cases(folder, count):
        false = len(bars_in(case.drawn.pixels))
        for name in (f"half {case.half}", f"  {case.half} {case.ground}"):
            counts[name] = (counts[name][0] + 1, counts[name][1] + false)
    return counts


def milliseconds(folder: Path) -> dict[str, float]:
    """Return the processor time, best of five, for a picture of 1500 x 1500 px of each kind."""
    rng = np.random.default_rng(3)
    pictures = {kind: made_ground(kind, (1500, 1500), rng) for kind in MADE}
    for path in {path.parts[-3]: path for path in sorted(folder.glob("seg/*/images/*.png"))}.values():
        with Image.open(path) as image:
            pictures[path.parts[-3]] = np.asarray(image.convert("RGB").resize((1500, 1500)))
    return {name: min(_timed(pixels) for _ in range(5)) * 1e3 for name, pixels in pictures.items()}


def _timed(pixels: Pixels) -> float:
    begin = time.process_time()
    bars_in(pixels)
    return time.process_time() - begin


def real_panels(folder: Path) -> Iterator[tuple[str, dict[str, object], Pixels]]:
    """Yield (name, what a person said, pixels) of each panel of the real figures."""
    for line in (folder / "panels/real_panels.jsonl").read_text(encoding="utf-8").splitlines():
        figure = json.loads(line)
        with Image.open(folder / "panels/real" / figure["image"]) as image:
            whole = image.convert("RGB")
        for number, panel in enumerate(figure["panels"]):
            yield f"{figure['image']} {panel['label'] or number}", panel, np.asarray(whole.crop(panel["box"]))


def _real_lines(folder: Path) -> Iterator[str]:
    counts: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0, 0])
    for _, panel, pixels in real_panels(folder):
        found = len(bars_in(pixels))
        row = counts[str(panel["kind"]), bool(panel["scale_bar"])]
        row[0], row[1], row[2] = row[0] + 1, row[1] + bool(found), row[2] + found
    for (kind, has), (panels, hit, found) in sorted(counts.items()):
        said = "with a bar   " if has else "without a bar"
        yield f"{kind:12} {said} {panels:4} panels, bars found in {hit:4}, {found:4} in all"


def main() -> None:
    """Print all of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pictures", type=int, default=400, help="pictures a half")
    options = arguments.parse_args()
    for name, finder, count in (("ours", ours, options.pictures), ("longest pure run", plain, options.pictures // 4)):
        print(f"{name}, bars drawn", flush=True)
        scores = drawn_scores(options.folder, count, finder)
        for part in sorted(scores, key=str.strip):
            if name == "ours" or not part.startswith(" "):
                print(f"  {part:24} {scores[part].line()}")
    print("no bar: pictures, false bars a picture")
    bare = bare_scores(options.folder, options.pictures)
    for part in sorted(bare, key=str.strip):
        print(f"  {part:24} {bare[part][0]:5} {bare[part][1] / bare[part][0]:.3f}")
    taken = ", ".join(f"{name} {ms:.1f}" for name, ms in milliseconds(options.folder).items())
    print(f"ms of a core a picture of 1500 x 1500 px: {taken}")
    if (options.folder / "panels/real_panels.jsonl").exists():
        print("panels of real figures")
        print("\n".join(_real_lines(options.folder)))


if __name__ == "__main__":
    main()
