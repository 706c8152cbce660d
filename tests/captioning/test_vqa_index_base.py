"""VQA index base: from what a set counts its right answers, and where that can't be told."""

import pytest

from captioning.vqa_index_base import IndexBase, Stated, place_of
from schemas.errors import UsageError

OPTIONS = ("a", "b", "c")


def base(*rows, layout="microvqa", given=None):
    return IndexBase.of([Stated(at, OPTIONS, *row) for at, row in enumerate(rows)], layout, "set", given)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(0, "a"), (1, "b")], IndexBase(0, "answer texts")),
        ([(1, "a"), (2, "b")], IndexBase(1, "answer texts")),
        ([(1, None), (2, "b")], IndexBase(1, "answer texts")),
        ([(0, None), (1, None)], IndexBase(0, "range")),
        ([(1, None), (3, None)], IndexBase(1, "range")),
        ([(1, "not there"), (3, "neither")], IndexBase(1, "range")),
    ],
)
def test_texts_tell_first_and_the_range_next(rows, told):
    assert base(*rows) == told


def test_nothing_that_tells_is_an_error_that_says_what_to_do():
    with pytest.raises(UsageError, match=r"may count from 0 or from 1.*--index-base"):
        base((1, None), (2, None))
    assert base((1, None), (2, None), given=1) == IndexBase(1, "given")
    assert base((1, None), layout="ubench") == IndexBase(0, "layout")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(0, "a"), (2, "b")], "contradict each other.*row 0 from 0, row 1 from 1"),
        ([(2, "a")], "contradict each other"),
        ([(0, None), (3, None)], "some of its indices count from 0, some from 1"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(rows, words):
    with pytest.raises(UsageError, match=words):
        base(*rows)


def test_an_answer_is_looked_up_by_text_or_index():
    one = IndexBase(1, "answer texts")
    assert place_of(Stated(0, OPTIONS, 2, "b"), one) == 1
    assert place_of(Stated(0, OPTIONS, None, "c"), one) == 2
    assert place_of(Stated(0, OPTIONS, 3, None), one) == 2
    assert place_of(Stated(0, (), None, "[]"), one) is None
    assert place_of(Stated(0, ("a", "a"), 2, "a"), one) == 1  # of two equal texts the index decides
    assert place_of(Stated(7, OPTIONS, 4, None), one) == "answer_is_no_option"
    assert place_of(Stated(7, OPTIONS, 1, "c"), one) == "index_and_text_differ"
    assert place_of(Stated(7, OPTIONS, 1, "c"), IndexBase(1, "given")) == 0


TEXTS = ("DAPI", "PAS", "H&E")


def test_a_letter_names_the_option_that_it_would_stand_before_unless_it_is_anothers_text():
    one = IndexBase(0, "layout")
    assert place_of(Stated(0, TEXTS, None, "B"), one) == 1
    assert place_of(Stated(0, TEXTS, None, None, "(c)"), one) == 2
    assert place_of(Stated(0, TEXTS, None, "D"), one) == "answer_is_no_option"
    assert place_of(Stated(0, TEXTS, None, "A", "B"), one) == "answer_is_no_option"
    assert place_of(Stated(0, ("B", "A"), None, "B"), one) == "answer_is_no_option"
    assert place_of(Stated(0, ("B", "A"), 0, "B"), one) == 0
    assert IndexBase.of([Stated(at, TEXTS, at + 1, "ABC"[at]) for at in range(3)], "microvqa", "s", None).base == 1


def test_a_row_that_is_wrong_by_itself_leaves_the_others_their_base():
    assert base((0, "a"), (1, "b"), (9, "c")) == IndexBase(0, "answer texts")
    assert base((1, "a"), (2, "b"), (1, "c")) == IndexBase(1, "answer texts")
