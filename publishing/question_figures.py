"""Question figures: what a dataset's questions are, what a blind guesser gets of them, and the gate that refuses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.workspace import Workspace, write_whole
from publishing.asked import Asked, asked_in_files
from publishing.guessing import NONE, Tallies, Tally, familiar, tallied
from publishing.question_balance import LeftOut
from publishing.question_gates import Finding, findings
from publishing.views import QUESTIONS_VIEW
from schemas.errors import GateError

LIST = "guessable.jsonl"
"""The file in the workspace that lists the questions by which a gate fired; absent where none did."""

Figures = dict[str, Any]
"""What the page, the card and `bricks questions --json` tell: plain values."""


def files_of(folder: Path) -> list[Path]:
    """Return the files of the questions of a dataset."""
    return [path for name in QUESTIONS_VIEW.names for path in sorted((folder / name).glob("*.parquet"))]


def figures_of(folder: Path, none_rate: float, left_out: LeftOut | None = None) -> Figures:
    """Return the figures of the questions in a dataset's files."""
    files = files_of(folder)
    told = tallied(asked_in_files(files))
    known = familiar(asked_in_files(files), told)
    return {
        "questions": told.whole.questions + sum(told.with_places.values()),
        "none_rate": none_rate,
        "tasks": {task: _task(told, task, tally, known) for task, tally in sorted(told.tasks.items())},
        "gates": [asdict(found) for found in findings(told, none_rate)],
        "left_out": left_out.counts if left_out else {},
        "text_only": None,
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
        mend=f"{listed} names the questions. Ask other tasks, add other sources, or set another questions.seed.",
    )


def _said(found: Finding) -> str:
    of = f" of {found.task}" if found.task else ""
    if found.gate == "answer_position":
        return f"{found.gate}: chi-square {found.found:.1f} over {found.fair:.0f} degrees of freedom"
    return f"{found.gate}{of}: {found.found:.0%} of {found.questions}, {found.fair:.0%} in a fair set"


def _named(folder: Path, fired: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """Yield a line for each question by which a gate fired: those that its guesser gets right."""
    seen = set[tuple[str, str]]()
    for asked in asked_in_files(files_of(folder)):
        stem = (asked.image_sha256, asked.question)
        for found in fired:
            if _speaks(found, asked, stem in seen):
                yield {"gate": found.gate, "id": asked.id, "panel_id": asked.panel_id, "task": asked.task}
        seen.add(stem)


def _speaks(found: Finding, asked: Asked, is_repeated: bool) -> bool:  # noqa: FBT001  (one of two kinds)
    if found.gate == "repeated_question":
        return is_repeated
    if asked.answer_index is None:
        return False
    lengths = [len(option) for option in asked.options]
    right = lengths[asked.answer_index]
    speaks = {
        "answer_position": True,
        "constant_answer": found.detail == f"place {asked.answer_index}",
        "longest_option": right == max(lengths),
        "shortest_option": right == min(lengths),
        "none_rate": asked.answer == NONE,
        "none_where_offered": NONE in asked.options,
        "majority_class": (asked.task, asked.truth) == (found.task, found.detail),
    }
    return speaks[found.gate]
