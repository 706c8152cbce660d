"""Microscope files through the door: what comes out beside each picture is the file that went in."""

import io

import numpy as np
import pytest
from PIL import Image
from tifffile import TiffWriter, imwrite


def texture(seed, *, height=112, width=128, top=255, dtype=np.uint8):
    small = np.random.default_rng(seed).random((height // 8, width // 8))
    grown = np.asarray(
        Image.fromarray((small * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    )
    return (grown / 255 * top).astype(dtype)


def pyramid(path):
    with TiffWriter(path, ome=True) as writer:
        writer.write(texture(9), subifds=1, tile=(32, 32))
        writer.write(texture(9)[::2, ::2], subfiletype=1, tile=(32, 32))


def two_images(path):
    with TiffWriter(path, ome=True) as writer:
        writer.write(texture(11, top=4000, dtype=np.uint16))
        writer.write(texture(12, top=4000, dtype=np.uint16))


def inks(path):
    Image.fromarray(np.stack([texture(at) for at in range(20, 24)], axis=-1), "CMYK").save(path)


def many(count, seed, dtype=np.uint16):
    return np.stack([texture(seed + at, top=4000 if dtype == np.uint16 else 250, dtype=dtype) for at in range(count)])


KINDS = {
    "deep.tif": lambda path: imwrite(path, texture(1, top=4000, dtype=np.uint16)),
    "deep.png": lambda path: Image.fromarray(texture(2, top=4000, dtype=np.uint16)).save(path),
    "signed.tif": lambda path: imwrite(path, texture(3).astype(np.int16).__sub__(128).astype(np.int8)),
    "float.tif": lambda path: imwrite(path, texture(4, top=1, dtype=np.float32)),
    "palette.tif": lambda path: imwrite(
        path, texture(5), photometric="palette", colormap=np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
    ),
    "inks.tif": inks,
    "channels.ome.tif": lambda path: imwrite(path, many(5, 30), metadata={"axes": "CYX"}, photometric="minisblack"),
    "stack.ome.tif": lambda path: imwrite(path, many(3, 40), metadata={"axes": "ZYX"}, photometric="minisblack"),
    "film.tif": lambda path: imwrite(path, many(3, 50), imagej=True, metadata={"axes": "TYX"}),
    "pyramid.ome.tif": pyramid,
    "two.ome.tif": two_images,
}


@pytest.fixture
def published(bench):
    (bench.root / "pics").mkdir()
    for name, write in KINDS.items():
        write(bench.root / "pics" / name)
    bench.manifest(
        sources=[{"type": "images", "path": "pics", "license": "CC-BY-4.0", "metadata": {"organism": "mouse"}}]
    )
    bench.made()
    assert [row for stage in ("1-figures", "2-panels", "4-curated") for row in bench.rows(stage, "dropped")] == []
    return bench, bench.published()


def test_what_was_put_in_comes_out_byte_by_byte(published):
    bench, rows = published
    raw = {}
    for row in rows:
        raw.setdefault(row["source_id"], []).append(row["raw"])

    assert raw.keys() == KINDS.keys()
    for name, blobs in raw.items():
        assert [blob for blob in blobs if blob] == [(bench.root / "pics" / name).read_bytes()], name


def test_every_rendering_uses_the_range_of_8_bit(published):
    for row in published[1]:
        with Image.open(io.BytesIO(row["image"]["bytes"])) as picture:
            assert picture.mode in ("L", "RGB")
            assert picture.size == (128, 112)
            assert max(high for _, high in np.atleast_2d(picture.getextrema())) >= 225, row["source_id"]


def test_a_second_run_does_nothing(published):
    bench, _ = published
    before = bench.parts()
    bench.made()

    assert bench.parts() == before


def test_the_same_picture_in_8_and_16_bit_has_nearly_the_same_hash(bench):
    (bench.root / "pics").mkdir()
    flat = texture(7)
    Image.fromarray(flat).save(bench.root / "pics" / "flat.png")
    imwrite(bench.root / "pics" / "deep.tif", flat.astype(np.uint16) * 257)
    bench.manifest(
        sources=[{"type": "images", "path": "pics", "license": "CC-BY-4.0", "metadata": {"organism": "mouse"}}]
    )
    bench.made()
    one, other = (int(row["phash"], 16) for row in bench.rows("2-panels"))

    assert (one ^ other).bit_count() <= 2
