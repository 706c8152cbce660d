"""Comparing: what two versions of a dataset differ in, by view, row and column, whatever files the rows lie in."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.pace import Pace
from publishing.hub_reading import Published, is_on_the_hub, published
from schemas.errors import SourceError, UsageError, WorkspaceError

_BATCH_ROWS = 64
_DIGEST_BYTES = 12
_SEVERAL = ("purpose",)
"""Columns that tell rows of one id apart: a panel has several conversations."""

_STAND_IN = {"image": ("image_sha256",), "mask": ("instances",), "raw": ("raw_format", "source_sha256")}
"""What differs where a wide column does: on the Hub it is read instead of it, so that no picture is fetched."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file of a view, wherever it lies."""

    name: str
    open: Callable[[], AbstractContextManager[IO[bytes] | Path]]
    narrow: bool = False
    """Whether stand-ins are read instead of its wide columns."""


@dataclass
class Difference:
    """What two versions of a view differ in; rows by id."""

    view: str
    before: int = 0
    after: int = 0
    added: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    changed: dict[Key, list[str]] = field(default_factory=dict)
    """Row -> the columns in which it differs."""
    new_columns: list[str] = field(default_factory=list)
    lost_columns: list[str] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, int]:
        """Return in how many rows each column differs, the commonest first."""
        counted = Counter(name for names in self.changed.values() for name in names)
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def told(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "view": self.view,
            "rows_before": self.before,
            "rows_after": self.after,
            "added": [" ".join(key) for key in self.added],
            "removed": [" ".join(key) for key in self.removed],
            "changed": [{"id": " ".join(key), "columns": names} for key, names in self.changed.items()],
            "columns": self.columns,
            "new_columns": self.new_columns,
            "lost_columns": self.lost_columns,
        }


Place = Path | Published
"""Where a version lies."""


def version_at(named: str | Path) -> Place:
    """Return where a version lies: a folder, or a dataset of the Hub by `hub:org/name@revision`."""
    return published(named) if is_on_the_hub(named) else Path(named)


def compared(old: Place, new: Place) -> Iterator[Difference]:
    """Yield what each view differs in, by names of views; a view that one version lacks has no rows there.

    A digest of each row is held, and of the rows that differ one of each column; no picture is. The shards that rows
    lie in, and columns that only one version has, make no row differ: those are told by name. Where one version lies
    on the Hub, pictures are compared by what the rows tell of them, and none is fetched.

    Raises:
        UsageError: one of them is no dataset.
        WorkspaceError: a file can't be read.
        SourceError: the Hub doesn't answer.
    """
    narrow = isinstance(old, Published) or isinstance(new, Published)
    one, other = views_of(old, narrow=narrow), views_of(new, narrow=narrow)
    for view in sorted(one.keys() | other.keys()):
        yield difference(view, one.get(view, []), other.get(view, []))


def views_of(place: Place, *, narrow: bool) -> dict[str, list[Table]]:
    """Return the files of a version by view.

    Raises:
        UsageError: it is no dataset.
    """
    tables = list(_on_the_hub(place, narrow) if isinstance(place, Published) else _in_folder(place, narrow))
    if not tables:
        where = place.name if isinstance(place, Published) else str(place)
        mend = "Give a dataset's folder, a run's, or hub:org/name@v1."
        raise UsageError("is no dataset: no file VIEW/SPLIT-*.parquet.", where=where, mend=mend)
    views: dict[str, list[Table]] = {}
    for view, table in tables:
        views.setdefault(view, []).append(table)
    return views


def _in_folder(folder: Path, narrow: bool) -> Iterator[tuple[str, Table]]:  # noqa: FBT001
    inside = folder / "dataset" if (folder / "dataset").is_dir() else folder
    for path in sorted(inside.glob("*/*.parquet")):
        yield path.parent.name, Table(str(path), partial(_there, path), narrow)


@contextmanager
def _there(path: Path) -> Iterator[Path]:
    yield path


def _on_the_hub(place: Published, narrow: bool) -> Iterator[tuple[str, Table]]:  # noqa: FBT001
    for name in sorted(place.files):
        view, _, file = name.rpartition("/")
        if view and "/" not in view and file.endswith(".parquet"):
            yield view, Table(f"{place.name}: {name}", partial(place.opened, name), narrow)


def difference(view: str, old: Sequence[Table], new: Sequence[Table], only: Sequence[str] = ()) -> Difference:
    """Return what a view differs in; `only` these columns, where some are named."""
    before, after = _columns(old), _columns(new)
    both = sorted(before & after) if old and new else sorted(before | after)
    both = [name for name in both if not only or name in only]
    was, now = _digests(old, both), _digests(new, both)
    differing = {key for key in was.keys() & now.keys() if was[key] != now[key]}
    then, since = _by_column(old, both, differing), _by_column(new, both, differing)
    changed = {key: [name for name in both if then[key][name] != since[key][name]] for key in sorted(differing)}
    return Difference(
        view,
        before=len(was),
        after=len(now),
        added=sorted(now.keys() - was.keys()),
        removed=sorted(was.keys() - now.keys()),
        changed=changed,
        new_columns=sorted(after - before) if old else [],
        lost_columns=sorted(before - after) if new else [],
    )


def _columns(tables: Sequence[Table]) -> set[str]:
    names: set[str] = set()
    for table in tables:
        with opened(table) as parquet:
            names.update(parquet.schema_arrow.names)
    return names


def _digests(tables: Sequence[Table], columns: Sequence[str]) -> dict[Key, bytes]:
    """Return a digest of every row by its key; the split is part of the row."""
    return {key: _digest([row[name] for name in columns]) for key, row in _rows(tables, columns)}


def _by_column(tables: Sequence[Table], columns: Sequence[str], wanted: set[Key]) -> dict[Key, dict[str, bytes]]:
    if not wanted:
        return {}
    each = ((key, row) for key, row in _rows(tables, columns) if key in wanted)
    return {key: {name: _digest(row[name]) for name in columns} for key, row in each}


def _digest(value: Any) -> bytes:  # noqa: ANN401  (a row's cell, or all of them)
    return blake2b(json.dumps(value, default=_plain, sort_keys=True).encode(), digest_size=_DIGEST_BYTES).digest()


def _plain(value: object) -> str:
    """Return bytes by their digest, and times as they are written."""
    return blake2b(value, digest_size=_DIGEST_BYTES).hexdigest() if isinstance(value, bytes) else str(value)


def _rows(tables: Sequence[Table], columns: Sequence[str]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    for table in Pace("reading tables", len(tables)).over(tables):
        with opened(table) as parquet:
            here = set(parquet.schema_arrow.names)
            wide = {name: told for name, told in _STAND_IN.items() if table.narrow and here.issuperset(told)}
            read = {each for name in (*columns, "id", *_SEVERAL) for each in wide.get(name, (name,))}
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=sorted(here & read), use_threads=False):
                for row in batch.to_pylist():
                    told = {name: _stands_in(name, row, wide) for name in columns}
                    yield _key(row), told


def _stands_in(name: str, row: Mapping[str, Any], wide: Mapping[str, Sequence[str]]) -> Any:  # noqa: ANN401  (a cell)
    """Return a cell, or what differs where it does; `raw` is nothing where it has no format."""
    if name not in wide:
        return row.get(name)
    told = [row[each] for each in wide[name]]
    return told if told[0] is not None else None


def _key(row: Mapping[str, Any]) -> Key:
    return (row["id"], *(str(row[name]) for name in _SEVERAL if name in row))


@contextmanager
def opened(table: Table) -> Iterator[pq.ParquetFile]:
    """Give a file of a view to be read by columns.

    Raises:
        UsageError: bricks didn't make it.
        WorkspaceError: it can't be read.
        SourceError: the Hub broke off.
    """
    import httpx2

    try:
        with table.open() as handle, pq.ParquetFile(handle) as parquet:
            if "id" not in parquet.schema_arrow.names:
                raise UsageError("has no column id: bricks didn't make it.", where=table.name)
            yield parquet
    except httpx2.HTTPError as error:  # the Hub's own faults are OSErrors too
        said = " ".join(str(error).split())[:200]
        raise SourceError("hub_broken_off", f"the Hub broke off: {said}", where=table.name) from error
    except (pa.ArrowException, OSError) as error:
        raise WorkspaceError(f"can't be read: {error}.", where=table.name, mend="Fetch the dataset again.") from error


_SHOWN = 10


def line(told: Mapping[str, Any]) -> str:
    """Return a view's difference as a person reads it."""
    counts = {"added": len(told["added"]), "removed": len(told["removed"]), "changed": len(told["changed"])}
    rows = f"{told['view']:<28} {told['rows_before']} -> {told['rows_after']} rows"
    if not any(counts.values()):
        return f"{rows}  the same{_columns_told(told)}"
    found = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    by_column = [f"    {name}: {count}" for name, count in list(told["columns"].items())[:_SHOWN]]
    return "\n".join([f"{rows}  {found}{_columns_told(told)}", *by_column])


def _columns_told(told: Mapping[str, Any]) -> str:
    each = (("new", told["new_columns"]), ("lost", told["lost_columns"]))
    return "".join(f"; {what} columns: {', '.join(names)}" for what, names in each if names)
