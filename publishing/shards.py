"""Shards: the Parquet files of a view, written with `datasets`' own writer, rows sorted by id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from pipeline.workspace import writing
from publishing.rows import Place
from publishing.views import View
from schemas.features import dataset_features

_SHARD_BYTES = 256 << 20
_ROW_GROUP_BYTES = 4 << 20


@dataclass(frozen=True)
class Shard:
    """A file of a view: its path, its split, the rows it takes, and where each part's rows lie."""

    view: View
    path: Path
    split: str
    places: tuple[Place, ...]
    spills: Mapping[int, Path]

    def row_group(self, run: Sequence[Place]) -> pa.Table:
        """Return the rows of a run of places, with their split."""
        table = pa.Table.from_batches([_row(self.spills[place.part], place.row) for place in run])
        column = pa.array([self.split] * len(run), pa.string())
        return table.set_column(table.schema.get_field_index("split"), "split", column)


def cut(places: Sequence[Place], most_bytes: int) -> Iterator[list[Place]]:
    """Yield runs of `places`, each of at most `most_bytes` and at least one row."""
    run: list[Place] = []
    size = 0
    for place in places:
        if run and size + place.bytes > most_bytes:
            yield run
            run, size = [], 0
        run.append(place)
        size += place.bytes
    if run:
        yield run


def shards(view: View, folder: Path, split: str, *, places: Sequence[Place], spills: Mapping[int, Path]) -> list[Shard]:
    """Return the shards of one split of a view, named as the Hub expects them."""
    runs = list(cut(sorted(places), _SHARD_BYTES))
    return [
        Shard(
            view,
            folder / f"{split}-{at:05d}-of-{len(runs):05d}.parquet",
            split,
            tuple(run),
            {part: spills[part] for part in {place.part for place in run}},
        )
        for at, run in enumerate(runs)
    ]


def write_shard(shard: Shard) -> int:
    """Write a shard, holding a row group at a time, and return its rows."""
    write_row_groups(shard.path, shard.view, map(shard.row_group, cut(shard.places, _ROW_GROUP_BYTES)))
    return len(shard.places)


def write_row_groups(path: Path, view: View, groups: Iterable[pa.Table]) -> None:
    """Write a file of a view, a row group for each table, as `datasets` writes it."""
    from datasets.arrow_writer import ParquetWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path):
        writer = ParquetWriter(features=dataset_features(view.model), path=str(path))
        for group in groups:
            writer.write_table(group)
        writer.finalize()


def _row(path: Path, row: int) -> pa.RecordBatch:
    return _reader(path).get_batch(row)


@lru_cache(maxsize=256)
def _reader(path: Path) -> pa.RecordBatchFileReader:
    return pa.ipc.open_file(pa.OSFile(str(path)))


def by_split(places: Sequence[Place], split_of: Mapping[str, str]) -> Iterator[tuple[str, list[Place]]]:
    """Yield (split, its places), splits in the order of their names."""
    split_of_place = sorted(places, key=lambda place: split_of[place.family])
    for split, members in groupby(split_of_place, key=lambda place: split_of[place.family]):
        yield split, list(members)
