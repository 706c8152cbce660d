"""Host species: of which organism the cells of a picture are, and of which kind, where what they came of misleads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from captioning.mentioned import Meaning, mentioned
from schemas.curated_table import rows
from schemas.trees import values

_BACTERIA = ("NCBITaxon:2", "Bacteria")
_OF_ALL = frozenset({"ribosome", "cell wall", "plasma membrane", "extracellular vesicle"})
"""Structures that bacteria have too."""
_ORGANISM, _CELLS = "organism", "cell_type"
_BROUGHT_IN = re.compile(
    r"\b(?:(?:over|co-?)?express(?:ing|es|ed|ion of)?|transfect(?:ed|ion)(?: with)?|transduc(?:ed|tion)(?: with)?|"
    r"infect(?:ed|ion)(?: (?:with|by))?|inject(?:ed|ion)(?: with)?|electroporated with|encod(?:ing|ed|es)|carrying|"
    r"bearing|"
    r"co-?cultured? with|inoculated with|xenograft(?:s|ed)?(?: (?:of|with))?|transplant(?:ed)?(?: with)?|"
    r"knock-?in of|treated with|incubated with|recombinant|purified|raised (?:against|in)|against|anti)[\s-]"
    r"(?P<what>(?:[\w.'/-]+\s){0,3}?[\w.'/-]+(?:\s[\w.'/-]+)?)",
    re.IGNORECASE,
)
"""What was brought into cells, or is bound by an antibody; up to five words, among which a species may be."""
_MADE_OF = re.compile(
    r"\b(?P<before>(?:[\w+]+[\s-]+){0,3}[\w+]+)[\s-]+derived\b(?!\s+from)|"
    r"\b(?:derived|differentiated|generated|reprogrammed|obtained) from (?P<after>(?:[\w+-]+\s){0,3}[\w+-]+)",
    re.IGNORECASE,
)
"""What cells were made of: of iPSC-derived neurons it is iPSCs."""
_DISEASE = re.compile(r"malaria|tubercul|toxoplasm|candidia", re.IGNORECASE)
_JOINS = re.compile(r"\b(?:and|or|of|in|with|from|the|by|into|to)\b", re.IGNORECASE)


def is_disputed(organism: str, named: Iterable[Meaning], texts: Iterable[str]) -> bool:
    """Return whether a column's organism may not be that of the cells: a line is of another, or a gene is of it."""
    lines = species_of(named)
    return (bool(lines) and organism not in lines) or len(lines) > 1 or organism in _brought_in(texts)


def is_origin(cell_type: str, texts: Iterable[str]) -> bool:
    """Return whether texts name a kind of cell as what others were made of: iPSC-derived cardiomyocytes are no iPSCs.

    >>> [is_origin(cell, ["Human iPSC-derived cardiomyocytes"]) for cell in ("iPSC", "cardiac muscle cell")]
    [True, False]
    """
    return any((_CELLS, cell_type) in mentioned(origin) for text in texts for origin in _origins(text))


def _origins(text: str) -> Iterator[str]:
    for found in _MADE_OF.finditer(text):
        before, after = found["before"], found["after"]
        yield _JOINS.split(before)[-1] if before else _JOINS.split(after)[0]


def has_part(organism: str | None, organelle: str) -> bool:
    """Return whether cells of an organism may have a structure: a flagellum of bacteria is no cilium."""
    bacterial = organism == _BACTERIA[1] or _branch(_ORGANISM, organism or "") == _BACTERIA[0]
    return not bacterial or organelle in _OF_ALL or _branch("organelle", organelle) == "bricks:bacterial-parts"


def _branch(field: str, value: str) -> str:
    node = values(field).get(value)
    return node.above if node else ""


def species_of(named: Iterable[Meaning]) -> frozenset[str]:
    """Return the species of the cell lines among what is named."""
    return frozenset(_species()[value] for field, value in named if field == _CELLS and value in _species())


def _brought_in(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for found in _BROUGHT_IN.finditer(text):
            yield from (value for field, value in _named_in(found["what"]) if field == _ORGANISM)


def _named_in(what: str) -> Iterable[Meaning]:
    """Return what is named, but not the host that a virus speaks of: HIV in human cells brings no human in."""
    named, virus = mentioned(what), {(_ORGANISM, "Viruses")}
    if virus & named or _DISEASE.search(what):
        return mentioned(what, by_markers=False) | (virus & named)
    return named


@cache
def _species() -> Mapping[str, str]:
    return {row["value"]: row["species"] for row in rows("line_species")}
