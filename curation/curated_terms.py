"""Curated terms: the table of the terms that microscopy needs, which ships with bricks, so that nothing is downloaded.

`vocabulary/*.tsv`: id, label, field, value (the column's word, Micro-Bench's where it has one), within (what the value
implies: the modality of a submodality or a stain, the domain of a subdomain, the taxon that a genus stands for),
synonyms (the ontology's), aliases (ours). Ids of ontologies where one has the term, `bricks:` where none has.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from curation.ontology_rules import rule_of
from curation.terms import Kind, Known, Name, made_by_rule, unique

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
    return {row["id"]: _row(row) for table in TABLES for row in rows(table)}


def _row(cells: Mapping[str, str]) -> Curated:
    plain = {column: cells[column] for column in ("id", "label", "field", "value", "within")}
    return Curated(**plain, synonyms=_split(cells["synonyms"]), aliases=_split(cells["aliases"]))


def with_curated(terms: Iterable[Known]) -> list[Known]:
    """Return terms of ontologies together with the curated ones; one that both have keeps its label and all names."""
    table = dict(curated())
    merged = [_enriched(known, table.pop(known.id, None)) for known in terms]
    return sorted([*merged, *map(_known, table.values())])


def _aliases(row: Curated) -> list[Name]:
    return [Name(alias, Kind.ALIAS) for alias in row.aliases]


def _enriched(known: Known, row: Curated | None) -> Known:
    if row is None:
        return known
    return known._replace(field=row.field, names=unique([*known.names, *_aliases(row)]))


def _known(row: Curated) -> Known:
    rule = rule_of(row.id.partition(":")[0])
    names = [Name(row.label, Kind.LABEL), *(Name(text, Kind.EXACT) for text in row.synonyms)]
    names += [*made_by_rule(names, rule), *_aliases(row)]
    return Known(row.id, row.label, rule.name, row.field, unique(names))
