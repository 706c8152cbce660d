"""Privacy: which published texts and picture files hold what looks personal, told before anybody uploads them."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.workspace import Workspace, write_whole
from publishing.picture_persons import persons_in_picture
from publishing.row_texts import text_columns, texts_of
from publishing.views import PANELS_VIEW, VIEWS
from schemas.manifest import Manifest
from schemas.personal import personal_in
from schemas.records import Record

LIST = "personal.jsonl"
"""The file in the workspace that lists what was found; it is no part of the dataset, and repeats no address."""
_PUBLIC = frozenset({"pmc", "biorxiv", "medrxiv", "idr"})
"""Sources whose texts are published already; masks are where all are of public sets."""
_PICTURES = ("image", "raw")
_BATCH_ROWS = 16
_log = logging.getLogger(__name__)


class Found(Record):
    """What looks personal, by its place."""

    view: str
    id: str
    source_id: str
    column: str
    kind: str
    start: int | None = None
    end: int | None = None
    """Where in a text; None in a picture's file."""


def public_sources(sources: Iterable[tuple[str, str | None]]) -> frozenset[str]:
    """Return the kinds of sources whose texts are published, by the type and preset of each that a manifest names.

    >>> "masks" in public_sources([("masks", "busi")]), "masks" in public_sources([("masks", "busi"), ("masks", None)])
    (True, False)
    """
    own = any(kind == "masks" and preset is None for kind, preset in sources)
    return _PUBLIC if own else _PUBLIC | {"masks"}


def of_manifest(manifest: Manifest) -> frozenset[str]:
    """Return the same of a manifest that was read."""
    return public_sources((source.type, getattr(source, "preset", None)) for source in manifest.sources)


def report_personal(workspace: Workspace, folder: Path, public: frozenset[str]) -> int:
    """List what looks personal in texts and pictures of the dataset at `folder`, warn, and return how much there is."""
    found = list(personal(folder, public))
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


def personal(folder: Path, public: frozenset[str]) -> Iterator[Found]:
    """Yield what looks personal in the dataset at `folder`: in texts of all views, and in pictures' files.

    Of `public` sources only the texts that were made here are read.
    """
    for view in (name for each in VIEWS for name in each.names):
        for path in sorted((folder / view).glob("*.parquet")):
            with pq.ParquetFile(path) as parquet:
                for group in range(parquet.num_row_groups):
                    yield from _in_group(parquet, group, view, public)


def _in_group(parquet: pq.ParquetFile, group: int, view: str, public: frozenset[str]) -> Iterator[Found]:
    """Yield what a row group holds; where all its sources are public, only what was made is read, and no picture."""
    is_public = public.issuperset(parquet.read_row_group(group, ["source"])["source"].to_pylist())
    columns = text_columns(parquet.schema_arrow, made_alone=is_public)
    pictures = [] if is_public or view not in PANELS_VIEW.names else list(_PICTURES)
    for batch in parquet.iter_batches(
        _BATCH_ROWS, row_groups=[group], columns=[*columns, *pictures], use_threads=False
    ):
        for row in batch.to_pylist():
            held = [row.pop(name) for name in pictures]
            yield from _in_texts(row, view, made_alone=row["source"] in public)
            if row["source"] not in public:
                yield from _in_pictures(row, view, dict(zip(pictures, held, strict=True)))


def _in_texts(row: Mapping[str, Any], view: str, *, made_alone: bool) -> Iterator[Found]:
    for column, text in texts_of(row, made_alone=made_alone):
        for each in personal_in(text) if "@" in text or "-" in text else ():
            if column != "attribution" or each.kind == "email":  # it names people, as they asked
                of = {"view": view, "id": row["id"], "source_id": row["source_id"]}
                yield Found(**of, column=column, kind=each.kind, start=each.start, end=each.end)


def _in_pictures(row: Mapping[str, Any], view: str, held: Mapping[str, Any]) -> Iterator[Found]:
    for column, cell in held.items():
        for place, kind in persons_in_picture((cell["bytes"] if isinstance(cell, dict) else cell) or b""):
            yield Found(view=view, id=row["id"], source_id=row["source_id"], column=f"{column}:{place}", kind=kind)
