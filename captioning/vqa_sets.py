"""VQA sets: the rows of a set of questions, from a folder, a file or the Hub, with pictures or without."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.errors import UsageError

HUB: Final = "hub:"
_VIEW: Final = "questions"
_HALVES: Final = ("", "-noncommercial")
_A_BATCH: Final = 32
"""Rows that are read at once: each may hold a picture of some megabytes."""
_TEXT_FILES: Final = {".jsonl": "json", ".json": "json", ".csv": "csv", ".tsv": "csv"}
_MEND: Final = (
    "Give a dataset of bricks, a folder or file of Parquet, a folder of save_to_disk, or org/name of the Hub."
)

Row = dict[str, Any]
Wanted = set[int] | None
"""Numbers of rows; None for all."""


@dataclass(frozen=True)
class Rows:
    """A table that is read from its beginning each time, in the same order."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str], "Wanted"], Iterator[tuple[int, Row]]]
    """Yields (number from 0, row with these columns) of the rows that are wanted, in order."""
    folder: Path | None = None
    """What paths in the rows are relative to."""


def opened(place: str, *, view: str | None = None, split: str | None = None) -> Rows:
    """Return the questions that lie at a place.

    Raises:
        UsageError: nothing is there, it has several splits and none is named, or it can't be read.
    """
    path = Path(place).expanduser()
    if place.startswith(HUB) or (not path.exists() and _may_be_of_hub(place)):
        return _from_hub(place.removeprefix(HUB), view, split)
    if not path.exists():
        raise UsageError("there is nothing.", where=place, mend=_MEND)
    if any((path / name).is_file() for name in ("dataset_dict.json", "state.json")):
        return _saved(path, split)
    if path.is_file():
        return _parquet([path], path.stem, path.parent) if path.suffix == ".parquet" else _text(path)
    folders = [path / f"{view or _VIEW}{half}" for half in _HALVES]
    inner = [folder for folder in folders if folder.is_dir()]
    if view and not inner:
        raise UsageError(f"has no view {view!r}.", where=place, mend=_MEND)
    files = [file for folder in inner or [path] for file in sorted(folder.rglob("*.parquet"))]
    if files:
        return _parquet(_of_split(files, split, place), _name(path), path)
    texts = sorted(file for file in path.iterdir() if file.suffix in _TEXT_FILES)
    if len(texts) == 1:
        return _text(texts[0])
    raise UsageError("holds no questions.", where=place, mend=_MEND)


def _may_be_of_hub(place: str) -> bool:
    """Return whether a place where nothing lies has the form org/name, and its beginning is no folder here."""
    first, _, rest = place.partition("/")
    return re.fullmatch(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?", place) is not None and bool(rest) and not Path(first).exists()


def _name(path: Path) -> str:
    """Return what a set is called: as its folder, or as the run whose `dataset` it is."""
    whole = path.resolve()
    return whole.parent.name if whole.name == "dataset" and whole.parent.name else whole.name


def _of_split(files: list[Path], split: str | None, place: str) -> list[Path]:
    """Return the files of one split, which their names begin with: test-00000-of-00001.parquet."""
    splits = {file: file.name.split("-")[0].removesuffix(".parquet") for file in files}
    wanted = _one_split(sorted(set(splits.values())), split, place)
    return [file for file in files if splits[file] == wanted]


def _one_split(there: Sequence[str], asked: str | None, place: str) -> str:
    """Return the split that is asked for, else `test`, else the only one."""
    wanted = asked or ("test" if "test" in there else there[0] if len(there) == 1 else None)
    if wanted not in there:
        what = f"has no split {asked!r}." if asked else "has several splits."
        raise UsageError(what, where=place, mend=f"Give --split: {', '.join(there)}.")
    return str(wanted)


def _parquet(files: Sequence[Path], name: str, folder: Path) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(columns: Sequence[str], wanted: Wanted) -> Iterator[tuple[int, Row]]:
        number = 0
        for file in files:
            with pq.ParquetFile(file) as opened_file:
                for group in range(opened_file.num_row_groups):
                    count = opened_file.metadata.row_group(group).num_rows
                    if wanted is None or not wanted.isdisjoint(range(number, number + count)):
                        told = {"batch_size": _A_BATCH, "columns": list(columns), "row_groups": [group]}
                        rows = (row for batch in opened_file.iter_batches(**told) for row in batch.to_pylist())
                        yield from _those(enumerate(rows, start=number), wanted)
                    number += count

    try:
        columns = tuple(pq.read_schema(files[0]).names)
        if len({tuple(pq.read_schema(file).names) for file in files}) > 1:
            raise UsageError("its Parquet files have different columns.", where=str(folder), mend="Give one of them.")
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"a Parquet can't be read: {error}.", where=str(folder), mend="Fetch it again.") from error
    return Rows(name, columns, read, folder)


def _those(rows: Iterator[tuple[int, Row]], wanted: Wanted) -> Iterator[tuple[int, Row]]:
    return rows if wanted is None else (one for one in rows if one[0] in wanted)


def _text(path: Path) -> Rows:
    """Return the rows of a table of lines; csv and tsv hold texts alone."""
    import csv
    import json

    kind = _TEXT_FILES.get(path.suffix)
    if kind is None:
        raise UsageError("is no table that is read here.", where=str(path), mend=_MEND)

    def rows() -> list[Row]:
        with path.open(encoding="utf-8-sig", newline="" if kind == "csv" else "\n") as opened_file:
            if kind == "csv":
                return list(csv.DictReader(opened_file, delimiter="\t" if path.suffix == ".tsv" else ","))
            text = opened_file.read()
        said = (
            json.loads(text) if path.suffix == ".json" else [json.loads(one) for one in text.split("\n") if one.strip()]
        )
        return [said] if isinstance(said, dict) else list(said)

    try:
        found = rows()
        columns = tuple(dict.fromkeys(name for row in found for name in row))
    except (ValueError, AttributeError, TypeError, csv.Error) as error:
        raise UsageError(f"can't be read: {error}.", where=str(path), mend=_MEND) from error
    return Rows(path.stem, columns, lambda _, wanted: _those(enumerate(found), wanted), path.parent)


def _saved(path: Path, split: str | None) -> Rows:
    from datasets import DatasetDict, load_from_disk

    loaded = load_from_disk(str(path))
    if isinstance(loaded, DatasetDict):
        loaded = loaded[_one_split(sorted(loaded), split, str(path))]
    return _arrow(loaded, path.resolve().name, path)


def _from_hub(place: str, view: str | None, split: str | None) -> Rows:
    """Return a dataset of the Hub, or one that its cache has: org/name, org/name@revision."""
    name, _, revision = place.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise UsageError("there is nothing.", where=place, mend=_MEND)
    from datasets import get_dataset_config_names, load_dataset
    from datasets.exceptions import DatasetsError

    try:
        views = [] if view else get_dataset_config_names(name, revision=revision or None)
        loaded = load_dataset(name, _VIEW if _VIEW in views else view, revision=revision or None)
    except (DatasetsError, OSError, ValueError) as error:
        what = " ".join(str(error).split())[:300].rstrip(".")
        raise UsageError(f"isn't here, and the Hub doesn't give it: {what}.", where=place, mend=_MEND) from error
    return _arrow(loaded[_one_split(sorted(loaded), split, place)], place, None)


def _arrow(loaded: Any, name: str, folder: Path | None) -> Rows:  # noqa: ANN401  (datasets is untyped)
    def read(columns: Sequence[str], wanted: Wanted) -> Iterator[tuple[int, Row]]:
        numbers = range(len(loaded)) if wanted is None else sorted(wanted)
        narrow = loaded.select_columns(list(columns))
        some = (narrow if wanted is None else narrow.select(numbers)).with_format("arrow")
        rows = (row for table in some.iter(batch_size=_A_BATCH) for row in table.to_pylist())
        yield from zip(numbers, rows, strict=True)

    return Rows(name, tuple(loaded.column_names), read, folder)
