"""Same pixels: what a publisher does to a picture leaves it the same, what its authors revise doesn't."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from curation.same_picture import MAX_DIFFERENCE
from curation.same_pixels import SIDE_PX, difference, shrunk
from pipeline.pixels import inspect


def field(seed, size=(480, 360), cells=(16, 12)):
    """Return a smooth field of blobs."""
    values = np.random.default_rng(seed).integers(0, 256, cells[::-1], np.uint8)
    return Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)


def grey(picture, kind="PNG", box=None, **said):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **said)
    pixels = inspect(buffer.getvalue())
    return shrunk(buffer.getvalue(), pixels, box or (0, 0, pixels.width_px, pixels.height_px))


def plot():
    """Return six bars on white."""
    picture = Image.new("L", (480, 360), "white")
    for at, height in enumerate((200, 120, 260, 90, 180, 240)):
        ImageDraw.Draw(picture).rectangle((40 + 70 * at, 320 - height, 80 + 70 * at, 320), fill=60)
    return picture


def with_part(picture, columns, rows):
    """Return the picture with another in its middle part of `columns` x `rows`."""
    left, top = picture.width // columns, 0
    box = (left, top, left + picture.width // columns, picture.height // rows)
    picture = picture.copy()
    picture.paste(field(77).crop(box), box[:2])
    return picture


def painted(picture, box, shade):
    picture = picture.copy()
    ImageDraw.Draw(picture).rectangle(box, fill=shade)
    return picture


@pytest.mark.parametrize("picture", [field(1), plot()], ids=["field", "plot"])
@pytest.mark.parametrize(
    "change",
    [
        lambda picture: grey(picture, "JPEG", quality=60),
        lambda picture: grey(picture.resize((144, 108), Image.Resampling.LANCZOS), "JPEG", quality=85),
        lambda picture: grey(ImageOps.expand(picture, (10, 4, 3, 9), fill="white")),
        lambda picture: grey(picture.crop((9, 3, 474, 352))),
        lambda picture: grey(picture.point([round(12 + value * 0.9) for value in range(256)])),
        lambda picture: grey(picture.convert("RGB"), "TIFF"),
    ],
    ids=["JPEG 60", "30 %", "margin added", "edge cut", "paler", "RGB TIFF"],
)
def test_what_a_publisher_does_leaves_a_picture_the_same(picture, change):
    apart = difference(grey(picture), change(picture))
    assert apart is not None
    assert apart < MAX_DIFFERENCE / 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (field(1), field(2)),
        (field(1), with_part(field(1), 2, 2)),
        (field(1), with_part(field(1), 3, 2)),
        (field(1), painted(field(1), (240, 0, 360, 180), 255)),
        (field(1), ImageOps.mirror(field(1))),
        (plot(), painted(plot(), (180, 60, 220, 150), 255)),
        (plot(), painted(plot(), (250, 200, 290, 320), 60)),
    ],
    ids=["another", "a quarter", "a sixth", "painted over", "mirrored", "a lower bar", "a higher bar"],
)
def test_what_is_revised_is_another_picture(before, after):
    assert difference(grey(before), grey(after, "JPEG", quality=80)) > MAX_DIFFERENCE


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (300, 200), 255),
        Image.new("L", (300, 200), 0),
        painted(Image.new("L", (300, 200), 255), (20, 20, 24, 24), 0),
        Image.new("L", (1, 1), 9),
        Image.new("L", (2000, 3), 9),
    ],
    ids=["white", "black", "a dot", "a pixel", "a line"],
)
def test_blank_and_tiny_pictures_tell_nothing(picture):
    assert difference(grey(picture), grey(picture)) is None
    assert (difference(grey(picture), grey(field(1))) is None) == (min(picture.size) < 24)


def test_tiny_pictures_are_the_same_only_if_equal():
    tiny = field(1, (16, 12))
    assert difference(grey(tiny), grey(tiny, "TIFF")) == 0
    assert difference(grey(tiny), grey(field(2, (16, 12)))) is None


def test_a_panel_is_seen_by_its_box():
    page = Image.new("L", (1200, 400), "white")
    page.paste(field(3), (600, 20))
    panel = grey(page, box=(600, 20, 1080, 380))
    assert max(panel.shape) == SIDE_PX
    assert difference(panel, grey(field(3), "JPEG", quality=80)) < MAX_DIFFERENCE / 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.tuples(st.integers(4, 500), st.integers(4, 500)), st.sampled_from([4, 16, 64]))
def test_the_same_pixels_in_two_containers_are_always_the_same(seed, size, cells):
    picture = field(seed, size, (cells, cells))
    one, other = grey(picture, "TIFF"), grey(picture, "PNG")
    told = difference(one, other)
    shows_nothing = one.std() <= 8  # a field of many cells on few pixels may be flat
    assert (told is None and shows_nothing) or told == pytest.approx(0, abs=1e-3)
