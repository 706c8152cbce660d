"""Curated terms: the table that ships with bricks (`schemas.curated_table`), as terms that texts are searched for."""

from collections.abc import Iterable

from curation.ontology_rules import rule_of
from curation.terms import Kind, Known, Name, made_by_rule, unique
from schemas.curated_table import Curated, curated


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
