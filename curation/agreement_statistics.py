"""Agreement statistics: how far reviewers agree beyond chance: Cohen's kappa for two, Krippendorff's alpha for many."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa of two people who judged the same things, each pair in the order of the people.

    None where nothing was judged, or where both used one and the same label throughout: chance explains all then.
    Source: J. Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    if not pairs:
        return None
    count = len(pairs)
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(ones[label] * others[label] for label in ones)  # times count squared
    if by_chance == count * count:
        return None
    agreed = sum(one == other for one, other in pairs)
    return (agreed * count - by_chance) / (count * count - by_chance)


def krippendorffs_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha for nominal labels; a unit holds what each of those who judged it said.

    Units that one person judged don't count. None where none was judged twice, or only one label was used.
    Source: K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011.
    """
    judged = [Counter(unit) for unit in units if len(unit) > 1]
    totals = sum(judged, Counter[Hashable]())
    count = sum(totals.values())
    expected = count * count - sum(each * each for each in totals.values())
    if not expected:
        return None
    differing = sum(_differing(unit) for unit in judged)
    return 1 - (count - 1) * differing / expected


def _differing(unit: Counter[Hashable]) -> float:
    """Return the ordered pairs of a unit's labels that differ, each unit weighing as many as it has labels."""
    size = sum(unit.values())
    return (size * size - sum(each * each for each in unit.values())) / (size - 1)
