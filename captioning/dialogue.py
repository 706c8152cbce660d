"""Dialogue: what is asked about one panel until there is a text or a reason, whoever carries the questions.

It knows neither network nor cache: it yields questions and is sent replies. So a server that is asked live, a cache
and a batch file lead to the same outcome.
"""

from collections.abc import Generator
from typing import Any

from captioning.asked import Answered, Asked, NotAnswered, Sentence
from captioning.control_marks import unmarked
from captioning.prompts import Prompt, repair_text
from captioning.replies import Fault, Reply, joined, read_reply
from captioning.request_bodies import Question, once_more, opening
from schemas.manifest import CaptioningSettings

_SHOWN_CHARACTERS = 4000
"""How much of a bad answer the model is shown again."""

Dialogue = Generator[Question, Reply, Answered | NotAnswered]


def dialogue(asked: Asked, prompt: Prompt, settings: CaptioningSettings) -> Dialogue:
    """Return the dialogue about a panel: the question's own, or the one for a text made of facts."""
    return _for_a_text(asked, prompt, settings) if asked.talk is None else asked.talk(asked, settings)


def _for_a_text(asked: Asked, prompt: Prompt, settings: CaptioningSettings) -> Dialogue:
    """Ask once, and once more where the answer can't be used."""
    question = opening(asked, prompt, settings)
    reply = yield question
    read = read_reply(reply, asked, prompt)
    if not isinstance(read, Fault):
        return _answered(asked, read, reply)
    shown = "" if read.reason in {"refused", "answer_cut"} else unmarked(reply.text[:_SHOWN_CHARACTERS])
    second = yield once_more(question, shown, repair_text(prompt, read.told))
    again = read_reply(second, asked, prompt)
    if not isinstance(again, Fault):
        return _answered(asked, again, reply, second, mended=(read.reason,))
    detail = "; ".join(again.told)
    counts = tokens_of(reply, second)
    return NotAnswered(asked.id, again.reason, detail, text=_spoken(second), **counts)


def _answered(asked: Asked, sentences: tuple[Sentence, ...], *replies: Reply, mended: tuple[str, ...] = ()) -> Answered:
    return Answered(asked.id, joined(sentences), sentences, mended, **tokens_of(*replies))


def tokens_of(*replies: Reply) -> dict[str, Any]:
    """Return what replies took together, as an outcome tells it."""
    return {
        "tokens_in": sum(reply.tokens_in for reply in replies),
        "tokens_out": sum(reply.tokens_out for reply in replies),
    }


def _spoken(reply: Reply) -> str:
    return (reply.refusal or reply.text)[:_SHOWN_CHARACTERS]
