"""Gathered sketches: the sketches of many pictures by column, their features in files that only the system caches.

Of a picture about 500 bytes are held; its features are mapped from temporary files, which vanish with the process.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.duplicates import Sketch
from curation.hashing import Frequencies
from curation.vote_bins import Keys
from curation.votes import keys_of

_COLUMNS = {
    "bits": ("u8", ()),
    "picture": ("i4", ()),
    "places": ("f4", (2,)),
    "directions": ("f4", ()),
    "levels": ("i4", ()),
}
"""Of `Keys`: type, and shape of one."""


class Sketches(NamedTuple):
    """The sketches of many pictures; a picture is its row."""

    light: Frequencies
    """[picture, row, column]."""
    edges: Frequencies | None
    says_little: npt.NDArray[np.bool_]
    keys: Keys
    sides_px: npt.NDArray[np.float32]


def gathered(placed: Iterable[tuple[int, Sketch]], count: int, folder: Path | None = None) -> Sketches:
    """Return the sketches of `count` pictures, each given once with its row, in any order.

    Temporary files lie in `folder`, or where the system has them.
    """
    grids: list[Frequencies] = []
    says_little, sides = np.zeros(count, bool), np.ones(count, np.float32)
    with ExitStack() as files:
        columns = {name: files.enter_context(TemporaryFile(dir=folder)) for name in _COLUMNS}
        for row, sketch in placed:
            found = [grid for grid in (sketch.low, sketch.edges) if grid is not None]
            grids = grids or [np.zeros((count, *grid.shape), np.float32) for grid in found]
            for grid, own in zip(grids, found, strict=True):
                grid[row] = own
            says_little[row], sides[row] = sketch.says_little, sketch.side_px
            if sketch.features is not None:
                _append(columns, row, keys_of([(sketch.features, sketch.side_px)]))
        keys = Keys(**{name: _mapped(file, *_COLUMNS[name]) for name, file in columns.items()})
    light = grids[0] if grids else np.zeros((0, 8, 8), np.float32)
    return Sketches(light, grids[1] if len(grids) > 1 else None, says_little, keys, sides)


def _append(columns: Mapping[str, IO[bytes]], row: int, keys: Keys) -> None:
    for name, file in columns.items():
        values = np.full(len(keys.bits), row) if name == "picture" else getattr(keys, name)
        file.write(np.ascontiguousarray(values, _COLUMNS[name][0]).tobytes())


def _mapped(file: IO[bytes], dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return what was written, mapped into memory; the mapping outlives the file's name and handle."""
    file.flush()
    if not file.tell():
        return np.zeros((0, *shape), dtype)
    rows = file.tell() // (np.dtype(dtype).itemsize * int(np.prod(shape, dtype=int)))
    return np.memmap(file, dtype, "r", shape=(rows, *shape))
