"""Curated table: the terms that microscopy needs, with every name; the data lie in `vocabulary/*.tsv`.

Columns: id, label, field, value (the column's word, Micro-Bench's where it has one), within (what the value implies:
the modality of a submodality or a stain, the domain of a subdomain, the taxon that a genus stands for), synonyms (the
ontology's), aliases (ours). Ids of ontologies where one has the term, `bricks:` where none has.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "vocabulary"
TABLES = (
    "imaging", "stains", "organisms", "cell_types", "cell_lines", "organelles", "tissues", "domains",
)  # fmt: skip


class Curated(NamedTuple):
    """A row of the table."""

    id: str
    label: str
    field: str
    value: str
    within: str
    synonyms: tuple[str, ...]
    aliases: tuple[str, ...]
    table: str


def rows(table: str) -> Iterable[dict[str, str]]:
    """Yield the rows of a table of the vocabulary; lines that start with # say where it comes from."""
    with (FOLDER / f"{table}.tsv").open(encoding="utf-8", newline="") as file:
        told = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(told, delimiter="\t", quoting=csv.QUOTE_NONE)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


@cache
def curated() -> Mapping[str, Curated]:
    """Return every row by its id."""
    return {row["id"]: _row(row, table) for table in TABLES for row in rows(table)}


def _row(cells: Mapping[str, str], table: str) -> Curated:
    plain = {column: cells[column] for column in ("id", "label", "field", "value", "within")}
    return Curated(**plain, synonyms=_split(cells["synonyms"]), aliases=_split(cells["aliases"]), table=table)
