"""Reviewed: what a reviewer decided about a text or a question, as it was carried out."""

from typing import Literal

from schemas.records import Record


class Reviewed(Record):
    """A decision that holds, in a row of `5-captioned`; it isn't published."""

    field: str
    """text, or question:<id>."""
    verdict: Literal["accepted", "edited", "rejected"]
    who: str
    seen: str
    """The hash of what was shown, `pipeline.seen`: of the text or question as it stood before it was decided on."""
