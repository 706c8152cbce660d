"""Review Parquet: items with their verdicts as a Parquet file, a row a verdict, and back."""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from curation.review_records import Read, ReviewRecord, SaidVerdict, read_each
from schemas.errors import UsageError

_ITEM = ("key", "queue", "origin", "stage", "id", "field", "content_hash", "source_id", "stratum", "question")
_AT_ONCE = 1024
"""Items to a row group."""
_SAID = ("who", "when", "verdict", "reason", "whole", "second")


def write(records: Iterable[ReviewRecord], path: Path) -> int:
    """Write a row for each verdict, and one for each item without any; return the number of items.

    Columns are text; `shown` and `value` are JSON, `when` is ISO 8601.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [*_ITEM, "shown", "state", *_SAID, "value"]
    types = {"whole": pa.bool_(), "second": pa.bool_()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in iter(partial(_taken, iter(records)), []):
            rows = [row for record in batch for row in _rows(record)]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(batch)
    return count


def _taken(records: Iterator[ReviewRecord]) -> list[ReviewRecord]:
    return list(islice(records, _AT_ONCE))


def _rows(record: ReviewRecord) -> Iterator[dict[str, Any]]:
    item = {name: getattr(record.item, name) for name in _ITEM}
    item |= {"shown": json.dumps(record.item.shown, ensure_ascii=False), "state": record.state}
    for said in record.verdicts:
        told = said.model_dump(mode="json")
        yield {**item, **told, "value": None if said.value is None else json.dumps(said.value, ensure_ascii=False)}
    if not record.verdicts:
        yield item


def verdicts(path: Path) -> Iterator[Read]:
    """Yield the verdicts that a file holds, each with its item's key.

    Raises:
        UsageError: it can't be read, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path, columns=["key", *_SAID, "value"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"can't be read: {' '.join(str(error).split())[:120]}", where=str(path)) from error
    for row in rows:
        if row["verdict"]:
            yield from read_each(row.pop("key"), [row], _said)


def _said(row: dict[str, Any]) -> SaidVerdict:
    value = json.loads(row["value"]) if row["value"] else None
    return SaidVerdict.model_validate({name: row[name] for name in _SAID if row[name] is not None} | {"value": value})
