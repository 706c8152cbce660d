"""Refused text: what a model said and the checks refused, or why it said nothing; for a reviewer alone."""

from pydantic import BaseModel, ConfigDict


class Refused(BaseModel):
    """A part of a row of `5-captioned` that is never published: words that no evidence carries, and a server's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    """answer_cut, answer_no_json, answer_empty, refused, unsupported, request_rejected, server_error, ..."""
    detail: str
    """What the checks say of the text, or what the server said."""
    text: str
    """What was refused; empty where there was no text."""
