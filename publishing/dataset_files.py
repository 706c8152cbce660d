"""Dataset files: what lies in a dataset's folder, by path, view, size and sha256."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from publishing.views import VIEWS, View

SUMS: Final = "SHA256SUMS"
"""The sums of all other files, as `sha256sum` reads them."""
_BATCH_ROWS = 16


def files_below(folder: Path) -> list[Path]:
    """Return every file of a folder and its folders, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def files_of_view(folder: Path, view: View) -> list[Path]:
    """Return the files of a view, what may be sold and what may not."""
    return [path for name in view.names for path in sorted((folder / name).glob("*.parquet"))]


def splits_by_view(folder: Path) -> dict[tuple[str, str], list[Path]]:
    """Return the Parquet files of each (view, split); the views in their order, what may be sold first."""
    order = [name for view in VIEWS for name in view.names]
    each: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.glob("*/*.parquet"), key=lambda path: (order.index(path.parent.name), path.name)):
        each.setdefault((path.parent.name, path.name.partition("-")[0]), []).append(path)
    return each


def batches_of(files: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of Parquet files, a few at a time; one row group is held."""
    for path in files:
        with pq.ParquetFile(path) as parquet:
            for group in range(parquet.num_row_groups):
                yield from parquet.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False)


def sizes_of(folder: Path) -> dict[str, int]:
    """Return the bytes of every file by its name in the dataset."""
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files_below(folder)}


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, read a piece at a time."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def told_sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file as SHA256SUMS tells it."""
    return sums_in((folder / SUMS).read_bytes())


def sums_in(content: bytes) -> dict[str, str]:
    """Return the sha256 by name that the content of a file SHA256SUMS tells."""
    each = (line.partition("  ") for line in content.decode("utf-8", "replace").splitlines())
    return {name: digest for digest, _, name in each if name}
