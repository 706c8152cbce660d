"""Privacy: which published texts hold what looks like a person's e-mail or ORCID, told before anybody uploads them."""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.workspace import Workspace, write_whole
from publishing.views import PANELS_VIEW
from schemas.personal import personal_in
from schemas.records import Record

LIST = "personal.jsonl"
"""The file in the workspace that lists what was found; it is no part of the dataset, and repeats no address."""
_PUBLIC = frozenset({"pmc", "biorxiv", "medrxiv", "idr", "masks"})
"""Sources whose texts are published already."""
_COLUMNS = ("id", "source", "source_id", "title", "caption", "subcaption", "mentions", "facts", "label", "distilled")
_log = logging.getLogger(__name__)


class Found(Record):
    """A string that looks personal, by its place."""

    id: str
    source_id: str
    column: str
    kind: str
    start: int
    end: int


def report_personal(workspace: Workspace, folder: Path) -> int:
    """List what looks personal in the texts of the dataset at `folder`, warn of it, and return how much there is."""
    found = [each for row in _rows(folder) for each in _found(row)]
    if not found:
        (workspace.root / LIST).unlink(missing_ok=True)
        return 0
    lines = "".join(f"{json.dumps(each.model_dump())}\n" for each in found)
    write_whole(workspace.root / LIST, lines.encode())
    words = "%d places in %d rows look like a person's e-mail or ORCID; %s lists them: look before you publish"
    _log.warning(words, len(found), len({each.id for each in found}), workspace.root / LIST)
    return len(found)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for name in PANELS_VIEW.names:
        for path in sorted((folder / name).glob("*.parquet")):
            with pq.ParquetFile(path) as parquet:
                for batch in parquet.iter_batches(1024, columns=list(_COLUMNS), use_threads=False):
                    yield from (row for row in batch.to_pylist() if row["source"] not in _PUBLIC)


def _found(row: Mapping[str, Any]) -> Iterator[Found]:
    for column, text in _texts(row):
        for each in personal_in(text):
            yield Found(
                id=row["id"],
                source_id=row["source_id"],
                column=column,
                kind=each.kind,
                start=each.start,
                end=each.end,
            )


def _texts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text of a row with the name of its place."""
    for column in ("source_id", "title", "caption", "subcaption", "label"):
        yield column, row[column] or ""
    yield "distilled", (row["distilled"] or {}).get("text") or ""
    for mention in row["mentions"] or ():
        yield f"mention:{mention['id']}", mention["text"]
    for fact in row["facts"] or ():
        yield f"fact:{fact['name']}", fact["value"]
