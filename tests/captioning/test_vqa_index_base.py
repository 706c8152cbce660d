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
    assert place_of(Stated(0, OPTIONS, 2, "b"), one, "set") == 1
    assert place_of(Stated(0, OPTIONS, None, "c"), one, "set") == 2
    assert place_of(Stated(0, OPTIONS, 3, None), one, "set") == 2
    assert place_of(Stated(0, (), None, "[]"), one, "set") is None
    assert place_of(Stated(0, ("a", "a"), 2, "a"), one, "set") == 1  # of two equal texts the index decides
    with pytest.raises(UsageError, match="none of its 3 options"):
        place_of(Stated(7, OPTIONS, 4, None), one, "set")
    with pytest.raises(UsageError, match=r"row 7: .* two options"):
        place_of(Stated(7, OPTIONS, 1, "c"), one, "set")
    assert place_of(Stated(7, OPTIONS, 1, "c"), IndexBase(1, "given"), "set") == 0
