"""Agreement beyond chance: the textbooks' own numbers, and the laws that hold for any labels."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.agreement_statistics import cohens_kappa, krippendorffs_alpha

LABELS = st.sampled_from("abc")
PAIRS = st.lists(st.tuples(LABELS, LABELS), max_size=30)
UNITS = st.lists(st.lists(LABELS, max_size=5), max_size=15)


def counted(table):
    return [pair for pair, count in table.items() for _ in range(count)]


def test_kappa_of_the_grant_proposals():
    """Two readers of 50 proposals: both yes 20, both no 15, only the first yes 5, only the second 10."""
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert cohens_kappa(counted(table)) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ({("y", "y"): 45, ("y", "n"): 15, ("n", "y"): 25, ("n", "n"): 15}, 0.1304),
        ({("y", "y"): 25, ("y", "n"): 35, ("n", "y"): 5, ("n", "n"): 35}, 0.2593),
    ],
)
def test_kappa_where_agreement_is_the_same_and_the_margins_are_not(table, kappa):
    assert cohens_kappa(counted(table)) == pytest.approx(kappa, abs=5e-5)


def test_alpha_of_two_observers_and_two_labels():
    """Krippendorff 2011, example A."""
    units = list(zip("0100000010", "1110010000", strict=True))
    assert krippendorffs_alpha(units) == pytest.approx(0.095, abs=5e-4)


def test_alpha_of_two_observers_and_five_labels():
    """Krippendorff 2011, example B."""
    units = list(zip("aabbdcccedda", "babbbcccEddd".lower(), strict=True))
    assert krippendorffs_alpha(units) == pytest.approx(0.692, abs=5e-4)


def test_alpha_of_four_observers_who_missed_some():
    """Krippendorff 2011, example C."""
    said = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    units = [[each for each in unit if each != "."] for unit in zip(*said, strict=True)]
    assert krippendorffs_alpha(units) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("units", [[], [["a"]], [["a", "a"], ["a", "a"]]])
def test_where_chance_explains_all_there_is_no_number(units):
    assert krippendorffs_alpha(units) is None
    assert cohens_kappa([tuple(unit) for unit in units if len(unit) == 2]) is None


@given(PAIRS)
def test_kappa_is_one_for_those_who_agree_and_never_more(pairs):
    kappa = cohens_kappa(pairs)
    if kappa is not None:
        assert -1 - 1e-9 <= kappa <= 1
        assert (kappa == 1) == all(one == other for one, other in pairs)


@given(PAIRS)
def test_kappa_does_not_mind_who_is_first_nor_how_labels_are_called(pairs):
    turned = [(other, one) for one, other in pairs]
    renamed = [(one.upper(), other.upper()) for one, other in pairs]
    assert cohens_kappa(pairs) == pytest.approx(cohens_kappa(turned)) == pytest.approx(cohens_kappa(renamed))


@given(UNITS, st.randoms())
def test_alpha_does_not_mind_the_order_of_units_or_people(units, chance):
    mixed = [chance.sample(unit, len(unit)) for unit in chance.sample(units, len(units))]
    assert krippendorffs_alpha(units) == pytest.approx(krippendorffs_alpha(mixed))


@given(PAIRS)
def test_alpha_of_two_is_what_the_coincidences_say(pairs):
    """For two observers without gaps: 1 - observed / expected disagreement, over the pooled labels."""
    pooled = Counter(label for pair in pairs for label in pair)
    count = sum(pooled.values())
    apart = sum(pooled[one] * pooled[other] for one in pooled for other in pooled if one != other)
    alpha = krippendorffs_alpha(pairs)
    if not apart:
        assert alpha is None
    else:
        observed = sum(one != other for one, other in pairs) / len(pairs)
        assert alpha == pytest.approx(1 - observed * count * (count - 1) / apart)
