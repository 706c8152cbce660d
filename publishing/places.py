"""Places: where each row of a view lies, and what its split and shard are decided by; each part has an index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.workspace import write_whole

_INDEX: Final = pa.schema(
    {
        "view": pa.string(),
        "id": pa.string(),
        "part": pa.int32(),
        "offset": pa.int64(),
        "family": pa.string(),
        "cluster": pa.string(),
        "bytes": pa.int64(),
        "commercial": pa.bool_(),
        "zero_shot": pa.bool_(),
        "picture": pa.string(),
        "sources": pa.list_(pa.string()),
        "panel": pa.string(),
    }
)
"""The view of a place, and all that a place knows."""
_NONE: Final = _INDEX.remove(0).empty_table()
_BATCH_ROWS: Final = 4096


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a row lies, and what deciding its split and shard takes."""

    id: str
    part: int
    offset: int
    """Where its batch begins."""
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


def write_index(path: Path, places_of: Mapping[str, Sequence[Place]]) -> None:
    """Write the index of a part, whole; `places_of` has the rows of each view by its name."""
    each = [(view, place) for view, places in places_of.items() for place in places]
    columns = {name: [getattr(place, name) for _, place in each] for name in _NONE.column_names}
    table = pa.table({"view": [view for view, _ in each], **columns}, schema=_INDEX)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, _INDEX) as writer:
        writer.write_table(table)
    write_whole(path, sink.getvalue())


def indexed(path: Path, view: str, columns: Sequence[str] = _NONE.column_names) -> pa.Table:
    """Return what the index of a part says of its rows in a view, in some columns."""
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        return table.select(columns).filter(pc.equal(table["view"], view))


def views_in(path: Path) -> set[str]:
    """Return the views of which a part has rows."""
    with pa.memory_map(str(path)) as source:
        return set(pa.ipc.open_file(source).read_all()["view"].unique().to_pylist())


@dataclass(frozen=True)
class Places:
    """The index of all parts' rows in a view; whoever goes through it, however often, holds a part's at a time."""

    indexes: Sequence[Path]
    view: str

    def __iter__(self) -> Iterator[Place]:
        return (place for path in self.indexes for place in _places(indexed(path, self.view)))

    def __len__(self) -> int:
        return sum(len(indexed(path, self.view, ["id"])) for path in self.indexes)

    def by_id(self) -> Iterator[Place]:
        """Yield them by their ids; of many rows the index is held, but no place."""
        every = pa.concat_tables([_NONE, *(indexed(path, self.view) for path in self.indexes)])
        order = in_order(every)
        for at in range(0, len(order), _BATCH_ROWS):
            yield from _places(every.take(order.slice(at, _BATCH_ROWS)))


def in_order(places: pa.Table) -> pa.Array:
    """Return the order of places by their ids; of equal ids that of the first part comes first."""
    return pc.sort_indices(places, [(name, "ascending") for name in ("id", "part", "offset")])


def _places(told: pa.Table) -> Iterator[Place]:
    for row in told.to_pylist():
        yield Place(**{**row, "sources": tuple(row["sources"])})
