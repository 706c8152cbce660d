"""Question gates: whether the questions of a set can be answered without looking at its pictures.

A gate fires where what a blind guesser gets right is both improbable for a fair set and much: chance alone makes small
sets uneven, and in large ones the smallest unevenness is improbable.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from publishing.guessing import Tallies, Tally

IMPROBABLE = 1e-4
"""The probability of as much in a fair set, below which it isn't taken for chance."""
MUCH = 0.10
"""What a guesser must get right beyond chance, as a share of the questions."""
MUCH_BY_LENGTH = 0.15
"""The same for lengths: a right answer may be shorter than all that there is beside it, as H&E is."""
MOST_OF_ONE = 0.6
"""The share of a task's questions that may have one answer."""
MUCH_NONE = 0.10
_LEAST_EXPECTED = 5
"""Questions in each place, below which the distribution of chi-square is none."""


@dataclass(frozen=True)
class Finding:
    """What a gate measured."""

    gate: str
    task: str | None
    """None for the whole set."""
    questions: int
    found: float
    """A share of the questions; of answer_position, chi-square."""
    fair: float
    """What is found in a fair set; of answer_position, the degrees of freedom; of majority_class, what is let pass."""
    p: float | None
    """The probability of as much or more in a fair set; None where the set is too small, or nothing is drawn."""
    fires: bool
    detail: str = ""


def findings(told: Tallies, none_rate: float) -> list[Finding]:
    """Return what all gates measured; `none_rate` is the share for which "none of the above" is to be right."""
    whole = told.whole
    if not whole.questions:
        return [*_repeated(told)]
    return [
        _position(whole, none_rate),
        _constant(whole, none_rate),
        _length("longest_option", whole.longest, whole, none_rate),
        _length("shortest_option", whole.shortest, whole, none_rate),
        *_none(told, none_rate),
        *(_majority(task, tally) for task, tally in sorted(told.tasks.items()) if tally.questions),
        *_repeated(told),
    ]


def _fair(count: int, place: int, none_rate: float) -> float:
    """Return how often a place of `count` is right in a fair set; the last oftener where the manifest asks for it."""
    last = max(1 / count, none_rate)
    return last if place == count - 1 else (1 - last) / (count - 1)


def _position(tally: Tally, none_rate: float) -> Finding:
    """Return chi-square over all places, of all numbers of options that there are enough questions of."""
    from scipy.stats import chi2

    total, free, excess = 0.0, 0, 0.0
    for count, questions in tally.by_count.items():
        fair = [_fair(count, place, none_rate) for place in range(count)]
        if min(fair) * questions < _LEAST_EXPECTED:
            continue
        free += count - 1
        for place, share in enumerate(fair):
            found = tally.places[count, place]
            total += (found - share * questions) ** 2 / (share * questions)
            excess = max(excess, found / questions - share)
    p = float(chi2.sf(total, free)) if free else None
    return Finding("answer_position", None, tally.questions, total, free, p, _fires(excess, p))


def _constant(tally: Tally, none_rate: float) -> Finding:
    """Return the best that one place for all questions gets right."""
    places = range(max(tally.by_count))
    each = [(tally.at(place) - _expected(tally, place, none_rate), place) for place in places]
    place = max(each)[1]
    found, fair = tally.at(place) / tally.questions, _expected(tally, place, none_rate) / tally.questions
    p = min(1.0, _upper(tally.at(place), tally.questions, fair) * len(places))
    return Finding("constant_answer", None, tally.questions, found, fair, p, _fires(found - fair, p), f"place {place}")


def _expected(tally: Tally, place: int, none_rate: float) -> float:
    return sum(
        questions * _fair(count, place, none_rate) for count, questions in tally.by_count.items() if place < count
    )


def _length(gate: str, right: float, tally: Tally, none_rate: float) -> Finding:
    found = right / tally.questions
    fair = max(tally.chance / tally.questions, none_rate)
    p = _upper(int(right), tally.questions, fair)
    return Finding(gate, None, tally.questions, found, fair, p, _fires(found - fair, p, MUCH_BY_LENGTH))


def _none(told: Tallies, none_rate: float) -> Iterator[Finding]:
    """Yield how often "none of the above" is right: among all questions of tasks that offer it, and where it stands."""
    offering = [tally for tally in told.tasks.values() if tally.none_offered]
    if not offering:
        return
    questions = sum(tally.questions for tally in offering)
    offered, right = sum(tally.none_offered for tally in offering), sum(tally.none_right for tally in offering)
    share, p = right / questions, _upper(right, questions, none_rate)
    yield Finding("none_rate", None, questions, share, none_rate, p, p < IMPROBABLE and share - none_rate > MUCH_NONE)
    fair = max(sum(tally.none_chance for tally in offering) / offered, none_rate)
    found, p = right / offered, min(1.0, 2 * min(_upper(right, offered, fair), _lower(right, offered, fair)))
    yield Finding("none_where_offered", None, offered, found, fair, p, _fires(abs(found - fair), p))


def _majority(task: str, tally: Tally) -> Finding:
    truth, most = max(tally.truths.items(), key=lambda pair: (pair[1], pair[0]))
    total = tally.questions
    p, fires = _upper(most, total, MOST_OF_ONE), too_many(most, total)
    return Finding("majority_class", task, total, most / total, MOST_OF_ONE, p, fires, truth)


def too_many(most: int, questions: int) -> bool:
    """Return whether so many questions of a task may not have the same answer."""
    return most > MOST_OF_ONE * questions and _upper(most, questions, MOST_OF_ONE) < IMPROBABLE


def _repeated(told: Tallies) -> Iterator[Finding]:
    total = told.whole.questions + sum(told.with_places.values())
    if total:
        share = len(told.repeated) / total
        yield Finding("repeated_question", None, total, share, 0.0, None, bool(told.repeated))


def _fires(excess: float, p: float | None, much: float = MUCH) -> bool:
    return p is not None and p < IMPROBABLE and excess > much


def _upper(right: int, questions: int, fair: float) -> float:
    """Return the probability of `right` or more."""
    from scipy.stats import binom

    return float(binom.sf(right - 1, questions, min(fair, 1.0)))


def _lower(right: int, questions: int, fair: float) -> float:
    from scipy.stats import binom

    return float(binom.cdf(right, questions, min(fair, 1.0)))
