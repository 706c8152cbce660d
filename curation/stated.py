"""Stated: what the named facts of a figure say of its panel, word for word; prose is not read here."""

from collections.abc import Iterable, Mapping
from typing import Any

FIELDS = ("modality", "submodality", "domain", "subdomain", "stain", "organism", "tissue", "cell_type", "organelle")
"""The columns of a panel that a fact of the same name fills."""

_TAXON = "NCBITaxon:"


def stated_fields(facts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the columns of `2-panels` that `facts` fill; where two facts of a name disagree, none.

    >>> stated_fields([{"name": "stain", "value": "DAPI", "id": None}])
    {'stain': 'DAPI'}
    """
    known = list(facts)
    said = {field: {fact["value"]: fact["id"] for fact in known if fact["name"] == field} for field in FIELDS}
    fields = {field: next(iter(values)) for field, values in said.items() if len(values) == 1}
    taxon = said["organism"].get(fields.get("organism", ""))
    return fields | ({"ncbitaxon_id": taxon} if taxon and taxon.startswith(_TAXON) else {})
