"""Rows: the published rows of a part, kept in a file of their own a view until they are written to shards.

It holds one Arrow record batch a row, so that the shards can take them in any order without reading more than
they need. Beside the files lies an index; it comes last, and vouches for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.workspace import Workspace, read_json, write_json, writing
from publishing.joins import Joined, published
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
    picture: str = ""
    """The digest of its pixels' file."""
    sources: tuple[str, ...] = ()
    """Where it comes from, `source source_id`, and then where copies of it are that left."""

    panel: str = ""
    """The panel that a row is made of, where its id is another."""

    @property
    def panel_id(self) -> str:
        """Return the id of the panel that it is made of."""
        return self.panel or self.id

    @property
    def source_id(self) -> str:
        """Return what its own source calls it."""
        return self.sources[0].partition(" ")[2] if self.sources else ""


def sources_of(panel: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the source of a published row, and those of its copies that aren't in the dataset."""
    each = (panel, *(panel.get("also_in") or ()))
    return tuple(dict.fromkeys(f"{one['source']} {one['source_id']}" for one in each))


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
            size, panel = self._write(row), told[at]
            where = Place(
                id=row["id"][0].as_py(),
                part=self._job.number,
                row=len(self.places),
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
    with writing(job.index), ExitStack() as files:
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
    named = [field.name for field in fields(Place)]
    each = (dict(zip(named, values, strict=True)) for values in read_json(job.index)[view.name])
    return (Place(**{**place, "sources": tuple(place["sources"])}) for place in each)
