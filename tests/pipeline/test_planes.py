import io

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from pipeline.pixels import inspect
from pipeline.planes import label_png, tiff_of

_DEPTHS = st.sampled_from([np.uint8, np.uint16, np.int16, np.uint32, np.float32])


@given(
    hnp.arrays(
        _DEPTHS,
        hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=5),
        elements={"min_value": 0, "max_value": 100},
    )
)
def test_samples_come_back_as_they_were_and_twice_the_same(array):
    blob = tiff_of(array)
    assert blob == tiff_of(array)
    back = tifffile.imread(io.BytesIO(blob)).reshape(array.shape)
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


def test_three_channels_are_channels_and_no_colours():
    pixels = inspect(tiff_of(np.zeros((3, 8, 9), np.uint16)))
    assert (pixels.width_px, pixels.height_px, pixels.channels, pixels.bit_depth, pixels.frames) == (9, 8, 3, 16, 1)


def test_five_channels_of_8_bit_are_five_channels():
    assert inspect(tiff_of(np.zeros((5, 8, 9), np.uint8))).channels == 5


@pytest.mark.parametrize("highest", [0, 255, 256, 65535])
def test_no_label_is_lost(highest):
    labels = np.array([[0, 1], [2, highest]], np.uint32)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(label_png(labels)))), labels)


@pytest.mark.parametrize("labels", [[[65536]], [[-1]]])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(ValueError, match="don't fit"):
        label_png(np.array(labels))


def test_what_is_no_plane_is_refused():
    with pytest.raises(ValueError, match="no plane"):
        tiff_of(np.zeros((1, 2, 3, 4)))
