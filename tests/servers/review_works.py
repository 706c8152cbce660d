"""Review works: a small workspace in which every kind of doubt waits for a reviewer; pictures are drawn."""

import io
import json
from html import escape
from pathlib import Path

import numpy as np
import pmc_articles as pmc
from drawn_cells import cells
from PIL import Image, ImageDraw, ImageFont
from tifffile import imwrite

from scripts import demo_figures as drawn

QUEUES = ("pairs", "cuts", "words", "what", "licenses", "tags", "audit", "exam")
"""The queues' names, in the order of the manifest."""
ORIGINS = ("duplicates", "panels", "subcaptions", "kinds", "licenses", "tags", "captions", "questions")
FOUR = (
    "Spread cells of a frog. (A) Nuclei, stained with DAPI. (B) Actin, stained with phalloidin. (C) Merge of both; "
    "scale bar, 20 µm. (D) Mitochondria, MitoTracker."
)
FIVE = FOUR.replace("(D) Mitochondria", "(D) Tubulin. (E) Mitochondria")
UNCLEAR = "Members of the society may show these pictures in class, and nowhere else without asking us first."
HOSTILE = '</script><script>alert(1)</script> <img src="https://evil.example/x.png" onerror="alert(2)"> {{7*7}}'
HOSTILE_FILE = "a'b<svg onload=alert(3)>.jpg"
HUGE_PX = (5200, 4000)
_PANEL = (420, 320)


def written(folder: Path, *, hostile: bool = False, huge: bool = False) -> Path:
    """Write the articles and the manifest into `folder`, and return the manifest's path."""
    inputs = folder / "inputs"
    _article(inputs, 1, FOUR, _four(13))
    _article(inputs, 2, FIVE, _four(21))
    _article(inputs, 3, "Nuclei (blue), actin (green) and mitochondria (magenta) of mouse fibroblasts.", drawn.merge())
    one, other = np.asarray(cells(1)), np.array(cells(2))
    other[:, :208] = one[:, :208]  # so much that the pixels nearly say that they are one
    _article(inputs, 4, "Nuclei of mouse fibroblasts, confocal microscopy.", Image.fromarray(one))
    _article(inputs, 10, "Nuclei of rat fibroblasts, confocal microscopy.", Image.fromarray(other))
    _article(inputs, 5, "Nuclei of HeLa cells, one of them in anaphase.", drawn.nuclei_field(), licence=UNCLEAR)
    sections = "Mouse and rat livers, mouse and rat hearts, stained with hematoxylin and eosin. Scale bar, 50 µm."
    _article(inputs, 6, sections, drawn.section(3, 16, 70))
    _article(inputs, 7, "A map of what was seen. Colours as in the scale.", _scheme())
    (folder / "plates").mkdir(parents=True)
    _deep(folder / "plates" / "spread.ome.tif")
    if hostile:
        _article(inputs, 8, HOSTILE, drawn.bacteria(), file_name=HOSTILE_FILE, licence=UNCLEAR)
    if huge:
        _article(inputs, 9, "A whole slide of rat kidney.", _huge(), licence=UNCLEAR)
    manifest = folder / "manifest.yaml"
    manifest.write_text(json.dumps(_MANIFEST), encoding="utf-8")
    return manifest


_ASKED = [{"name": name, "from": origin} for name, origin in zip(QUEUES, ORIGINS, strict=True)]
_MANIFEST = {
    "bricks": 1,
    "name": "fixture",
    "licenses": ["CC0-1.0", "CC-BY-4.0"],
    "sources": [
        {"type": "pmc", "path": "inputs"},
        {"type": "images", "path": "plates", "license": "CC0-1.0", "metadata": {"organism": "mouse"}},
    ],
    "curation": {"panels": True, "kinds": {"keep": ["microscopy", "mixed"], "threshold": 0.83}},
    "captioning": {"backend": "metadata"},
    "questions": {"per_panel": 2, "tasks": ["modality", "stain", "organism", "tissue", "cell_type"]},
    "review": {"queues": _ASKED},
    "split": {"by": "family", "test": 0.2, "validation": 0.2, "seed": 17},
    "on_error": {"max_failure_rate": 1.0},
}


def _article(  # noqa: PLR0917  (what an article is made of)
    inputs: Path, number: int, caption: str, picture: Image.Image, file_name: str = "", licence: str = ""
) -> None:
    known = pmc.Stored(number, figures=1, unused=0, license_href=None if licence else "same")
    text = pmc.jats(known).decode("utf-8")
    head, opening, tail = text.partition("<caption>")
    _, closing, rest = tail.partition("</caption>")
    text = f"{head}{opening}<p>{escape(caption)}</p>{closing}{rest}"
    stated = f"<license><license-p>{escape(licence)}</license-p></license></permissions>"
    text = text.replace("</permissions>", stated) if licence else text
    name = file_name or f"{number}-g001.jpg"
    place = inputs / f"PMC{number}"
    place.mkdir(parents=True)
    picture.convert("RGB").save(place / name, "JPEG", quality=92)
    text = text.replace(f'xlink:href="{number}-g001.jpg"', f'xlink:href="{escape(name)}"')
    (place / f"PMC{number}.xml").write_text(text, encoding="utf-8")


def _four(seed: int) -> Image.Image:
    """Return nuclei, actin, their merge and mitochondria with their letters, on white."""
    nucleus, fibres, threads = (np.clip(plane, 0, 1) for plane in drawn.spread_cells(seed, _PANEL))
    merged = np.stack([np.zeros_like(nucleus), fibres, nucleus], axis=-1)
    page = Image.new("RGB", (2 * _PANEL[0] + 14, 2 * _PANEL[1] + 14), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=26)
    for at, (letter, plane) in enumerate(zip("ABCD", (nucleus, fibres, merged, threads), strict=True)):
        left, top = (at % 2) * (_PANEL[0] + 14), (at // 2) * (_PANEL[1] + 14)
        page.paste(Image.fromarray((plane * 255).astype(np.uint8)).convert("RGB"), (left, top))
        pen.rectangle((left, top, left + 40, top + 38), fill="black")
        pen.text((left + 10, top + 6), letter, fill="white", font=font)
    return page


def _scheme() -> Image.Image:
    """Return what no classifier can be sure of: a micrograph under boxes and words."""
    page = drawn.tension_map().convert("RGB").resize((640, 480))
    pen = ImageDraw.Draw(page)
    for at in range(3):
        pen.rectangle((30 + at * 200, 300, 190 + at * 200, 420), fill="white", outline="black", width=3)
        pen.text((50 + at * 200, 340), f"step {at + 1}", fill="black", font=ImageFont.load_default(28))
    return page


def _deep(path: Path) -> None:
    """Write three channels of 16 bits, of which 12 are used, as microscopes do."""
    planes = np.stack([(90 + 3000 * plane).astype(np.uint16) for plane in drawn.spread_cells(15, (480, 360))])
    options = {"axes": "CYX", "Channel": {"Name": ["DAPI", "actin", "MitoTracker"]}}
    imwrite(path, planes, metadata=options, photometric="minisblack", compression="zlib")


def _huge() -> Image.Image:
    small = drawn.section(8, 40, 50)
    return small.resize(HUGE_PX, Image.Resampling.NEAREST)


def jpeg_size(blob: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG."""
    return Image.open(io.BytesIO(blob)).size
