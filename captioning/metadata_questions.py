"""Metadata questions: what a panel's columns and its class let be asked, each with wrong answers of its kind."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from captioning.known import Known
from captioning.mentioned import mentioned
from captioning.question_forms import FORMS
from captioning.question_options import NONE, Offering, shuffled
from captioning.question_records import Closed, closed_question
from captioning.wrong_answers import apart, of_any_length, wrong_answers
from schemas.no_value import says_nothing
from schemas.questions import Question
from schemas.trees import kin, values

Classes = Mapping[str, Collection[str]]
"""Set of images -> the classes that its images have."""


def metadata_questions(known: Known, tasks: Collection[str], classes: Classes, how: Offering) -> Iterator[Question]:
    """Yield a question a task, for those of `tasks` whose answer is known and has wrong ones beside it."""
    for field, value in known.values.items():
        if field in tasks:
            yield from _of_field(known, field, value, how)
    if "label" in tasks and known.label:
        yield from _of_label(known, known.label, classes.get(known.set_name, ()), how)


def _of_field(known: Known, field: str, value: str, how: Offering) -> Iterator[Question]:
    named = {other for column, other in known.named if column == field}
    wrong = wrong_answers(field, value, named, how.most - 1, _key(known, field, how))
    if wrong:
        yield _asked(known, field, value, wrong, how, values(field)[value].id)


def _of_label(known: Known, label: str, classes: Collection[str], how: Offering) -> Iterator[Question]:
    """Yield what class a picture is of; classes that are kinds or parts of its own are no wrong answers."""
    right, key = _words(label), _key(known, "label", how)
    if not _says(right):
        return
    others = [_words(other) for other in apart(classes, label, known.labels)]
    others = [other for other in others if _says(other) and not _are_kin(mentioned(right), mentioned(other))]
    wrong = of_any_length(right, shuffled(others, *key), how.most - 1, key)
    if wrong:
        yield _asked(known, "label", right, wrong, how, known.set_name)


def _says(label: str) -> bool:
    """Return whether a class is one that can be an option."""
    return any(map(str.isalnum, label)) and label.casefold() != NONE and not says_nothing(label)


def _key(known: Known, task: str, how: Offering) -> tuple[object, ...]:
    return how.seed, known.panel_id, task


def _words(label: str) -> str:
    return " ".join(label.replace("_", " ").split())


def _are_kin(one: Collection[tuple[str, str]], other: Collection[tuple[str, str]]) -> bool:
    return any(value in kin(field, mine) for field, mine in one for column, value in other if column == field)


def _asked(  # noqa: PLR0917, PLR0913  (what a question is made of)
    known: Known, task: str, right: str, wrong: Sequence[str], how: Offering, source: str
) -> Question:
    form = FORMS[task]
    sentence: Callable[[str], str] = form.sentence.format
    asked = Closed(task, (), form.question, right, wrong, sentence, tags=(form.level, source), origin="metadata")
    return closed_question(known.panel_id, asked, how)
