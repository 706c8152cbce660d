"""Question rules: ways to guess an answer without looking, and how often each is right in a fair set."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from publishing.guessing import Shape

MUCH = 0.10
"""What a guesser must get right beyond chance, as a share of the questions."""
MUCH_BY_LENGTH = 0.15
"""The same for lengths: a right answer may be shorter than all that there is beside it, as H&E is."""
MANY = 200
"""Questions from which a length that is hardly ever right is judged: it lets a guesser strike out one option."""
_RANKS = ("second shortest", "middle", "second longest")
_LETTERS = 26


class Rule(NamedTuple):
    """A way to guess."""

    gate: str
    detail: str
    right: Callable[[Shape], float]
    """What it gets right of a question of a shape."""
    most: Callable[[Shape], float]
    """What it gets right in a fair set, at most: "none of the above" may be right more often than others."""
    least: Callable[[Shape], float]
    among: Callable[[Shape], bool] = lambda _: True
    """The questions that it is a way to guess."""
    much: float = MUCH
    tries: int = 1
    """How many rules of its kind are tried, of which the best is told."""
    counts_seldom: bool = False
    """Whether to be right too seldom tells as much: then its option can be struck out."""
    least_questions: int = 1
    """From which on too seldom is judged."""


def letter(place: int) -> str:
    """Return an option's letter, as pages and models name it."""
    return chr(ord("A") + place)


def fair_share(options: int, place: int, none_rate: float) -> float:
    """Return how often a place is right in a fair set; the last oftener where the manifest asks for it."""
    last = max(1 / options, none_rate)
    return last if place == options - 1 else (1 - last) / (options - 1)


def rules(most_options: int, none_rate: float) -> Iterator[Rule]:
    """Yield the ways to guess questions of at most so many options, those of one gate after each other."""
    yield from (_place(place, none_rate, most_options) for place in range(most_options))
    yield _length("longest_option", "", _at(-1), none_rate)
    yield _length("shortest_option", "", _at(0), none_rate)
    for name, at in zip(_RANKS, (_at(1), _middle, _at(-2)), strict=True):
        yield _length("length_rank", name, at, none_rate)
    yield _none(none_rate)


@cache
def rule_named(gate: str, detail: str) -> Rule:
    """Return a rule by its gate and detail; what is fair isn't known to it."""
    return next(rule for rule in rules(_LETTERS, 0.0) if (rule.gate, rule.detail) == (gate, detail))


def _place(place: int, none_rate: float, tries: int) -> Rule:
    def fair(shape: Shape) -> float:
        return fair_share(shape.options, place, none_rate) if place < shape.options else 0.0

    return Rule("constant_answer", letter(place), lambda shape: shape.place == place, fair, fair, tries=tries)


def _length(gate: str, detail: str, right: Callable[[Shape], float], none_rate: float) -> Rule:
    return Rule(
        gate,
        detail,
        right,
        lambda shape: max(1 / shape.options, none_rate),
        lambda shape: fair_share(shape.options, 0, none_rate),
        much=MUCH_BY_LENGTH,
        tries=len(_RANKS) if detail else 1,
        counts_seldom=not detail,
        least_questions=MANY,
    )


def _none(none_rate: float) -> Rule:
    def fair(shape: Shape) -> float:
        return max(1 / shape.options, none_rate)

    return Rule(
        "none_where_offered",
        "",
        lambda shape: shape.none_is_right,
        fair,
        fair,
        among=lambda shape: shape.offers_none,
        counts_seldom=True,
    )


def _at(rank: int) -> Callable[[Shape], float]:
    return lambda shape: shape.at_rank(rank % shape.options)


def _middle(shape: Shape) -> float:
    """Return what an option of middle length gets right; of the two in the middle, one by lot."""
    low, high = (shape.options - 1) // 2, shape.options // 2
    return (shape.at_rank(low) + shape.at_rank(high)) / 2
