"""Review picture: takes docs/review.png, a look at the review page with the drawn figures that its tests use.

Run as `python -m scripts.review_picture` with the development extra and Debian's Chromium.
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
_WIDE_PX, _TALL_PX = 1280, 800
_COLOURS = 256
"""Of the palette; so it stays well below 300 kB."""


def main() -> None:
    """Make the workspace, work on a figure as a reviewer does, and write what is seen then."""
    sys.path[:0] = [str(ROOT / "tests" / name) for name in ("servers", "drawings")]
    works, browsers = (importlib.import_module(name) for name in ("review_works", "review_browsers"))
    with tempfile.TemporaryDirectory() as folder:
        manifest, place = works.written(Path(folder)), Path(folder) / "ws"
        _run(str(manifest), str(place))
        with browsers.serving(place) as served:
            seen = _seen(browsers, served)
    image = Image.open(io.BytesIO(seen)).convert("RGB").quantize(_COLOURS, kmeans=2, dither=Image.Dither.NONE)
    image.save(ROOT / "docs" / "review.png", optimize=True)


def _run(manifest: str, place: str) -> None:
    try:
        bricks.main(["run", manifest, "--workspace", place, "--workers", "1"])
    except SystemExit as ended:
        if ended.code:
            raise


def _seen(browsers: Any, served: Any) -> bytes:  # noqa: ANN401  (modules of the tests)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browsers.CHROMIUM), args=list(browsers.FLAGS))
        reader = browsers.Reader(
            served, browser.new_context(viewport={"width": _WIDE_PX, "height": _TALL_PX}).new_page()
        ).enter("Ana")
        reader.open("cuts")
        reader.press("p")
        reader.told("Proposal")
        reader.press("n", "n")
        reader.page.wait_for_load_state("networkidle")
        blob: bytes = reader.page.screenshot()
        browser.close()
    return blob


if __name__ == "__main__":
    main()
