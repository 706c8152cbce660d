"""Mask arrays: arrays in HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI and TIFF files, of which only what is asked for is read.

No pickle is loaded; an HDF5 file may name no other file.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ingest.mask_labels import Array
from ingest.mask_pairs import MaskError
from schemas.errors import ReasonedError

MAX_WHOLE_BYTES = 4 << 30
"""What a file that can't be read in parts may hold."""
MAX_UNPACKED_BYTES = 64 << 30

HDF5, ZARR, NPZ, NPY, MAT = (".h5", ".hdf5", ".hdf"), (".zarr",), (".npz",), (".npy",), (".mat",)
NIFTI, TIFF = (".nii", ".nii.gz"), (".tif", ".tiff")
ARRAYS = (*HDF5, *ZARR, *NPZ, *NPY, *MAT, *NIFTI)
"""Endings of files that hold arrays and are no pictures."""

_IMAGE_KEYS = frozenset({"raw", "image", "images", "img", "x", "data", "em", "volume", "main"})
_MASK_KEYS = frozenset(
    {"label", "labels", "mask", "masks", "seg", "segmentation", "gt", "y", "instances", "inst_map", "main"}
)

Take = Callable[[tuple[int | slice, ...]], Array]


class Lazy(NamedTuple):
    """An array that is read where it is asked for."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    take: Take


class Wanted(NamedTuple):
    """Which array of which file."""

    path: Path
    cache: Path
    key: str | None
    """None: the one that can be meant."""
    usual: frozenset[str]
    """Names by which files call such an array."""
    named_by: str
    """The manifest's key that would name it."""

    def chosen(self, keys: list[str]) -> str:
        """Return the key that is meant: the given, the only one, or the only one of a usual name.

        Raises:
            MaskError: there is none, or several may be meant.
        """
        there = ", ".join(keys[:12]) or "no array"
        if self.key is not None:
            if self.key in keys:
                return self.key
            raise MaskError("array_missing", f"{self.path.name} has no {self.key}; it has {there}")
        found = keys if len(keys) == 1 else [one for one in keys if one.rpartition("/")[2].lower() in self.usual]
        if len(found) != 1:
            raise MaskError("array_unclear", f"{self.path.name} has {there}; name one by {self.named_by}")
        return found[0]


def image_in(path: Path, key: str | None, cache: Path) -> Wanted:
    """Return what stands for the image in a file."""
    return Wanted(path, cache, key, _IMAGE_KEYS, "image_key")


def mask_in(path: Path, key: str | None, cache: Path) -> Wanted:
    """Return what stands for the mask in a file."""
    return Wanted(path, cache, key, _MASK_KEYS, "mask_key")


def is_kind(name: str, endings: tuple[str, ...]) -> bool:
    """Return whether a file is of a kind by its name."""
    return name.lower().endswith(endings)


@contextmanager
def opened(wanted: Wanted) -> Iterator[Lazy]:
    """Yield an array, which is read where it is asked for.

    Raises:
        MaskError: there is no such array, or it can't be read safely.
    """
    name = wanted.path.name
    reader = next((reader for endings, reader in _READERS if is_kind(name, endings)), None)
    if reader is None:
        raise MaskError("array_unreadable", f"{name} is no HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI or TIFF file")
    try:
        with reader(wanted) as lazy:
            _refuse_words(lazy, name)
            yield lazy
    except (ReasonedError, GeneratorExit):
        raise
    except Exception as error:  # the libraries raise what they like; an OSError of theirs has no number
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise MaskError("array_unreadable", f"{name}: {type(error).__name__}: {error}") from error


def _refuse_words(lazy: Lazy, name: str) -> None:
    if lazy.dtype.kind not in "biuf":
        raise MaskError("array_unreadable", f"{name}: samples of type {lazy.dtype} are no numbers")


@contextmanager
def _hdf5(wanted: Wanted) -> Iterator[Lazy]:
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
def _zarr(wanted: Wanted) -> Iterator[Lazy]:
    import zarr

    refuse_leaving(wanted.path)
    node = zarr.open(store=wanted.path, mode="r")
    if isinstance(node, zarr.Group):
        keys = sorted(name for name, one in node.members(max_depth=8) if isinstance(one, zarr.Array) and one.ndim > 1)
        node = node[wanted.chosen(keys)]
    array: Any = node
    yield Lazy(tuple(array.shape), array.dtype, lambda at: np.asarray(array[at]))


def refuse_leaving(store: Path) -> None:
    """Refuse a store of files with a link out of it.

    Raises:
        MaskError: names the link.
    """
    root = store.resolve()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder) / name
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise MaskError("array_link", f"{store.name}: {path.relative_to(root)} is a link out of it")


@contextmanager
def _npz(wanted: Wanted) -> Iterator[Lazy]:
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
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > MAX_UNPACKED_BYTES:
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
    left = MAX_UNPACKED_BYTES
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


@contextmanager
def _npy(wanted: Wanted) -> Iterator[Lazy]:
    yield _of_array(np.load(wanted.path, mmap_mode="r", allow_pickle=False))


@contextmanager
def _mat(wanted: Wanted) -> Iterator[Lazy]:
    about = wanted.path.stat()
    _refuse_large(about.st_size, wanted.path)
    yield _of_array(_mat_array(wanted, about.st_mtime_ns))


@lru_cache(maxsize=1)
def _mat_array(wanted: Wanted, changed: int) -> Array:
    # another `changed` is another content
    from scipy.io import loadmat, whosmat

    others = {"cell", "struct", "char", "function", "opaque"}
    keys = sorted(name for name, shape, kind in whosmat(wanted.path) if len(shape) > 1 and kind not in others)
    name = wanted.chosen(keys)
    return np.asarray(loadmat(wanted.path, variable_names=[name])[name])


@contextmanager
def _nifti(wanted: Wanted) -> Iterator[Lazy]:
    import nibabel

    path = wanted.path
    found: Any = nibabel.load(path)
    _refuse_large(int(np.prod(found.shape, dtype=object)) * found.get_data_dtype().itemsize, path)
    changed = path.stat().st_mtime_ns
    # NIfTI counts columns first
    yield Lazy(tuple(found.shape)[::-1], found.get_data_dtype(), lambda at: np.asarray(_nifti_array(path, changed)[at]))


@lru_cache(maxsize=2)
def _nifti_array(path: Path, changed: int) -> Array:
    # a packed file can't be read in parts; another `changed` is another content
    import nibabel

    found: Any = nibabel.load(path)
    return np.asarray(found.dataobj).T


def _refuse_large(size_bytes: int, path: Path) -> None:
    if size_bytes > MAX_WHOLE_BYTES:
        raise MaskError("array_too_large", f"{path.name} holds {size_bytes} bytes and can't be read in parts")


def _of_array(array: Array) -> Lazy:
    return Lazy(tuple(array.shape), array.dtype, lambda at: np.asarray(array[at]))


@contextmanager
def _tiff(wanted: Wanted) -> Iterator[Lazy]:
    import tifffile

    path = wanted.path
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        shape, pages = tuple(series.shape), len(series.pages)
        if series.dataoffset is not None:
            yield _of_array(tifffile.memmap(path, series=0, mode="r"))
        elif pages == int(np.prod(shape[:-2])) and pages > 1:
            yield Lazy(shape, series.dtype, lambda at: _of_pages(series, at))
        else:
            _refuse_large(int(np.prod(shape, dtype=object)) * series.dtype.itemsize, path)
            yield _of_array(series.asarray())


def _of_pages(series: Any, at: tuple[int | slice, ...]) -> Array:  # noqa: ANN401  (tifffile has no types)
    """Return a part of an array that lies a plane a page, from the pages it needs."""
    numbers = np.arange(len(series.pages)).reshape(series.shape[:-2])[at[:-2]]
    planes = [series.pages[int(number)].asarray() for number in numbers.ravel()]
    return np.stack(planes).reshape(*numbers.shape, *series.shape[-2:])[(..., *at[-2:])]


_READERS: tuple[tuple[tuple[str, ...], Callable[[Wanted], AbstractContextManager[Lazy]]], ...] = (
    (HDF5, _hdf5),
    (ZARR, _zarr),
    (NPZ, _npz),
    (NPY, _npy),
    (MAT, _mat),
    (NIFTI, _nifti),
    (TIFF, _tiff),
)
