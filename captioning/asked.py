"""Asked: what is asked of a model about one panel, and what came of it."""

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from schemas.manifest import CaptioningSettings
from schemas.records import Box, Shown

Check = Callable[[str], Sequence[str]]
"""Returns what is wrong with a text, in words that the model is told; nothing where it may stand."""

Reason = Literal[
    "answer_cut",
    "answer_no_json",
    "answer_empty",
    "refused",
    "unsupported",
    "answered_blind",
    "blind_check_unreadable",
    "request_rejected",
    "answer_too_large",
    "no_answer",
    "server_error",
    "server_timeout",
    "unexpected_error",
]
LASTING: Final = frozenset({
    "answer_cut", "answer_no_json", "answer_empty", "refused", "unsupported",
    "answered_blind", "blind_check_unreadable",
})  # fmt: skip
"""What a model said: it is kept, and asking the same again gives the same."""

REASONS: Final = frozenset(get_args(Reason))
"""Why a panel has no answer, beside the reasons of `pipeline.refusals` for pictures that can't be read."""

UNHEARD: Final = REASONS - LASTING
"""No model said anything: it's nothing about the panel, in most cases."""


@dataclass(frozen=True)
class Picture:
    """A panel's pixels: a file as its source gave it, and the part that is meant."""

    blob: bytes = field(repr=False)
    box: Box | None = None
    """The part of the file; None means all of it."""
    shown: Shown | None = None
    sha256: str = ""
    """The digest of `blob`; found out if left out."""

    @property
    def name(self) -> str:
        """Return what names these pixels for ever: digest, part and plane."""
        digest = self.sha256 or hashlib.sha256(self.blob).hexdigest()
        plane = "" if self.shown is None else ":" + self.shown.model_dump_json()
        return f"{digest}:{'' if self.box is None else ','.join(map(str, self.box))}{plane}"


@dataclass(frozen=True)
class Asked:
    """A question about one panel; `facts` are numbered from 1 in the order given."""

    id: str
    picture: Picture | None
    facts: tuple[str, ...] = ()
    check: Check | None = field(default=None, repr=False)
    talk: "Talk | None" = field(default=None, repr=False)
    """How it is asked, where what is wanted is no text made of facts."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of an answer, with the numbers of the facts that it says it rests on."""

    text: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answered:
    """A text that passed all checks; `mended` are the reasons for which a first one was asked for again."""

    id: str
    text: str
    sentences: tuple[Sentence, ...]
    mended: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True)
class NotAnswered:
    """Why there is no text: one of `REASONS`, or a picture's; `text` is what was refused, for a reviewer."""

    id: str
    reason: str
    detail: str
    text: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


Outcome = Answered | NotAnswered

Talk = Callable[[Asked, CaptioningSettings], Generator[Any, Any, Outcome]]
"""Yields `captioning.request_bodies.Question`s, is sent replies, and returns what came of them."""
