import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline import pixels
from pipeline.pixels import Pixels, probe, render
from pipeline.refusals import REASONS
from pipeline.stretch import percentiles, stretch
from schemas.errors import PixelError


def encoded(array, kind="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(array, **options):
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def texture(height=64, width=96, channels=3, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, channels), np.uint8)
    grown = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    return grown[..., 0] if channels == 1 else grown


def decoded(rendering):
    return np.asarray(Image.open(io.BytesIO(rendering.blob)))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("BMP", "bmp"), ("TIFF", "tiff")],
)
def test_a_picture_is_what_its_content_says(kind, name):
    found = probe(encoded(texture(), kind))

    assert (found.format, found.width_px, found.height_px, found.bit_depth) == (name, 96, 64, 8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_uncropped_8_bit_web_picture_is_published_byte_by_byte(kind):
    blob = encoded(texture(), kind)

    assert render(blob, probe(blob)) == pixels.Rendering(blob, kind.lower(), as_is=True)


def test_a_cropped_picture_becomes_a_png_of_just_those_pixels():
    array = texture()
    blob = encoded(array)

    cut = render(blob, probe(blob), (8, 16, 40, 48))

    assert (cut.format, cut.as_is) == ("png", False)
    assert np.array_equal(decoded(cut), array[16:48, 8:40])


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_8_bit_tiff_is_rendered_without_loss(compression, channels):
    array = texture(channels=channels)
    blob = tiff(array, compression=compression, photometric="rgb" if channels > 1 else "minisblack")
    found = probe(blob)

    assert np.array_equal(decoded(render(blob, found)), array)
    assert render(blob, found).in_full


def test_sixteen_bits_are_stretched_not_clipped():
    ramp = np.linspace(200, 4000, 256 * 64, dtype=np.uint16).reshape(64, 256)
    for blob in (encoded(ramp), tiff(ramp)):
        shown = decoded(render(blob, probe(blob)))

        assert shown.dtype == np.uint8
        assert np.mean(shown == 255) < 0.01
        assert len(np.unique(shown)) > 250


def test_sixteen_bit_rgb_png_keeps_its_depth_until_it_is_rendered():
    import imagecodecs

    array = (texture().astype(np.uint16) << 4) + 100
    blob = bytes(imagecodecs.png_encode(array))
    found = probe(blob)

    assert (found.bit_depth, found.channels, found.published_as_is) == (16, 3, False)
    assert not render(blob, found).in_full
    assert len(np.unique(decoded(render(blob, found)))) > 30


def test_five_channels_become_one_rgb_picture_and_none_is_lost():
    array = np.zeros((5, 32, 32), np.uint16)
    for at in range(5):
        array[at, 6 * at : 6 * at + 6, :] = 1000 * (at + 1)
    blob = tiff(array, photometric="minisblack", metadata={"axes": "CYX"})
    found = probe(blob)
    shown = decoded(render(blob, found))

    assert (found.channels, found.bit_depth, render(blob, found).in_full) == (5, 16, False)
    assert shown.shape == (32, 32, 3)
    assert all(shown[6 * at + 3, 16].max() == 255 for at in range(5))


def test_a_stack_shows_its_middle_plane_and_says_that_it_is_a_stack():
    array = np.stack([np.full((16, 16), level, np.uint16) for level in (0, 500, 1000)])
    array[1, :8] = 900
    blob = tiff(array, photometric="minisblack", metadata={"axes": "ZYX"})
    found = probe(blob)

    assert (found.frames, render(blob, found).in_full) == (3, False)
    assert decoded(render(blob, found))[0, 0] > decoded(render(blob, found))[15, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint32])
def test_odd_sample_types_are_read(dtype):
    blob = tiff(np.arange(32 * 32, dtype=dtype).reshape(32, 32))

    assert decoded(render(blob, probe(blob))).max() == 255


def test_not_a_number_does_not_spoil_a_float_picture():
    array = np.linspace(0, 1, 1024, dtype=np.float32).reshape(32, 32)
    array[0, 0] = np.nan
    blob = tiff(array)

    assert decoded(render(blob, probe(blob))).max() == 255


def test_palette_and_alpha_and_cmyk_are_read():
    palette = io.BytesIO()
    Image.fromarray(texture()).quantize(16).save(palette, "PNG", bits=4)
    cmyk = io.BytesIO()
    Image.fromarray(texture()).convert("CMYK").save(cmyk, "JPEG")

    assert probe(palette.getvalue()).bit_depth == 4
    assert probe(cmyk.getvalue()).channels == 4
    assert pixels.thumbnail(cmyk.getvalue(), 32)
    assert pixels.thumbnail(encoded(texture(channels=4)), 32)


def reason_of(blob):
    with pytest.raises(PixelError) as caught:
        probe(blob)
    return caught.value.reason


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "image_empty"),
        (b"<html><body>404</body></html>", "not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not_an_image"),
        (b"\x89PNG\r\n\x1a\n", "image_corrupt"),
        (b"\xff\xd8\xff\xe0", "image_truncated"),
    ],
    ids=["empty", "html", "postscript", "png head only", "jpeg head only"],
)
def test_what_is_no_picture_says_why(blob, reason):
    assert reason_of(blob) == reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_cut_file_is_refused(kind):
    blob = encoded(texture(256, 256), kind)

    assert reason_of(blob[: len(blob) // 2]) in ("image_truncated", "image_corrupt")


@pytest.mark.parametrize("cut_bytes", [20, 3000])
def test_a_deep_picture_that_ends_early_says_so_in_words(cut_bytes):
    blob = encoded(np.random.default_rng(1).integers(0, 65_535, (64, 64), np.uint16), "PNG")[:-cut_bytes]

    with pytest.raises(PixelError) as caught:
        probe(blob)
    assert str(caught.value).startswith("image_truncated: ends early")


def test_a_png_bomb_is_refused_before_it_is_decoded():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")

    assert reason_of(bomb) == "image_too_large"


def test_a_tiff_bomb_is_refused():
    blob = tiff(np.zeros((8, 8), np.uint16))
    entry = struct.pack("<HHI", 257, 4, 1)
    at = blob.index(entry[:4])
    lying = blob[: at + 2] + struct.pack("<HII", 4, 1, 400_000_000) + blob[at + 12 :]

    assert reason_of(lying) in ("image_too_large", "image_corrupt", "image_truncated")


@settings(max_examples=60, deadline=None)
@given(st.integers(20, 4000), st.integers(0, 255), st.booleans())
def test_what_pillow_cannot_read_at_full_scale_is_refused_at_any(at, value, cut):
    blob = encoded(texture(256, 256), "JPEG", quality=90)
    hurt = blob[:at] if cut else blob[:at] + bytes([value]) + blob[at + 1 :]
    try:
        with Image.open(io.BytesIO(hurt), formats=["JPEG"]) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError):
        assert reason_of(hurt) in REASONS


def test_a_jpeg_damaged_in_its_middle_is_refused_though_pillow_shows_it():
    blob = encoded(texture(256, 256), "JPEG", quality=90)
    middle = len(blob) // 2
    hurt = blob[:middle] + bytes(200) + blob[middle + 200 :]
    Image.open(io.BytesIO(hurt)).load()

    assert reason_of(hurt) == "image_corrupt"
    with pytest.raises(PixelError, match="image_corrupt"):
        pixels.luma(hurt, pixels.inspect(hurt), side_px=64)


@pytest.mark.parametrize("options", [{"subsampling": 0}, {"subsampling": 2}, {"progressive": True}])
def test_a_whole_jpeg_is_never_refused(options):
    blob = encoded(texture(256, 200), "JPEG", **options)

    assert probe(blob).format == "jpeg"
    assert min(pixels.luma(blob, probe(blob), side_px=64).size) >= 64


def test_a_cmyk_jpeg_is_read_in_its_own_colours():
    ink = np.zeros((80, 80, 4), np.uint8)
    ink[..., 3] = 255  # all black
    buffer = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(buffer, "JPEG")

    assert np.asarray(pixels.luma(buffer.getvalue(), probe(buffer.getvalue()), side_px=64)).max() < 10


def test_a_float_picture_without_a_number_is_empty():
    blob = tiff(np.full((40, 40), np.nan, np.float32))
    with pytest.raises(PixelError, match="image_empty"):
        pixels.luma(blob, pixels.inspect(blob), side_px=64)


def test_a_rendering_says_whether_it_shows_all_there_is():
    ink = Image.fromarray(np.zeros((40, 40, 4), np.uint8), "CMYK")
    buffer = io.BytesIO()
    ink.save(buffer, "TIFF")
    cases = {buffer.getvalue(): False, encoded(texture(), "TIFF"): True, encoded(texture(), "GIF"): True}
    cases[tiff(np.zeros((40, 40), np.uint16))] = False
    for blob, in_full in cases.items():
        assert render(blob, probe(blob)).in_full is in_full


def test_a_faulty_tiff_says_nothing_on_the_side(caplog, capfd):
    blob = tiff(np.zeros((64, 64), np.uint16), compression="zlib")
    reason_of(blob[: len(blob) // 2] + bytes(40))

    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_luma_of_a_jpeg_has_the_sides_that_a_hash_asks_for():
    blob = encoded(texture(600, 800), "JPEG")

    assert min(pixels.luma(blob, probe(blob), side_px=64).size) >= 64


@given(st.integers(1, 5), st.sampled_from([np.uint8, np.uint16, np.float32]))
@settings(max_examples=30, deadline=None)
def test_stretching_gives_8_bit_of_the_same_size(channels, dtype):
    array = (texture(channels=channels) if channels > 1 else texture(channels=1)).astype(dtype)
    shown = stretch(array)

    assert shown.dtype == np.uint8
    assert shown.shape[:2] == array.shape[:2]


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 40), st.booleans())
@settings(max_examples=60, deadline=None)
def test_percentiles_by_sorting_are_numpys_to_the_last_bit(seed, height, width, is_whole):
    values = np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)
    values = np.rint(values) if is_whole else values
    asked = (0.1, 1.0, 50.0, 99.0, 99.9)

    assert percentiles(values, asked).tobytes() == np.percentile(values, asked).tobytes()


def test_thumbnails_are_small_jpegs():
    blob = encoded(texture(600, 800), "JPEG")
    small = Image.open(io.BytesIO(pixels.thumbnail(blob, 100)))

    assert (small.format, max(small.size)) == ("JPEG", 100)


def quarters():
    """A picture of 800 x 600 px whose quarters are black, red, green and blue."""
    array = np.zeros((600, 800, 3), np.uint8)
    array[:300, 400:, 0] = array[300:, :400, 1] = array[300:, 400:, 2] = 250
    return array


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(("box", "seen"), [((400, 0, 800, 300), 0), ((0, 300, 400, 600), 1), ((400, 300, 800, 600), 2)])
def test_a_thumbnail_of_a_part_shows_the_part_alone(kind, box, seen):
    small = Image.open(io.BytesIO(pixels.thumbnail(encoded(quarters(), kind), 50, box=box)))
    middle = np.asarray(small)[4:-4, 4:-4]
    assert small.size == (50, 38)
    assert middle[..., seen].min() > 200
    assert np.delete(middle, seen, axis=2).max() < 60


def test_a_part_of_a_picture_on_its_side_is_counted_as_it_is_seen():
    turned = Image.Exif()
    turned[0x0112] = 6
    blob = encoded(np.rot90(quarters()).copy(), "JPEG", exif=turned)
    small = np.asarray(Image.open(io.BytesIO(pixels.thumbnail(blob, 40, box=(400, 0, 800, 300)))))
    assert small[10:20, 10:30, 0].min() > 200


def test_a_part_that_is_smaller_than_the_thumbnail_keeps_its_pixels():
    blob = encoded(quarters(), "JPEG")
    assert Image.open(io.BytesIO(pixels.thumbnail(blob, 320, box=(390, 290, 410, 310)))).size == (20, 20)


def test_pixels_tell_what_a_browser_shows():
    assert Pixels("jpeg", 1, 1, 8, 3).published_as_is
    assert not Pixels("png", 1, 1, 16, 1).published_as_is
    assert not Pixels("gif", 1, 1, 8, 1).published_as_is


@pytest.mark.parametrize("bits", [8, 16])
def test_a_jpeg_of_another_kind_is_refused_before_any_decoder_sees_it(bits):
    import imagecodecs

    array = np.zeros((211, 317), np.uint8 if bits == 8 else np.uint16)
    assert reason_of(imagecodecs.ljpeg_encode(array)) == "image_unsupported"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80))
def test_markers_of_any_kind_end_in_a_reason(tail):
    with pytest.raises(PixelError):
        probe(b"\xff\xd8\xff" + tail)


def test_a_damaged_cmyk_jpeg_is_refused():
    buffer = io.BytesIO()
    Image.fromarray(texture(256, 256, 4), "CMYK").save(buffer, "JPEG")
    blob = buffer.getvalue()
    middle = len(blob) // 2

    assert probe(blob).channels == 4
    assert reason_of(blob[:middle] + bytes(200) + blob[middle + 200 :]) == "image_corrupt"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_stored_on_its_side_has_the_sizes_it_is_shown_in(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    blob = encoded(texture(64, 96), kind, exif=exif)
    found = probe(blob)

    assert (found.width_px, found.height_px) == (64, 96)
    assert pixels.decode8(blob, found).shape[:2] == (96, 64)
    assert render(blob, found).as_is
    assert decoded(render(blob, found, (0, 0, 64, 20))).shape[:2] == (20, 64)
