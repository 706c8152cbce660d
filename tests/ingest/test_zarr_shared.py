"""Real metadata of others: every one is read, or refused with the right reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.ome_zarr import read_plane
from ingest.zarr_contents import images_in
from ingest.zarr_store import FolderStore
from schemas.errors import ReasonedError

pytestmark = pytest.mark.shared


def said(file: Path) -> str:
    """Return what becomes of the group that a metadata file describes."""
    store = FolderStore(file.parent)
    try:
        contents = images_in(store)
        if not contents.images:
            return ",".join(sorted({one.reason for one in contents.refused}))
        return str(read_plane(store, contents.images[0]).samples.shape)
    except ReasonedError as error:
        return error.reason


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (
            "viv_zarr",
            {
                "bioformats-zarr/data.zarr/.zattrs": "(3, 167, 439)",
                "bioformats-zarr/data.zarr/0/.zattrs": "(3, 167, 439)",
                "ome-zarr/blobs_image_v04.ome.zarr/.zattrs": "(3, 12, 12)",
                "ome-zarr/blobs_image_v05.ome.zarr/zarr.json": "(3, 12, 12)",
                "ome-zarr/blobs_image_v05.ome.zarr/0/zarr.json": "zarr_metadata_missing",
            },
        ),
        (
            # Of these hierarchies only some files were kept.
            "ngff_challenge_zarr",
            {
                "2d.zarr/.zattrs": "(3, 64, 64)",
                "bf2raw.zarr/0/.zattrs": "zarr_array_missing",
                "bf2raw.zarr/OME/.zattrs": "zarr_metadata_missing",
                "hcs.zarr/.zattrs": "zarr_metadata_missing",
                "hcs.zarr/A/2/0/.zattrs": "zarr_array_missing",
                "hcs.zarr/B/2/1/.zattrs": "(3, 64, 64)",
                "hcs.zarr/OME/.zattrs": "zarr_metadata_missing",
            },
        ),
        (
            # Examples without chunks.
            "ome_zarr_metadata",
            {
                "examples/v04/hcs_example.ome.zarr/.zattrs": "zarr_plane_empty",
                "examples/v04/hcs_example.ome.zarr/B/03/.zattrs": "zarr_plane_empty",
                "examples/v04/hcs_example.ome.zarr/B/03/0/.zattrs": "zarr_plane_empty",
                "examples/v06/stitched_tiles_2d.zarr/zarr.json": "zarr_version_unsupported",
                "examples/v06/stitched_tiles_2d.zarr/tile_0/zarr.json": "zarr_version_unsupported",
                "examples/v06/stitched_tiles_2d.zarr/tile_0/0/zarr.json": "zarr_metadata_missing",
                "examples/v06/stitched_tiles_2d.zarr/tile_1/zarr.json": "zarr_version_unsupported",
                "examples/v06/stitched_tiles_2d.zarr/tile_1/0/zarr.json": "zarr_metadata_missing",
            },
        ),
    ],
)
def test_every_group_is_read_or_refused_with_its_reason(
    shared_data: Path, folder: str, expected: dict[str, str]
) -> None:
    root = shared_data / "ome" / folder
    files = [path for path in sorted(root.rglob("*")) if path.name in (".zattrs", "zarr.json")]
    assert {path.relative_to(root).as_posix(): said(path) for path in files} == expected


def as_group(folder: Path, metadata: Any, name: str) -> Any:
    """Return a store whose root says what an example says."""
    folder.mkdir()
    (folder / name).write_text(json.dumps(metadata if name == ".zattrs" else {"attributes": metadata}))
    return FolderStore(folder)


EXAMPLES = {
    # Some of 0.4 are a part of what a group says; of 0.6 only what 0.5 has too could be told apart.
    "v04": {
        "bioformats2raw_example": "plate of 0 images, 1 refused",
        "image_label_example": "labels: zarr_array_missing",
        "multiscales_example": "image: zarr_array_missing",
        "omero_example": "zarr_metadata_missing",
        "plate_example_1": "zarr_metadata_missing",
        "plate_example_2": "zarr_metadata_missing",
        "well_example_1": "well of 4 images, 0 refused",
        "well_example_2": "well of 2 images, 0 refused",
    },
    "v05": {
        "bioformats2raw_example": "plate of 0 images, 1 refused",
        "hcs_example": "plate of 0 images, 6 refused",
        "image_example": "image: zarr_array_missing",
        "image_label_example": "labels: zarr_array_missing",
        "image_no_version_example": "image: zarr_array_missing",
        "labels_example": "zarr_metadata_missing",
        "labels_image_example": "image: zarr_array_missing",
        "plate_example_1": "plate of 0 images, 6 refused",
        "plate_example_2": "plate of 0 images, 2 refused",
        "well_example": "well of 4 images, 0 refused",
    },
}


@pytest.mark.parametrize("version", ["v04", "v05", "v06"])
def test_every_example_of_the_models_is_what_its_name_says(shared_data: Path, tmp_path: Path, version: str) -> None:
    came = {}
    for file in sorted((shared_data / "ome/ome_zarr_metadata/examples" / version).glob("*.json")):
        name = ".zattrs" if version == "v04" else "zarr.json"
        came[file.stem] = kind(as_group(tmp_path / file.stem, json.loads(file.read_text()), name))
    later = dict.fromkeys(came, "zarr_version_unsupported") | {
        "image_no_version_example": "image: zarr_version_unsupported"
    }
    assert came == EXAMPLES.get(version, later)


def kind(store: Any) -> str:
    try:
        contents = images_in(store)
    except ReasonedError as error:
        return error.reason
    if contents.layout in ("image", "labels"):
        try:
            read_plane(store)
        except ReasonedError as error:
            return f"{contents.layout}: {error.reason}"
    return f"{contents.layout} of {len(contents.images)} images, {len(contents.refused)} refused"
