"""Unsupported: a place in a text that its evidence doesn't carry, and the names of all checks."""

from typing import NamedTuple

CHECKS = (
    "numbers", "units", "statistics", "names", "organisms", "cell_lines", "cell_types", "stains", "treatments",
    "structures", "imaging", "conditions", "sexes_and_ages", "processes", "methods",
    "interpretation", "embellishment", "words", "polarity", "bindings", "panels", "hedges", "templates",
    "markup", "repetition", "untied", "length",
)  # fmt: skip
"""In the order in which they are told."""


class Place(NamedTuple):
    """A span of a text with the check that refuses it."""

    start: int
    end: int
    check: str
