"""Question gates: whether the questions of a set can be answered without looking at its pictures.

A gate fires where what a blind guesser gets right is both improbable for a fair set and much: chance alone makes small
sets uneven, and in large ones the smallest unevenness is improbable. The set is judged, and each task alone: the others
don't excuse a task that gives its answers away.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from publishing.guessing import Shape, Tallies, Tally
from publishing.question_rules import MUCH, Rule, fair_share, letter, rule_named, rules

IMPROBABLE = 1e-4
"""The probability of as much in a fair set, below which it isn't taken for chance."""
MOST_OF_ONE = 0.6
"""The share of a task's questions that may have one answer."""
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
    """The probability of as much or more in a fair set, times the number of guesses that were tried; None where the set
    is too small, or nothing is drawn."""
    fires: bool
    detail: str = ""
    """Of a place, its letter; of a length, its rank; of a majority, the answer."""
    excess: float = 0.0
    """How far from fair, in multiples of what is let pass."""
    judged: bool = True
    """False where there are too few questions to tell."""

    def speaks(self, shape: Shape, truth: str) -> float:
        """Return in how far a question is one by which the gate fires: what its guess gets right, or wrong."""
        if self.gate == "majority_class":
            return float(truth == self.detail)
        if self.gate == "text_only":
            return 1.0
        if self.gate == "answer_position":
            return float(f"{letter(shape.place)} of {shape.options}" == self.detail)
        if self.gate == "none_rate":
            return float(shape.none_is_right)
        rule = rule_named(self.gate, self.detail)
        return rule.among(shape) * (rule.right(shape) if self.found > self.fair else 1 - rule.right(shape))


def findings(told: Tallies, none_rate: float) -> list[Finding]:
    """Return what all gates measured; `none_rate` is the share for which "none of the above" is to be right."""
    return [*of_set(told.tasks, none_rate), *of_tasks(told.tasks, none_rate), *_repeated(told)]


def of_set(tasks: Mapping[str, Tally], none_rate: float) -> Iterator[Finding]:
    """Yield what the gates measured that judge all questions with options together."""
    asked = _with_options(tasks)
    if asked:
        yield from _guessed(None, together(asked.values()), none_rate, _scopes(asked))
        yield from _none_rate([tally for tally in asked.values() if tally.none_offered], none_rate)


def of_tasks(tasks: Mapping[str, Tally], none_rate: float) -> Iterator[Finding]:
    """Yield what the gates measured that judge a task alone; what guesses the only task guesses the set."""
    asked = _with_options(tasks)
    yield from (_majority(task, tally) for task, tally in sorted(asked.items()))
    for task, tally in sorted(asked.items()) if len(asked) > 1 else ():
        yield from _guessed(task, tally, none_rate, _scopes(asked))


def _with_options(tasks: Mapping[str, Tally]) -> dict[str, Tally]:
    return {task: tally for task, tally in tasks.items() if tally.questions}


def _scopes(asked: Mapping[str, Tally]) -> int:
    """Return how often each gate is asked: of the set, and of each task."""
    return 1 + len(asked) if len(asked) > 1 else 1


def together(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of several."""
    whole = Tally()
    for tally in tallies:
        whole.shapes.update(tally.shapes)
        whole.truths.update(tally.truths)
    return whole


def _guessed(task: str | None, tally: Tally, none_rate: float, scopes: int) -> Iterator[Finding]:
    """Yield what each way to guess gets right; of those of one gate the best."""
    yield _position(task, tally, none_rate, scopes)
    for _, same in groupby(rules(max(tally.by_count), none_rate), key=lambda rule: rule.gate):
        found = [one for rule in same if (one := _measured(rule, task, tally, scopes))]
        if found:
            yield max(found, key=lambda one: (one.fires, one.excess))


def _measured(rule: Rule, task: str | None, tally: Tally, scopes: int) -> Finding | None:
    """Return what a way to guess gets right; None where there is nothing that it guesses."""
    among = Tally(Counter({shape: times for shape, times in tally.shapes.items() if rule.among(shape)}))
    questions, right = among.questions, among.sum(rule.right)
    if not questions:
        return None
    found, most, least = right / questions, among.sum(rule.most) / questions, among.sum(rule.least) / questions
    if rule.counts_seldom and found < least and questions >= rule.least_questions:
        fair, p, beyond = least, _lower(ceil(right), questions, least), least - found
    else:
        fair, p, beyond = most, _upper(int(right), questions, most), found - most
    p = min(1.0, p * rule.tries * scopes)
    excess = beyond / rule.much
    return Finding(rule.gate, task, questions, found, fair, p, p < IMPROBABLE and excess > 1, rule.detail, excess)


def _position(task: str | None, tally: Tally, none_rate: float, scopes: int) -> Finding:
    """Return chi-square over all places, of all numbers of options that there are enough questions of."""
    from scipy.special import chdtrc

    total, free, excess, worst, places = 0.0, 0, 0.0, "", tally.places
    for count, questions in sorted(tally.by_count.items()):
        fair = [fair_share(count, place, none_rate) for place in range(count)]
        if min(fair) * questions < _LEAST_EXPECTED:
            continue
        free += count - 1
        for place, share in enumerate(fair):
            found = places[count, place]
            total += (found - share * questions) ** 2 / (share * questions)
            if found / questions - share > excess:
                excess, worst = found / questions - share, f"{letter(place)} of {count}"
    p = min(1.0, float(chdtrc(free, total)) * scopes) if free else None
    fires = p is not None and p < IMPROBABLE and excess > MUCH
    return Finding("answer_position", task, tally.questions, total, free, p, fires, worst, excess / MUCH, free > 0)


def _none_rate(offering: Sequence[Tally], none_rate: float) -> Iterator[Finding]:
    """Yield how often "none of the above" is right among all questions of tasks that offer it."""
    if not offering:
        return
    questions, right = sum(tally.questions for tally in offering), sum(tally.none_right for tally in offering)
    share, p = right / questions, _upper(right, questions, none_rate)
    excess = (share - none_rate) / MUCH
    yield Finding("none_rate", None, questions, share, none_rate, p, p < IMPROBABLE and excess > 1, "", excess)


def _majority(task: str, tally: Tally) -> Finding:
    truth, most = max(tally.truths.items(), key=lambda pair: (pair[1], pair[0]))
    total = tally.questions
    p, fires = _upper(most, total, MOST_OF_ONE), too_many(most, total)
    return Finding(
        "majority_class", task, total, most / total, MOST_OF_ONE, p, fires, truth, most / total / MOST_OF_ONE
    )


def too_many(most: int, questions: int) -> bool:
    """Return whether so many questions of a task may not have the same answer."""
    return most > MOST_OF_ONE * questions and _upper(most, questions, MOST_OF_ONE) < IMPROBABLE


def _repeated(told: Tallies) -> Iterator[Finding]:
    total = told.whole.questions + sum(told.with_places.values())
    if total:
        share = len(told.repeated) / total
        yield Finding("repeated_question", None, total, share, 0.0, None, bool(told.repeated))


def _upper(right: int, questions: int, fair: float) -> float:
    """Return the probability of `right` or more."""
    from scipy.special import bdtrc

    return float(bdtrc(right - 1, questions, min(fair, 1.0))) if right else 1.0


def _lower(right: int, questions: int, fair: float) -> float:
    """Return the probability of `right` or fewer."""
    from scipy.special import bdtr

    return float(bdtr(right, questions, min(fair, 1.0)))
