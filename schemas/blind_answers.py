"""Blind answers: what a model got right of questions that it was asked without their pictures; `blind.json`."""

import hashlib
import json
from collections.abc import Sequence

from schemas.records import Record

FILE = "blind.json"
"""In the workspace; captioning writes it, publishing reads it."""


class BlindAnswers(Record):
    """Who was asked, which questions it got right, and which answers can't be read."""

    model: str
    revision: str | None
    right: dict[str, bool]
    """By `digest_of` the question, where the answer could be read; what nobody answered is absent."""
    unread: dict[str, str]
    """The questions whose answer named no option, alike, with why: `refused`, `cut`, `several`."""


def digest_of(key: str, question: str, options: Sequence[str], answer_index: int | None) -> str:
    """Return what names a question as it stands: another order of options is another question."""
    said = json.dumps([key, question, list(options), answer_index])
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
