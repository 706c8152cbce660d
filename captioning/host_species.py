"""Host species: of which organism the cells of a picture are, where a line or a gene from elsewhere may mislead."""

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


def is_disputed(organism: str, named: Iterable[Meaning], texts: Iterable[str]) -> bool:
    """Return whether a column's organism may not be that of the cells: a line is of another, or a gene is of it."""
    lines = species_of(named)
    return (bool(lines) and organism not in lines) or len(lines) > 1 or organism in _brought_in(texts)


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
            yield from (value for field, value in mentioned(found["what"]) if field == _ORGANISM)


@cache
def _species() -> Mapping[str, str]:
    return {row["value"]: row["species"] for row in rows("line_species")}
