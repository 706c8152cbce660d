"""Two pictures are the same where their pixels say so: with a label too, but not as two plots of one template."""

import numpy as np
import pytest
from drawn_cells import cells
from PIL import Image, ImageDraw

from curation.agreement import agreement
from curation.confirm import Kind, compared, confirmed, view_of
from curation.local_features import sized

_PLAIN = np.array([[1.0, 0, 0], [0, 1, 0]])


def _traces(heights: tuple[int, ...]) -> Image.Image:
    """A row of plots of one template with flat traces, each with one peak."""
    page = Image.new("L", (1000, 240), 255)
    draw = ImageDraw.Draw(page)
    for number, height in enumerate(heights):
        left = 40 + 320 * number
        draw.line((left, 10, left, 200, left + 260, 200), 0, 3)
        for tick in range(6):
            draw.text((left - 26, 14 + 36 * tick), f"{100 - 20 * tick}", 0)
            draw.text((left + 50 * tick, 208), f"{10 * tick}", 0)
            draw.line((left + 50 * tick, 10, left + 50 * tick, 200), 190, 4)
        peak = [(left + 100, 196), (left + 112, 196 - height), (left + 130, 196)]
        draw.line([(left, 196), *peak, (left + 260, 196)], 0, 3)
    return page


def _seen(picture: Image.Image):
    return view_of(sized(np.asarray(picture.convert("L"), np.float32)))


def test_plots_of_one_template_are_not_copies_and_a_labelled_plot_is_one():
    plot, other = _traces((20, 60, 10)), _traces((70, 8, 40))
    labelled = plot.copy()
    ImageDraw.Draw(labelled).rectangle((880, 100, 920, 104), 0)

    assert confirmed(_seen(plot), _seen(other)) is None
    said = confirmed(_seen(plot), _seen(labelled))
    assert said is not None
    assert said.kind is Kind.COPY


@pytest.mark.parametrize("blocks", [8, 24])
def test_agreement_does_not_depend_on_light_and_contrast(blocks):
    grey = np.asarray(cells(1), np.float32)
    same, darker = (agreement(grey, each, _PLAIN, blocks) for each in (grey, grey * 0.4 + 30))
    assert same is not None
    assert darker is not None
    assert same.share == darker.share == 1.0
    assert same.blocks == darker.blocks
    assert darker.correlation > 0.999


def test_agreement_counts_what_a_mark_spoils_and_nothing_else():
    grey = np.asarray(cells(1), np.float32)
    marked = grey.copy()
    marked[:40, :40] = np.random.default_rng(1).integers(0, 255, (40, 40))
    said = agreement(grey, marked, _PLAIN)
    assert said is not None
    assert 0.9 < said.share < 1


def test_other_cells_agree_nowhere_and_too_little_in_common_tells_nothing():
    one, other = (np.asarray(cells(seed), np.float32) for seed in (1, 2))
    said = agreement(one, other, _PLAIN)
    assert said is not None
    assert said.share < 0.2
    assert agreement(one, other, np.array([[1.0, 0, 310], [0, 1, 290]])) is None


def test_corners_are_looked_for_only_where_they_are_needed():
    one, copy, turned = (_seen(each) for each in (cells(1), cells(1), cells(1).rotate(20)))
    assert confirmed(one, copy) is not None
    assert "features" not in vars(one)
    confirmed(one, turned)
    assert "features" in vars(one)


@pytest.mark.parametrize(
    ("share", "kind", "is_doubtful"),
    [(1.0, Kind.COPY, False), (0.7, Kind.COPY, True), (0.6, Kind.SERIES, True), (0.45, None, True), (0.1, None, False)],
)
def test_pictures_that_share_nearly_enough_or_hardly_enough_are_doubtful(share, kind, is_doubtful):
    one, other = np.asarray(cells(1), np.float32), np.array(cells(2), np.float32)
    other[:, : int(one.shape[1] * share)] = one[:, : int(one.shape[1] * share)]
    said = compared(view_of(sized(one)), view_of(sized(other)))
    assert (said.found.kind if said.found else None, said.is_doubtful) == (kind, is_doubtful)
