"""Metadata questions: what a panel's columns and its class let be asked, each with wrong answers of its kind."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from captioning.class_names import may_both_be_true, without_doubles, words_of
from captioning.known import Known
from captioning.question_forms import FORMS
from captioning.question_options import Offering, shuffled
from captioning.question_records import Closed, closed_question
from captioning.value_shares import Shares
from captioning.wrong_answers import of_any_length, wrong_answers
from schemas.no_value import says_nothing
from schemas.questions import Question
from schemas.trees import values

NO_SHARES: Shares = MappingProxyType({})
Classes = Mapping[str, Collection[str]]
"""Scheme of a set of images -> the classes that may be told apart there."""


def metadata_questions(
    known: Known, tasks: Collection[str], classes: Classes, how: Offering, shares: Shares = NO_SHARES
) -> Iterator[Question]:
    """Yield a question a task, for those of `tasks` whose answer is known and has wrong ones beside it.

    `shares` tell what is right in other questions of the set, and how often.
    """
    for field in known.values:
        if field in tasks:
            yield from _of_field(known, field, how, shares.get(field, {}))
    if "label" in tasks and known.label:
        yield from _of_label(known, known.label, classes.get(known.scheme or known.set_name, ()), how)


def _of_field(known: Known, field: str, how: Offering, shares: Mapping[str, float]) -> Iterator[Question]:
    value, named = known.values[field], {other for column, other in known.named if column == field}
    wrong = wrong_answers(field, value, named, how.most - 1, _key(known, field, how), shares)
    if wrong:
        yield _asked(known, field, value, wrong, how, values(field)[value].id)


def _of_label(known: Known, label: str, classes: Collection[str], how: Offering) -> Iterator[Question]:
    """Yield what class a picture is of; no two options are classes that may both be true of a picture."""
    right, key = words_of(label), _key(known, "label", how)
    if not _says(right):
        return
    others = [other for other in without_doubles(classes, {label, *known.labels}) if _says(other)]
    wrong = of_any_length(right, shuffled(others, *key), how.most - 1, key, clash=may_both_be_true)
    if wrong:
        yield _asked(known, "label", right, wrong, how, known.set_name)


def _says(label: str) -> bool:
    """Return whether a class is one that can be an option."""
    said = label.casefold().strip(" .")
    return any(map(str.isalnum, label)) and not said.endswith(" of the above") and not says_nothing(label)


def _key(known: Known, task: str, how: Offering) -> tuple[object, ...]:
    return how.seed, known.panel_id, task


def _asked(  # noqa: PLR0917, PLR0913  (what a question is made of)
    known: Known, task: str, right: str, wrong: Sequence[str], how: Offering, source: str
) -> Question:
    form = FORMS[task]
    sentence: Callable[[str], str] = form.sentence.format
    asked = Closed(task, (), form.question, right, wrong, sentence, tags=(form.level, source), origin="metadata")
    return closed_question(known.panel_id, asked, how)
