"""Mask stores: an array of an HDF5 file or a Zarr folder, read by the part; links to other files are refused."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ingest.mask_pairs import MaskError
from ingest.mask_wanted import Lazy, Wanted


@contextmanager
def hdf5(wanted: Wanted) -> Iterator[Lazy]:
    """Yield a dataset of an HDF5 file."""
    import h5py

    path, key = wanted.path, wanted.key
    with h5py.File(path, "r") as file:
        keys: list[str] = []
        file.visititems(lambda name, one: keys.append(name) if isinstance(one, h5py.Dataset) and one.ndim > 1 else None)
        _refuse_links(file, key, path)
        known = {*keys, key} if key is not None and key in file else set(keys)
        dataset = file[wanted.chosen(sorted(known))]
        if not isinstance(dataset, h5py.Dataset):
            raise MaskError("array_missing", f"{path.name}: {key} is a group, no array")
        if dataset.external or dataset.is_virtual:
            raise MaskError("array_link", f"{path.name}: {dataset.name} lies in another file")
        yield Lazy(tuple(dataset.shape), dataset.dtype, lambda at: np.asarray(dataset[at]))


def _refuse_links(file: Any, key: str | None, path: Path) -> None:  # noqa: ANN401  (h5py has no types)
    """Refuse a key whose way leads through a link to another file."""
    import h5py

    group = file
    for part in (key or "").strip("/").split("/"):
        link = group.get(part, getlink=True) if part and isinstance(group, h5py.Group) else None
        if isinstance(link, h5py.ExternalLink):
            raise MaskError("array_link", f"{path.name}: {key} is a link to {link.filename}")
        if link is None:
            return
        group = group.get(part)


@contextmanager
def zarr_store(wanted: Wanted) -> Iterator[Lazy]:
    """Yield an array of a Zarr folder."""
    import zarr

    _refuse_leaving(wanted.path)
    node = zarr.open(store=wanted.path, mode="r")
    if isinstance(node, zarr.Group):
        keys = sorted(name for name, one in node.members(max_depth=8) if isinstance(one, zarr.Array) and one.ndim > 1)
        node = node[wanted.chosen(keys)]
    array: Any = node
    yield Lazy(tuple(array.shape), array.dtype, lambda at: np.asarray(array[at]))


def _refuse_leaving(store: Path) -> None:
    """Refuse a store of files with a link out of it."""
    root = store.resolve()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder) / name
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise MaskError("array_link", f"{store.name}: {path.relative_to(root)} is a link out of it")
