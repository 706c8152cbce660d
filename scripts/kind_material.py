"""Kind material: what kinds are learnt from: made panels, micrographs with a mask, real panels of half A."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.panel_features import features, vector
from scripts.made_panels import panel, worn

MADE = {
    "microscopy": 1200, "plot": 800, "diagram": 700, "gel": 600, "photo": 400,
    "medical": 350, "table": 220, "text": 220, "mixed": 300,
}  # fmt: skip
"""How many panels of each kind are made: more where kinds vary more."""
_REUSABLE = ("licenses/by/", "publicdomain/zero/")
_WORTH_A_POOL = 100
_MOST_OF_A_SET = 40
"""Micrographs read of a set: more of one set's kind teach little."""


@dataclass(frozen=True)
class Example:
    """A panel's kind and features, and whence it comes: `made`, `seg:SET` or `real:ARTICLE`."""

    kind: str
    origin: str
    values: npt.NDArray[np.float32]


@dataclass(frozen=True)
class RealPanel:
    """A panel of an article whose kind a person wrote down."""

    name: str
    kind: str
    label: str | None
    tiles: int | None
    article: str
    license: str
    caption: str
    pixels: npt.NDArray[np.uint8]


def half_of(article: str) -> Literal["A", "B"]:
    """Return the half that an article's figures lie in: A to look at and learn from, B to report."""
    return "AB"[hashlib.sha256(article.encode()).digest()[0] & 1]  # type: ignore[return-value]


def real_panels(folder: Path, half: str) -> Iterator[RealPanel]:
    """Return the hand-labelled panels of one half; none where `folder` holds no such set."""
    listed = folder / "panels" / "real_panels.jsonl"
    rows = [json.loads(line) for line in listed.read_text().splitlines()] if listed.exists() else []
    for row in rows:
        if half_of(row["container"]) == half:
            with Image.open(listed.parent / "real" / row["image"]) as image:
                yield from _panels_of(row, image.convert("RGB"))


def _panels_of(row: dict[str, Any], image: Image.Image) -> Iterator[RealPanel]:
    for number, told in enumerate(row["panels"]):
        yield RealPanel(
            name=f"{row['image']}#{number}",
            kind=told["kind"],
            label=told["label"],
            tiles=told["tiles"],
            article=row["container"],
            license=row["license"] or "",
            caption=row["caption"] or "",
            pixels=np.asarray(image.crop(told["box"])),
        )


def is_reusable(licence: str) -> bool:
    """Return whether weights may be learnt from what has this licence and shipped.

    >>> is_reusable("licenses/by/4.0"), is_reusable("licenses/by-nc-nd/4.0"), is_reusable("NONE")
    (True, False, False)
    """
    return licence.startswith(_REUSABLE)


@cache
def micrograph_sets(folder: Path) -> dict[str, list[Path]]:
    """Return the micrographs of each set under `seg`."""
    sets = sorted(path for path in (folder / "seg").glob("*/images"))
    return {path.parent.name: _spread(sorted(path.glob("*.png"))) for path in sets}


def _spread(paths: list[Path]) -> list[Path]:
    return paths[:: -(-len(paths) // _MOST_OF_A_SET)]


@cache
def shots(folder: Path, name: str) -> tuple[Image.Image, ...]:
    """Return the micrographs of one set, opened."""
    return tuple(Image.open(path).convert("RGB") for path in micrograph_sets(folder)[name])


def made_panel(folder: Path, kind: str, number: int) -> tuple[str, Image.Image]:
    """Return where the micrographs of a made panel come from, and the panel."""
    rng = np.random.default_rng([number, *kind.encode()])
    sets = list(micrograph_sets(folder)) if kind in {"microscopy", "mixed"} else []
    chosen = sets[rng.integers(len(sets))] if sets and rng.random() < 0.5 else None
    taken = shots(folder, chosen) if chosen else ()
    return f"seg:{chosen}" if chosen else "made", worn(rng, panel(rng, kind, taken))


def _made(folder: Path, which: tuple[str, int]) -> Example:
    origin, image = made_panel(folder, *which)
    return Example(which[0], origin, vector(features(np.asarray(image))))


def material(folder: Path, share: float = 1.0) -> list[Example]:
    """Return all that is learnt from, in one order; `share` of the made panels."""
    wanted = [(kind, n) for kind, count in MADE.items() for n in range(round(count * share))]
    draw = partial(_made, folder)
    if len(wanted) < _WORTH_A_POOL:
        made = [draw(which) for which in wanted]
    else:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            made = list(pool.map(draw, wanted, chunksize=20))
    plain = [
        Example("microscopy", f"seg:{name}", vector(features(np.asarray(image))))
        for name in micrograph_sets(folder)
        for image in shots(folder, name)
    ]
    return [*made, *plain, *_real(folder)]


def _real(folder: Path) -> Iterator[Example]:
    for number, shown in enumerate(real_panels(folder, "A")):
        if not is_reusable(shown.license):
            continue
        rng = np.random.default_rng([number, 77])
        looks = [Image.fromarray(shown.pixels), *(worn(rng, Image.fromarray(shown.pixels)) for _ in range(2))]
        for look in looks:
            yield Example(shown.kind, f"real:{shown.article}", vector(features(np.asarray(look))))


def kept_material(folder: Path, share: float, held: Path | None) -> list[Example]:
    """Return the material, read from the file `held` if it is there, else made and kept in it."""
    if held and held.exists():
        with np.load(held, allow_pickle=False) as read:
            rows = zip(read["kinds"].tolist(), read["origins"].tolist(), read["values"], strict=True)
            return [Example(*row) for row in rows]
    examples = material(folder, share)
    if held:
        kinds, origins = [e.kind for e in examples], [e.origin for e in examples]
        values = np.array([e.values for e in examples])
        np.savez_compressed(held, kinds=np.array(kinds), origins=np.array(origins), values=values)
    return examples
