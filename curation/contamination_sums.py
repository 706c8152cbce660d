"""Contamination sums: per benchmark and check, how many panels were found, and how many by that check alone.

Neighbours by embedding look alike and need be no copy, so they are a figure of their own: they take nothing from what
other checks found alone, and what they found alone is what no other check found.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from curation.gates import EMBEDDING
from schemas.records import Contamination

CHECKS = ("hash", "pixels", "source_id", "text", EMBEDDING)


class Sum(NamedTuple):
    """What one check found in one benchmark."""

    benchmark: str
    check: str | None
    panels: int
    alone: int
    """Panels that no other check found in it; embedding left out, unless it is the check."""


def sums(hits: Iterable[tuple[int, Contamination]]) -> list[Sum]:
    """Return the sums of hits, by benchmark, then in the order of `CHECKS`; a check that found nothing is left out."""
    fired: dict[tuple[str, int], set[str]] = defaultdict(set)
    for at, hit in hits:
        fired[hit.benchmark, at].add(hit.check)
    counted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (benchmark, _), checks in fired.items():
        for check in checks:
            counted[benchmark, check][0] += 1
            counted[benchmark, check][1] += not (checks - {check, EMBEDDING})
    order = sorted(counted, key=lambda key: (key[0], CHECKS.index(key[1])))
    return [Sum(*key, *counted[key]) for key in order]


def worded(found: Iterable[Sum]) -> list[str]:
    """Return the sums in words, a line each; neighbours by embedding come last and say so."""
    told = [one for one in found if one.check != EMBEDDING]
    apart = [one for one in found if one.check == EMBEDDING]
    lines = [f"{one.benchmark}: {one.panels} by {one.check}, {one.alone} by it alone" for one in told]
    return lines + [
        f"{one.benchmark}: {one.panels} look alike to the encoder, {one.alone} of them only so" for one in apart
    ]
