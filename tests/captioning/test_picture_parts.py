"""Picture parts: what is sent shows the panel, is small enough, and is the same each time."""

import base64
import io
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captioning.asked import Picture
from captioning.picture_parts import Inline, SharedFolder, jpeg_of, sent_size
from schemas.errors import PixelError


def stored(array, kind="PNG"):
    written = io.BytesIO()
    Image.fromarray(array).save(written, kind)
    return written.getvalue()


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize(
    ("size", "shown"), [((300, 200), (300, 200)), ((2000, 1000), (1024, 512)), ((500, 3000), (171, 1024))]
)
def test_the_longer_side_is_at_most_what_was_asked(size, shown):
    blob = stored(np.zeros((size[1], size[0], 3), np.uint8))
    assert opened(jpeg_of(Picture(blob), 1024)).size == shown


def test_only_the_panel_is_sent():
    array = np.zeros((100, 200), np.uint8)
    array[20:60, 100:180] = 255
    sent = opened(jpeg_of(Picture(stored(array), box=(100, 20, 180, 60)), 1024))
    assert sent.size == (80, 40)
    assert np.asarray(sent).min() > 250


def test_deep_samples_are_stretched_and_clear_ones_lie_on_white():
    deep = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) + 300
    assert np.asarray(opened(jpeg_of(Picture(stored(deep)), 64))).max() > 240
    clear = np.zeros((32, 32, 4), np.uint8)
    assert np.asarray(opened(jpeg_of(Picture(stored(clear)), 64))).min() > 250


def test_the_same_picture_is_the_same_bytes():
    picture = Picture(stored(np.random.default_rng(1).integers(0, 255, (90, 70, 3), dtype=np.uint8)))
    assert jpeg_of(picture, 64) == jpeg_of(picture, 64)


def test_what_cannot_be_read_is_told():
    with pytest.raises(PixelError):
        jpeg_of(Picture(b"no picture"), 64)


def test_an_inline_address_holds_the_picture():
    picture = Picture(stored(np.zeros((8, 8), np.uint8)))
    head, _, data = Inline().ready(picture, 64).partition(b",")
    assert head == b"data:image/jpeg;base64"
    assert base64.b64decode(data) == jpeg_of(picture, 64)


def test_a_file_stays_until_its_last_user_is_done(tmp_path):
    folder = SharedFolder(tmp_path / "ä b")
    picture = Picture(stored(np.zeros((8, 8), np.uint8)))
    addresses = []
    threads = [Thread(target=lambda: addresses.append(folder.ready(picture, 64))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(addresses)) == 1
    path = Path(unquote(urlsplit(addresses[0].decode()).path))
    for address in addresses:
        assert path.read_bytes() == jpeg_of(picture, 64)
        folder.release(address)
    assert not path.exists()


def test_a_part_has_a_name_of_its_own():
    blob = stored(np.zeros((8, 8), np.uint8))
    names = {Picture(blob).name, Picture(blob, box=(0, 0, 4, 4)).name, Picture(blob, sha256="f" * 64).name}
    assert len(names) == 3


@given(st.integers(1, 900), st.integers(1, 900), st.integers(16, 300))
def test_the_size_that_is_told_is_the_size_that_is_sent(width, height, side_px):
    blob = stored(np.zeros((height, width), np.uint8))
    assert sent_size(width, height, side_px) == opened(jpeg_of(Picture(blob), side_px)).size


def test_several_questions_about_a_picture_share_the_work(monkeypatch):
    made = []
    monkeypatch.setattr("captioning.picture_parts.jpeg_of", lambda _, side_px: made.append(side_px) or b"jpeg")
    inline, one = Inline(), Picture(stored(np.zeros((20, 20), np.uint8)))
    threads = [Thread(target=inline.ready, args=(one, side_px)) for side_px in (64, 64, 64, 32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [32, 64]
    for number in range(40):
        inline.ready(Picture(stored(np.full((20, 20), number, np.uint8))), 64)
    assert inline.ready(one, 64) == inline.ready(one, 32)
    assert len(inline._made) == 32


def test_a_picture_that_cannot_be_read_is_told_to_all_that_ask(monkeypatch):
    inline, bad = Inline(), Picture(b"nothing")
    for _ in range(2):
        with pytest.raises(PixelError):
            inline.ready(bad, 64)
