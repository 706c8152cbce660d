"""Captioned: the row of `5-captioned`, a panel's text and what is asked about it."""

from pydantic import Field, NonNegativeInt

from schemas.questions import Question
from schemas.records import Distilled, Id, Record
from schemas.refused_text import Refused
from schemas.reviewed import Reviewed


class Captioned(Record):
    """A row of `5-captioned`."""

    id: Id
    figure_id: Id
    figure_row: NonNegativeInt
    source_id: str
    distilled: Distilled
    refused: Refused | None = None
    questions: list[Question] = Field(default_factory=list)
    reviewed: list[Reviewed] = Field(default_factory=list)
    """What reviewers decided of the text and the questions."""
