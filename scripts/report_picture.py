"""Report picture: takes docs/report.png, two cuts of the demo's report: what came in and left, and what was kept.

Run as `python -m scripts.report_picture` with the development extra and Debian's Chromium.
"""

import importlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

import bricks

ROOT = Path(__file__).resolve().parent.parent
_WIDE_PX, _GAP_PX, _MARGIN_PX = 1300, 26, 12
_COLOURS = 256
"""Of the palette; so it stays well below 300 kB."""
_CARDS = "#kept .sheet > *"


def main() -> None:
    """Run the demo, and write what its report shows."""
    sys.path.insert(0, str(ROOT / "tests" / "servers"))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "demo"
        _run(str(ROOT / "manifests" / "demo.yaml"), str(place))
        with importlib.import_module("launched_chromium").launched() as browser:
            page = browser.new_page(viewport={"width": _WIDE_PX, "height": 900})
            page.goto((place / "report" / "index.html").as_uri())
            cuts = [_cut(page, 0, _below(page, "#flow")), _cut(page, _above(page, "#kept"), _below(page, _CARDS))]
    _under_each_other(cuts).save(ROOT / "docs" / "report.png", optimize=True)


def _run(manifest: str, place: str) -> None:
    try:
        bricks.main(["run", manifest, "--workspace", place, "--workers", "1"])
    except SystemExit as ended:
        if ended.code:
            raise


def _above(page: Any, selector: str) -> float:  # noqa: ANN401  (playwright's types are not installed everywhere)
    return float(page.locator(selector).first.bounding_box()["y"]) - _MARGIN_PX


def _below(page: Any, selector: str) -> float:  # noqa: ANN401
    box = page.locator(selector).first.bounding_box()
    return float(box["y"] + box["height"]) + _MARGIN_PX


def _cut(page: Any, top: float, bottom: float) -> Image.Image:  # noqa: ANN401
    clip = {"x": 0, "y": max(0.0, top), "width": _WIDE_PX, "height": bottom - max(0.0, top)}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")


def _under_each_other(cuts: list[Image.Image]) -> Image.Image:
    high = sum(cut.height for cut in cuts) + _GAP_PX * (len(cuts) - 1)
    canvas, top = Image.new("RGB", (_WIDE_PX, high), "white"), 0
    for cut in cuts:
        canvas.paste(cut, (0, top))
        top += cut.height + _GAP_PX
    return canvas.quantize(_COLOURS, kmeans=2, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
