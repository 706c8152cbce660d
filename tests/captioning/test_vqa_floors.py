"""VQA floors: what is reached without looking, by hand."""

import pytest

from captioning.vqa_floors import letter_floors
from captioning.vqa_items import Item


def item(number, options, right):
    return Item(number, number, str(number), "t", "?", tuple(options), options.index(right))


def test_floors_by_hand():
    items = [
        item(0, ["aa", "b", "cc"], "aa"),
        item(1, ["aa", "b", "cc"], "b"),
        item(2, ["aa", "d"], "aa"),
        item(3, ["e", "ffff"], "e"),
    ]
    told = letter_floors(items, None)
    assert told["random"] == pytest.approx((1 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 4)
    assert told["constant"] == told["constant_in_file"] == 3 / 4
    assert told["longest"] == pytest.approx((1 / 2 + 0 + 1 + 0) / 4)
    assert told["shortest"] == pytest.approx((0 + 1 + 0 + 1) / 4)
    assert told["majority"] == pytest.approx((1 + 0 + 1 + 1 / 2) / 4)


def test_answers_that_are_all_different_give_no_majority():
    items = [item(at, [str(at), str(at + 1000), str(at + 2000), str(at + 3000)], str(at)) for at in range(200)]
    assert letter_floors(items, None)["majority"] == pytest.approx(0.25, abs=0.01)


def test_a_letter_that_is_always_right_is_a_floor_only_until_options_are_shuffled():
    items = [item(at, ["a", "b", "c", "d"], "b") for at in range(200)]
    told = letter_floors(items, 17)
    assert told["constant_in_file"] == 1.0
    assert told["constant"] < 0.4
