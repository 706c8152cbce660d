"""Number claims: numbers, units and statistics that no fact carries."""

import re
from collections.abc import Iterable, Iterator

from captioning.carried import Carried
from captioning.quantities import Quantity
from captioning.unsupported import Place


def unsupported_numbers(measured: Iterable[Quantity], evidence: Carried) -> Iterator[Place]:
    """Yield the numbers of a text that its evidence doesn't hold with that unit and role."""
    for found in measured:
        if not evidence.quantities.intersection(found.keys):
            yield Place(found.start, found.end, _check(found, evidence))


_STATISTICS = re.compile(r"n|p[<>=]")


def _check(found: Quantity, evidence: Carried) -> str:
    base, value = found.keys[0]
    if _STATISTICS.fullmatch(base):
        return "statistics"
    same_digits = {f"{each:.5e}".partition("e")[0] for each in evidence.values}
    return "units" if found.has_unit and f"{value:.5e}".partition("e")[0] in same_digits else "numbers"
