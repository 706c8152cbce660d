"""Mask arrays: arrays in HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI and TIFF files, of which only what is asked for is read.

No pickle is loaded; an HDF5 file may name no other file.
"""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def is_kind(name: str, endings: tuple[str, ...]) -> bool:
    """Return whether a file is of a kind by its name."""
    return name.lower().endswith(endings)


@contextmanager
def opened(path: Path, key: str | None, cache: Path, *, mask: bool) -> Iterator[Lazy]:
    """Yield the array `key` of the file at `path`; without a key the one that can be meant.

    Raises:
        MaskError: there is no such array, or it can't be read safely.
    """
    reader = next((reader for endings, reader in _READERS if is_kind(path.name, endings)), None)
    if reader is None:
        raise MaskError("array_unreadable", f"{path.name} is no HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI or TIFF file")
    try:
        with reader(path, key, cache, mask) as lazy:
            if lazy.dtype.kind not in "biuf":
                raise MaskError("array_unreadable", f"{path.name}: samples of type {lazy.dtype} are no numbers")
            yield lazy
    except (ReasonedError, GeneratorExit):
        raise
    except Exception as error:  # the libraries raise what they like; an OSError of theirs has no number
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise MaskError("array_unreadable", f"{path.name}: {type(error).__name__}: {error}") from error


def chosen_key(keys: list[str], key: str | None, path: Path, *, mask: bool) -> str:
    """Return the key that is meant: the given, the only one, or the only one of a usual name.

    Raises:
        MaskError: there is none, or several may be meant.
    """
    if key is not None:
        if key in keys:
            return key
        raise MaskError("array_missing", f"{path.name} has no {key}; it has {', '.join(keys[:12]) or 'no array'}")
    usual = [one for one in keys if one.rpartition("/")[2].lower() in (_MASK_KEYS if mask else _IMAGE_KEYS)]
    found = keys if len(keys) == 1 else usual
    if len(found) != 1:
        ask = "mask_key" if mask else "image_key"
        raise MaskError("array_unclear", f"{path.name} has {', '.join(keys[:12])}; name one by {ask}")
    return found[0]


@contextmanager
def _hdf5(path: Path, key: str | None, _: Path, mask: bool) -> Iterator[Lazy]:
    import h5py

    with h5py.File(path, "r") as file:
        keys: list[str] = []
        file.visititems(lambda name, one: keys.append(name) if isinstance(one, h5py.Dataset) and one.ndim > 1 else None)
        _refuse_links(file, key, path)
        dataset = file[chosen_key(sorted({*keys, *([key] if key in file else [])}), key, path, mask=mask)]
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
        group = group[part] if part in group else None


@contextmanager
def _zarr(path: Path, key: str | None, _: Path, mask: bool) -> Iterator[Lazy]:
    import zarr

    refuse_leaving(path)
    node = zarr.open(store=path, mode="r")
    if isinstance(node, zarr.Group):
        keys = sorted(name for name, one in node.members(max_depth=8) if isinstance(one, zarr.Array) and one.ndim > 1)
        node = node[chosen_key(keys, key, path, mask=mask)]
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
def _npz(path: Path, key: str | None, cache: Path, mask: bool) -> Iterator[Lazy]:
    with zipfile.ZipFile(path) as archive:
        keys = sorted(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
        numeric = [name for name in keys if not _head(archive, name).dtype.hasobject] if key is None else keys
        member = chosen_key(numeric, key, path, mask=mask)
        _head(archive, member)
        array = np.load(_unpacked(archive, path, member, cache), mmap_mode="r", allow_pickle=False)
    yield _of_array(array)


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


def _unpacked(archive: zipfile.ZipFile, path: Path, member: str, cache: Path) -> Path:
    """Return a member as a file in the cache, so that its parts can be read without the whole."""
    about = path.stat()
    named = f"{path.resolve()}\0{member}\0{about.st_size}\0{about.st_mtime_ns}"
    place = cache / f"array-{hashlib.sha256(named.encode()).hexdigest()[:32]}.npy"
    if place.exists():
        return place
    cache.mkdir(parents=True, exist_ok=True)
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
def _npy(path: Path, _: str | None, __: Path, ___: bool) -> Iterator[Lazy]:
    yield _of_array(np.load(path, mmap_mode="r", allow_pickle=False))


@contextmanager
def _mat(path: Path, key: str | None, _: Path, mask: bool) -> Iterator[Lazy]:
    _refuse_large(path.stat().st_size, path)
    yield _of_array(_mat_array(path, key, path.stat().st_mtime_ns, mask))


@lru_cache(maxsize=1)
def _mat_array(path: Path, key: str | None, changed: int, mask: bool) -> Array:
    # another `changed` is another content
    from scipy.io import loadmat, whosmat

    keys = sorted(name for name, shape, kind in whosmat(path) if len(shape) > 1 and kind not in {"cell", "struct", "char"})
    name = chosen_key(keys, key, path, mask=mask)
    return np.asarray(loadmat(path, variable_names=[name])[name])


@contextmanager
def _nifti(path: Path, _: str | None, __: Path, ___: bool) -> Iterator[Lazy]:
    yield _of_array(_nifti_array(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=2)
def _nifti_array(path: Path, changed: int) -> Array:
    # NIfTI counts columns first; a packed file can't be read in parts. Another `changed` is another content.
    import nibabel

    found: Any = nibabel.load(path)
    _refuse_large(int(np.prod(found.shape, dtype=object)) * found.get_data_dtype().itemsize, path)
    return np.asarray(found.dataobj).T


def _refuse_large(size_bytes: int, path: Path) -> None:
    if size_bytes > MAX_WHOLE_BYTES:
        raise MaskError("array_too_large", f"{path.name} holds {size_bytes} bytes and can't be read in parts")


def _of_array(array: Array) -> Lazy:
    return Lazy(tuple(array.shape), array.dtype, lambda at: np.asarray(array[at]))


@contextmanager
def _tiff(path: Path, _: str | None, __: Path, ___: bool) -> Iterator[Lazy]:
    import tifffile

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


_READERS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (HDF5, _hdf5),
    (ZARR, _zarr),
    (NPZ, _npz),
    (NPY, _npy),
    (MAT, _mat),
    (NIFTI, _nifti),
    (TIFF, _tiff),
)
