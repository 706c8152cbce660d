"""Automatic: objects found without the truth, each once, the most stable first; nothing but boxes is held."""

import numpy as np
from drawn_masks import drawn

from training.automatic import Automatic, Found, grid_prompts, suppressed
from training.frame import Frame
from training.matching import region_of
from training.samples import Sample

FRAME = Frame(96, 96, 96)


def seeing(image, prompts, frame):
    """Yield logits of the bright disk under each point, or of nothing."""
    from scipy import ndimage

    labels, _ = ndimage.label(image[:, :, 0] > 120)
    for low in range(0, len(prompts.points), 7):
        at = prompts.points[low : low + 7, 0].astype(int)
        under = labels[at[:, 1], at[:, 0]]
        yield np.where((labels[None] == under[:, None, None]) & (under > 0)[:, None, None], 4.0, -4.0).astype(
            np.float32
        )


def test_a_grid_has_a_point_in_each_cell_of_the_picture():
    prompts = grid_prompts(Frame(50, 100, 64), 8)
    assert prompts.points.shape == (32, 1, 2)
    assert prompts.points[:, 0, 0].max() < 64
    assert prompts.points[:, 0, 1].max() < 32
    assert (prompts.labels == 1).all()


def test_each_object_is_found_once_without_the_truth():
    image, labels = drawn(2)
    sample = Sample(image, labels.astype(np.int32), "cells", "a", "0" * 64)
    found = Automatic(seeing, 16).scores(sample, FRAME)
    assert found.counts == (5, 0, 0)
    assert found.sa50 == 1
    assert (found.iou > 0.95).all()
    assert found.floor_counts.hits == 5


def test_of_masks_that_mean_the_same_the_most_stable_stays():
    rows, columns = np.mgrid[:60, :60]

    def at(x, y, radius, stability):
        return Found(region_of((columns - x) ** 2 + (rows - y) ** 2 <= radius**2), stability)

    one, same, within, other = at(20, 20, 10, 0.9), at(21, 20, 10, 0.95), at(20, 20, 3, 0.7), at(45, 45, 8, 0.8)
    assert suppressed([one, same, within, other]) == [same, other]


def test_a_mask_that_trembles_or_leaves_its_click_is_no_object():
    def trembling(image, prompts, frame):
        logits = np.full((len(prompts.points), 96, 96), -4.0, np.float32)
        logits[:, 20:60, 20:60] = 0.5
        yield logits

    def elsewhere(image, prompts, frame):
        logits = np.full((len(prompts.points), 96, 96), -4.0, np.float32)
        logits[:, :9, :9] = 4
        yield logits

    image = drawn(1)[0]
    assert Automatic(trembling, 8).regions(image, FRAME) == []
    assert len(Automatic(elsewhere, 8).regions(image, FRAME)) == 1
