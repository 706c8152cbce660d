"""Rows: the published rows of a part, kept in a file of their own until they are written to shards.

It holds one Arrow record batch a row, so that the shards can take them in any order without reading more than
they need. Beside it lies an index; it comes last, and vouches for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.workspace import Workspace, read_json, write_json
from publishing.joins import published
from schemas.features import arrow_schema
from schemas.licence import permits
from schemas.published_rows import PublishedPanel


@dataclass(frozen=True)
class Spill:
    """A part whose rows are to be written: `key` changes with whatever they are made from."""

    workspace: Workspace
    number: int
    key: str

    @property
    def path(self) -> Path:
        """Return where the rows lie."""
        return self.workspace.cache / "rows" / f"part-{self.number:05d}-{self.key}.arrow"

    @property
    def index(self) -> Path:
        """Return where the index lies."""
        return self.path.with_suffix(".json")


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a row lies, and what deciding its split and shard takes."""

    id: str
    part: int
    row: int
    family: str
    cluster: str | None
    bytes: int
    commercial: bool


def spill(job: Spill) -> int:
    """Write the published rows of a part, unless they stand there, and return their number."""
    if read_json(job.index) is not None:
        return 0
    job.path.parent.mkdir(parents=True, exist_ok=True)
    index: list[list[Any]] = []
    with (
        pa.output_stream(str(job.path), buffer_size=1 << 20) as sink,
        pa.ipc.new_file(sink, arrow_schema(PublishedPanel)) as writer,
    ):
        for run in published(job.workspace, job.number):
            index += _places(run, job.number, len(index))
            for at in range(run.num_rows):
                writer.write_batch(run.slice(at, 1))
    write_json(job.index, index)
    return len(index)


def _places(run: pa.RecordBatch, part: int, first: int) -> list[list[Any]]:
    told = run.select(["id", "family", "duplicate_cluster", "license"]).to_pylist()
    shown = pc.binary_length(pc.struct_field(run["image"], "bytes")).to_pylist()
    raw = pc.fill_null(pc.binary_length(run["raw"]), 0).to_pylist()
    return [
        [row["id"], part, at, row["family"], row["duplicate_cluster"], size, permits(row["license"]).commercial]
        for at, row, size in zip(count(first), told, map(sum, zip(shown, raw, strict=True)))
    ]


def places(job: Spill) -> Iterator[Place]:
    """Yield the index of a part's rows."""
    return (Place(*place) for place in read_json(job.index))
