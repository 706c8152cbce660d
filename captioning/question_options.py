"""Question options: in which order a question offers its answers, and when "none of the above" is one, or right.

All is drawn from a hash of the question's id and the seed: the same question is always arranged alike. Nothing about
the place of the right option can be guessed: it is each place equally often, that of "none of the above" too.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from schemas.questions import NONE

MOST = 5
"""Options of a question where nobody says another number, "none of the above" among them."""

_Value = TypeVar("_Value")


class Offering(NamedTuple):
    """How options are offered, the same for all questions of a dataset."""

    seed: int = 0
    none_rate: float = 0.0
    """Share of the questions whose right option is `NONE`."""
    most: int = MOST


_PLAIN = Offering()


class Arranged(NamedTuple):
    """What is offered, in order, and which of it is right."""

    options: list[str]
    answer_index: int

    @property
    def answer(self) -> str:
        """Return the right option."""
        return self.options[self.answer_index]


def arranged(question_id: str, right: str, wrong: Sequence[str], how: Offering = _PLAIN) -> Arranged:
    """Return `how.most` options, or as many as there are: the right one, the first of `wrong`, and perhaps `NONE`.

    Of n options `NONE` is one so often (n times its rate) that it is right as often as any other where it stands; a
    rate above 1 in n makes it right more often. It takes the place of one wrong option by chance, or of the right one.

    Raises:
        ValueError: two options are the same but for case and spaces, or there are fewer than two.
    """
    count = min(how.most, 1 + len(wrong))
    others = list(wrong[: count - 1])
    _refuse_same([right, *others, NONE])
    offered = min(1.0, how.none_rate * count)
    by_chance = shuffled(others, how.seed, question_id, "wrong")
    if chance(how.seed, question_id, "none offered") >= offered:
        options = shuffled([right, *others], how.seed, question_id, "order")
        return Arranged(options, options.index(right))
    if chance(how.seed, question_id, "none right") * offered < how.none_rate:
        return Arranged([*by_chance, NONE], count - 1)
    options = shuffled([right, *by_chance[: count - 2]], how.seed, question_id, "order")
    return Arranged([*options, NONE], options.index(right))


def _refuse_same(options: Sequence[str]) -> None:
    plain = {" ".join(option.split()).casefold() for option in options}
    if len(plain) < len(options) or len(options) < 3:
        raise ValueError(f"no options to choose from: {options}")


def sentences(options: Iterable[str], sentence: Callable[[str], str]) -> list[str]:
    """Return each option as a sentence, for models that compare; `NONE` says nothing of the picture and stays."""
    return ["None of the above." if option == NONE else sentence(option) for option in options]


def chance(*parts: object) -> float:
    """Return a number from 0 up to 1, the same for the same parts, spread evenly over all others."""
    return int.from_bytes(_hash(parts).digest()) / 2**64


def chances(values: Iterable[str], *parts: object) -> dict[str, float]:
    """Return a number from 0 up to 1 for each value, as `chance` for many."""
    begun, found = _hash(parts), {}
    for value in values:
        hashed = begun.copy()
        hashed.update(value.encode())
        found[value] = int.from_bytes(hashed.digest()) / 2**64
    return found


def shuffled(values: Iterable[_Value], *parts: object) -> list[_Value]:
    """Return the values in an order that hangs on the parts and on how many they are, not on what they are."""
    begun, keyed = _hash(parts), []
    for at, value in enumerate(values):
        hashed = begun.copy()
        hashed.update(at.to_bytes(8))
        keyed.append((hashed.digest(), at, value))
    return [value for _, _, value in sorted(keyed, key=lambda each: each[:2])]


def _hash(parts: Sequence[object]) -> "hashlib.blake2b":
    return hashlib.blake2b(json.dumps([str(part) for part in parts]).encode(), digest_size=8)
