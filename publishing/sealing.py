"""Sealing: what tells machines of a dataset's files, written last: croissant.json, the crate, the sums."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pyarrow.parquet as pq

from pipeline.workspace import write_json, write_whole
from publishing.croissant import FILE as CROISSANT
from publishing.croissant import croissant
from publishing.dataset_counts import Counts, counted
from publishing.dataset_files import SUMS, files_below, files_of_view, sha256_of
from publishing.research_crate import FILE as CRATE
from publishing.research_crate import crate
from publishing.views import VIEWS


def seal(folder: Path, known: Mapping[str, str] = MappingProxyType({}), counts: Counts | None = None) -> None:
    """Write them for the dataset at `folder`, which holds its lock; SHA256SUMS comes last.

    Files whose sums are `known` aren't read again; `counts` are of its rows, where somebody counted them already.
    """
    lock = json.loads((folder / "manifest.lock.json").read_bytes())
    counts = counts or counted(folder)
    for name in (CROISSANT, CRATE, SUMS):
        (folder / name).unlink(missing_ok=True)
    sums = sums_below(folder, known)
    write_json(folder / CROISSANT, croissant(folder, counts, lock, rows_of(folder), sums))
    sums[CROISSANT] = sha256_of(folder / CROISSANT)
    write_json(folder / CRATE, crate(folder, counts, lock, sums))
    sums[CRATE] = sha256_of(folder / CRATE)
    write_whole(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode())


def sums_below(folder: Path, known: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return the sha256 of every file by its name; `known` ones are not read again."""
    names = (path.relative_to(folder).as_posix() for path in files_below(folder))
    return {name: known.get(name) or sha256_of(folder / name) for name in names}


def rows_of(folder: Path) -> dict[str, dict[str, int]]:
    """Return view -> split -> rows, as the files have them."""
    rows: dict[str, dict[str, int]] = {}
    for path in (path for view in VIEWS for path in files_of_view(folder, view)):
        splits, split = rows.setdefault(path.parent.name, {}), path.name.partition("-")[0]
        with pq.ParquetFile(path) as parquet:
            splits[split] = splits.get(split, 0) + parquet.metadata.num_rows
    return rows
