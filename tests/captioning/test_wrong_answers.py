"""Wrong answers: never true, of the right one's branch, and no longer or shorter than the right one as a rule."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.wrong_answers import LEAST, apart, of_any_length, wrong_answers
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
    if near and len(near[0]) >= 6:
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
        "dextran",
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


def test_where_nothing_is_shorter_what_is_as_short_goes_first():
    wrong = of_any_length("H&E", ["Giemsa", "PAS", "von Kossa", "IHC", "Nissl"], 4, (1,))
    assert {"PAS", "IHC"} <= set(wrong)


@pytest.mark.parametrize("count", range(LEAST))
def test_too_few_are_none(count):
    assert of_any_length("nucleus", ["vacuole", "lysosome"][:count], 4, ()) == []


def test_classes_that_are_the_same_but_for_case_are_one():
    assert list(apart(["Cell_A", "cell a", "b", "B", "c", "d"], "CELL A", ["C"])) == ["B", "d"]


def test_what_is_common_is_wrong_more_often_than_what_is_rare():
    offered = Counter(
        value for seed in range(500) for value in wrong_answers("organism", "Rattus norvegicus", (), 4, (seed,))
    )
    assert offered["Homo sapiens"] > 3 * offered["Felis catus"] > 0


def test_what_is_named_with_the_right_answer_takes_no_others_away():
    assert wrong_answers("tissue", "hippocampus", {"hippocampus", "brain"}, 4, (1,))
    assert "brain" not in wrong_answers("tissue", "hippocampus", {"hippocampus", "brain"}, 4, (1,))
    assert {"PAS", "IHC"} <= set(wrong_answers("stain", "H&E", {"H&E", "hematoxylin", "eosin"}, 4, (1,)))
