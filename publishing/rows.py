"""Rows: the published rows of a part, kept in a file of their own a view until they are written to shards.

It holds one Arrow record batch a row, so that the shards can take them in any order without reading more than
they need. Beside the files lies an index, which knows where each row begins; it comes last, and vouches for them.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.workspace import Workspace, writing
from publishing.joins import Joined, published
from publishing.places import Place, sources_of, views_in, write_index
from publishing.views import VIEWS, View
from schemas.licence import permits

_TOLD = ["family", "duplicate_cluster", "license", "image_sha256", "source", "source_id", "also_in"]


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
        return self._folder / f"{self._name}.index"

    @property
    def _folder(self) -> Path:
        return self.workspace.cache / "rows"

    @property
    def _name(self) -> str:
        return f"part-{self.number:05d}-{self.key}"


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
            (offset, size), panel = self._write(row), told[at]
            where = Place(
                id=row["id"][0].as_py(),
                part=self._job.number,
                offset=offset,
                family=panel["family"],
                cluster=panel["duplicate_cluster"],
                bytes=size,
                commercial=permits(panel["license"]).commercial,
                zero_shot=run.figures["zero_shot"][at].as_py(),
                picture=panel["image_sha256"],
                sources=sources_of(panel),
                panel=row["panel_id"][0].as_py() if "panel_id" in row.schema.names else "",
            )
            self.places.append(where)

    def _write(self, row: pa.RecordBatch) -> tuple[int, int]:
        """Write a row and return where it begins, and the bytes it takes, the file's head with the first one."""
        if self._writer is None:
            self._sink = self._files.enter_context(
                pa.output_stream(str(self._job.path(self._view)), buffer_size=1 << 20)
            )
            self._writer = self._files.enter_context(pa.ipc.new_file(self._sink, row.schema))
        before: int = self._sink.tell()
        self._writer.write_batch(row)
        after: int = self._sink.tell()
        return after - pa.ipc.get_record_batch_size(row), after - before


def spill(job: Spill) -> int:
    """Write the published rows of a part, unless they stand there, and return their number."""
    if _stands(job):
        return 0
    job.index.parent.mkdir(parents=True, exist_ok=True)
    with writing(job.index), ExitStack() as files:
        sheets = {view.name: _Sheet(job, view, files) for view in VIEWS}
        for run in published(job.workspace, job.number):
            told = run.rows.select(_TOLD).to_pylist()
            for sheet in sheets.values():
                sheet.add(run, told)
    write_index(job.index, {name: sheet.places for name, sheet in sheets.items()})
    return sum(len(sheet.places) for sheet in sheets.values())


def _stands(job: Spill) -> bool:
    """Return whether the rows are there: a kill while they were cleared away may have left the index alone."""
    try:
        said = views_in(job.index)
    except (OSError, pa.ArrowException):
        return False
    return all(job.path(view).exists() for view in VIEWS if view.name in said)
