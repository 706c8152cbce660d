"""Number claims: numbers, units and statistics that no fact carries."""

import re
from collections.abc import Iterable, Iterator

from captioning.carried import Carried
from captioning.quantities import Quantity
from captioning.unsupported import Place


def unsupported_numbers(measured: Iterable[Quantity], evidence: Carried) -> Iterator[Place]:
    """Yield the numbers of a text that its evidence doesn't hold with that unit and role."""
    for found in measured:
        if not (evidence.quantities.intersection(found.keys) or _by_itself(found, evidence)):
            yield Place(found.start, found.end, _check(found, evidence))


def _by_itself(found: Quantity, evidence: Carried) -> bool:
    """Return whether one side gives a number no neighbours by which it could be another."""
    value = found.keys[0][1]
    named = {base for base, _ in found.keys}
    if named == {""}:
        return value in evidence.bare
    return not found.has_unit and "n" not in named and ("", value) in evidence.quantities


_STATISTICS = re.compile(r"n|p[<>=]")


def _check(found: Quantity, evidence: Carried) -> str:
    base, value = found.keys[0]
    if _STATISTICS.fullmatch(base):
        return "statistics"
    same_digits = {f"{each:.5e}".partition("e")[0] for each in evidence.values}
    return "units" if found.has_unit and f"{value:.5e}".partition("e")[0] in same_digits else "numbers"
