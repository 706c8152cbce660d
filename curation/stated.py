"""Stated: what the named facts of a picture say of its columns."""

from collections.abc import Iterable, Mapping
from functools import cache

from curation.words import key_of
from pipeline import shown_evidence
from schemas.curated_table import Curated, curated
from schemas.no_value import says_nothing
from schemas.records import Fact, Record

COLUMNS = shown_evidence.COLUMNS

WITHIN = {"submodality": "modality", "subdomain": "domain"}
"""Columns whose values belong to one of another column."""

_NO_COLUMN = frozenset(
    {"mixed", "mixture", "control", "controls", "untreated", "mock", "negative control", "positive control", "sample"}
)
"""What sources write of a sample where an organism or a tissue is asked for."""

# How sources call the columns.
_FACT_NAMES = {
    "modality": "modality", "imaging method": "modality", "imaging modality": "modality", "microscopy": "modality",
    "measurement technique": "modality",
    "submodality": "submodality", "stain": "stain", "staining": "stain", "dye": "stain", "fluorophore": "stain",
    "organism": "organism", "species": "organism", "study organism": "organism", "taxon": "organism",
    "tissue": "tissue", "organ": "tissue", "organism part": "tissue", "cell type": "cell_type",
    "cell line": "cell_type", "organelle": "organelle", "structure": "organelle", "domain": "domain",
    "subdomain": "subdomain",
}  # fmt: skip


class Choice(Record):
    """A column's value, and what it stands on."""

    value: str
    term: str | None
    confidence: float
    source: str
    """`fact`, or where the words stand: subcaption, caption, title, mention:<id>."""


def column_of(name: str) -> str | None:
    """Return the column that a fact of that name may fill."""
    return _FACT_NAMES.get(name.strip().lower().replace("_", " "))


def stated(facts: Iterable[Fact]) -> dict[str, list[Choice]]:
    """Return what facts say of the columns, each value once."""
    named = _by_name()
    told: dict[str, list[Choice]] = {}
    for fact in facts:
        field = column_of(fact.name)
        if field is None or says_nothing(fact.value) or fact.value.strip().lower() in _NO_COLUMN:
            continue
        for row in _rows_of(field, fact, named):
            for column, value, term in _columns_of(field, row, fact):
                choice = Choice(value=value, term=term, confidence=1.0, source=f"fact:{fact.name}")
                if all(known.value != value for known in told.setdefault(column, [])):
                    told[column].append(choice)
    return told


def _rows_of(field: str, fact: Fact, named: Mapping[tuple[str, str], Curated]) -> list[Curated | None]:
    """Return the row that a fact means; both, where its words are the name of one and its id that of another."""
    by_id, key = curated().get(fact.id or ""), key_of(fact.value)
    by_name = named.get((field, key)) or (named.get(("submodality", key)) if field == "modality" else None)
    if by_id is not None and by_name is not None and by_id.value != by_name.value:
        return [by_id, by_name]
    return [by_id or by_name]


def _columns_of(field: str, row: Curated | None, fact: Fact) -> Iterable[tuple[str, str, str | None]]:
    if row is None:
        yield field, fact.value.strip(), fact.id
        return
    yield row.field if row.field in COLUMNS else field, row.value, row.id
    if row.within and row.field in WITHIN:
        yield WITHIN[row.field], row.within, None


@cache
def _by_name() -> dict[tuple[str, str], Curated]:
    named: dict[tuple[str, str], Curated] = {}
    for row in curated().values():
        for name in (row.value, row.label, *row.synonyms, *row.aliases):
            named.setdefault((row.field, key_of(name)), row)
    return named


def named(field: str, words: str) -> Curated | None:
    """Return the row of the table that words name in a column."""
    return _by_name().get((field, key_of(words)))


def taxon_of(organism: str | None) -> str | None:
    """Return the NCBI Taxonomy id of an organism that the curated table has."""
    row = _by_name().get(("organism", key_of(organism))) if organism else None
    return (row.within or row.id) if row else None
