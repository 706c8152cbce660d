"""Rows: the published rows of a part, kept in a file of their own a view until they are written to shards.

It holds one Arrow record batch a row, so that the shards can take them in any order without reading more than
they need. Beside the files lies an index; it comes last, and vouches for them.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.workspace import Workspace, read_json, write_json
from publishing.joins import Joined, published
from publishing.views import VIEWS, View
from schemas.licence import permits

_TOLD = ["family", "duplicate_cluster", "license"]


@dataclass(frozen=True)
class Spill:
    """A part whose rows are to be written: `key` changes with whatever they are made from."""

    workspace: Workspace
    number: int
    key: str

    def path(self, view: View) -> Path:
        """Return where the rows of a view lie; where it has none, nothing does."""
        return self._folder / f"{self._name}.{view.name}.arrow"

    @property
    def index(self) -> Path:
        """Return where the index lies."""
        return self._folder / f"{self._name}.json"

    @property
    def _folder(self) -> Path:
        return self.workspace.cache / "rows"

    @property
    def _name(self) -> str:
        return f"part-{self.number:05d}-{self.key}"


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
    zero_shot: bool = False


class _Sheet:
    """The rows of a view in the making, and their places; the file appears with the first row."""

    def __init__(self, job: Spill, view: View, files: ExitStack) -> None:
        self._job, self._view, self._files = job, view, files
        self._sink: Any = None
        self._writer: Any = None
        self.places: list[Place] = []

    def add(self, run: Joined, told: Sequence[dict[str, Any]]) -> None:
        """Write what a run has for the view; `told` says of each row of `panels` what its place needs."""
        for at, row in self._view.rows(run):
            size = self._write(row)
            family, cluster, license_id = (told[at][name] for name in _TOLD)
            key, place = row["id"][0].as_py(), len(self.places)
            commercial, tests = permits(license_id).commercial, run.figures["zero_shot"][at].as_py()
            self.places.append(Place(key, self._job.number, place, family, cluster, size, commercial, tests))

    def _write(self, row: pa.RecordBatch) -> int:
        """Write a row and return the bytes it takes, which don't depend on its neighbours."""
        if self._writer is None:
            self._sink = self._files.enter_context(
                pa.output_stream(str(self._job.path(self._view)), buffer_size=1 << 20)
            )
            self._writer = self._files.enter_context(pa.ipc.new_file(self._sink, row.schema))
        before: int = self._sink.tell()
        self._writer.write_batch(row)
        after: int = self._sink.tell()
        return after - before


def spill(job: Spill) -> int:
    """Write the published rows of a part, unless they stand there, and return their number."""
    if _stands(job):
        return 0
    job.index.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        sheets = {view.name: _Sheet(job, view, files) for view in VIEWS}
        for run in published(job.workspace, job.number):
            told = run.rows.select(_TOLD).to_pylist()
            for sheet in sheets.values():
                sheet.add(run, told)
    write_json(job.index, {name: [astuple(place) for place in sheet.places] for name, sheet in sheets.items()})
    return sum(len(sheet.places) for sheet in sheets.values())


def _stands(job: Spill) -> bool:
    """Return whether the rows are there: a kill while they were cleared away may have left the index alone."""
    said = read_json(job.index)
    return said is not None and all(job.path(view).exists() for view in VIEWS if said[view.name])


def places(job: Spill, view: View) -> Iterator[Place]:
    """Yield the index of a part's rows in a view."""
    return (Place(*place) for place in read_json(job.index)[view.name])
