"""Blind check: a model is asked all questions of a run without their pictures; publishing reads what it got right.

They are asked as an evaluation asks them, and its answers are read alike. Nothing is asked twice.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from captioning.evaluate_vqa import Endpoints, served_judge
from captioning.vqa_asking import BLIND_TOKENS, Manner, given_answers
from captioning.vqa_layouts import QuestionSet, questions_of
from captioning.vqa_marks import Mark, marked
from captioning.vqa_sets import Rows
from pipeline.store import part_numbers, part_path, read_rows
from pipeline.workspace import CAPTIONED, Workspace, write_whole
from schemas.blind_answers import FILE, BlindAnswers, digest_of
from schemas.errors import UsageError

_COLUMNS = ("id", "task", "question", "options", "answer_index", "answer")


def blind_check(
    workspace: Workspace, servers: Endpoints, environment: Mapping[str, str], max_tokens: int = BLIND_TOKENS
) -> BlindAnswers:
    """Ask servers every question of a run without its picture, and write `blind.json`; `max_tokens` are of an answer.

    Raises:
        UsageError: there are no questions with options, or the servers can't be asked so.
        ModelServerError: no server answers for long; all answers so far are kept, and the same command goes on.
    """
    found = _questions(workspace)
    items = [item for item in found.items if item.options]
    if not items:
        raise UsageError("no question has options.", where=str(workspace.root))
    manner = Manner(shuffled=False, blind=True, letter_tokens=max_tokens)
    judge = served_judge(servers, manner, workspace.cache / "blind.sqlite", environment)
    marks = marked(items, given_answers(found, items, manner, judge.ask), manner)
    told = BlindAnswers(
        model=judge.judged.model,
        revision=judge.judged.revision,
        right={_named(mark): mark.worth == 1 for mark in _sorted(marks) if mark.choice is not None},
        unread={_named(mark): mark.fault for mark in _sorted(marks) if mark.fault is not None},
    )
    write_whole(workspace.root / FILE, (told.model_dump_json(indent=1) + "\n").encode())
    return told


def _named(mark: Mark) -> str:
    item = mark.item
    return digest_of(item.id, item.question, item.options, item.answer_index)


def _sorted(marks: list[Mark]) -> list[Mark]:
    return sorted(marks, key=_named)


def _questions(workspace: Workspace) -> QuestionSet:
    each = list(_rows(workspace))
    if not each:
        mend = "Ask for `questions:` in the manifest, and run it."
        raise UsageError("there are no questions.", where=str(workspace.root), mend=mend)
    rows = Rows(workspace.root.name, _COLUMNS, lambda _, __: zip(count(), each))
    return questions_of(rows, index_base=0)


def _rows(workspace: Workspace) -> Iterator[dict[str, Any]]:
    folder = workspace.stage(CAPTIONED)
    for number in part_numbers(folder):
        for row in read_rows(part_path(folder, number), ["questions"]):
            yield from ({name: asked[name] for name in _COLUMNS} for asked in row["questions"] or ())
