"""Privacy: which published texts and picture files hold what looks personal, told before anybody uploads them."""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.workspace import Workspace, write_whole
from publishing.picture_persons import persons_in_picture
from publishing.views import PANELS_VIEW
from schemas.personal import personal_in
from schemas.records import Record

LIST = "personal.jsonl"
"""The file in the workspace that lists what was found; it is no part of the dataset, and repeats no address."""
_PUBLIC = frozenset({"pmc", "biorxiv", "medrxiv", "idr", "masks"})
"""Sources whose texts are published already."""
_COLUMNS = ("id", "source", "source_id", "title", "caption", "subcaption", "mentions", "facts", "label", "distilled")
_PICTURES = ("image", "raw")
_BATCH_ROWS = 16
_log = logging.getLogger(__name__)


class Found(Record):
    """What looks personal, by its place."""

    id: str
    source_id: str
    column: str
    kind: str
    start: int | None = None
    end: int | None = None
    """Where in a text; None in a picture's file."""


def report_personal(workspace: Workspace, folder: Path) -> int:
    """List what looks personal in texts and pictures of the dataset at `folder`, warn, and return how much there is."""
    found = list(personal(folder))
    if not found:
        (workspace.root / LIST).unlink(missing_ok=True)
        return 0
    lines = "".join(f"{json.dumps(each.model_dump())}\n" for each in found)
    write_whole(workspace.root / LIST, lines.encode())
    words = (
        "%d places in %d rows look like a person's e-mail or ORCID, or say whose a picture is; %s lists them: "
        "look before you publish"
    )
    _log.warning(words, len(found), len({each.id for each in found}), workspace.root / LIST)
    return len(found)


def personal(folder: Path) -> Iterator[Found]:
    """Yield what looks personal in the dataset at `folder`."""
    return (each for row in _rows(folder) for each in _found(row))


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of sources that aren't public; of the others no picture is read."""
    for name in PANELS_VIEW.names:
        for path in sorted((folder / name).glob("*.parquet")):
            with pq.ParquetFile(path) as parquet:
                for group in range(parquet.num_row_groups):
                    if not _PUBLIC.issuperset(parquet.read_row_group(group, ["source"])["source"].to_pylist()):
                        yield from _rows_of(parquet, group)


def _rows_of(parquet: pq.ParquetFile, group: int) -> Iterator[dict[str, Any]]:
    columns = [*_COLUMNS, *_PICTURES]
    for batch in parquet.iter_batches(_BATCH_ROWS, row_groups=[group], columns=columns, use_threads=False):
        yield from (row for row in batch.to_pylist() if row["source"] not in _PUBLIC)


def _found(row: Mapping[str, Any]) -> Iterator[Found]:
    of = {"id": row["id"], "source_id": row["source_id"]}
    for column, text in _texts(row):
        for each in personal_in(text):
            yield Found(**of, column=column, kind=each.kind, start=each.start, end=each.end)
    for column in _PICTURES:
        held = row[column] or b""
        for place, kind in persons_in_picture(held["bytes"] if isinstance(held, dict) else held):
            yield Found(**of, column=f"{column}:{place}", kind=kind)


def _texts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text of a row with the name of its place."""
    for column in ("source_id", "title", "caption", "subcaption", "label"):
        yield column, row[column] or ""
    yield "distilled", (row["distilled"] or {}).get("text") or ""
    for mention in row["mentions"] or ():
        yield f"mention:{mention['id']}", mention["text"]
    for fact in row["facts"] or ():
        yield f"fact:{fact['name']}", fact["value"]
