"""A run that asks about scale: bars that were found and bars that are drawn, each in the picture that is published."""

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.bar_drawing import black_box, with_bar
from schemas.panel_records import ScaleBar

DEMO = Path(__file__).resolve().parent.parent / "manifests" / "demo" / "pmc"
UM_PER_PX = 0.25


def asked(bench):
    files = (bench.place / "dataset").glob("questions*/*.parquet")
    rows = [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]
    return {(row["panel_id"], row["task"]): row for row in rows}


def pixels(row):
    return np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB"))


def picture_with_mask(folder, at):
    """Write a picture of twelve blocks and its mask, whose numbers are theirs."""
    drawn = np.random.default_rng(at)
    labels = np.zeros((300, 400), np.uint8)
    for number in range(1, 13):
        top, left = 10 + 70 * (number % 4), 10 + 120 * (number % 3)
        labels[top : top + int(drawn.integers(15, 40)), left : left + int(drawn.integers(15, 60))] = number
    grey = (drawn.normal(60, 10, labels.shape) + 90 * (labels > 0)).clip(0, 255).astype(np.uint8)
    for name, array in (("images", grey), ("masks", labels)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(array).save(folder / name / f"{at}.png")


@pytest.fixture
def published(bench):
    """Rows of `panels` by id, and questions by panel and task, of the sample's articles and a few made pictures."""
    for at in range(4):
        picture_with_mask(bench.root / "cells", at)
    masks = {
        "type": "masks", "path": "cells", "format": "labels", "images": "images/*.png", "masks": "masks/*.png",
        "license": "CC0-1.0", "microns_per_pixel": UM_PER_PX,
    }  # fmt: skip
    bench.manifest(
        sources=[{"type": "pmc", "path": str(DEMO)}, masks],
        licenses=["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"],
        questions={"tasks": ["scale"], "per_panel": 20, "none_of_the_above": 0},
        on_error={"max_failure_rate": 0.2},
    )
    bench.made()
    return {row["id"]: row for row in bench.published()}, asked(bench)


def test_a_run_asks_about_bars_that_were_found_and_bars_that_it_draws(published):
    panels, questions = published
    bars = [row for (_, task), row in questions.items() if task == "scale_bar"]
    found = [row for row in bars if "found" in row["tags"]]
    drawn = [row for row in bars if "drawn" in row["tags"]]
    assert len(found) >= 5
    assert len(drawn) >= 4
    for row in found:
        bar = panels[row["panel_id"]]["scale_bar"]
        assert row["answer"] == f"{bar['length_um']:g} µm"
        assert row["boxes"] == [bar["box"]]
    for row in drawn:
        assert panels[row["panel_id"]]["scale_bar"] is None
        assert row["answer"] == f"{row['drawn_bar']['length_um']:g} µm"


def test_the_picture_of_a_question_has_the_bar_and_is_the_panels_but_for_its_box(published):
    panels, questions = published
    for row in questions.values():
        panel, shown = panels[row["panel_id"]], pixels(row)
        assert shown.shape == (row["height_px"], row["width_px"], 3)
        if row["drawn_bar"] is None:
            assert row["image"] == panel["image"]
            continue
        bar = ScaleBar.model_validate(row["drawn_bar"])
        assert row["image_sha256"] != panel["image_sha256"]
        assert (shown == with_bar(pixels(panel), bar)).all()
        left, top, right, bottom = black_box(shown.shape[1::-1], bar)
        assert (pixels(panel)[:top] == shown[:top]).all()
        longest_px = (shown[top:bottom, left:right] == 255).all(axis=2).sum(axis=1).max()
        assert abs(longest_px * panel["microns_per_pixel"] - bar.length_um) <= 0.03 * bar.length_um
