"""Mask arrays: arrays in files of any kind, of which only what is asked for is read.

The kinds are HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI and TIFF. No pickle is loaded; an HDF5 file may name no other file.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from ingest.mask_array_files import mat, nifti, npy, tiff
from ingest.mask_npz import npz
from ingest.mask_pairs import MaskError
from ingest.mask_stores import hdf5, zarr_store
from ingest.mask_wanted import Lazy, Wanted
from schemas.errors import ReasonedError

HDF5, ZARR, NPZ, NPY, MAT = (".h5", ".hdf5", ".hdf"), (".zarr",), (".npz",), (".npy",), (".mat",)
NIFTI, TIFF = (".nii", ".nii.gz"), (".tif", ".tiff")
ARRAYS = (*HDF5, *ZARR, *NPZ, *NPY, *MAT, *NIFTI)
"""Endings of files that hold arrays and are no pictures."""


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


_READERS: tuple[tuple[tuple[str, ...], Callable[[Wanted], AbstractContextManager[Lazy]]], ...] = (
    (HDF5, hdf5),
    (ZARR, zarr_store),
    (NPZ, npz),
    (NPY, npy),
    (MAT, mat),
    (NIFTI, nifti),
    (TIFF, tiff),
)
