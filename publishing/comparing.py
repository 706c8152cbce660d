"""Comparing: what two versions of a dataset differ in, by view, row and column, whatever files the rows lie in."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import UsageError, WorkspaceError

_BATCH_ROWS = 64
_DIGEST_BYTES = 12
_SEVERAL = ("purpose",)
"""Columns that tell rows of one id apart: a panel has several conversations."""

Key = tuple[str, ...]


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


def compared(old: Path, new: Path) -> Iterator[Difference]:
    """Yield what each view differs in, by names of views; a view that one version lacks has no rows there.

    A digest of each row is held, and of the rows that differ one of each column; no picture is. The shards that rows
    lie in, and columns that only one version has, make no row differ: those are told by name.

    Raises:
        UsageError: one of them is no dataset.
        WorkspaceError: a file can't be read.
    """
    one, other = _views(old), _views(new)
    for view in sorted(one.keys() | other.keys()):
        yield _difference(view, one.get(view, []), other.get(view, []))


def _views(folder: Path) -> dict[str, list[Path]]:
    inside = folder / "dataset" if (folder / "dataset").is_dir() else folder
    files = sorted(inside.glob("*/*.parquet"))
    if not files:
        mend = "Give a dataset's folder, or a run's."
        raise UsageError("is no dataset: no file VIEW/SPLIT-*.parquet.", where=str(folder), mend=mend)
    views: dict[str, list[Path]] = {}
    for path in files:
        views.setdefault(path.parent.name, []).append(path)
    return views


def _difference(view: str, old: Sequence[Path], new: Sequence[Path]) -> Difference:
    before, after = _columns(old), _columns(new)
    both = sorted(before & after) if old and new else sorted(before | after)
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


def _columns(files: Sequence[Path]) -> set[str]:
    return {name for path in files for name in _opened(path).schema_arrow.names}


def _digests(files: Sequence[Path], columns: Sequence[str]) -> dict[Key, bytes]:
    """Return a digest of every row by its key; the split is part of the row."""
    return {key: _digest([row[name] for name in columns]) for key, row in _rows(files, columns)}


def _by_column(files: Sequence[Path], columns: Sequence[str], wanted: set[Key]) -> dict[Key, dict[str, bytes]]:
    if not wanted:
        return {}
    each = ((key, row) for key, row in _rows(files, columns) if key in wanted)
    return {key: {name: _digest(row[name]) for name in columns} for key, row in each}


def _digest(value: Any) -> bytes:  # noqa: ANN401  (a row's cell, or all of them)
    return blake2b(json.dumps(value, default=_plain, sort_keys=True).encode(), digest_size=_DIGEST_BYTES).digest()


def _plain(value: object) -> str:
    """Return bytes by their digest, and times as they are written."""
    return blake2b(value, digest_size=_DIGEST_BYTES).hexdigest() if isinstance(value, bytes) else str(value)


def _rows(files: Sequence[Path], columns: Sequence[str]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    for path in files:
        parquet = _opened(path)
        names = [name for name in columns if name in parquet.schema_arrow.names]
        for batch in parquet.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
            for row in batch.to_pylist():
                yield _key(row), {**dict.fromkeys(columns), **row}


def _key(row: Mapping[str, Any]) -> Key:
    return (row["id"], *(str(row[name]) for name in _SEVERAL if name in row))


def _opened(path: Path) -> pq.ParquetFile:
    try:
        parquet = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise WorkspaceError(f"can't be read: {error}.", where=str(path), mend="Fetch the dataset again.") from error
    if "id" not in parquet.schema_arrow.names:
        raise UsageError("has no column id: bricks didn't make it.", where=str(path))
    return parquet


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
