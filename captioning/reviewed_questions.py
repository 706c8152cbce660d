"""Reviewed questions: what is asked about a panel, as a reviewer accepted, edited or rejected it."""

from functools import partial

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from captioning.curated_panels import CuratedPanel
from captioning.question_records import NONE_TAG
from pipeline.decisions import Decision
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_question
from schemas.captioned import Captioned
from schemas.questions import NONE, Question
from schemas.reviewed import Reviewed

FIELD = "question:"
"""What the fields of decisions on questions begin with; the question's id follows."""


class _Edit(BaseModel):
    """A question in other words, with the options in the order in which they are offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(pattern=r"\S")
    options: list[str] = Field(min_length=2)
    answer_index: int = Field(ge=0)

    @property
    def is_sound(self) -> bool:
        plain = {" ".join(option.split()).casefold() for option in self.options} - {""}
        return len(plain) == len(self.options) and self.answer_index < len(self.options)


def with_decided_questions(made: Captioned, one: CuratedPanel, replay: Replay) -> Captioned:
    """Return a row with its questions as reviewers decided; a rejected one leaves, and none takes its place."""
    left = {said.field: said for said in replay.about(made.id) if said.field.startswith(FIELD)}
    if not left:
        return made
    kept: list[Question] = []
    notes: list[Reviewed] = []
    for question in made.questions:
        said = left.pop(f"{FIELD}{question.id}", None)
        decided, note = _decided(question, said, one, replay) if said else (question, None)
        kept += [decided] if decided else []
        notes += [note] if note else []
    for said in left.values():
        replay.ignore(said, "no such question is asked now")
    return made.model_copy(update={"questions": kept, "reviewed": [*made.reviewed, *notes]})


def _decided(
    question: Question, said: Decision, one: CuratedPanel, replay: Replay
) -> tuple[Question | None, Reviewed | None]:
    """Return what becomes of a question, and what to note of it."""
    seen = partial(seen_of_question, one.figure, one.panel, question)
    if replay.holding(said, seen) is None:
        return question, None
    note = partial(Reviewed, field=said.field, who=said.who, seen=seen())
    if said.after == "accept":
        return question, note(verdict="accepted")
    if said.after == "reject":
        return None, note(verdict="rejected")
    edited = _edited(question, said.after)
    if edited is None:
        replay.ignore(said, UNREADABLE)
        return question, None
    return edited, note(verdict="edited")


def _edited(question: Question, after: object) -> Question | None:
    """Return a question in a reviewer's words, under its own id; None where they can't be read."""
    try:
        edit = _Edit.model_validate(after)
    except ValidationError:
        return None
    if not question.options or not edit.is_sound:
        return None
    answer = edit.options[edit.answer_index]
    captions = [_sentence(question, at, option) for at, option in enumerate(edit.options)]
    told = edit.model_dump() | {"answer": answer, "captions": captions}
    if answer != NONE:
        told |= {"held_back": None, "tags": [tag for tag in question.tags if tag != NONE_TAG]}
    return question.model_copy(update=told)


def _sentence(question: Question, at: int, option: str) -> str:
    """Return what an option says of the picture: as it said it, or as the one in its place did with other words."""
    if option in question.options:
        return question.captions[question.options.index(option)]
    before = question.options[at] if at < len(question.options) else ""
    if before and before != NONE and before in question.captions[at]:
        return question.captions[at].replace(before, option)
    return option
