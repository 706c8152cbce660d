"""Captioned: the row of `5-captioned`, a panel's text with its checks and what is asked about it."""

from pydantic import Field, NonNegativeInt

from schemas.questions import Question
from schemas.records import Id, Record
from schemas.refused_text import Refused
from schemas.reviewed import Reviewed


class Check(Record):
    """A check's result on a distilled text."""

    check: str
    passed: bool
    detail: str = ""


class Distilled(Record):
    """A caption made from evidence; `prompt` "verbatim" is the caption itself."""

    text: str
    model: str | None = None
    revision: str | None = None
    prompt: str
    checks: list[Check] = Field(default=[])


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
