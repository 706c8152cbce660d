"""What an OME-Zarr holds: one image, a series, a plate; a part that is missing costs only itself."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.ome_zarr import read_plane
from ingest.zarr_contents import images_in
from ingest.zarr_store import FolderStore
from schemas.errors import ReasonedError

FIELD = np.arange(1, 2 * 8 * 9 + 1, dtype=np.uint16).reshape(2, 8, 9)
BOTH = pytest.mark.parametrize("version", ["0.4", "0.5"])


def reason(folder: Path) -> str:
    with pytest.raises(ReasonedError) as caught:
        images_in(FolderStore(folder))
    return caught.value.reason


@BOTH
def test_an_image_is_its_root_and_its_labels_are_no_images(zarr_images: Any, tmp_path: Path, version: str) -> None:
    zarr_images.image(tmp_path, FIELD, axes="cyx", version=version)
    zarr_images.labels(tmp_path, {"cells": FIELD[0], "nuclei": FIELD[1]}, axes="yx", version=version)
    store = FolderStore(tmp_path)
    contents = images_in(store)
    assert (contents.layout, contents.images) == ("image", ("",))
    assert contents.zarr_format == (3 if version == "0.5" else 2)
    assert images_in(store, "labels/cells").layout == "labels"


@BOTH
def test_every_field_of_a_plate_is_an_image(zarr_images: Any, tmp_path: Path, version: str) -> None:
    wells = {"A/1": [FIELD, FIELD + 1], "B/12": [FIELD + 2]}
    store = FolderStore(zarr_images.plate(tmp_path, wells, version=version))
    contents = images_in(store)
    assert (contents.layout, contents.images) == ("plate", ("A/1/0", "A/1/1", "B/12/0"))
    assert np.array_equal(read_plane(store, "A/1/1").samples, FIELD + 1)
    assert images_in(store, "A/1").images == ("A/1/0", "A/1/1")


@BOTH
def test_a_well_that_is_missing_or_broken_costs_only_itself(zarr_images: Any, tmp_path: Path, version: str) -> None:
    zarr_images.plate(tmp_path, {"A/1": [FIELD], "A/2": [FIELD], "A/3": [FIELD]}, version=version)
    shutil.rmtree(tmp_path / "A/1")
    (tmp_path / "A/2" / ("zarr.json" if version == "0.5" else ".zattrs")).write_text("{")
    contents = images_in(FolderStore(tmp_path))
    assert contents.images == ("A/3/0",)
    assert [(one.path, one.reason) for one in contents.refused] == [
        ("A/1", "zarr_metadata_missing"),
        ("A/2", "zarr_metadata_broken"),
    ]


@BOTH
@pytest.mark.parametrize("named", [True, False])
def test_a_series_is_what_it_names_or_what_is_numbered(
    zarr_images: Any, tmp_path: Path, version: str, *, named: bool
) -> None:
    zarr_images.group(tmp_path, {"bioformats2raw.layout": 3}, version=version)
    for at in range(3):
        zarr_images.image(tmp_path, FIELD, axes="cyx", path=str(at), version=version)
    if named:
        zarr_images.group(tmp_path, {"series": ["2", "0"]}, path="OME", version=version)
    store = FolderStore(tmp_path)
    contents = images_in(store)
    assert (contents.layout, contents.images) == ("bioformats2raw", ("2", "0") if named else ("0", "1", "2"))


def test_a_plate_that_is_a_series_too_is_a_plate(zarr_images: Any, tmp_path: Path) -> None:
    zarr_images.plate(tmp_path, {"A/1": [FIELD]})
    zarr_images.group(tmp_path, {"bioformats2raw.layout": 3})
    assert images_in(FolderStore(tmp_path)).images == ("A/1/0",)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (None, "zarr_metadata_missing"),
        ({}, "zarr_metadata_missing"),
        ({"labels": ["a"]}, "zarr_metadata_missing"),
        ({"scene": {}}, "zarr_version_unsupported"),
        ({"plate": []}, "zarr_metadata_broken"),
        ({"plate": {}}, "zarr_metadata_broken"),
        ({"plate": {"wells": ["A/1"]}}, "zarr_metadata_broken"),
        ({"plate": {"wells": [{"path": 1}]}}, "zarr_metadata_broken"),
        ({"plate": {"wells": [{"path": "../A/1"}]}}, "zarr_path_refused"),
        ({"plate": {"wells": [{"path": "/A/1"}]}}, "zarr_path_refused"),
        ({"well": {"images": [{"path": ".."}]}}, "zarr_path_refused"),
        ({"well": {"images": 3}}, "zarr_metadata_broken"),
    ],
)
def test_a_root_that_says_nothing_or_nonsense_has_a_reason(tmp_path: Path, attributes: Any, expected: str) -> None:
    if attributes is not None:
        (tmp_path / ".zattrs").write_text(json.dumps(attributes))
    assert reason(tmp_path) == expected


@pytest.mark.parametrize(
    ("group", "said", "expected"),
    [
        ("OME", {"series": "0"}, "zarr_metadata_broken"),
        ("OME", {"series": [0]}, "zarr_metadata_broken"),
        ("OME", {"series": ["../0"]}, "zarr_path_refused"),
    ],
)
def test_a_series_of_nonsense_has_a_reason(
    zarr_images: Any, tmp_path: Path, group: str, said: dict[str, Any], expected: str
) -> None:
    zarr_images.group(tmp_path, {"bioformats2raw.layout": 3})
    zarr_images.group(tmp_path, said, path=group)
    assert reason(tmp_path) == expected
