import io
import struct

import numpy as np
import pytest
from PIL import Image
from tifffile import TiffWriter, imwrite

from pipeline.pixels import hash_luma, inspect, luma, probe, render, thumbnail
from schemas.errors import PixelError
from schemas.records import Shown


def tiff(array, **options):
    buffer = io.BytesIO()
    imwrite(buffer, array, **options)
    return buffer.getvalue()


def shown_of(blob, shown=None):
    rendering = render(blob, inspect(blob, shown))
    return np.asarray(Image.open(io.BytesIO(rendering.blob))), rendering.in_full


def ramp(height=48, width=64, top=255, dtype=np.uint8):
    return np.linspace(0, top, height * width).reshape(height, width).astype(dtype)


def reason_of(blob, shown=None):
    with pytest.raises(PixelError) as caught:
        render(blob, inspect(blob, shown))
    return caught.value.reason


def test_signed_bytes_do_not_wrap_and_stay_raw():
    shown, in_full = shown_of(tiff(ramp(top=200).astype(np.int16).__sub__(100).astype(np.int8)))

    assert np.all(np.diff(shown.ravel().astype(int)) >= 0)
    assert not in_full


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero_is_turned_round(dtype):
    array = ramp(top=np.iinfo(dtype).max, dtype=dtype)
    shown, in_full = shown_of(tiff(array, photometric="miniswhite"))

    assert shown[0, 0] == 255
    assert shown[-1, -1] == 0
    assert in_full is (dtype == np.uint8)


def test_sixteen_bit_inks_look_as_eight_bit_ones_do():
    inks = np.zeros((40, 40, 4), np.uint8)
    inks[:20, :, 1] = 255
    inks[:, 20:, 3] = 255
    deep, in_full = shown_of(tiff(inks.astype(np.uint16) * 257, photometric="separated"))
    flat, flat_in_full = shown_of(tiff(inks, photometric="separated"))

    assert np.array_equal(deep, flat)
    assert flat[0, 0].tolist() == [255, 0, 255]
    assert flat[0, 39].tolist() == [0, 0, 0]
    assert flat[39, 0].tolist() == [255, 255, 255]
    assert (in_full, flat_in_full) == (False, False)


@pytest.mark.parametrize("compression", ["jpeg2000", "webp", "lerc", "zstd", "lzma", "packbits", "jpegxl"])
def test_a_compression_that_pillow_does_not_know_is_read(compression):
    array = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]], axis=-1)
    options = {"compressionargs": {"lossless": True}} if compression in {"webp", "jpegxl"} else {}
    shown, in_full = shown_of(tiff(array, photometric="rgb", compression=compression, **options))

    assert np.abs(shown.astype(int) - array).max() <= 1
    assert in_full


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_is_looked_up_and_its_numbers_stay_raw(bits):
    numbers = np.arange(32 * 32).reshape(32, 32).astype(np.uint8 if bits == 8 else np.uint16)
    table = np.zeros((3, 2**bits), np.uint16)
    table[1] = np.linspace(0, 65535, 2**bits)
    shown, in_full = shown_of(tiff(numbers, photometric="palette", colormap=table))

    assert np.array_equal(shown[..., 1], table[1][numbers] >> 8)
    assert not shown[..., 0].any()
    assert not in_full


def test_a_palette_that_fills_the_lower_byte_only_is_not_black():
    table = np.tile(np.arange(256, dtype=np.uint16), (3, 1))
    shown, _ = shown_of(tiff(ramp(), photometric="palette", colormap=table))

    assert np.array_equal(shown[..., 0], ramp())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_with_holes_are_stretched_over_their_numbers(dtype):
    array = ramp(top=1, dtype=dtype)
    array[:3, :3] = np.nan
    array[3, 3] = np.inf
    shown, in_full = shown_of(tiff(array))

    assert shown.max() == 255
    assert (shown[:3, :3] == 0).all()
    assert not in_full


def test_twelve_bits_are_told_and_read():
    import imagecodecs

    array = ramp(top=4095, dtype=np.uint16)
    packed = bytes(imagecodecs.packints_encode(array, 12, runlen=array.shape[1]))
    blob = tiff(array)
    tag = struct.pack("<HHI", 258, 3, 1)
    at = blob.index(tag)
    lower = blob[: at + 8] + struct.pack("<HH", 12, 0) + blob[at + 12 :]
    data = lower.replace(array.tobytes(), packed)
    size = struct.pack("<HHII", 279, 4, 1, array.nbytes)
    data = data.replace(size, struct.pack("<HHII", 279, 4, 1, len(packed)))

    assert inspect(data).bit_depth == 12
    assert np.array_equal(shown_of(data)[0], shown_of(blob)[0])


@pytest.mark.parametrize("white_is_zero", [False, True])
def test_two_levels_are_black_and_white(white_is_zero):
    bits = np.zeros((40, 40), bool)
    bits[:20] = True
    blob = tiff(bits, photometric="miniswhite" if white_is_zero else "minisblack")
    shown, in_full = shown_of(blob)

    assert (inspect(blob).bit_depth, in_full) == (1, True)
    assert shown[0, 0] == (0 if white_is_zero else 255)


def test_a_fax_is_read():
    buffer = io.BytesIO()
    Image.fromarray(ramp() > 100).save(buffer, "TIFF", compression="group4")

    assert np.array_equal(shown_of(buffer.getvalue())[0], (ramp() > 100) * 255)


@pytest.mark.parametrize("mode", ["YCbCr", "LA", "RGBA", "P", "CMYK"])
def test_what_pillow_writes_is_read(mode):
    picture = Image.fromarray(np.stack([ramp(), ramp()[::-1], ramp()], axis=-1)).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF")
    shown, in_full = shown_of(buffer.getvalue())
    expected = np.asarray(picture.convert("RGBA" if mode in ("LA", "RGBA") else "RGB")).astype(int)

    assert np.abs(shown.astype(int) - expected).max() <= 1
    assert in_full is (mode in ("LA", "RGBA"))


def test_planes_of_colours_are_put_together():
    array = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]])
    shown, in_full = shown_of(tiff(array, photometric="rgb", planarconfig="separate"))

    assert np.array_equal(shown, np.moveaxis(array, 0, -1))
    assert in_full


def test_four_channels_of_eight_bits_are_no_colour_with_alpha():
    array = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1], ramp()])
    shown, in_full = shown_of(tiff(array, photometric="minisblack", metadata={"axes": "CYX"}))

    assert shown.shape[2] == 3
    assert not in_full


def test_deep_colours_keep_their_balance():
    array = np.stack([ramp(top=60_000, dtype=np.uint16), *[ramp(top=6_000, dtype=np.uint16)] * 2], axis=-1)
    shown, _ = shown_of(tiff(array, photometric="rgb"))

    assert shown[-1, -1, 0] == 255
    assert 20 <= shown[-1, -1, 1] <= 30


def test_complex_samples_are_refused_with_a_reason():
    assert reason_of(tiff(np.ones((16, 16), np.complex64))) == "image_unsupported"


def jpegs_in_tiff():
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    return tiff(noise, photometric="rgb", compression="jpeg", tile=(64, 64))


def test_a_damaged_jpeg_in_a_tiff_is_refused():
    blob = jpegs_in_tiff()
    assert probe(blob).format == "tiff"
    middle = len(blob) // 2
    hurt = blob[:middle] + bytes(200) + blob[middle + 200 :]

    assert reason_of(hurt) in {"image_corrupt", "image_truncated"}
    with pytest.raises(PixelError):
        hash_luma(hurt, inspect(hurt), side_px=64)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "jpeg"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_cut_tiff_is_refused(compression, kept):
    noise = np.random.default_rng(0).integers(0, 255, (128, 128), np.uint8)
    blob = tiff(noise, compression=compression, rowsperstrip=16)

    assert reason_of(blob[: int(len(blob) * kept)]) in {"image_truncated", "image_corrupt"}


def stack(**options):
    array = np.zeros((2, 3, 4, 32, 40), np.uint16)
    for t, z, c in np.ndindex(array.shape[:3]):
        array[t, z, c] = ramp(32, 40, top=100, dtype=np.uint16) * (1 + t)
        array[t, z, c, z * 8 : z * 8 + 8, c * 8 : c * 8 + 8] = 1000
    return tiff(array, metadata={"axes": "TZCYX"}, photometric="minisblack", **options)


@pytest.mark.parametrize("options", [{"ome": True}, {"imagej": True}, {}, {"ome": True, "compression": "zlib"}])
def test_the_plane_and_channel_that_are_chosen_are_shown(options):
    blob = stack(**options)
    shown, in_full = shown_of(blob, Shown(z=2, t=1, channels=[3]))

    assert (shown.shape, in_full) == ((32, 40), False)
    assert (shown[16:24, 24:32] == 255).all()
    assert shown[0, 0] == 0


def test_channels_are_coloured_in_the_order_they_are_chosen_in():
    blob = stack(ome=True)
    one, _ = shown_of(blob, Shown(z=0, channels=[0, 2]))
    other, _ = shown_of(blob, Shown(z=0, channels=[2, 0]))

    assert one[2, 2].argmax() == 1
    assert other[2, 2, 0] == other[2, 2, 2] == 255


def test_a_file_of_two_images_shows_the_one_that_is_chosen():
    buffer = io.BytesIO()
    with TiffWriter(buffer, ome=True) as writer:
        writer.write(ramp(30, 40))
        writer.write(ramp(50, 20, top=4000, dtype=np.uint16))
    blob = buffer.getvalue()
    second = inspect(blob, Shown(series=1))

    assert (second.width_px, second.height_px, second.bit_depth, second.frames) == (20, 50, 16, 2)
    assert not shown_of(blob)[1]
    assert shown_of(blob, Shown(series=1))[0].shape == (50, 20)
    assert reason_of(blob, Shown(series=2)) == "image_corrupt"


def pyramid():
    full = np.kron(np.random.default_rng(3).integers(0, 255, (32, 32), np.uint8), np.ones((16, 16), np.uint8))
    buffer = io.BytesIO()
    with TiffWriter(buffer, ome=True) as writer:
        writer.write(full, subifds=2, tile=(64, 64))
        writer.write(full[::2, ::2], subfiletype=1, tile=(64, 64))
        writer.write(full[::4, ::4], subfiletype=1, tile=(64, 64))
    return full, buffer.getvalue()


def test_a_pyramid_is_its_full_level_and_stays_raw():
    full, blob = pyramid()
    shown, in_full = shown_of(blob)

    assert np.array_equal(shown, full)
    assert not in_full
    assert Image.open(io.BytesIO(thumbnail(blob, 64))).size == (64, 64)


def test_a_thumbnail_of_a_pyramid_reads_no_more_than_it_needs():
    full, blob = pyramid()
    at = blob.index(full[:64, :64].tobytes())
    hurt = blob[:at] + bytes(64 * 64) + blob[at + 64 * 64 :]

    assert thumbnail(hurt, 64) == thumbnail(blob, 64)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_plain_tiff_is_turned_as_it_says(turn):
    array = np.zeros((24, 40), np.uint8)
    array[:8, :8] = 255
    blob = tiff(array, extratags=[(274, 3, 1, turn, True)], metadata=None)
    turned = Image.open(io.BytesIO(blob))
    turned.load()
    shown, _ = shown_of(blob)

    assert np.array_equal(shown, np.asarray(turned))
    assert (inspect(blob).width_px, inspect(blob).height_px) == shown.shape[::-1]


def test_a_chain_of_pages_that_bites_its_tail_is_refused():
    blob = tiff(np.zeros((3, 16, 16), np.uint8), photometric="minisblack", metadata=None)
    first = struct.unpack("<I", blob[4:8])[0]
    (tags,) = struct.unpack("<H", blob[first : first + 2])
    at = first + 2 + 12 * tags

    assert reason_of(blob[:at] + struct.pack("<I", first) + blob[at + 4 :]) == "image_corrupt"


def test_millions_of_pages_are_refused():
    page = struct.pack("<HHHII", 1, 256, 4, 1, 8)
    size = len(page) + 4
    pages = b"".join(page + struct.pack("<I", 8 + (at + 1) * size) for at in range(200_001))

    assert reason_of(b"II*\0" + struct.pack("<I", 8) + pages) == "image_too_large"


def test_a_picture_that_declares_too_much_is_refused_before_it_is_decoded():
    blob = tiff(np.zeros((16, 16), np.uint8))
    for tag, name in ((256, "width"), (257, "length")):
        at = blob.index(struct.pack("<HHI", tag, 4, 1)) if struct.pack("<HHI", tag, 4, 1) in blob else None
        at = at if at is not None else blob.index(struct.pack("<HHI", tag, 3, 1))
        blob = blob[:at] + struct.pack("<HHII", tag, 4, 1, 100_000) + blob[at + 12 :]
        assert name

    assert reason_of(blob) == "image_too_large"


BOMB = """<?xml version="1.0"?><!DOCTYPE OME [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0" Name="&b;"></Image></OME>"""

COUNTED = """<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">
<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="16" SizeY="16" SizeZ="99999" SizeC="9999" SizeT="9">
<TiffData PlaneCount="2000000000"/></Pixels></Image></OME>"""


@pytest.mark.parametrize("description", [BOMB, COUNTED], ids=["entities", "planes"])
def test_a_description_that_is_a_bomb_is_refused(description):
    assert reason_of(tiff(np.zeros((16, 16), np.uint8), description=description, metadata=None)) == "image_corrupt"


def test_planes_of_another_file_are_never_shown_as_black():
    description = COUNTED.replace('"99999"', '"2"').replace('"9999"', '"1"').replace('"9"', '"1"')
    description = description.replace(
        '<TiffData PlaneCount="2000000000"/>',
        '<TiffData FirstZ="0" IFD="0" PlaneCount="1"><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData>'
        '<TiffData FirstZ="1" IFD="0" PlaneCount="1"><UUID FileName="b.tif">urn:uuid:2</UUID></TiffData>',
    )
    shown, _ = shown_of(tiff(ramp(16, 16), description=description, metadata=None))

    assert shown.max() == 255


def micrograph(seed=5):
    spots = np.random.default_rng(seed).random((40, 48)) ** 6
    return np.asarray(Image.fromarray((spots * 255).astype(np.uint8)).resize((384, 320), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    "deeper",
    [lambda a: a.astype(np.uint16) * 257, lambda a: a.astype(np.uint16) * 16, lambda a: a.astype(np.uint16) + 500],
    ids=["times 257", "12 bit", "offset"],
)
def test_a_picture_in_more_bits_has_the_grey_of_the_same_in_eight(deeper):
    array = micrograph()
    flat, deep = (np.asarray(hash_luma(b, inspect(b), side_px=64)) for b in (tiff(array), tiff(deeper(array))))
    scaled = [(grey - grey.min()) / (grey.max() - grey.min()) for grey in (flat, deep)]

    assert np.allclose(*scaled, atol=1e-4)


def test_luma_of_a_stack_is_that_of_the_plane_shown():
    blob = stack(ome=True)
    greys = [np.asarray(luma(blob, inspect(blob, Shown(z=z, channels=[0])), side_px=16)) for z in (0, 2)]

    assert not np.array_equal(*greys)
