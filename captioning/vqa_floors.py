"""VQA floors: what is reached without looking: by chance, by one letter, by length, by the commonest answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from captioning.vqa_boxes import grit
from captioning.vqa_items import Item, shown_order
from captioning.vqa_marks import Mark
from captioning.vqa_points_masks import covered, points_worth

WHOLE: Final = "whole_picture"
"""Of questions about places: one box around all, one point in the middle, one mask of all pixels."""


def letter_floors(items: Sequence[Item], seed: int | None) -> dict[str, float]:
    """Return what each floor reaches of these questions with options, which are of one task.

    `constant` is the best letter as asked, `constant_in_file` that of the file's order.
    """
    return {
        "random": _mean([1 / len(item.options) for item in items]),
        "constant": _constant(items, seed),
        "constant_in_file": _constant(items, None),
        "longest": _mean([_by_length(item, max) for item in items]),
        "shortest": _mean([_by_length(item, min) for item in items]),
        "majority": _majority(items),
    }


def place_floors(marks: Sequence[Mark]) -> dict[str, float]:
    """Return what the whole picture as an answer reaches; 0 where the picture couldn't be read."""
    return {WHOLE: _mean([_whole(mark) for mark in marks])}


def _whole(mark: Mark) -> float:
    size = mark.given.filed_px
    if size is None:
        return 0.0
    if mark.metric == "masks":
        return covered(mark.item.masks)
    if mark.metric == "points":
        return points_worth([(size[0] / 2, size[1] / 2)], mark.item.boxes)
    return grit([(0, 0, *size)], mark.item.boxes)


def _constant(items: Sequence[Item], seed: int | None) -> float:
    """Return what the best letter reaches if it is always given."""
    right = Counter(shown_order(item, seed).index(item.answer_index or 0) for item in items)
    return max(right.values()) / len(items)


def _by_length(item: Item, pick: Callable[[list[int]], int]) -> float:
    """Return what the longest or shortest option reaches; of several of one length each has its share."""
    lengths = [len(option) for option in item.options]
    tied = [at for at, length in enumerate(lengths) if length == pick(lengths)]
    return (item.answer_index in tied) / len(tied)


def _majority(items: Sequence[Item]) -> float:
    """Return what is reached by always naming the task's commonest answer, and by chance where it is no option."""
    often = Counter(_right(item) for item in items)
    commonest = max(sorted(often), key=lambda answer: often[answer])
    shares = [
        float(_right(item) == commonest) if commonest in item.options else 1 / len(item.options) for item in items
    ]
    return _mean(shares)


def _right(item: Item) -> str:
    return item.options[item.answer_index or 0]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
