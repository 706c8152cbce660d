"""Mask NPZ: a member of an NPZ file, unpacked into the cache so that it is read by the part; no pickle is loaded."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ingest.mask_labels import Array
from ingest.mask_pairs import MaskError
from ingest.mask_wanted import Lazy, Wanted

_MAX_UNPACKED_BYTES = 64 << 30


@contextmanager
def npz(wanted: Wanted) -> Iterator[Lazy]:
    """Yield a member of an NPZ file, which is unpacked when it is first read."""
    with zipfile.ZipFile(wanted.path) as archive:
        keys = sorted(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
        member = wanted.chosen(
            [name for name in keys if name == wanted.key or not _head(archive, name).dtype.hasobject]
        )
        head = _head(archive, member)

        def take(at: tuple[int | slice, ...]) -> Array:
            array = np.load(_unpacked(archive, wanted, member), mmap_mode="r", allow_pickle=False)
            return np.asarray(array[at])

        yield Lazy(head.shape, head.dtype, take)


class _Head(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def _head(archive: zipfile.ZipFile, name: str) -> _Head:
    with archive.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > _MAX_UNPACKED_BYTES:
        raise MaskError("array_too_large", f"{name} has the shape {shape}")
    return _Head(shape, dtype)


def _shelf(path: Path, cache: Path) -> Path:
    """Return where the cache keeps what was unpacked of a file; another state of the file has another place."""
    about = path.stat()
    named = f"{path.resolve()}\0{about.st_size}\0{about.st_mtime_ns}"
    return cache / f"unpacked-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def forget_unpacked(path: Path, cache: Path) -> None:
    """Remove from the cache what was unpacked of a file."""
    if path.exists():
        shutil.rmtree(_shelf(path, cache), ignore_errors=True)


def _unpacked(archive: zipfile.ZipFile, wanted: Wanted, member: str) -> Path:
    """Return a member as a file in the cache, so that its parts can be read without the whole."""
    path, shelf = wanted.path, _shelf(wanted.path, wanted.cache)
    place = shelf / f"{hashlib.sha256(member.encode()).hexdigest()[:16]}.npy"
    if place.exists():
        return place
    shelf.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}.{os.getpid()}")
    left = _MAX_UNPACKED_BYTES
    try:
        with archive.open(f"{member}.npy") as packed, half.open("wb") as file:
            while piece := packed.read(1 << 20):
                left -= len(piece)
                if left < 0:
                    raise MaskError("array_too_large", f"{path.name}: {member} unpacks to more than it says")
                file.write(piece)
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)
    return place
