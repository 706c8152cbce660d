"""Numbers beside a true one: it is the lowest, a middle or the highest equally often, and nothing marks it."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.number_options import (
    SIZE_RATIO,
    counts,
    doublings,
    neighbours,
    right_and_wrong,
    shares,
    sizes,
    three_digits,
    written,
)


def even(places, total):
    return all(abs(places[place] - total / 5) < 5 * (total / 5) ** 0.5 for place in range(5))


@pytest.mark.parametrize("true", [5, 6, 9, 17, 25, 26, 50, 99, 137, 2500, 70_000])
def test_a_count_is_each_of_five_numbers_equally_often(true):
    ladders = [counts(true, at) for at in range(2000)]
    assert even(Counter(ladder.index(true) for ladder in ladders), 2000)


@given(st.integers(5, 10**6), st.integers())
def test_counts_are_five_different_numbers_above_nothing(true, key):
    ladder = counts(true, key)
    assert len(ladder) == 5
    assert all(low < high for low, high in pairwise([0, *ladder]))
    assert ladder == counts(true, key)


@given(st.integers(5, 10**4), st.integers(), st.integers(0, 30))
def test_a_count_that_is_in_doubt_has_room_or_is_not_asked_at_any_place(true, key, apart):
    ladder = counts(true, key, apart=apart)
    if ladder is not None:
        assert ladder == counts(true, key)
        assert all(abs(true - other) > apart for other in ladder if other != true)


@pytest.mark.parametrize("make", [lambda at: counts(30, at, apart=5), lambda at: sizes(11, at)])
def test_what_is_left_out_is_left_out_at_each_place_alike(make):
    ladders = [ladder for ladder in map(make, range(4000)) if ladder]
    true = 30 if 30 in ladders[0] else 11
    places = Counter(ladder.index(true) for ladder in ladders)
    assert 0 < len(ladders) < 4000
    assert even(places, len(ladders))


@given(st.integers(100, 10**6), st.integers())
def test_what_nobody_counts_stands_wide_apart(true, key):
    assert all(1.4 * low <= high for low, high in pairwise(counts(true, key)))


@pytest.mark.parametrize("true", [0, 1, 4])
def test_fewer_than_five_objects_have_no_numbers_beside(true):
    assert counts(true, "key") is None


@given(st.integers(1, 5000), st.integers(), st.sampled_from([1, 2]))
def test_sizes_are_whole_and_apart(true, key, power):
    found = sizes(true, key, power=power)
    if found is not None:
        assert true in found
        assert all(SIZE_RATIO**power * low <= high for low, high in pairwise(found))


@given(st.integers(1, 5000), st.integers(), st.floats(1e-3, 10))
def test_sizes_are_apart_as_they_are_written(true, key, um_per_px):
    found = sizes(true, key)
    texts = written([each * um_per_px for each in found or ()] or [1.0], digits=3)
    assert all(SIZE_RATIO * float(low) <= float(high) for low, high in pairwise(texts))


@given(st.floats(1e-4, 1e6))
def test_a_number_of_three_digits_has_three_and_is_near(value):
    text = three_digits(value)
    assert float(text) == pytest.approx(value, rel=0.0051)
    assert len(text.replace(".", "").lstrip("0")) == max(3, len(text.split(".")[0].lstrip("0")))


@pytest.mark.parametrize("true", [60, 4000])
def test_a_size_is_each_of_five_equally_often(true):
    assert even(Counter(sizes(true, at).index(true) for at in range(2000)), 2000)


def test_a_size_of_few_pixels_has_none_beside_it():
    assert sizes(2, "key") is None


@given(st.floats(0.02, 0.95), st.integers())
def test_shares_stay_between_nothing_and_all(true, key):
    found = shares(true, key)
    assert 0 < found[0] < found[-1] < 1
    assert min(abs(each - true) for each in found) < 1e-9


@given(st.floats(1e-3, 1e5))
def test_written_numbers_are_as_long_as_each_other_and_precise(low):
    values = [low * 1.3**at for at in range(5)]
    texts = written(values)
    assert max(map(len, texts)) - min(map(len, texts)) <= 1  # 9.999 may become 10.00
    assert [float(text) for text in texts] == pytest.approx(values, rel=0.05)


@pytest.mark.parametrize(
    "values", [[0.03, 0.05], [0.4, 1.2], [3.0, 44.0], [3.0, 440.0], [70.0, 1400.0], [12000.0, 9000.0]]
)
def test_no_number_is_longer_than_another(values):
    assert len({len(text) for text in written(values)}) == 1


def test_numbers_that_read_alike_are_not_written():
    assert written([1.0, 1.0001]) is None


def test_the_right_text_is_that_of_the_true_number():
    right, wrong = right_and_wrong([1.0, 2.0, 3.0], ["1", "2", "3"], 2.0, "key")
    assert right == "2"
    assert sorted(wrong) == ["1", "3"]


def test_neighbours_end_where_the_series_does():
    series = list(range(20))
    assert even(Counter(neighbours(10, series, at).index(10) for at in range(2000)), 2000)
    assert {neighbours(0, series, at) is None for at in range(50)} == {True, False}


@given(st.integers(100, 9000), st.integers())
def test_widths_beside_a_width_are_about_its_doubles_and_as_even_or_as_usual_as_it_is(true, key):
    found = doublings(true, key)
    assert true in found
    assert all(1.8 * low <= high <= 2.2 * low for low, high in pairwise(found) if low >= 20)
    evens = {each & -each for each in found}
    assert len(evens) == 1 or {each // (each & -each) for each in found} == {true // (true & -true)} or min(found) < 80


def test_the_true_one_is_each_of_five_doublings_equally_often():
    assert even(Counter(doublings(128, at).index(128) for at in range(2000)), 2000)
