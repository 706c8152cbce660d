"""Saved Arrow: each view as the `DatasetDict` that `datasets.load_from_disk` reads in place."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.pace import Pace
from pipeline.store import fingerprint
from publishing.dataset_files import batches_of, sha256_of, splits_by_view

_SHARD_BYTES: Final = 500 << 20
"""What `datasets` itself puts into a file."""


def save_arrow(dataset: Path, folder: Path) -> dict[str, Any]:
    """Write `VIEW/SPLIT/data-00000-of-0000N.arrow` and what `datasets` puts beside them; a few rows are held."""
    splits: dict[str, list[str]] = {}
    with _unheard():
        for (view, split), files in splits_by_view(dataset).items():
            splits.setdefault(view, []).append(split)
            _save(files, folder / view / split, split)
    for view, names in splits.items():
        (folder / view / "dataset_dict.json").write_text(json.dumps({"splits": names}), encoding="utf-8")
    return {}


def _save(files: Sequence[Path], folder: Path, split: str) -> None:
    """Write a split: its papers by `datasets` itself, for no rows; then the rows, and where they lie."""
    from datasets import Dataset, DatasetInfo, Features, Split
    from datasets.table import InMemoryTable

    schema = pq.read_schema(files[0])
    features = Features.from_arrow_schema(schema)
    name = fingerprint(*(sha256_of(file) for file in files))[:16]
    empty = InMemoryTable(features.arrow_schema.empty_table())
    Dataset(empty, info=DatasetInfo(features=features), split=Split(split), fingerprint=name).save_to_disk(folder)
    for path in folder.glob("*.arrow"):
        path.unlink()
    written = [_write(features, folder / f"{number:05d}", run) for number, run in _numbered(files)]
    names = [f"data-{number:05d}-of-{len(written):05d}.arrow" for number in range(len(written))]
    for path, new in zip(written, names, strict=True):
        path.rename(folder / new)
    state = json.loads((folder / "state.json").read_bytes()) | {"_data_files": [{"filename": new} for new in names]}
    (folder / "state.json").write_text(json.dumps(state, indent=2, sort_keys=True), encoding="utf-8")


def _write(features: Any, path: Path, batches: Iterator[pa.RecordBatch]) -> Path:  # noqa: ANN401  (datasets is untyped)
    from datasets.arrow_writer import ArrowWriter

    with ArrowWriter(features=features, path=str(path)) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch]))
        writer.finalize()
    return path


def _numbered(files: Sequence[Path]) -> Iterator[tuple[int, Iterator[pa.RecordBatch]]]:
    """Yield (number of a file, the batches that go into it)."""
    for number, run in groupby(_counted(files), key=itemgetter(0)):
        yield number, (batch for _, batch in run)


def _counted(files: Sequence[Path]) -> Iterator[tuple[int, pa.RecordBatch]]:
    pace = Pace("rows to arrow", sum(pq.read_metadata(path).num_rows for path in files))
    number = size = 0
    for batch in batches_of(files):
        if size and size + batch.nbytes > _SHARD_BYTES:
            number, size = number + 1, 0
        size += batch.nbytes
        yield number, batch
        pace.step(batch.num_rows)


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep the progress bars of `datasets` off the terminal, whose reader hears ours."""
    from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    were_shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if were_shown:
            enable_progress_bars()
