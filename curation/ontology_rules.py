"""Ontology rules: which of an ontology's names are looked for, in which forms, and which column they fill."""

from collections.abc import Mapping
from typing import Literal

from schemas.records import Record

Field = Literal[
    "modality", "submodality", "stain", "organism", "tissue", "cell_type", "organelle", "domain", "subdomain",
    "phenotype", "quality", "method", "factor",
]  # fmt: skip
"""The first nine are columns of a panel; the others are told as annotations only."""


class Rule(Record):
    """How an ontology's names are looked for."""

    name: str
    """The word by which commands, manifests and columns call it."""
    prefix: str
    """Of its CURIEs."""
    field: Field
    """What its terms say of a picture, where no branch says better."""
    branches: Mapping[str, Field] = {}
    """Terms whose descendants, and they themselves, say something else; the nearest above a term speaks."""
    scopes: frozenset[str] = frozenset({"EXACT"})
    """Synonyms that are looked for beside the labels."""
    plural: bool = True
    adjectives: bool = False
    """Whether "retinal" is a name of what "retina" is."""
    latin: bool = False
    """Whether names with a capital are scientific: written with it, and never in the plural."""
    codes: bool = True
    """Whether its abbreviations are looked for; where not, only those that the curated table has."""
    namespace: str = ""
    """Where given, other terms stay out."""
    bearers_of: tuple[str, ...] = ()
    """Where given, only these roles, what has them, and what lies below stays of the whole ontology."""


# Roots and their meaning: FBbi's tree as released on 2019-03-07, BTO's of 2021-10-26, EFO's of v3.90.
# RELATED synonyms add nothing but noise for CL, UBERON, GO and taxa; of ChEBI's dyes they are the names people use.
_ALL = frozenset({"EXACT", "NARROW", "BROAD", "RELATED"})
RULES = (
    Rule(
        name="FBbi",
        prefix="FBbi",
        field="method",
        scopes=_ALL,
        branches={
            "FBbi:00000241": "submodality",
            "FBbi:00000321": "submodality",
            "FBbi:00000268": "submodality",
            "FBbi:00000271": "submodality",
            "FBbi:00000031": "stain",
        },
    ),
    Rule(name="NCBITaxon", prefix="NCBITaxon", field="organism", latin=True),
    Rule(name="UBERON", prefix="UBERON", field="tissue", adjectives=True, codes=False),
    Rule(name="CL", prefix="CL", field="cell_type", adjectives=True, codes=False),
    Rule(
        name="GO_CC",
        prefix="GO",
        field="organelle",
        branches={"GO:0032991": "factor"},  # complexes of proteins; the table has those that a picture shows
        adjectives=True,
        codes=False,
        namespace="cellular_component",
    ),
    Rule(
        name="ChEBI",
        prefix="CHEBI",
        field="stain",
        scopes=_ALL,
        # dye, fluorochrome, fluorescent probe, indicator, probe, histological dye
        bearers_of=("CHEBI:37958", "CHEBI:51217", "CHEBI:39442", "CHEBI:47867", "CHEBI:50406", "CHEBI:77178"),
    ),
    Rule(name="BTO", prefix="BTO", field="tissue", branches={"BTO:0001953": "cell_type", "BTO:0002666": "cell_type"}),
    Rule(
        name="EFO",
        prefix="EFO",
        field="factor",
        branches={"EFO:0000322": "cell_type", "EFO:0002001": "factor"},
    ),
    Rule(name="CMPO", prefix="CMPO", field="phenotype"),
    Rule(name="PATO", prefix="PATO", field="quality"),
    Rule(name="EDAM-bioimaging", prefix="EDAM", field="method"),
    Rule(name="bricks", prefix="bricks", field="method"),
)
_BY_PREFIX = {rule.prefix: rule for rule in RULES}
BY_NAME = {rule.name: rule for rule in RULES}
"""All rules; "bricks" is the curated table's own list, which no file holds."""


def rule_of(prefix: str) -> Rule:
    """Return the rule of an ontology, or a plain one for an ontology that isn't known here."""
    return _BY_PREFIX.get(prefix) or Rule(name=prefix, prefix=prefix, field="factor")
