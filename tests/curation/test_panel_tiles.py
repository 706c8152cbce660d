"""Tiles are counted where thin uniform lines part fields, and nowhere else."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curation.panel_tiles import tiles_in
from scripts.made_panels import gridded


def field(seed, level=110):
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(level - 60, level + 60, (90, 120, 3)).astype(np.uint8))


@pytest.mark.parametrize("ground", ["white", "black", "#808080"])
@pytest.mark.parametrize("gap_px", [1, 3, 6])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 2), (3, 4), (5, 1)])
def test_strips_and_grids_are_counted(ground, gap_px, rows, columns):
    sheet = gridded([field(n) for n in range(rows * columns)], columns, gap_px, ground)
    assert tiles_in(np.asarray(sheet)) == rows * columns


def test_a_margin_with_letters_is_no_tile():
    sheet = gridded([field(n) for n in range(3)], 3, 4, "white")
    page = Image.new("RGB", (sheet.width + 40, sheet.height + 30), "white")
    page.paste(sheet, (40, 30))
    ImageDraw.Draw(page).text((60, 8), "DAPI        GFP        Merge", fill="black")
    assert tiles_in(np.asarray(page)) == 3


def test_rows_of_unlike_numbers_of_tiles_are_counted_row_by_row():
    above = gridded([field(n) for n in range(2)], 2, 3, "white").resize((363, 90), Image.Resampling.NEAREST)
    below = gridded([field(n) for n in range(3)], 3, 3, "white").resize((363, 90), Image.Resampling.NEAREST)
    assert tiles_in(np.asarray(gridded([above, below], 1, 4, "white"))) == 5


def test_one_field_with_a_scale_bar_is_one_tile():
    image = field(1)
    ImageDraw.Draw(image).rectangle((70, 80, 110, 84), fill="white")
    assert tiles_in(np.asarray(image)) == 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_panel_is_one_tile(level):
    assert tiles_in(np.full((80, 80), level, np.uint8)) == 1
