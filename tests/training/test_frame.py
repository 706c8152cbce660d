"""The frame: points go in and come back, labels keep their ids, what is drawn inside stays where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.frame import Frame, framed, framed_labels, unframed

SIDES = st.integers(1, 700)


@given(height=SIDES, width=SIDES, side=st.sampled_from([64, 512, 1024]))
def test_points_come_back_from_the_frame(height, width, side):
    frame = Frame(height, width, side)
    points = np.array([[0, 0], [width - 1, height - 1], [width / 3, height / 7]])
    assert np.allclose(frame.points_out(frame.points_in(points)), points, atol=1e-3)


@given(height=SIDES, width=SIDES)
def test_every_corner_of_the_picture_stays_in_the_frame(height, width):
    frame = Frame(height, width, 512)
    corners = frame.points_in([[-0.5, -0.5], [width - 0.5, height - 0.5]])
    assert np.allclose(corners, [[-0.5, -0.5], [frame.columns - 0.5, frame.rows - 0.5]], atol=1e-3)
    assert max(frame.rows, frame.columns) == 512


def test_the_long_side_fills_the_frame_and_the_rest_is_black():
    square, frame = framed(np.full((50, 100, 3), 200, np.uint8), 64)
    assert (frame.rows, frame.columns, frame.scale) == (32, 64, 0.64)
    assert (square[:32] == 200).all()
    assert not square[32:].any()


@pytest.mark.parametrize("size", [(40, 64), (64, 64), (30, 20), (130, 200)])
def test_labels_keep_ids_of_32_bits_and_masks_come_back(size):
    labels = np.zeros(size, np.int32)
    labels[5:25, 3:15] = 2_000_000_011
    labels[2:4, 2:9] = 70_000
    frame = Frame(*size, 256)
    square = framed_labels(labels, frame)
    assert set(np.unique(square)) == {0, 70_000, 2_000_000_011}
    back = unframed(square[None] == 2_000_000_011, frame)
    assert np.array_equal(back[0], labels == 2_000_000_011)


def test_logits_are_cut_after_they_are_resized():
    frame = Frame(512, 512, 64)
    across = np.tile(np.arange(64, dtype=np.float32) - 20.25, (64, 1))  # crosses 0 between columns 20 and 21
    mask = unframed(across[None], frame)[0]
    edge = frame.points_out([[20.25, 0]])[0, 0]
    assert mask[0].argmax() == int(np.ceil(edge))
