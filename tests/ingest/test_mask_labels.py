"""A label map comes back with the numbers and areas that were drawn, or is refused with a reason."""

import io
import json
import warnings
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pycocotools import mask as coco

from ingest.mask_labels import Drawn, drawn_in, label_mask
from ingest.mask_objects import mask_of_objects
from ingest.mask_pairs import MaskError

_DEPTHS = {"uint8": 255, "uint16": 65535, "uint32": 2**31, "int32": 2**31 - 1, "int64": 2**31, "float64": 2**31}


def areas(array: Any) -> dict[int, int]:
    ids, counts = np.unique(array, return_counts=True)
    return {int(number): int(count) for number, count in zip(ids, counts, strict=True) if number}


def decoded(mask: Any) -> Any:
    if mask.format == "png":
        return np.asarray(Image.open(io.BytesIO(mask.blob)))
    return tifffile.imread(io.BytesIO(mask.blob))


def kept(drawn: Drawn, blob: bytes | None = None, **said: Any) -> Any:
    asked = {"background": None, "components": False, "object_class": None, **said}
    background = asked.pop("background")
    return label_mask(drawn, blob, background, **asked)[0]


def pixels(runs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools 2.0.11 on numpy 2
        return coco.decode(runs)


def png(array: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG")
    return stream.getvalue()


def tiff(array: Any, **said: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **said)
    return stream.getvalue()


@st.composite
def maps(draw: Any) -> Any:
    name = draw(st.sampled_from(sorted(_DEPTHS)))
    ids = draw(st.lists(st.integers(1, _DEPTHS[name]), min_size=1, max_size=6, unique=True))
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    chosen = draw(arrays.arrays(np.int64, shape, elements=st.sampled_from([0, *ids])))
    return chosen.astype(name)


@given(maps())
def test_every_map_comes_back_from_an_array(drawn: Any) -> None:
    assert areas(decoded(kept(Drawn(drawn)))) == areas(drawn)


@given(maps())
def test_every_map_comes_back_from_a_tiff(drawn: Any) -> None:
    blob = tiff(drawn)
    mask = kept(drawn_in(blob), blob)
    assert areas(decoded(mask)) == areas(drawn)
    assert (mask.blob == blob) == (drawn.dtype.name in {"uint8", "uint16", "uint32", "int32"})


@given(maps())
def test_every_map_of_16_bits_comes_back_from_a_png_in_its_own_bytes(drawn: Any) -> None:
    if drawn.max(initial=0) > 65535:
        return
    blob = png(drawn.astype(np.uint8 if drawn.max(initial=0) < 256 else np.uint16))
    mask = kept(drawn_in(blob), blob)
    assert (mask.format, mask.blob) == ("png", blob)
    assert areas(decoded(mask)) == areas(drawn)


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(2, 7), st.integers(2, 7))))
def test_objects_that_are_told_one_by_one_stay_whole(fields: Any) -> None:
    mask = mask_of_objects(fields, fields.shape[1:], "nucleus")
    told = {number: int(field.sum()) for number, field in enumerate(fields, 1)}
    if (fields.sum(0) > 1).any():
        objects = json.loads(mask.blob)["objects"]
        assert {one["id"]: int(coco.area(one["rle"])) for one in objects} == told
        assert all((pixels(one["rle"]) == fields[one["id"] - 1]).all() for one in objects)
    else:
        assert mask.format == "png"
        assert areas(decoded(mask)) == {number: area for number, area in told.items() if area}


def test_a_palette_gives_its_indices_and_few_bits_their_own_numbers() -> None:
    drawn = np.array([[0, 1], [2, 3]], np.uint8)
    palette = Image.fromarray(drawn)
    palette.putpalette([7, 7, 7, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    for picture, said in ((palette, {}), (palette, {"bits": 2})):
        stream = io.BytesIO()
        picture.save(stream, "PNG", **said)
        assert (decoded(kept(drawn_in(stream.getvalue()), stream.getvalue())) == drawn).all()
    stream = io.BytesIO()
    Image.fromarray(drawn > 1).save(stream, "PNG")
    assert areas(decoded(kept(drawn_in(stream.getvalue()), stream.getvalue()))) == {1: 2}


def test_a_bmp_becomes_a_png_and_grey_in_three_colours_is_grey() -> None:
    drawn = np.array([[0, 1], [2, 3]], np.uint8)
    stream = io.BytesIO()
    Image.fromarray(drawn).save(stream, "BMP")
    assert areas(decoded(kept(drawn_in(stream.getvalue()), stream.getvalue()))) == areas(drawn)
    blob = png(np.stack([drawn] * 3, axis=-1))
    assert areas(decoded(kept(drawn_in(blob), blob))) == areas(drawn)


@pytest.mark.parametrize(
    ("numbers", "background", "expected"),
    [
        ([[-1, 3], [5, -1]], None, {3: 1, 5: 1}),
        ([[-1, 0], [5, 0]], -1, {1: 2, 6: 1}),
        ([[-1, 0], [5, 0]], (0, -1), {5: 1}),
        ([[1, 1], [2, 0]], (0, 1), {2: 1}),
        ([[1, 0], [2, 0]], 1, {1: 2, 3: 1}),
    ],
    ids=["-1 alone is background", "0 is an object", "both are none", "1 is none", "0 is an object beside 1"],
)
def test_what_is_no_object_is_said_or_plain(numbers: Any, background: Any, expected: dict[int, int]) -> None:
    said = (background,) if isinstance(background, int) else background
    assert areas(decoded(kept(Drawn(np.array(numbers, np.int16)), background=said))) == expected


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        (np.array([[-1, 0, 4]]), "mask_ids_negative"),
        (np.array([[-2, 4]]), "mask_ids_negative"),
        (np.array([[0.5, 1.0]]), "mask_not_whole"),
        (np.array([[np.nan, 1.0]]), "mask_not_whole"),
        (np.array([[2.0**25]], np.float32), "mask_not_whole"),
        (np.array([[2**32]], np.uint64), "mask_ids_too_large"),
        (np.array([["a"]]), "mask_unreadable"),
    ],
)
def test_numbers_that_need_a_guess_are_refused(numbers: Any, reason: str) -> None:
    with pytest.raises(MaskError, match=reason):
        kept(Drawn(numbers))


def test_files_that_are_no_label_maps_are_refused() -> None:
    colours = np.zeros((4, 4, 3), np.uint8)
    colours[0, 0] = (200, 0, 0)
    jpeg = io.BytesIO()
    Image.fromarray(colours).save(jpeg, "JPEG")
    stack = np.zeros((5, 6, 7), np.uint8)
    for blob, reason in (
        (png(colours), "mask_is_colour"),
        (tiff(colours, photometric="rgb"), "mask_is_colour"),
        (jpeg.getvalue(), "mask_lossy"),
        (tiff(stack, photometric="minisblack"), "mask_is_stack"),
        (png(np.eye(9, dtype=np.uint8))[:50], "mask_unreadable"),
        (b"no picture", "mask_unreadable"),
        (b"", "mask_unreadable"),
    ):
        with pytest.raises(MaskError, match=reason):
            drawn_in(blob)


def test_components_touch_at_corners() -> None:
    drawn = np.zeros((5, 5), np.uint8)
    drawn[0, 0] = drawn[1, 1] = drawn[4, 4] = 255
    assert areas(decoded(kept(Drawn(drawn), components=True))) == {1: 2, 2: 1}
