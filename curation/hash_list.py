"""Hash list: the file in which a benchmark is shared without its pixels and words, written and read.

A Parquet file, a row a thing: `picture`, `part` (a panel of it), `source` (ids of a row), `text`, `template` (a text of
so many rows that it tells none), `failed` (what couldn't be read, with its reason). The footer says which benchmark it
is, and by what it was made: hashes of two versions can't be compared.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.benchmark_rows import printable
from curation.hashing import VERSION as HASH_VERSION
from curation.sketch_bytes import VERSION as SKETCH_VERSION
from schemas.errors import UsageError

VERSION = 2  # lists of version 1 may lack pictures and tables of a folder that has both
MADE_BY = {"format": VERSION, "hash": f"{HASH_VERSION}, decoded in full", "sketch": SKETCH_VERSION}
_KEY = b"bricks.hashes"
_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        *(pa.field(name, pa.string()) for name in ("row", "file_sha256", "pixels_sha256", "reason", "detail")),
        pa.field("box", pa.list_(pa.int32())),
        *(pa.field(name, pa.binary()) for name in ("sketch", "sketch_256", "grams")),
        pa.field("ids", pa.list_(pa.string())),
        pa.field("text", pa.uint64()),
    ]
)
_GROUP_ROWS = 512
_MEND = "Make it anew: bricks hashes DIR --out FILE."


def write_hash_list(path: Path, benchmark: str, rows: Iterable[Mapping[str, Any]], *, crops: bool) -> dict[str, int]:
    """Write a hash list that is absent or whole, and return how many rows of each kind it has.

    Raises:
        UsageError: there is nothing in it that could be compared.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    benchmark = printable(benchmark)
    half, counts, first = path.with_name(f".{path.name}.{os.getpid()}"), Counter[str](), ""
    try:
        with pq.ParquetWriter(half, _SCHEMA, compression="zstd") as writer:
            for group in _groups(rows):
                counts.update(row["kind"] for row in group)
                first = first or next((f" ({row['row']}: {row['detail']})" for row in group if "reason" in row), "")
                writer.write_table(pa.Table.from_pylist(group, _SCHEMA))
            said = {
                **MADE_BY,
                "benchmark": printable(benchmark),
                "crops": crops,
                "counts": dict(sorted(counts.items())),
            }
            writer.add_key_value_metadata({_KEY: json.dumps(said, sort_keys=True).encode()})
        if not counts.keys() & {"picture", "source", "text"}:
            what = f"{benchmark} has no picture that can be read, no source id and no text of eight words"
            raise UsageError(
                f"{what}; {counts['failed']} can't be read{first}.", where="hashes", mend="Look into the folder."
            )
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return dict(sorted(counts.items()))


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == _GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group


def read_head(path: Path) -> dict[str, Any]:
    """Return what a hash list says of itself.

    Raises:
        UsageError: it is none, is damaged, or was made by another version.
    """
    with blaming(path), pq.ParquetFile(path) as parquet:
        said = (parquet.metadata.metadata or {}).get(_KEY)
        columns = set(parquet.schema_arrow.names)
        head = json.loads(said or b"null")
    if not isinstance(head, dict):
        raise UsageError("is no hash list: bricks didn't make it.", where=str(path), mend=_MEND)
    other = {name: head.get(name) for name, ours in MADE_BY.items() if head.get(name) != ours}
    if other:
        told = ", ".join(f"{name} {value!r}, not {MADE_BY[name]!r}" for name, value in other.items())
        raise UsageError(f"was made by another version of bricks ({told}).", where=str(path), mend=_MEND)
    if missing := set(_SCHEMA.names) - columns:
        raise UsageError(f"has no column {', '.join(sorted(missing))}.", where=str(path), mend=_MEND)
    return head


def read_kinds(path: Path, kinds: Iterable[str], columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of some kinds, a group of rows held at a time.

    Raises:
        UsageError: the file is damaged.
    """
    wanted = frozenset(kinds)
    with blaming(path), pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches(_GROUP_ROWS, columns=["kind", *columns], use_threads=False):
            yield from (row for row in batch.to_pylist() if row["kind"] in wanted)


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn what a damaged hash list does into one clear error.

    Raises:
        UsageError: it isn't there, or can't be read.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError("there is no such hash list.", where=str(path), mend=_MEND) from error
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        said = " ".join(str(error).split()).rstrip(".")[:200]
        raise UsageError(f"is no hash list that can be read: {said}.", where=str(path), mend=_MEND) from error
