"""Wrong answers: never true, of the right one's branch, and no longer or shorter than the right one as a rule."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.wrong_answers import LEAST, of_any_length, wrong_answers
from schemas.trees import FIELDS, kin, rings, values

EACH = [(field, value) for field in FIELDS for value in values(field)]


@given(st.sampled_from(EACH), st.data())
def test_nothing_that_may_be_true_is_a_wrong_answer(asked, data):
    field, right = asked
    named = data.draw(st.sets(st.sampled_from(sorted(values(field))), max_size=4))
    wrong = wrong_answers(field, right, named, 4, (data.draw(st.integers()), "key"))
    assert not set(wrong) & kin(field, right)
    assert not set(wrong) & named
    for said in named - kin(field, right):
        assert not set(wrong) & kin(field, said)
    assert len(wrong) in {0, LEAST, 4}
    assert len(set(wrong)) == len(wrong)


@given(st.sampled_from(EACH), st.integers())
def test_what_goes_on_its_own_branch_first(asked, seed):
    field, right = asked
    wrong = set(wrong_answers(field, right, (), 4, (seed,)))
    near = rings(field, right)
    alone = [value for value in near[0] if not kin(field, value) & ({*near[0]} - {value})] if near else []
    if len(alone) >= 6:
        assert wrong <= set(near[0])


@given(st.sampled_from(EACH), st.integers())
def test_the_same_key_draws_the_same(asked, seed):
    assert wrong_answers(*asked, (), 4, (seed,)) == wrong_answers(*asked, (), 4, (seed,))


@pytest.mark.parametrize("right", ["phalloidin", "calcein", "MitoTracker"])
def test_a_right_answer_has_each_rank_by_length_equally_often(right):
    others = [
        "DiI",
        "DiO",
        "WGA",
        "DAPI",
        "Calcofluor white",
        "cholera toxin B",
        "propidium iodide",
        "Nile red red red",
    ]
    ranks = Counter()
    for seed in range(2000):
        wrong = of_any_length(right, others, 4, (seed,))
        ranks[sum(len(value) > len(right) for value in wrong)] += 1
    assert set(ranks) == {0, 1, 2, 3, 4}
    assert all(abs(count - 400) < 80 for count in ranks.values()), ranks


def test_what_is_as_long_as_the_right_one_is_offered_as_often_as_what_is_longer_or_shorter():
    offered = Counter(
        value for seed in range(2000) for value in wrong_answers("organism", "Mus musculus", (), 4, (seed,))
    )
    assert offered["Homo sapiens"] > 800
    offered = Counter(value for seed in range(2000) for value in wrong_answers("tissue", "kidney", (), 4, (seed,)))
    assert offered["spleen"] > offered["thymus"] > 100


SETS = [
    ("organism", {"Homo sapiens": 0.5, "Mus musculus": 0.5}, 0.5),
    ("organism", {"Homo sapiens": 0.5, "Drosophila melanogaster": 0.5}, 0.5),
    ("stain", {"H&E": 0.25, "DAPI": 0.25, "PAS": 0.25, "phalloidin": 0.25}, 0.3),
    ("tissue", dict.fromkeys(["kidney", "spleen", "testis", "brain", "liver", "leaf"], 1 / 6), 0.25),
    ("cell_type", {"HeLa": 0.5, "U2OS": 0.25, "MCF-7": 0.125, "Jurkat": 0.125}, 0.5),
]


@pytest.mark.parametrize(("field", "shares", "most"), SETS)
def test_no_option_is_known_by_what_is_right_elsewhere_nor_by_the_branch_of_the_others(field, shares, most):
    """Whoever knows all values of the set, and what stands beside which, gets no more than by lot among those."""
    by_lot = by_branch = by_length = total = 0.0
    for right, share in shares.items():
        for seed in range(int(1200 * share)):
            options = [right, *wrong_answers(field, right, {right}, 4, (seed, right), shares)]
            familiar = [option for option in options if option in shares]
            mates = Counter(values(field)[option].above for option in options)
            likely = [option for option in familiar if mates[values(field)[option].above] == max(mates.values())]
            longest = [option for option in familiar if len(option) == max(map(len, familiar))]
            total += 1
            by_lot += 1 / len(familiar)
            by_branch += (right in likely) / len(likely) if likely else 1 / len(familiar)
            by_length += (right in longest) / len(longest)
    assert by_lot / total <= most
    assert by_branch / total < max(shares.values()) + 0.1
    assert by_length / total < max(shares.values()) + 0.1


@given(st.sampled_from(EACH), st.integers(), st.data())
def test_no_two_options_of_a_question_are_kin(asked, seed, data):
    field, right = asked
    known = st.sampled_from(sorted(values(field)))
    shares = data.draw(st.dictionaries(known, st.floats(0.01, 0.5), max_size=8))
    options = [right, *wrong_answers(field, right, (), 4, (seed,), shares)]
    assert all(one == other or other not in kin(field, one) for one in options for other in options)


@pytest.mark.parametrize("count", range(LEAST))
def test_too_few_are_none(count):
    assert of_any_length("nucleus", ["vacuole", "lysosome"][:count], 4, ()) == []


def test_what_is_common_is_wrong_more_often_than_what_is_rare():
    offered = Counter(
        value for seed in range(500) for value in wrong_answers("organism", "Rattus norvegicus", (), 4, (seed,))
    )
    assert offered["Homo sapiens"] > 3 * offered["Felis catus"] > 0


def test_what_is_named_with_the_right_answer_takes_no_others_away():
    assert wrong_answers("tissue", "hippocampus", {"hippocampus", "brain"}, 4, (1,))
    assert "brain" not in wrong_answers("tissue", "hippocampus", {"hippocampus", "brain"}, 4, (1,))
    assert wrong_answers("stain", "H&E", {"H&E", "hematoxylin", "eosin"}, 4, (1,))
