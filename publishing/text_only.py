"""Text only: the gate on what a model gets right that was asked the questions without their pictures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from pipeline.workspace import read_json
from publishing.asked import Asked
from publishing.question_gates import Finding
from publishing.question_rules import MUCH
from schemas.blind_answers import FILE, BlindAnswers, digest_of

_LEVEL = 0.025
"""Of each end of the interval, spread over the set and its tasks."""
_MOST_UNASKED = 0.05
_LEAST_READ = 0.8
"""A model that refuses, or is cut off, knows as little as one that guesses wrong, and proves nothing."""


def blind_answers(root: Path) -> BlindAnswers | None:
    """Return what a model answered blind in a workspace; None where none was asked, or nobody can read it."""
    try:
        return BlindAnswers.model_validate(read_json(root / FILE) or {})
    except ValidationError:
        return None


class _Of(NamedTuple):
    """What was answered to a question."""

    is_right: bool
    is_read: bool
    chance: float


def text_only(each: Iterable[Asked], told: BlindAnswers | None) -> tuple[list[Finding], dict[str, Any] | None]:
    """Return what the gate measured of the set and of each task, and who was asked how many of them.

    Judged are the answers that can be read, and only where four of five can be; else what was answered right still
    refuses a set, but nothing passes it. A set of which more than a twentieth was never asked, or was asked in another
    form, isn't judged either.
    """
    if told is None:
        return [], None
    answers: dict[str, list[_Of]] = {}
    total, reasons = 0, Counter[str]()
    for asked in each:
        if asked.answer_index is None:
            continue
        total += 1
        key = digest_of(asked.id, asked.question, asked.options, asked.answer_index)
        if key in told.right or key in told.unread:
            one = _Of(told.right.get(key, False), key in told.right, 1 / len(asked.options))
            answers.setdefault(asked.task, []).append(one)
            reasons.update([told.unread[key]] if key in told.unread else [])
    known = sum(map(len, answers.values()))
    found = list(_findings(answers)) if known and known >= (1 - _MOST_UNASKED) * total else []
    is_judged = bool(found) and (_are_read(_all(answers)) or any(one.fires for one in found))
    who = {"model": told.model, "revision": told.revision, "questions": known, "of": total}
    return found, {**who, "unreadable": reasons.total(), "why": dict(sorted(reasons.items())), "judged": is_judged}


def not_judged(who: Mapping[str, Any]) -> str:
    """Return in words why the gate passes nothing; empty where it judged the set."""
    if who["judged"]:
        return ""
    if who["unreadable"] > (1 - _LEAST_READ) * who["questions"]:
        return f"not judged: {who['unreadable']} of {who['questions']} unreadable"
    return f"not judged: {who['questions']} of {who['of']} answered as they stand"


def _all(answers: Mapping[str, Sequence[_Of]]) -> list[_Of]:
    return [one for each in answers.values() for one in each]


def _are_read(answers: Sequence[_Of]) -> bool:
    return sum(one.is_read for one in answers) >= _LEAST_READ * len(answers)


def _findings(answers: dict[str, list[_Of]]) -> Iterator[Finding]:
    scopes = 1 + len(answers) if len(answers) > 1 else 1
    yield from _measured(None, _all(answers), scopes)
    for task, each in sorted(answers.items()) if scopes > 1 else ():
        yield from _measured(task, each, scopes)


def _measured(task: str | None, answers: Sequence[_Of], scopes: int) -> Iterator[Finding]:
    """Yield what was found; where too few can be read, only what fires though they all count as wrong."""
    is_fair = _are_read(answers)
    found = _finding(task, [(one.is_right, one.chance) for one in answers if one.is_read or not is_fair], scopes)
    if is_fair or found.fires:
        yield found


def _finding(task: str | None, worths: list[tuple[bool, float]], scopes: int) -> Finding:
    """Return the share that is right; it fires where its interval (Clopper-Pearson's) lies above chance and more."""
    from scipy.special import betaincinv

    questions, right = len(worths), sum(is_right for is_right, _ in worths)
    fair = sum(chance for _, chance in worths) / questions
    low = float(betaincinv(right, questions - right + 1, _LEVEL / scopes)) if right else 0.0
    found = right / questions
    excess = (found - fair) / MUCH
    detail = f"at least {low:.2f}"
    return Finding("text_only", task, questions, found, fair, None, low > fair + MUCH, detail, excess)
