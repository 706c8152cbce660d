"""Masks: every object of a mask comes out with its own number, box, centre, area and pixels, or the mask is refused."""

import contextlib
import io
import json
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pycocotools import mask as coco

from pipeline import masks, strokes
from pipeline.masks import MAX_OBJECTS, objects_of, objects_on
from pipeline.planes import label_png, tiff_of
from pipeline.rle import counts_of
from schemas.errors import PixelError
from schemas.records import Mask

# pycocotools 2.0.11 decodes with a way of numpy's that numpy 2 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

_SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)
_LABELS = hnp.arrays(np.uint16, _SHAPES, elements=st.integers(0, 4))
_NUMBERS = st.lists(st.integers(1, 2**31 - 1), min_size=4, max_size=4, unique=True)


def png(array, mode=None, **how):
    buffer = io.BytesIO()
    (Image.fromarray(array) if mode is None else Image.fromarray(array).convert(mode)).save(buffer, "PNG", **how)
    return buffer.getvalue()


def tiff(array, **how):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **how)
    return buffer.getvalue()


def runs(parts, ids=None, **changes):
    """Return the mask of boolean arrays as JSON, as connectors write it; `changes` replace its keys."""
    height, width = parts[0].shape
    objects = [
        {"id": at, "class": None, "rle": {"size": [height, width], "counts": encoded(part)}}
        for at, part in zip(ids or range(1, len(parts) + 1), parts, strict=True)
    ]
    said = {"width_px": width, "height_px": height, "objects": objects} | changes
    return Mask(blob=json.dumps(said, sort_keys=True, separators=(",", ":")).encode(), format="rle")


def encoded(part):
    return coco.encode(np.asfortranarray(part, dtype=np.uint8))["counts"].decode()


def decoded(instance):
    return coco.decode(instance.rle.model_dump()).astype(bool)


def check(instance, part):
    """Compare an instance with the pixels that are its own, as an independent reading sees them."""
    rows, columns = np.nonzero(part)
    assert np.array_equal(decoded(instance), part)
    assert instance.rle.counts == encoded(part)
    assert instance.area_px == len(rows)
    assert instance.bbox == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert instance.centroid == pytest.approx((columns.mean(), rows.mean()), abs=1e-9)


def labels_mask(blob, form="png", **more):
    return Mask(blob=blob, format=form, **more)


@given(_LABELS)
def test_every_object_of_a_label_map_is_as_an_independent_reading_sees_it(labels):
    found = objects_of(labels_mask(label_png(labels)))
    instances = list(found.instances())
    assert [one.id for one in instances] == [one.source_number for one in instances] == sorted(set(labels.flat) - {0})
    for one in instances:
        check(one, labels == one.id)
        assert not one.overlaps
    assert np.array_equal(found.label_map(), labels)


@given(_LABELS, _NUMBERS)
def test_numbers_above_16_bit_are_kept_beside_new_ones(labels, numbers):
    numbered = np.array([0, *numbers], np.uint32)[labels]
    instances = list(objects_of(labels_mask(tiff_of(numbered), "tiff")).instances())
    there = sorted(set(numbered.flat) - {0})
    fit = not there or there[-1] <= MAX_OBJECTS
    assert [one.source_number for one in instances] == there
    assert [one.id for one in instances] == (there if fit else list(range(1, len(there) + 1)))
    for one in instances:
        check(one, numbered == one.source_number)


@given(hnp.arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(1, 8))))
def test_objects_that_share_pixels_stay_whole_and_are_flagged(parts):
    parts = [part for part in parts if part.any()] or [np.ones(parts.shape[1:], bool)]
    found = objects_of(runs(parts))
    cover = np.sum(parts, axis=0)
    above = np.max([part * at for at, part in enumerate(parts, start=1)], axis=0)
    for one, part in zip(found.instances(), parts, strict=True):
        check(one, part)
        assert one.overlaps == bool((cover[part] > 1).any())
    assert np.array_equal(found.label_map(), above)


@given(_LABELS)
@settings(max_examples=30)
def test_a_map_read_in_blocks_is_the_map_read_at_once(labels):
    whole = objects_of(labels_mask(label_png(labels)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes, "_BLOCK_PX", 1)
        assert list(objects_of(labels_mask(label_png(labels))).instances()) == list(whole.instances())


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=40))
def test_counts_are_read_as_pycocotools_writes_them(counts):
    size = sum(counts)
    text = coco.frPyObjects({"size": [size, 1], "counts": counts}, size, 1)["counts"].decode()
    assert counts_of(text).tolist() == counts


_ODD = st.characters(min_codepoint=32, max_codepoint=140)


@given(hnp.arrays(bool, (6, 5)), st.integers(0, 30), st.text(_ODD, max_size=2))
def test_whatever_a_string_holds_it_is_read_as_pycocotools_does_or_refused(part, place, odd):
    text = encoded(part)
    text = text[:place] + odd + text[place + len(odd) :]
    said = runs([np.ones((6, 5), bool)])
    said = said.model_copy(update={"blob": json.dumps(told(said) | objects(text)).encode()})
    with contextlib.suppress(PixelError):  # nothing else is raised
        (one,) = objects_of(said).instances()
        assert np.array_equal(decoded(one), coco.decode({"size": [6, 5], "counts": text}).astype(bool))


def told(mask):
    return json.loads(mask.blob)


def objects(text):
    return {"objects": [{"id": 1, "class": None, "rle": {"size": [6, 5], "counts": text}}]}


def test_an_object_of_several_parts_stays_one():
    labels = np.zeros((9, 9), np.uint8)
    labels[1:3, 1:3] = labels[6:8, 5:9] = 7
    (one,) = objects_of(labels_mask(png(labels))).instances()
    assert (one.id, one.area_px, one.bbox) == (7, 12, (1, 1, 9, 8))


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64, np.float32, np.float64]
)
def test_a_tiff_of_any_depth_is_read(dtype):
    labels = np.array([[0, 5, 5], [0, 100, 100]], dtype)
    found = objects_of(labels_mask(tiff(labels), "tiff"))
    assert [(one.id, one.area_px) for one in found.instances()] == [(5, 2), (100, 2)]


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1)])
def test_a_map_of_one_row_or_column_keeps_its_shape(shape):
    for mask in (labels_mask(tiff(np.ones(shape, np.uint16)), "tiff"), labels_mask(png(np.ones(shape, np.uint8)))):
        assert objects_on(mask, width_px=shape[1], height_px=shape[0]).label_map().tolist() == np.ones(shape).tolist()


def test_one_bit_is_one_object():
    labels = np.array([[False, True], [True, True]])
    for mask in (labels_mask(png(labels)), labels_mask(tiff(labels), "tiff")):
        (one,) = objects_of(mask).instances()
        assert (one.id, one.area_px) == (1, 3)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_of_a_few_bits_keeps_its_numbers(bits):
    import struct

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = int("".join(f"{at:0{bits}b}" for at in (0, 1, 2, 3)), 2).to_bytes(bits // 2, "big")
    head = struct.pack(">IIBBBBB", 4, 1, bits, 0, 0, 0, 0)
    packed = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    found = objects_of(labels_mask(b"\x89PNG\r\n\x1a\n" + packed))
    assert found.label_map().tolist() == [[0, 1, 2, 3]]


def test_the_entries_of_a_palette_are_the_numbers():
    picture = Image.fromarray(np.array([[0, 2], [9, 9]], np.uint8), "L")
    palette = picture.copy()
    palette.putpalette([at * 7 % 256 for at in range(768)])
    buffer = io.BytesIO()
    palette.save(buffer, "PNG")
    assert Image.open(io.BytesIO(buffer.getvalue())).mode == "P"
    assert [one.id for one in objects_of(labels_mask(buffer.getvalue())).instances()] == [2, 9]


def test_a_map_without_an_object_has_none():
    for mask in (labels_mask(png(np.zeros((3, 4), np.uint8))), runs([np.ones((3, 4), bool)], objects=[])):
        found = objects_on(mask, width_px=4, height_px=3)
        assert list(found.instances()) == []
        assert found.label_map().tolist() == np.zeros((3, 4)).tolist()


def test_the_class_is_the_objects_own_else_the_masks():
    parts = [np.eye(3, dtype=bool), ~np.eye(3, dtype=bool)]
    said = told(runs(parts))
    said["objects"][1]["class"] = "cell"
    mask = Mask(blob=json.dumps(said).encode(), format="rle", object_class="nucleus")
    assert [one.object_class for one in objects_of(mask).instances()] == ["nucleus", "cell"]
    mask = labels_mask(png(np.eye(3, dtype=np.uint8)), object_class="nucleus")
    assert [one.model_dump()["class"] for one in objects_of(mask).instances()] == ["nucleus"]


def test_as_many_objects_as_16_bit_can_name_are_read_and_one_more_is_refused():
    labels = np.arange(MAX_OBJECTS + 1, dtype=np.uint32).reshape(256, 256) + 70_000
    labels[0, 0] = 0
    found = objects_of(labels_mask(tiff_of(labels), "tiff"))
    assert found.ids[-1] == len(found.numbers) == MAX_OBJECTS
    labels[0, 0] = 1
    with pytest.raises(PixelError, match="mask_too_large"):
        objects_of(labels_mask(tiff_of(labels), "tiff"))


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(PixelError, match="mask_size_differs: 4 x 3 px on 3 x 4 px"):
        objects_on(labels_mask(png(np.ones((3, 4), np.uint8))), width_px=3, height_px=4)


def test_a_mask_that_is_stored_on_its_side_is_turned_as_its_picture_is():
    picture = Image.fromarray(np.array([[1, 2, 3]], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", exif=exif)
    assert objects_on(labels_mask(buffer.getvalue()), width_px=1, height_px=3).label_map().tolist() == [[1], [2], [3]]
    side = tiff(np.ones((3, 4), np.uint16), extratags=[(274, "H", 1, 6, True)])
    with pytest.raises(PixelError, match="on its side"):
        objects_of(labels_mask(side, "tiff"))


def whole():
    return np.ones((6, 5), bool)


@pytest.mark.parametrize(
    "mask",
    [
        labels_mask(b""),
        labels_mask(b"no picture"),
        labels_mask(png(np.eye(40, dtype=np.uint8))[:-30]),
        labels_mask(png(np.zeros((4, 4, 3), np.uint8))),
        labels_mask(png(np.zeros((4, 4), np.uint8), "LA")),
        labels_mask(tiff(np.zeros((2, 8, 8), np.uint16), photometric="minisblack"), "tiff"),
        labels_mask(tiff(np.array([[0, -1]], np.int16)), "tiff"),
        labels_mask(tiff(np.array([[0, 1.5]], np.float32)), "tiff"),
        labels_mask(tiff(np.array([[0, np.nan]], np.float32)), "tiff"),
        labels_mask(tiff(np.array([[0, 2**63]], np.uint64)), "tiff"),
        labels_mask(tiff(np.array([[0, 2.0**63]])), "tiff"),
        labels_mask(b"{", "rle"),
        labels_mask(b"[" * 100_000, "rle"),
        runs([whole()], objects=[{}]),
        runs([whole()], width_px=6),
        runs([whole()], width_px=0),
        runs([whole()], colour="red"),
        runs([whole()], ids=[0]),
        runs([whole()], ids=[2**63]),
        runs([whole()], ids=[1.5]),
        runs([whole(), whole()], ids=[2, 1]),
        runs([whole(), whole()], ids=[1, 1]),
        runs([~whole()]),
        runs([whole()], **objects("")),
        runs([whole()], **objects("0")),
        runs([whole()], **objects("o")),
        runs([whole()], **objects("é")),
        runs([whole()], **objects("oooooooo0")),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_a_reason(mask):
    with pytest.raises(PixelError) as error:
        objects_of(mask)
    assert error.value.reason == "mask_corrupt"
    assert error.value.detail


def huge_png():
    blob = bytearray(png(np.zeros((1, 1), np.uint8)))
    blob[16:24] = (60_000).to_bytes(4, "big") * 2
    blob[29:33] = zlib.crc32(blob[12:29]).to_bytes(4, "big")
    return bytes(blob)


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch):
    bombs = [labels_mask(huge_png()), runs([whole()], width_px=60_000, height_px=60_000, objects=[])]
    monkeypatch.setattr(masks, "MAX_JSON_BYTES", 10_000)
    bombs.append(labels_mask(b" " * 10_001, "rle"))
    for bomb in bombs:
        with pytest.raises(PixelError, match="mask_too_large"):
            objects_of(bomb)


def test_more_runs_than_an_image_of_objects_has_are_refused(monkeypatch):
    monkeypatch.setattr(strokes, "MAX_STROKES", 8)
    board = np.indices((6, 6)).sum(axis=0) % 2 == 1
    for mask in (labels_mask(png(board.astype(np.uint8))), runs([board]), runs([np.ones((6, 6), bool)] * 2)):
        with pytest.raises(PixelError, match="mask_too_large"):
            objects_of(mask)
