"""Text only: the gate on what a model gets right that was asked the questions without their pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.workspace import read_json
from publishing.asked import Asked
from publishing.question_gates import Finding
from publishing.question_rules import MUCH
from schemas.blind_answers import FILE, BlindAnswers, digest_of

_LEVEL = 0.025
"""Of each end of the interval, spread over the set and its tasks."""
_MOST_UNASKED = 0.05


def blind_answers(root: Path) -> BlindAnswers | None:
    """Return what a model answered blind in a workspace; None where none was asked, or nobody can read it."""
    try:
        return BlindAnswers.model_validate(read_json(root / FILE) or {})
    except ValidationError:
        return None


def text_only(each: Iterable[Asked], told: BlindAnswers | None) -> tuple[list[Finding], dict[str, Any] | None]:
    """Return what the gate measured of the set and of each task, and who was asked how many of them.

    A set of which more than a twentieth was never asked, or was asked in another form, isn't judged.
    """
    if told is None:
        return [], None
    worths: dict[str, list[tuple[bool, float]]] = {}
    total = 0
    for asked in each:
        total += asked.answer_index is not None
        is_right = told.right.get(digest_of(asked.id, asked.question, asked.options, asked.answer_index))
        if asked.answer_index is not None and is_right is not None:
            worths.setdefault(asked.task, []).append((is_right, 1 / len(asked.options)))
    known = sum(map(len, worths.values()))
    who = {"model": told.model, "revision": told.revision, "questions": known, "of": total}
    enough = known and known >= (1 - _MOST_UNASKED) * total
    return list(_findings(worths)) if enough else [], who


def _findings(worths: dict[str, list[tuple[bool, float]]]) -> Iterator[Finding]:
    scopes = 1 + len(worths) if len(worths) > 1 else 1
    yield _finding(None, [one for each in worths.values() for one in each], scopes)
    yield from (_finding(task, each, scopes) for task, each in sorted(worths.items()) if scopes > 1)


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
