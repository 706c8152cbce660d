"""The order of options: each place is right equally often, and "none of the above" gives nothing away."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.question_options import Offering, arranged, chance, sentences, shuffled
from schemas.questions import NONE

WRONG = ["b", "c", "d", "e", "f"]


def many(none_rate, most=5, count=6_000):
    return [arranged(f"{at:032x}", "a", WRONG, Offering(none_rate=none_rate, most=most)) for at in range(count)]


def uniform(counts, places, total):
    """Whether the counts lie within five deviations of an even spread."""
    share = total / places
    return all(abs(counts[place] - share) < 5 * share**0.5 for place in range(places))


@pytest.mark.parametrize("none_rate", [0.0, 0.05, 0.15, 0.2])
@pytest.mark.parametrize("most", [4, 5])
def test_the_right_option_stands_in_each_place_equally_often(none_rate, most):
    made = many(none_rate, most)
    assert {len(one.options) for one in made} == {most}
    assert uniform(Counter(one.answer_index for one in made), most, len(made))


def test_none_of_the_above_is_right_at_the_rate_and_no_oftener_than_another_where_it_stands():
    made = many(0.15)
    offered = [one for one in made if NONE in one.options]
    assert len(offered) / len(made) == pytest.approx(0.75, abs=0.03)
    assert sum(one.answer == NONE for one in made) / len(made) == pytest.approx(0.15, abs=0.02)
    assert uniform(Counter(one.answer_index for one in offered), 5, len(offered))
    assert all(one.options[-1] == NONE for one in offered)


def test_a_higher_rate_is_kept_too():
    made = many(0.5)
    assert sum(one.answer == NONE for one in made) / len(made) == pytest.approx(0.5, abs=0.02)


def test_without_a_rate_it_is_never_offered():
    assert not any(NONE in one.options for one in many(0.0, count=500))


def test_where_it_is_right_the_true_answer_is_not_offered():
    for one in many(0.2, count=2000):
        assert (one.answer == NONE) == ("a" not in one.options)


@given(st.text(min_size=1), st.integers(0, 9), st.lists(st.text("bcdefg", min_size=1), min_size=1, unique=True))
def test_the_same_question_is_arranged_alike_and_its_options_differ(key, seed, wrong):
    first = arranged(key, "a", wrong, Offering(seed, 0.15))
    assert first == arranged(key, "a", wrong, Offering(seed, 0.15))
    assert len(set(first.options)) == len(first.options) == min(5, len(wrong) + 1)
    assert first.answer in {"a", NONE}
    assert set(first.options) <= {"a", NONE, *wrong}


@pytest.mark.parametrize("wrong", [[], ["A "], ["b", "B"], ["None of the Above"]])
def test_options_that_are_the_same_are_refused(wrong):
    with pytest.raises(ValueError, match="no options to choose from"):
        arranged("0" * 32, "a", wrong)


def test_sentences_stand_in_the_order_of_the_options():
    assert sentences(["x", NONE], "An image of {}.".format) == ["An image of x.", "None of the above."]


def test_chance_is_even_and_shuffling_keeps_all():
    draws = [chance("seed", at) for at in range(5_000)]
    assert uniform(Counter(int(draw * 10) for draw in draws), 10, len(draws))
    assert sorted(shuffled("abcde", 1)) == list("abcde")
    assert len({"".join(shuffled("abc", at)) for at in range(200)}) == 6
