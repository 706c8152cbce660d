"""Dataset counts: what the rows of a dataset add up to, read from the narrow columns of its files."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publishing.dataset_files import files_of_view
from publishing.views import CONVERSATIONS_VIEW, PANELS_VIEW, SEGMENTATION_VIEW

TOLD: Final = ("source", "license", "kind", "modality", "submodality", "organism", "microns_per_pixel_source", "label")
"""The columns of `panels` whose values are counted, by split."""
_PLAIN: Final = (*TOLD, "split", "retrieved_at", "year", "doi", "family", "raw_format", "box")
_TEXTS: Final = ("distilled.model", "distilled.revision", "distilled.prompt")
_ONTOLOGY: Final = "annotations.list.element.ontology"

Shares = dict[str | None, dict[str, int]]
"""Value -> split -> rows; None where nothing is told."""


@dataclass(frozen=True)
class Writer:
    """What texts were made with, and how many rows have one by it."""

    model: str | None
    revision: str | None
    prompt: str | None
    rows: int


@dataclass(frozen=True)
class Counts:
    """What a dataset's rows add up to; all but the last three of `panels`, both halves."""

    panels: int
    shares: dict[str, Shares]
    licensed: dict[tuple[str, str], int]
    """(source, licence) -> rows."""
    families: int
    days: tuple[date, date] | None
    """The first and last on which a row was fetched; None where all come from local files."""
    years: tuple[int, int] | None
    writers: tuple[Writer, ...]
    ontologies: dict[str, int]
    """Ontology -> terms found."""
    originals: int
    """Rows that hold the original of a rendering."""
    conversed: tuple[Writer, ...]
    masked: int
    """Images that have a mask."""
    objects: dict[str | None, int]
    """Class -> objects of these images."""


def counted(folder: Path) -> Counts:
    """Return what the dataset at `folder` adds up to."""
    table = _table(files_of_view(folder, PANELS_VIEW), (*_PLAIN, *_TEXTS, _ONTOLOGY))
    pairs = table.group_by(["source", "license"]).aggregate([([], "count_all")]).to_pylist()
    days = _extremes(table["retrieved_at"])
    masked, objects = _masked(folder)
    return Counts(
        panels=table.num_rows,
        shares={column: _shares(table, column) for column in TOLD},
        licensed={(row["source"], row["license"]): row["count_all"] for row in _sorted(pairs, "source", "license")},
        families=pc.count_distinct(table["family"]).as_py(),
        days=(days[0].date(), days[1].date()) if days else None,
        years=_extremes(table["year"]),
        writers=_writers(table.select(["model", "revision", "prompt"])),
        ontologies=_values(pc.list_flatten(table["ontology"])),
        originals=table.num_rows - table["raw_format"].null_count,
        conversed=_writers(_table(files_of_view(folder, CONVERSATIONS_VIEW), ("model", "revision", "prompt"))),
        masked=masked,
        objects=objects,
    )


def micrographs(counts: Counts) -> int | None:
    """Return how many panels were taken for microscopy; None where no panel's kind is known."""
    kinds = dict(total(counts.shares["kind"]))
    return kinds.get("microscopy", 0) if set(kinds) - {None} else None


def subjects(counts: Counts) -> list[str]:
    """Return what the dataset is found by."""
    return ["bioimaging"] if micrographs(counts) == 0 else ["microscopy", "bioimaging"]


def named(counts: Counts) -> str:
    """Return what the rows are, as a sentence begins with it."""
    known = micrographs(counts)
    plural = "panel" if counts.panels == 1 else "panels"
    if known is None:
        return f"{counts.panels} {plural}"
    if known == counts.panels:
        return f"{counts.panels} microscopy {plural}"
    return f"{counts.panels} {plural}, of which {known or 'none'} {'is' if known < 2 else 'are'} microscopy,"


def total(shares: Shares) -> list[tuple[str | None, int]]:
    """Return how many rows have each value, the most frequent first, those that tell nothing last."""
    sums = [(value, sum(splits.values())) for value, splits in shares.items()]
    return sorted(sums, key=lambda pair: (pair[0] is None, -pair[1], pair[0] or ""))


def _table(files: Iterable[Path], columns: tuple[str, ...]) -> pa.Table:
    """Return columns of files as one table; what is taken out of a struct or list is named by its last word."""
    names = [column.rpartition(".")[2] for column in columns]
    tables = [_columns(path, columns, names) for path in files]
    empty = pa.table({name: pa.array([], pa.string()) for name in names})
    return pa.concat_tables(tables) if tables else empty


def _columns(path: Path, columns: tuple[str, ...], names: list[str]) -> pa.Table:
    with pq.ParquetFile(path) as parquet:
        held = parquet.read(columns=list(columns), use_threads=False)
    return pa.table([_column(held, column) for column in columns], names=names)


def _column(held: pa.Table, column: str) -> pa.ChunkedArray:
    name, _, inner = column.partition(".")
    if not inner:
        return held[name]
    if inner.startswith("list."):
        each = [_inner_list(chunk, inner.rpartition(".")[2]) for chunk in held[name].chunks]
        return pa.chunked_array(each, pa.list_(pa.string()))
    return pc.struct_field(held[name], inner)


def _inner_list(lists: Any, field: str) -> pa.Array:  # noqa: ANN401  (pyarrow tells mypy nothing)
    """Return, of lists of structs, the lists of one of their fields."""
    values = pc.struct_field(lists.flatten(), field)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array([0, *lengths.cumsum()], pa.int32()), values)


def _shares(table: pa.Table, column: str) -> Shares:
    rows = table.group_by([column, "split"]).aggregate([([], "count_all")]).to_pylist()
    shares: Shares = {}
    for row in _sorted(rows, column, "split"):
        shares.setdefault(row[column], {})[row["split"]] = row["count_all"]
    return shares


def _sorted(rows: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [(row[column] is None, row[column] or "") for column in columns])


def _extremes(column: pa.ChunkedArray) -> tuple[Any, Any] | None:
    found = pc.min_max(column).as_py() if len(column) > column.null_count else None
    return (found["min"], found["max"]) if found else None


def _values(column: pa.ChunkedArray) -> dict[Any, int]:
    each = Counter({row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()})
    return dict(sorted(each.items(), key=lambda pair: (pair[0] is None, -pair[1], pair[0] or "")))


def _writers(table: pa.Table) -> tuple[Writer, ...]:
    rows = table.group_by(["model", "revision", "prompt"]).aggregate([([], "count_all")]).to_pylist()
    each = _sorted(rows, "prompt", "model", "revision")
    return tuple(Writer(row["model"], row["revision"], row["prompt"], row["count_all"]) for row in each)


def _masked(folder: Path) -> tuple[int, dict[str | None, int]]:
    """Return the images that have a mask, and the objects on them by class."""
    table = _table(files_of_view(folder, SEGMENTATION_VIEW), ("instances.list.element.class",))
    if not table.num_rows:
        return 0, {}
    return table.num_rows, _values(pc.list_flatten(table["class"]))
