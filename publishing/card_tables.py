"""Card tables: what a dataset's card shows as tables of values and of columns, longest lists cut with their rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pyarrow as pa

from publishing.dataset_counts import TOLD, Counts, total
from publishing.splits import SPLITS
from publishing.views import VIEWS, View
from schemas.column_meanings import meaning_of
from schemas.features import arrow_schema, pictures

_MOST_VALUES: Final = 12
_NOT_TOLD: Final = "(not told)"


@dataclass(frozen=True)
class Line:
    """A line of a table: a value and its rows, in each split and in all."""

    value: str
    by_split: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class Table:
    """How many rows have each value of a column."""

    column: str
    splits: tuple[str, ...]
    lines: tuple[Line, ...]


def statistics(counts: Counts) -> Iterator[Table]:
    """Yield a table of each counted column of `panels` of which any row tells something."""
    splits = tuple(split for split in SPLITS if any(split in each for each in counts.shares["license"].values()))
    for column in TOLD:
        shares = counts.shares[column]
        if set(shares) - {None}:
            lines = [
                Line(value or _NOT_TOLD, tuple(shares[value].get(split, 0) for split in splits), rows)
                for value, rows in total(shares)
            ]
            yield Table(column, splits, tuple(_cut(lines)))


def _cut(lines: list[Line]) -> Iterator[Line]:
    """Yield the first lines, then one for all others; what tells nothing keeps its own."""
    named = [line for line in lines if line.value != _NOT_TOLD]
    rest = named[_MOST_VALUES:]
    yield from named[:_MOST_VALUES]
    if rest:
        sums = tuple(map(sum, zip(*(line.by_split for line in rest), strict=True)))
        yield Line(f"({len(rest)} others)", sums, sum(line.rows for line in rest))
    yield from (line for line in lines if line.value == _NOT_TOLD)


def classes(counts: Counts) -> list[tuple[str, int]]:
    """Return how many objects are of each class, the most frequent first, and of all others together."""
    each = [(name or _NOT_TOLD, objects) for name, objects in counts.objects.items()]
    rest = each[_MOST_VALUES:]
    return each[:_MOST_VALUES] + ([(f"({len(rest)} others)", sum(n for _, n in rest))] if rest else [])


def schema(rows: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield each view that has rows with (column, type, meaning) of all that is in it, nested ones by their path."""
    for view in VIEWS:
        if any(name in rows for name in view.names):
            yield view.name, _columns(view)


@cache
def _columns(view: View) -> list[tuple[str, str, str]]:
    return [line for column in arrow_schema(view.model) for line in _lines(view, column, "")]


def _lines(view: View, column: pa.Field, within: str) -> Iterator[tuple[str, str, str]]:
    name = f"{within}{column.name}"
    if name in pictures(view.model):
        yield name, "image", meaning_of(view.name, name)
        return
    yield name, _shown(column.type), meaning_of(view.name, name)
    kind = column.type
    while pa.types.is_list(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind):
        for inner in kind:
            yield from _lines(view, inner, f"{name}.")


def _shown(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_shown(kind.value_type)}"
    if pa.types.is_timestamp(kind):
        return "time (UTC)"
    return "struct" if pa.types.is_struct(kind) else str(kind)
