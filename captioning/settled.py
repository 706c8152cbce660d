"""Settled: what came of a panel by the answers that are kept, or the question that is still to be asked."""

from captioning.answers import Answers
from captioning.asked import Answered, Asked, NotAnswered
from captioning.dialogue import dialogue
from captioning.prompts import prompt_named
from captioning.request_bodies import Question
from schemas.manifest import CaptioningSettings


def settle(asked: Asked, settings: CaptioningSettings, answers: Answers) -> Question | Answered | NotAnswered:
    """Return the first question about a panel that has no answer yet, or what came of them."""
    talk = dialogue(asked, prompt_named(settings.prompt), settings)
    question = next(talk)
    try:
        while (reply := answers.find(question.key)) is not None:
            question = talk.send(reply)
    except StopIteration as done:
        outcome: Answered | NotAnswered = done.value
        return outcome
    return question
