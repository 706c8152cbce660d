"""Kind material: what kinds are learnt from: made panels, micrographs with a mask, real panels of half A."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.panel_features import features, vector
from scripts.made_charts import chart
from scripts.made_drawings import drawing
from scripts.made_panels import panel, section, worn

MADE = {
    "microscopy": 1200, "plot": 1100, "diagram": 900, "gel": 700, "photo": 700,
    "medical": 350, "table": 220, "text": 220, "mixed": 300,
}  # fmt: skip
"""How many panels of each kind are made: more where kinds vary more."""
_REUSABLE = ("licenses/by/", "publicdomain/zero/")
_BY_THEIR_TEXT = frozenset({"pmc/oa_package_unpacked/PMC1762412", "pmc/oa_package_unpacked/PMC2270912"})
"""Articles without a licence's address whose own text says "the Creative Commons Attribution License" (read)."""
_SECTIONS = 600
"""How many stained sections are made beside: a dye's colours are a photograph's too, so they are learnt in number."""
_WORTH_A_POOL = 100
_MOST_OF_A_SET = 40
"""Micrographs read of a set: more of one set's kind teach little."""


_OTHERWISE = {"photo": 0.6, "medical": 0.4, "plot": 0.45, "diagram": 0.45}
"""How much of a kind is not drawn by ourselves, or drawn in another way; half of what isn't named."""
_OTHERWISE_DRAWN = {"plot": ("charts", chart), "diagram": ("drawings", drawing)}


class Folders(NamedTuple):
    """Where the sets lie, and the pictures of `scripts.free_pictures`, if there are any."""

    data: Path
    free: Path | None = None


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


def is_reusable(licence: str, article: str = "") -> bool:
    """Return whether weights may be learnt from what has this licence, or is in this article, and shipped.

    >>> is_reusable("licenses/by/4.0"), is_reusable("licenses/by-nc-nd/4.0"), is_reusable("NONE")
    (True, False, False)
    """
    return licence.startswith(_REUSABLE) or article in _BY_THEIR_TEXT


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


@cache
def free_pictures(folder: Path, kind: str) -> dict[str, tuple[Image.Image, ...]]:
    """Return the pictures of a kind that `scripts.free_pictures` laid in `folder`, by their package."""
    found: dict[str, list[Image.Image]] = {}
    for path in sorted(folder.glob(f"{kind}.*.jpg")):
        found.setdefault(path.name.split(".")[1], []).append(Image.open(path).convert("RGB"))
    return {package: tuple(images) for package, images in found.items()}


def made_panel(where: Folders, kind: str, number: int) -> tuple[str, Image.Image]:
    """Return where a made panel comes from, and the panel."""
    rng = np.random.default_rng([number, *kind.encode()])
    is_other = rng.random() < _OTHERWISE.get(kind, 0.5)
    if is_other and kind in _OTHERWISE_DRAWN:
        origin, draw = _OTHERWISE_DRAWN[kind]
        return origin, worn(rng, draw(rng))
    origin, taken = _taken(rng, where, kind) if is_other else ("made", ())
    return origin, worn(rng, panel(rng, kind, taken))


def _taken(rng: np.random.Generator, where: Folders, kind: str) -> tuple[str, Sequence[Image.Image]]:
    """Return pictures to cut a panel from, of one set or package; none where there are none of this kind."""
    if kind in {"microscopy", "mixed"} and micrograph_sets(where.data):
        sets = list(micrograph_sets(where.data))
        chosen = sets[rng.integers(len(sets))]
        return f"seg:{chosen}", shots(where.data, chosen)
    packages = free_pictures(where.free, kind) if where.free else {}
    if not packages:
        return "made", ()
    sizes = np.array([len(images) for images in packages.values()])
    package = str(rng.choice(list(packages), p=sizes / sizes.sum()))
    return f"free:{package}", packages[package]


def _made(where: Folders, which: tuple[str, int]) -> Example:
    origin, image = made_panel(where, *which)
    return Example(which[0], origin, vector(features(np.asarray(image))))


def _section(number: int) -> Example:
    rng = np.random.default_rng([number, 4])
    return Example("microscopy", "made", vector(features(np.asarray(worn(rng, section(rng))))))


def material(where: Folders, share: float = 1.0) -> list[Example]:
    """Return all that is learnt from, in one order; `share` of the made panels."""
    wanted = [(kind, n) for kind, count in MADE.items() for n in range(round(count * share))]
    draw, sections = partial(_made, where), range(round(_SECTIONS * share))
    if len(wanted) < _WORTH_A_POOL:
        made = [*map(draw, wanted), *map(_section, sections)]
    else:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            made = [*pool.map(draw, wanted, chunksize=20), *pool.map(_section, sections, chunksize=20)]
    plain = [
        Example("microscopy", f"seg:{name}", vector(features(np.asarray(image))))
        for name in micrograph_sets(where.data)
        for image in shots(where.data, name)
    ]
    return [*made, *plain, *real_examples(where.data, "A")]


def real_examples(folder: Path, half: str) -> Iterator[Example]:
    """Return the panels of one half that may be learnt from, as they are and worn twice; the shipped weights see A."""
    for number, shown in enumerate(real_panels(folder, half)):
        if not is_reusable(shown.license, shown.article):
            continue
        rng = np.random.default_rng([number, 77])
        looks = [Image.fromarray(shown.pixels), *(worn(rng, Image.fromarray(shown.pixels)) for _ in range(2))]
        for look in looks:
            yield Example(shown.kind, f"real:{shown.article}", vector(features(np.asarray(look))))


def kept_material(where: Folders, share: float, held: Path | None) -> list[Example]:
    """Return the material, read from the file `held` if it is there, else made and kept in it."""
    if held and held.exists():
        with np.load(held, allow_pickle=False) as read:
            rows = zip(read["kinds"].tolist(), read["origins"].tolist(), read["values"], strict=True)
            return [Example(*row) for row in rows]
    examples = material(where, share)
    if held:
        kinds, origins = [e.kind for e in examples], [e.origin for e in examples]
        values = np.array([e.values for e in examples])
        np.savez_compressed(held, kinds=np.array(kinds), origins=np.array(origins), values=values)
    return examples
