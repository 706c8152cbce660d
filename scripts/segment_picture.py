"""Segment picture: takes docs/segment.png, the page to click on, with drawn cells and a checkpoint that you trained.

Run as `python -m scripts.segment_picture CHECKPOINT` with the extras `train` and `review` and Debian's Chromium.
"""

import importlib
import io
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scripts.made_micrographs import scene

ROOT = Path(__file__).resolve().parent.parent
_SEED, _WIDE_PX, _TALL_PX, _COLOURS = 13, 640, 850, 256
_CLICKS = ((0.64, 0.2, "left"), (0.56, 0.22, "right"))
"""Places in shares of the picture's sides, and the button."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Open the page on a drawn picture, click, and write what is seen then."""
    (checkpoint,) = sys.argv[1:] if arguments is None else arguments
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "cells.png"
        scene(np.random.default_rng(_SEED))[0].save(picture)
        command = [sys.executable, "-m", "bricks", "segment", str(picture), "--checkpoint", checkpoint, "--page"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:  # noqa: S603 - our own command
            assert served.stdout is not None
            seen = _seen(served.stdout.readline().split()[1])
            served.terminate()
    image = Image.open(io.BytesIO(seen)).convert("RGB").quantize(_COLOURS, kmeans=2, dither=Image.Dither.NONE)
    image.save(ROOT / "docs" / "segment.png", optimize=True)


def _seen(address: str) -> bytes:
    sys.path[:0] = [str(ROOT / "tests" / "servers")]
    launched: Any = importlib.import_module("launched_chromium").launched
    with launched() as browser:
        page = browser.new_page(viewport={"width": _WIDE_PX, "height": _TALL_PX})
        page.goto(address)
        page.locator("main[data-ready]").wait_for()
        box = page.locator("#picture svg").bounding_box()
        for at, (across, down, button) in enumerate(_CLICKS, start=1):
            page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"], button=button)
            page.locator("#told", has_text=f"{at} point").wait_for()
            page.locator("#told", has_text="mask").wait_for()
        shot: bytes = page.screenshot()
    return shot


if __name__ == "__main__":
    main()
