"""Scale shares: the widths and bar lengths that are right more than once in a run, and what is asked with them."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from captioning.scale_shares import scale_shares_of, scale_shares_state
from pipeline.workspace import Workspace
from schemas.questions import NONE

SIDES = (256, 256, 256, 400, 400, 400, 330)


def written(folder):
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for at, side in enumerate(SIDES):
        labels = np.zeros((side, side), np.uint8)
        for number in range(1, 10):
            top, left = 10 + 70 * (number % 3), 10 + 70 * (number // 4)
            labels[top : top + 40 + at, left : left + 30] = number
        grey = np.random.default_rng(at).normal(60, 10, labels.shape) + 90 * (labels > 0)
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(folder / "images" / f"{at}.png")
        Image.fromarray(labels).save(folder / "masks" / f"{at}.png")


def test_values_that_are_right_more_than_once_are_told_and_stand_beside_each_other(bench):
    written(bench.root / "cells")
    source = {
        "type": "masks", "path": "cells", "format": "labels", "images": "images/*.png", "masks": "masks/*.png",
        "license": "CC0-1.0", "microns_per_pixel": 0.25,
    }  # fmt: skip
    bench.manifest(sources=[source], licenses=["CC0-1.0"], questions={"tasks": ["field_of_view"], "seed": 3})
    bench.made()
    workspace = Workspace(Path(bench.place))
    shares, state = scale_shares_of(workspace, 3), scale_shares_state(workspace, 3)
    assert shares["field_of_view"].keys() == {"64.0", "100"}
    assert sum(shares["field_of_view"].values()) == pytest.approx(1, rel=0.2)
    assert state == scale_shares_state(workspace, 3)
    files = (bench.place / "dataset").glob("questions*/*.parquet")
    asked = [
        row for path in files for row in pq.read_table(path, columns=["answer", "held_back", "options"]).to_pylist()
    ]
    assert len(asked) == len(SIDES)
    for row in asked:
        offered = {*row["options"]} - {NONE, row["answer"]}
        if (row["held_back"] or row["answer"]) == "82.5 µm":
            assert not offered & {"64.0 µm", "100 µm"}
        elif NONE not in row["options"]:
            assert {"64.0 µm", "100 µm"} <= {*row["options"]}
