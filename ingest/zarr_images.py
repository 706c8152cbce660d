"""Zarr images: the images of an OME-Zarr folder, a plane of each as a file."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingest.image_choice import Choice
from ingest.lengths import Scale
from ingest.microscope_files import Refused, Seen, plane_seen
from ingest.ome_zarr import read_plane
from ingest.zarr_contents import images_in
from ingest.zarr_store import FolderStore
from pipeline.photometry import Samples
from schemas.errors import ReasonedError

MARKS = ("zarr.json", ".zattrs", ".zgroup")
"""Files that make a folder a Zarr hierarchy."""


def is_zarr(folder: Path) -> bool:
    """Return whether a folder is the root of a Zarr hierarchy."""
    return any((folder / mark).is_file() for mark in MARKS)


def zarr_images(folder: Path, choice: Choice) -> Iterator[Seen | Refused]:
    """Yield every image of an OME-Zarr: one, those of a series, or the fields of a plate.

    Raises:
        ReasonedError: it isn't one, or can't be looked into.
    """
    store = FolderStore(folder)
    contents = images_in(store)
    for part in contents.refused:
        yield Refused(part.path, part.reason, part.detail)
    if not contents.images:
        yield Refused("", "no_images", f"a Zarr hierarchy of layout {contents.layout} without an image")
    for path in contents.images:
        try:
            picture = read_plane(store, path, plane=choice.plane, channels=choice.channels or None)
            array = picture.samples if picture.samples.ndim == 2 else np.moveaxis(picture.samples, 0, 2)
            scale = Scale(microns_per_pixel=picture.microns_per_pixel, reason=picture.scale_unknown)
            member = f"#{path}/{picture.level},z={picture.z},t={picture.t}".replace("#/", "#")
            samples = Samples(array, colours=array.ndim == 2, complete=False)
            yield plane_seen(path or "image", samples, member, scale, picture.facts)
        except ReasonedError as error:
            yield Refused(path, error.reason, error.detail)
