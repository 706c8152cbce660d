"""Shards: the Parquet files of a view, written with `datasets`' own writer, rows sorted by id."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.workspace import writing
from publishing.places import in_order, indexed
from publishing.rows import Spill
from publishing.splits import SPLITS, Division
from publishing.views import View
from schemas.features import arrow_schema, dataset_features

_SHARD_BYTES = 256 << 20
_ROW_GROUP_BYTES = 4 << 20
TAKEN = np.dtype([("part", "i4"), ("offset", "i8"), ("bytes", "i8"), ("commercial", "?"), ("split", "u1")])
"""Where a row lies, and what deciding its file takes; `split` is its place in `SPLITS`."""

_ASKED = ("id", "panel", "family", "part", "offset", "bytes", "commercial")

Taken = npt.NDArray[np.void]
"""Rows in their order, each of `TAKEN`: of millions nothing else is held."""


@dataclass(frozen=True, eq=False)
class Shard:
    """A file of a view: its path, its split, the rows it takes, and where each part's rows lie."""

    view: View
    path: Path
    split: str
    rows: Taken
    spills: Mapping[int, Path]

    def row_group(self, rows: Taken) -> pa.Table:
        """Return some rows, with their split."""
        schema, lie = arrow_schema(self.view.model), rows[["part", "offset"]].tolist()
        table = pa.Table.from_batches([_row(self.spills[part], offset, schema) for part, offset in lie])
        column = pa.array([self.split] * len(rows), pa.string())
        return table.set_column(table.schema.get_field_index("split"), "split", column)


def cut(rows: Taken, most_bytes: int) -> Iterator[Taken]:
    """Yield runs of rows, each of at most `most_bytes` and at least one row."""
    start, size = 0, 0
    for at, more in enumerate(rows["bytes"].tolist()):
        if at > start and size + more > most_bytes:
            yield rows[start:at]
            start, size = at, 0
        size += more
    if len(rows) > start:
        yield rows[start:]


def divided(spills: Sequence[Spill], view: View, division: Division, surplus: Collection[str]) -> Taken:
    """Return the rows of a view by their ids, with the splits of their families, without those that leave."""
    told = pa.concat_tables([_divided(indexed(job.index, view.name, _ASKED), division, surplus) for job in spills])
    order, rows = in_order(told), np.empty(len(told), TAKEN)
    for name in TAKEN.names or ():
        rows[name] = told[name].take(order).to_numpy()
    return rows


def _divided(told: pa.Table, division: Division, surplus: Collection[str]) -> pa.Table:
    """Return a part's rows with their splits; one leaves by itself or with its panel."""
    keys, panels, families = (told[name].to_pylist() for name in ("id", "panel", "family"))
    each = zip(keys, panels, strict=True)
    stays = [(panel or key) not in division.gone and key not in surplus for key, panel in each]
    splits = pa.array([SPLITS.index(division.split_of[family]) for family in families], pa.uint8())
    return told.drop_columns(["panel", "family"]).append_column("split", splits).filter(pa.array(stays, pa.bool_()))


def shards(view: View, folder: Path, split: str, *, rows: Taken, spills: Mapping[int, Path]) -> list[Shard]:
    """Return the shards of one split of a view, named as the Hub expects them."""
    runs = list(cut(rows, _SHARD_BYTES))
    return [
        Shard(
            view,
            folder / f"{split}-{at:05d}-of-{len(runs):05d}.parquet",
            split,
            run,
            {part: spills[part] for part in np.unique(run["part"]).tolist()},
        )
        for at, run in enumerate(runs)
    ]


def write_shard(shard: Shard) -> int:
    """Write a shard, holding a row group at a time, and return its rows."""
    write_row_groups(shard.path, shard.view, map(shard.row_group, cut(shard.rows, _ROW_GROUP_BYTES)))
    return len(shard.rows)


def write_row_groups(path: Path, view: View, groups: Iterable[pa.Table]) -> None:
    """Write a file of a view, a row group for each table, as `datasets` writes it."""
    from datasets.arrow_writer import ParquetWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path):
        writer = ParquetWriter(features=dataset_features(view.model), path=str(path))
        for group in groups:
            writer.write_table(group)
        writer.finalize()


def _row(path: Path, offset: int, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch that begins at an offset; the file isn't kept open, and its footer not read."""
    with pa.OSFile(str(path)) as file:
        file.seek(offset)
        return pa.ipc.read_record_batch(pa.ipc.read_message(file), schema)
