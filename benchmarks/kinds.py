"""Kinds of panels against what people wrote down, beside floors: python -m benchmarks.kinds DIR [--json].

DIR is laid out as `scripts.learn_kinds` says. Real panels: half A by cross-validation over articles, half B, which
nothing was learnt from, by the weights that ship, and both together by cross-validation over all articles, each judged
by a forest that has learnt from all the others that may be learnt from. Micrographs and photographs of each set are
judged by a forest that has not seen the set; graphs by one that has seen no graph by matplotlib.
"""

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.drawn_plots import drawn_plots
from benchmarks.kind_scores import RECALL, Judged, at_recall, confusion, microscopy, reliability, rounded
from curation.panel_copies import Bytes
from curation.panel_features import features, vector
from curation.panel_kinds import KINDS, Forest, chances_of, kind_of, read_forest
from curation.panel_tiles import tiles_in
from scripts.kind_material import (
    Example,
    Folders,
    RealPanel,
    free_pictures,
    kept_material,
    micrograph_sets,
    real_examples,
    real_panels,
)
from scripts.learn_kinds import grow, without
from scripts.made_micrographs import scene
from scripts.made_panels import gridded, worn


def words_of(panel: RealPanel) -> str:
    """Return the part of a figure's caption that follows the panel's label, with its lead-in; all of it if unsure."""
    if not panel.label:
        return panel.caption
    marker = re.compile(r"(?<![\w])\(?([A-Za-z])\)(?!\w)|(?<=[.;] )([A-Z])(?=[,.:] )")
    found = [(m.start(), m.end(), (m[1] or m[2]).lower()) for m in marker.finditer(panel.caption)]
    ends = [*(start for start, _, _ in found[1:]), len(panel.caption)][: len(found)]
    own = [panel.caption[a:end] for (_, a, label), end in zip(found, ends, strict=True) if label == panel.label.lower()]
    return " ".join(own) or panel.caption


def judge(panels: Iterable[RealPanel], forest_of: dict[str, Forest], *, with_words: bool) -> list[Judged]:
    """Return what the forest of its article says of each panel."""
    told = []
    for panel in panels:
        said = words_of(panel) if with_words else ""
        chances = chances_of(forest_of[panel.article], vector(features(panel.pixels)), said)
        told.append(Judged(panel.name.partition("#")[0], panel.kind, chances))
    return told


def floors(learnt: Sequence[RealPanel], asked: Sequence[RealPanel]) -> dict[str, Any]:
    """Return what the commonest kind scores, and a threshold on white paper chosen on half A."""
    common = Counter(panel.kind for panel in learnt).most_common(1)[0][0]
    white = [np.array([(p.pixels.min(2) > 235).mean() for p in panels]) for panels in (learnt, asked)]
    is_one = [np.array([p.kind == "microscopy" for p in panels]) for panels in (learnt, asked)]
    best = max(np.unique(white[0]), key=lambda limit: _f1(white[0] <= limit, is_one[0]))
    kept = white[1] <= best
    return {
        "always " + common: round(float(np.mean([p.kind == common for p in asked])), 3),
        "little white is microscopy": {
            "precision": round(float(is_one[1][kept].mean()), 3) if kept.any() else 0.0,
            "recall": round(float(kept[is_one[1]].mean()), 3),
            f"precision at recall {RECALL}": round(at_recall(-white[1], is_one[1])["precision"], 3),
        },
    }


def _f1(kept: npt.NDArray[np.bool_], is_one: npt.NDArray[np.bool_]) -> float:
    return float(2 * (kept & is_one).sum() / (kept.sum() + is_one.sum()))


def unseen(where: Folders, examples: Sequence[Example], sharpness: float) -> dict[str, Any]:
    """Return how micrographs and photographs of sets left out, and graphs of another style, pass for micrographs."""
    found: dict[str, Any] = {}
    ours, others = list[float](), list[float]()
    for name, paths in micrograph_sets(where.data).items():
        own = _chances((_opened(path) for path in paths), without(examples, f"seg:{name}"), sharpness)
        ours += own[:, 0].tolist()
        found[name] = {"micrographs": len(own), "found at 0.5": round(float((own[:, 0] >= 0.5).mean()), 3)}
    for package, images in free_pictures(where.free, "photo").items() if where.free else ():
        own = _chances(map(np.asarray, images), without(examples, f"free:{package}"), sharpness)
        others += own[:, 0].tolist()
        found[package] = {"photographs": len(own), **_passed(own, "photo")}
    graphs = _chances((pixels for _, pixels in drawn_plots(144)), without(examples, "charts"), sharpness)
    found["graphs of another style"] = {"graphs": len(graphs), **_passed(graphs, "plot")}
    others += graphs[:, 0].tolist()
    if ours and others:
        is_one = np.arange(len(ours) + len(others)) < len(ours)
        found[f"all, at recall {RECALL}"] = rounded(at_recall(np.array(ours + others), is_one))
    return found


def _chances(pictures: Iterable[Bytes], learnt: Sequence[Example], sharpness: float) -> npt.NDArray[np.float64]:
    forest = replace(grow(learnt), sharpness=sharpness)
    return np.array([chances_of(forest, vector(features(picture))) for picture in pictures])


def _passed(chances: npt.NDArray[np.float64], kind: str) -> dict[str, float]:
    return {
        "pass for micrographs": round(float((chances[:, 0] >= 0.5).mean()), 3),
        f"called {kind}": round(float((chances.argmax(1) == KINDS.index(kind)).mean()), 3),
    }


def _opened(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def tiles(count: int = 120) -> dict[str, Any]:
    """Return how often the tiles of made strips and grids are counted right, by the line between them."""
    right: dict[str, list[bool]] = {}
    for n in range(count):
        rng = np.random.default_rng([n, 19])
        rows, columns = ((1, 1), (1, 2), (1, 3), (1, 4), (2, 2), (2, 3), (3, 4), (4, 1))[n % 8]
        gap, ground = int(rng.choice([1, 2, 3, 5, 8])), ("white", "black")[n // 8 % 2]
        width, height = (int(side) for side in rng.integers(90, 260, 2))
        fields = [field.resize((width, height)) for _ in range(rows * columns) for field in scene(rng)][
            : rows * columns
        ]
        sheet = gridded(fields, columns, gap, ground)
        look = sheet if n % 3 else worn(rng, sheet)
        right.setdefault("one field" if rows * columns == 1 else f"{ground} lines", []).append(
            tiles_in(np.asarray(look)) == rows * columns
        )
    return {name: {"sheets": len(told), "right": round(float(np.mean(told)), 3)} for name, told in right.items()}


def speed(panels: Sequence[RealPanel]) -> dict[str, float]:
    """Return CPU milliseconds for a figure of 1500 x 1500 px, as one panel and as nine."""
    whole = (
        np.asarray(Image.fromarray(panels[0].pixels).resize((1500, 1500)))
        if panels
        else np.zeros((1500, 1500, 3), np.uint8)
    )
    parts = [whole[y : y + 500, x : x + 500] for y in range(0, 1500, 500) for x in range(0, 1500, 500)]
    spent = {}
    for name, figure in (("one panel", [whole]), ("nine panels", parts)):
        kind_of(figure[0])
        start = time.process_time()
        for part in figure * 5:
            kind_of(part, "Scale bar, 5 um")
        spent[name] = round((time.process_time() - start) / 5 * 1000, 1)
    return spent


def across(folder: Path, examples: Sequence[Example], sharpness: float) -> dict[str, Any]:
    """Return how all articles fare, each judged by a forest without it: what is to be expected of others."""
    panels = [panel for half in "AB" for panel in real_panels(folder, half)]
    learnt = [*examples, *real_examples(folder, "B")]
    articles = sorted({panel.article for panel in panels})
    forests = {name: replace(grow(without(learnt, f"real:{name}")), sharpness=sharpness) for name in articles}
    found: dict[str, Any] = {"articles": len(articles)}
    for how, with_words in (("pixels", False), ("pixels and words", True)):
        told = judge(panels, forests, with_words=with_words)
        found[how] = {**microscopy(told), "confusion": confusion(told), "reliability": reliability(told)}
    return found


def scores(where: Folders, examples: Sequence[Example]) -> dict[str, Any]:
    """Return every number of this benchmark that the folders hold the material for."""
    shipped = read_forest()
    half = {name: list(real_panels(where.data, name)) for name in "AB"}
    forests = {
        "A": {
            a: replace(grow(without(examples, f"real:{a}")), sharpness=shipped.sharpness)
            for a in sorted({p.article for p in half["A"]})
        },
        "B": {p.article: shipped for p in half["B"]},
    }
    found: dict[str, Any] = {}
    for name, panels in half.items():
        if not panels:
            continue
        found[f"half {name}"] = {"articles": len(forests[name]), "floors": floors(half["A"] or panels, panels)}
        for how, with_words in (("pixels", False), ("pixels and words", True)):
            told = judge(panels, forests[name], with_words=with_words)
            found[f"half {name}"][how] = {
                **microscopy(told),
                "confusion": confusion(told),
                "reliability": reliability(told),
            }
    found["all articles"] = across(where.data, examples, shipped.sharpness)
    found["unseen"] = unseen(where, examples, shipped.sharpness)
    return {**found, "tiles": tiles(), "ms a figure": speed(half["A"])}


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--free", type=Path, metavar="FREE", help="as of scripts.learn_kinds")
    parser.add_argument("--material", type=Path, help="as of scripts.learn_kinds, which takes minutes to make it")
    parser.add_argument("--share", type=float, default=1.0)
    asked = parser.parse_args()
    where = Folders(asked.folder, asked.free)
    found = scores(where, kept_material(where, asked.share, asked.material))
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    for part, told in found.items():
        print(f"\n{part}")
        for name, value in told.items():
            lines = value.items() if isinstance(value, dict) else [("", value)]
            print(f"  {name}", *(f"\n    {key} {json.dumps(said)}" for key, said in lines))


if __name__ == "__main__":
    main()
