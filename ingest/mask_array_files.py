"""Array files: the array of an NPY, MATLAB, NIfTI or TIFF file, by the part where the file lets that be."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ingest.mask_labels import Array
from ingest.mask_pairs import MaskError
from ingest.mask_wanted import Lazy, Wanted, of_array

_MAX_WHOLE_BYTES = 4 << 30
"""What a file that can't be read in parts may hold."""


@contextmanager
def npy(wanted: Wanted) -> Iterator[Lazy]:
    """Yield the array of an NPY file, mapped."""
    yield of_array(np.load(wanted.path, mmap_mode="r", allow_pickle=False))


@contextmanager
def mat(wanted: Wanted) -> Iterator[Lazy]:
    """Yield an array of a MATLAB file; the last one is kept in memory."""
    about = wanted.path.stat()
    _refuse_large(about.st_size, wanted.path)
    yield of_array(_mat_array(wanted, about.st_mtime_ns))


@lru_cache(maxsize=1)
def _mat_array(wanted: Wanted, changed: int) -> Array:
    # another `changed` is another content
    from scipy.io import loadmat, whosmat

    others = {"cell", "struct", "char", "function", "opaque"}
    keys = sorted(name for name, shape, kind in whosmat(wanted.path) if len(shape) > 1 and kind not in others)
    name = wanted.chosen(keys)
    return np.asarray(loadmat(wanted.path, variable_names=[name])[name])


@contextmanager
def nifti(wanted: Wanted) -> Iterator[Lazy]:
    """Yield the array of a NIfTI file, its axes turned round; the last two are kept in memory."""
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
    if size_bytes > _MAX_WHOLE_BYTES:
        raise MaskError("array_too_large", f"{path.name} holds {size_bytes} bytes and can't be read in parts")


@contextmanager
def tiff(wanted: Wanted) -> Iterator[Lazy]:
    """Yield the first series of a TIFF file, mapped or from the pages that are needed."""
    import tifffile

    path = wanted.path
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        shape, pages = tuple(series.shape), len(series.pages)
        if series.dataoffset is not None:
            yield of_array(tifffile.memmap(path, series=0, mode="r"))
        elif pages == int(np.prod(shape[:-2])) and pages > 1:
            yield Lazy(shape, series.dtype, lambda at: _of_pages(series, at))
        else:
            _refuse_large(int(np.prod(shape, dtype=object)) * series.dtype.itemsize, path)
            yield of_array(series.asarray())


def _of_pages(series: Any, at: tuple[int | slice, ...]) -> Array:  # noqa: ANN401  (tifffile has no types)
    """Return a part of an array that lies a plane a page, from the pages it needs."""
    numbers = np.arange(len(series.pages)).reshape(series.shape[:-2])[at[:-2]]
    planes = [series.pages[int(number)].asarray() for number in numbers.ravel()]
    return np.stack(planes).reshape(*numbers.shape, *series.shape[-2:])[(..., *at[-2:])]
