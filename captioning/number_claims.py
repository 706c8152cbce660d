"""Number claims: numbers, units and statistics that no fact carries."""

import re
from collections.abc import Iterable, Iterator

from captioning.bounds import bound_of
from captioning.carried import Carried
from captioning.letters import stem
from captioning.quantities import Quantity
from captioning.unsupported import Place

_LISTED = re.compile(r"[\w -]{2,40}?(?:,|:| \()\s?(?:[^,;:.()]{1,40}, ){0,10}[^,;:.()]{1,40}?,? (?:and|or) [^,;:.() ]")
"""What was counted, and its list: "proteins, LipH, LipN and LipY"."""


def unsupported_numbers(text: str, measured: Iterable[Quantity], evidence: Carried) -> Iterator[Place]:
    """Yield the numbers of a text that its evidence doesn't hold with that unit and role.

    A number whose things the text itself lists behind it needs no fact: each of them does.
    """
    for found in measured:
        if evidence.quantities.intersection(found.keys) or _by_itself(found, evidence):
            if _is_bounded(text, found, evidence):
                yield Place(found.start, found.end, _check(found, evidence))
            continue
        if found.has_unit or _listed(text, found.end) != found.keys[0][1]:
            yield Place(found.start, found.end, _check(found, evidence))


_SAMPLED = frozenset(
    f"of {stem(word)}"
    for word in ("sample", "animal", "mouse", "rat", "experiment", "replicate", "patient", "specimen")
)
"""What n usually counts."""


def _is_bounded(text: str, found: Quantity, evidence: Carried) -> bool:
    """Return whether a number is told as a bound that the evidence doesn't give: more than 5 for n = 5."""
    bound = bound_of(text, found.start)
    values = {value for _, value in found.keys}
    return bool(bound) and not any(each == bound and key[1] in values for each, key in evidence.bounds)


def _listed(text: str, end: int) -> int:
    """Return how many things a list counts that stands behind a number; 0 for none."""
    found = _LISTED.match(text, end)
    if not found:
        return 0
    names, _, items = re.sub(r",? (?:and|or) ", ", ", found[0]).replace(" (", ",").replace(":", ",").partition(",")
    return len(items.split(", ")) if names.strip() else 0


def _by_itself(found: Quantity, evidence: Carried) -> bool:
    """Return whether one side gives a number no neighbours by which it could be another."""
    base, value = found.keys[0]
    named = {base for base, _ in found.keys}
    if base == "single":
        return ("one ", 1.0) in evidence.quantities
    if base == "th":
        return any(each == value and known.startswith("after ") for known, each in evidence.quantities)
    if not named.isdisjoint(_SAMPLED) and ("n", value) in evidence.quantities:
        return True
    if named == {""}:
        return value in evidence.bare or ("th", value) in evidence.quantities
    if base == "x":
        return ("", value) in evidence.quantities
    return not found.has_unit and "n" not in named and ("", value) in evidence.quantities


_STATISTICS = re.compile(r"n|p[<>=]")


def _check(found: Quantity, evidence: Carried) -> str:
    base, value = found.keys[0]
    if _STATISTICS.fullmatch(base):
        return "statistics"
    same_digits = {f"{each:.5e}".partition("e")[0] for each in evidence.values}
    return "units" if found.has_unit and f"{value:.5e}".partition("e")[0] in same_digits else "numbers"
