"""Question figures: what a dataset's questions are, what a blind guesser gets of them, and the gate that refuses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.workspace import Workspace, write_whole
from publishing.asked import asked_in_files
from publishing.dataset_files import files_of_view
from publishing.guessing import Tallies, Tally, familiar, shape_of, tallied
from publishing.question_balance import LeftOut
from publishing.question_gates import Finding, findings
from publishing.text_only import text_only
from publishing.views import QUESTIONS_VIEW
from schemas.blind_answers import BlindAnswers
from schemas.errors import GateError

LIST = "guessable.jsonl"
"""The file in the workspace that lists the questions by which a gate fired; absent where none did."""

LEFT_OUT = "left_out.jsonl"
"""The file in the workspace that lists the questions that aren't published; absent where all are."""

Figures = dict[str, Any]
"""What the page, the card and `bricks questions --json` tell: plain values."""


def files_of(folder: Path) -> list[Path]:
    """Return the files of the questions of a dataset."""
    return files_of_view(folder, QUESTIONS_VIEW)


def figures_of(
    folder: Path, none_rate: float, left_out: LeftOut | None = None, blind: BlindAnswers | None = None
) -> Figures:
    """Return the figures of the questions in a dataset's files; `blind` is what a model answered without pictures."""
    files = files_of(folder)
    told = tallied(asked_in_files(files))
    known = familiar(asked_in_files(files), told)
    unseen, who = text_only(asked_in_files(files), blind)
    return {
        "questions": told.whole.questions + sum(told.with_places.values()),
        "none_rate": none_rate,
        "tasks": {task: _task(told, task, tally, known) for task, tally in sorted(told.tasks.items())},
        "gates": [asdict(found) for found in (*findings(told, none_rate), *unseen)],
        "left_out": left_out.counts if left_out else {},
        "text_only": who,
    }


def _task(told: Tallies, task: str, tally: Tally, known: Mapping[str, float]) -> dict[str, Any]:
    total = tally.questions + told.with_places[task]
    if not tally.questions:
        return {"questions": total, "with_options": 0}
    places = max(tally.by_count)
    return {
        "questions": total,
        "with_options": tally.questions,
        "answers": len(tally.truths),
        "chance": tally.chance / tally.questions,
        "constant": max(map(tally.at, range(places))) / tally.questions,
        "longest": tally.longest / tally.questions,
        "shortest": tally.shortest / tally.questions,
        "majority": max(tally.truths.values()) / tally.questions,
        "familiar": known[task],
        "none_offered": tally.none_offered / tally.questions,
        "none_right": tally.none_right / tally.questions,
        "places": [tally.at(place) for place in range(places)],
    }


def is_shown(gate: Mapping[str, Any]) -> bool:
    """Return whether a gate is told one by one: what passes for a task alone is summed up, majorities aside."""
    return bool(gate["fires"] or not gate["task"] or gate["gate"] == "majority_class")


def refuse_guessable(workspace: Workspace, folder: Path, figures: Figures) -> None:
    """Refuse a dataset whose questions can be answered without their pictures; `guessable.jsonl` lists them.

    Raises:
        GateError: a gate fires.
    """
    fired = [Finding(**found) for found in figures["gates"] if found["fires"]]
    listed = workspace.root / LIST
    if not fired:
        listed.unlink(missing_ok=True)
        return
    lines = [json.dumps(line) for line in _named(folder, fired)]
    write_whole(listed, "".join(f"{line}\n" for line in lines).encode())
    raise GateError(
        f"questions can be answered without their pictures, so nothing was published: {'; '.join(map(_said, fired))}.",
        where=str(workspace.root),
        mend=f"{listed} names the questions. {_mend(fired)}",
    )


def _said(found: Finding) -> str:
    of = f" of {found.task}" if found.task else ""
    if found.gate == "answer_position":
        return f"{found.gate}{of}: chi-square {found.found:.1f} over {found.fair:.0f} degrees of freedom"
    return f"{found.gate}{of}: {found.found:.0%} of {found.questions}, {found.fair:.0%} in a fair set"


def _mend(fired: Sequence[Finding]) -> str:
    """Return what helps: the tasks by which gates fire can be left out; what fires for the set alone is of all."""
    tasks = sorted({found.task for found in fired if found.task})
    if not tasks:
        return "Leave tasks out of questions.tasks, or add other sources."
    return f"Leave {', '.join(tasks)} out of questions.tasks, or add sources that show other things."


def write_left_out(workspace: Workspace, left_out: LeftOut) -> None:
    """Write `left_out.jsonl` in the workspace: a line for each question that isn't published, with its reason."""
    path = workspace.root / LEFT_OUT
    if not left_out.reasons:
        path.unlink(missing_ok=True)
        return
    each = sorted((reason, task, key) for key, (reason, task) in left_out.reasons.items())
    lines = (json.dumps({"reason": reason, "task": task, "id": key}) for reason, task, key in each)
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())


def _named(folder: Path, fired: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """Yield a line for each question by which a gate fired: those that its guesser gets right."""
    seen = set[tuple[str, str]]()
    for asked in asked_in_files(files_of(folder)):
        shape, again = shape_of(asked), asked.stem in seen
        for found in fired:
            speaks = again if found.gate == "repeated_question" else shape and found.speaks(shape, asked.truth)
            if speaks and found.task in {None, asked.task}:
                yield {"gate": found.gate, "id": asked.id, "panel_id": asked.panel_id, "task": asked.task}
        seen.add(asked.stem)
