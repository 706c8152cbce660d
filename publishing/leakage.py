"""Leakage: what a dataset's files have in two splits and must not; read from the files, whatever made them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.workspace import Workspace, write_whole
from schemas.errors import GateError

LIST = "leakage.jsonl"
"""The file in the workspace that lists what was found; absent where nothing was."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "family": ("family",),
    "duplicate_cluster": ("duplicate_cluster",),
    "image_sha256": ("image_sha256",),
    "source_id": ("source", "source_id"),
}
"""What must not stand in two splits, and the columns that tell it."""
_SHOWN = 3


@dataclass(frozen=True)
class Leak:
    """Something that stands in several splits."""

    kind: str
    value: str
    splits: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What was looked at, over all views, and what was found."""

    looked_at: dict[str, int]
    """Kind -> how many different values there are."""
    leaks: tuple[Leak, ...]


def check_leakage(folder: Path) -> Checked:
    """Return what stands in several splits of the dataset at `folder`; a row's split is that of its file's name.

    A column `split` that says otherwise is a leak too: those who read the column and those who load by name would
    train on what the others test on.
    """
    files = sorted(folder.glob("*/*.parquet"))
    looked_at, leaks = {}, list(_misnamed(files))
    for kind, columns in KINDS.items():
        splits_of = _splits_of(files, columns)
        looked_at[kind] = splits_of.num_rows
        several = splits_of.filter(pc.greater(pc.list_value_length(splits_of["splits"]), 1))
        found = several.sort_by("value").to_pylist()
        leaks += [Leak(kind, row["value"], tuple(sorted(row["splits"]))) for row in found]
    return Checked(looked_at, tuple(leaks))


def refuse_leakage(workspace: Workspace, folder: Path) -> Checked:
    """Return what was checked of the dataset at `folder`; what leaks is listed in the workspace.

    Raises:
        GateError: something leaks.
    """
    checked = check_leakage(folder)
    listed = workspace.root / LIST
    if not checked.leaks:
        listed.unlink(missing_ok=True)
        return checked
    write_whole(listed, "".join(f"{json.dumps(asdict(leak))}\n" for leak in checked.leaks).encode())
    some = "; ".join(f"{leak.kind} {leak.value} in {' and '.join(leak.splits)}" for leak in checked.leaks[:_SHOWN])
    raise GateError(
        f"{len(checked.leaks)} leaks between splits, so nothing was published: {some}.",
        where=str(workspace.root),
        mend=f"{listed} lists all. This is a bug: please report it.",
    )


def _split_of(path: Path) -> str:
    return path.name.partition("-")[0]


def _splits_of(files: Sequence[Path], columns: Sequence[str]) -> pa.Table:
    """Return a table of (value, splits): in which splits each value stands; files without the columns are passed by.

    A view at a time is held, since all of them tell of the same panels.
    """
    told = pa.table({"value": pa.array([], pa.string()), "split": pa.array([], pa.string())})
    for _, mine in groupby(files, key=lambda path: path.parent):
        each = [_values(path, columns) for path in mine if set(columns) <= set(pq.read_schema(path).names)]
        told = pa.concat_tables([told, *each]).group_by(["value", "split"], use_threads=False).aggregate([])
    by_value = told.group_by("value", use_threads=False)  # each thread would hold sums of its own
    return by_value.aggregate([("split", "list")]).rename_columns({"split_list": "splits"})


def _values(path: Path, columns: Sequence[str]) -> pa.Table:
    """Return the values of a file, each once."""
    with pq.ParquetFile(path) as parquet:
        table = parquet.read(columns=list(columns), use_threads=False)
    parts = [table[name].cast(pa.string()) for name in columns]
    values = pc.binary_join_element_wise(*parts, " ").drop_null().unique()
    return pa.table({"value": values, "split": pa.array([_split_of(path)] * len(values), pa.string())})


def _misnamed(files: Sequence[Path]) -> Iterator[Leak]:
    """Yield the files whose rows say that they are of another split."""
    for path in files:
        with pq.ParquetFile(path) as parquet:
            if "split" in parquet.schema_arrow.names:
                said = parquet.read(columns=["split"], use_threads=False)["split"].unique().to_pylist()
                if set(said) - {_split_of(path)}:
                    splits = tuple(sorted({_split_of(path), *map(str, said)}))
                    yield Leak("split", f"{path.parent.name}/{path.name}", splits)
