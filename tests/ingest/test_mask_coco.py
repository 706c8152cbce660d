"""COCO files: polygons and runs become whole objects; what is no object is left out and told."""

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco

from ingest.mask_coco import lengths_in
from ingest.mask_pairs import MaskError
from schemas.records import Dropped, Figure

COCO = {"format": "coco", "images": "images/**/*.png", "masks": "*.json"}


def said(objects: list[dict[str, Any]], names: list[str], width: int = 32, height: int = 24) -> str:
    images = [{"id": at, "file_name": name, "width": width, "height": height} for at, name in enumerate(names, 1)]
    classes = [{"id": 1, "name": "cell"}, {"id": 2, "name": "nucleus"}]
    told = [{"image_id": 1, "category_id": 1, "iscrowd": 0, **one} for one in objects]
    return json.dumps({"images": images, "annotations": told, "categories": classes})


def square(left: float, top: float, side: float = 4) -> list[float]:
    return [left, top, left + side, top, left + side, top + side, left, top + side]


def put(sets: Any, base: Path, text: str, name: str = "a.json") -> None:
    sets.write(base / f"set/{name}", text)


def objects_of(figure: Figure) -> dict[int, str | None]:
    assert figure.mask is not None
    return {one["id"]: one["class"] for one in json.loads(figure.mask.blob)["objects"]}


def test_polygons_and_runs_are_whole_objects_with_their_classes(tmp_path: Path, sets: Any) -> None:
    image = sets.write(tmp_path / "set/images/x/a.png", sets.png(sets.picture()))
    field = np.zeros((24, 32), np.uint8)
    field[1:6, 1:9] = 1
    packed = coco.encode(np.asfortranarray(field))
    counts = lengths_in(packed["counts"].decode())
    objects = [
        {"id": 40, "segmentation": [square(2, 2), square(20, 10, 2)]},
        {"id": 7, "segmentation": {"size": [24, 32], "counts": counts}, "category_id": 2},
        {"id": 9, "segmentation": {"size": [24, 32], "counts": packed["counts"].decode()}},
    ]
    put(sets, tmp_path, said(objects, ["x/a.png"]))
    (figure,) = sets.figures(tmp_path, **COCO)
    assert (figure.blob, figure.mask.format) == (image.read_bytes(), "rle")
    assert sets.areas_in(figure.mask) == {7: 40, 9: 40, 40: 20}
    assert objects_of(figure) == {7: "nucleus", 9: "cell", 40: "cell"}
    assert json.loads(figure.mask.blob)["objects"][1]["rle"]["counts"] == packed["counts"].decode()


def test_what_is_no_object_is_left_out_and_told(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    runs = {"size": [24, 32], "counts": [0, 5]}
    objects = [
        {"id": 1, "segmentation": [square(2, 2)]},
        {"id": 2, "segmentation": [square(2, 2)], "iscrowd": 1},
        {"id": 3, "segmentation": [square(100, 100)]},
        {"id": 4, "segmentation": [[3, 3, 3, 3, 3, 3]]},
        {"id": 5, "segmentation": [[1, 1, 4, 4]]},
        {"id": 6, "segmentation": runs},
        {"id": 7, "segmentation": {"size": [9, 9], "counts": [81]}},
        {"id": 8, "segmentation": {"size": [24, 32], "counts": "oo"}},
        {"id": 9, "segmentation": [[0, 0, 1e300, 0, 5, 5]]},
        {"id": 10, "segmentation": [[0, 0, 2**19, 0] * 9 + [0, 0]]},
        {"id": 11},
        {"id": 12, "segmentation": []},
        {"id": 13, "segmentation": [["a", 1, 2, 3, 4, 5]]},
    ]
    put(sets, tmp_path, said(objects, ["a.png"]))
    outcomes = sets.read(tmp_path, **COCO)
    (figure,) = [one for one in outcomes if isinstance(one, Figure)]
    assert objects_of(figure) == {1: "cell"}
    told = {one.reason: one.detail for one in outcomes if isinstance(one, Dropped)}
    assert {reason: detail.split(": ")[1] for reason, detail in told.items()} == {
        "object_crowd": "1 objects",
        "object_outside": "1 objects",
        "object_empty": "1 objects",
        "object_malformed": "9 objects",
    }
    assert len({one.id for one in outcomes}) == len(outcomes)


def test_files_name_images_with_and_without_folders(tmp_path: Path, sets: Any) -> None:
    for name in ("train/A/1.png", "test/A/1.png", "test/B/2.png", "test/B/3.png"):
        sets.write(tmp_path / f"set/images/{name}", sets.png(sets.picture()))
    put(sets, tmp_path, said([], ["train/A/1.png", "2.png"]), "train.json")
    put(sets, tmp_path, said([{"segmentation": [square(1, 1)]}], ["test/A/1.png", "gone.png", "A/1.png"]), "test.json")
    assert sets.reasons(tmp_path, **COCO) == {
        "set/images/test/B/3.png": "mask_missing",
        "set/test.json/gone.png": "image_missing",
        "set/test.json/A/1.png": "image_ambiguous",
    }
    figures = [one for one in sets.read(tmp_path, **COCO) if isinstance(one, Figure)]
    found = {one.member: sets.areas_in(one.mask) for one in figures}
    assert found == {"images/test/A/1.png": {1: 16}, "images/test/B/2.png": {}, "images/train/A/1.png": {}}


def test_an_image_that_two_files_name_has_no_mask_for_sure(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    put(sets, tmp_path, said([], ["a.png"]), "one.json")
    put(sets, tmp_path, said([], ["a.png"]), "two.json")
    assert sets.reasons(tmp_path, **COCO) == {"set/images/a.png": "mask_ambiguous"}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("{", ""),
        ("[]", ""),
        ('{"images": []}', ""),
        ('{"images": [{"id": 1}]}', "/fault 1"),
        ('{"images": [{"id":1,"file_name":"a.png","width":-1}]}', "/a.png"),
    ],
)
def test_a_file_that_is_no_coco_costs_only_itself(tmp_path: Path, sets: Any, text: str, lost: str) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    put(sets, tmp_path, said([], ["a.png"]))
    put(sets, tmp_path, text, "broken.json")
    assert sets.reasons(tmp_path, **COCO) == {f"set/broken.json{lost}": "coco_unreadable"}
    assert len(sets.read(tmp_path, **COCO)) == 2


def test_an_image_that_is_listed_badly_costs_only_itself(tmp_path: Path, sets: Any) -> None:
    for number in range(6):
        sets.write(tmp_path / f"set/images/{number}.png", sets.png(sets.picture()))
    tree = json.loads(said([{"id": 9, "segmentation": [square(2, 2)]}], ["0.png"]))
    size = {"width": 32, "height": 24}
    tree["images"] += [
        {"id": 5, "file_name": "1.png", "width": "q", "height": 24},
        {"id": 8, "file_name": "2.png", **size},
        {"id": 8, "file_name": "3.png", **size},
        {"id": 6, "file_name": None, **size},
        {"id": None, "file_name": "4.png", **size},
        {"id": 7, "file_name": "\ud800.png", **size},
        7,
    ]
    put(sets, tmp_path, json.dumps(tree))
    outcomes = sets.read(tmp_path, **COCO)

    (figure,) = [one for one in outcomes if isinstance(one, Figure)]
    assert objects_of(figure) == {9: "cell"}
    dropped = [one for one in outcomes if isinstance(one, Dropped)]
    told = {one.source_id: (one.reason, one.detail.split(": ", 1)[1]) for one in dropped}
    twice = "a.json: several images have the id 8, so which one an object lies on is unclear"
    assert told == {
        "set/images/1.png": (
            "coco_unreadable",
            "a.json: the width of the image with the id 5 is 'q', not 1 to 131072 pixels",
        ),
        "set/images/2.png": ("mask_ambiguous", twice),
        "set/images/3.png": ("mask_ambiguous", twice),
        "set/images/4.png": ("coco_unreadable", told["set/images/4.png"][1]),
        "set/images/5.png": ("mask_missing", "no COCO file names this image"),
        "set/a.json/fault 2": ("coco_unreadable", "a.json: the image with the id 6 has no file_name"),
        "set/a.json/fault 4": ("coco_unreadable", "a.json: an entry under `images` is no mapping: 7"),
        "set/a.json/\\ud800.png": ("image_missing", told["set/a.json/\\ud800.png"][1]),
    }
    assert told["set/images/4.png"][1].startswith("a.json: an image has no id: ")
    assert len({one.id for one in outcomes}) == len(outcomes)


def test_an_image_is_not_said_to_be_unnamed_where_a_file_could_not_be_read(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    put(sets, tmp_path, said([], ["a.png"])[:-9])
    (image, file) = sets.read(tmp_path, **COCO)

    assert (image.reason, file.reason) == ("coco_unreadable", "coco_unreadable")
    assert image.detail == "images/a.png: no COCO file that can be read names this image, and a.json can't be read"
    assert file.detail.startswith("a.json: is no whole JSON")


def test_a_mapping_of_annotations_and_another_size_are_seen(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    tree = json.loads(said([{"id": 3, "segmentation": [square(1, 1)]}], ["a.png"]))
    tree["annotations"] = {str(one["id"]): one for one in tree["annotations"]}
    put(sets, tmp_path, json.dumps(tree))
    assert sets.areas_in(sets.figures(tmp_path, **COCO)[0].mask) == {3: 16}
    put(sets, tmp_path, said([], ["a.png"], width=31))
    assert sets.reasons(tmp_path, **COCO) == {"set/images/a.png": "mask_size_differs"}


def test_the_split_may_stand_in_the_name_of_the_file(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    put(sets, tmp_path, said([], ["a.png"]), "coco_val.json")
    (figure,) = sets.figures(tmp_path, official_split="coco_(?P<split>train|val)", **COCO)
    assert figure.official_split == "val"


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1)))
def test_compressed_runs_are_read_as_the_library_writes_them(field: Any) -> None:
    packed = coco.encode(np.asfortranarray(field))
    lengths = lengths_in(packed["counts"].decode())
    assert (sum(lengths), sum(lengths[1::2])) == (field.size, int(field.sum()))
    assert coco.frPyObjects({"size": list(field.shape), "counts": lengths}, *field.shape) == packed


@given(st.text(max_size=12))
def test_any_text_is_runs_or_is_refused(text: str) -> None:
    with contextlib.suppress(MaskError):
        assert all(isinstance(length, int) for length in lengths_in(text))
