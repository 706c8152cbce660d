"""Cognition: a question that a model writes about a panel, checked by the facts, and asked again without the picture.

A dialogue as that for a text: it yields what is to be asked and is sent replies, so the cache, a server and a batch
file carry it all alike.
"""

import json
from collections.abc import Generator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from captioning.asked import Answered, Asked, NotAnswered, Reason
from captioning.dialogue import tokens_of
from captioning.faithful import judge
from captioning.prompts import repair_text
from captioning.question_options import shuffled
from captioning.question_prompts import (
    QuestionPrompt,
    asking_text,
    blind_text,
    cognition_prompt,
    item_schema,
    letter_schema,
)
from captioning.replies import Fault, Reply, content_of
from captioning.request_bodies import Question, asking, once_more
from captioning.true_options import true_options
from captioning.vqa_letters import named_option
from schemas.manifest import CaptioningSettings
from schemas.questions import NONE

VERSION = 3
"""Raised by hand when a question may be judged otherwise."""
_OF_CAPTIONS = frozenset({"templates", "length"})
"""Checks of how a caption is written: a question may speak of "this image"."""
_ONE_LETTER = "Answer with the letter of one option alone, in the same form."
_LONGER = 1.5
"""How much longer than the longest wrong option the right one may be."""


class Item(BaseModel):
    """A question as a model wrote it."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    question: str
    statement: str
    """A sentence that says the answer, in the answer's words."""
    answer: str
    wrong: tuple[str, ...]
    facts: tuple[int, ...]


def cognition(asked: Asked, settings: CaptioningSettings) -> Generator[Question, Reply, Answered | NotAnswered]:
    """Ask for a question, once more where it can't be used, and then its answer without picture or facts."""
    prompt = cognition_prompt()
    opening = _opening(asked, prompt, settings)
    replies = [(yield opening)]
    item = read_item(replies[-1], asked.facts, prompt)
    if isinstance(item, Fault):
        told = repair_text(prompt, item.told)
        replies.append((yield once_more(opening, replies[-1].text, told)))
        item = read_item(replies[-1], asked.facts, prompt)
    if isinstance(item, Fault):
        return _refused(asked, item.reason, "; ".join(item.told), replies)
    options = shuffled([item.answer, *item.wrong], asked.id, item.question)
    blind = _blind(item, options, prompt, settings)
    replies.append((yield blind))
    if _guessed(replies[-1], options) is None:
        replies.append((yield once_more(blind, replies[-1].text, _ONE_LETTER)))
    guess = _guessed(replies[-1], options)
    if guess in {None, item.answer}:
        reason: Reason = "answered_blind" if guess else "blind_check_unreadable"
        return _refused(asked, reason, f"without the picture: {item.question} {item.answer}", replies)
    return Answered(asked.id, item.model_dump_json(), (), **tokens_of(*replies))


def read_item(reply: Reply, facts: Sequence[str], prompt: QuestionPrompt) -> Item | Fault:
    """Return the question in a reply, or why it can't be used."""
    said = content_of(reply)
    if isinstance(said, Fault):
        return said
    try:
        item = Item.model_validate(said)
    except ValidationError:
        return Fault("answer_no_json", ["it must have question, statement, answer, wrong and facts"])
    failures = [*_misshapen(item, len(facts), prompt), *_unfounded(item, facts)]
    return Fault("unsupported", failures) if failures else item


def _misshapen(item: Item, facts: int, prompt: QuestionPrompt) -> list[str]:
    plain = [_plain(option) for option in (item.answer, *item.wrong)]
    faults = {
        "the question must end with a question mark": not item.question.endswith("?"),
        f"there must be {prompt.wrong} wrong options": len(item.wrong) != prompt.wrong,
        "the options must differ": len(set(plain)) < len(plain) or "" in plain,
        f'no option may be "{NONE}"': _plain(NONE) in plain,
        "the statement must hold the answer as it stands, and once": item.statement.count(item.answer) != 1,
        "the question gives the answer away": bool(plain[0]) and plain[0] in _plain(item.question),
        "the answer is much longer than the other options": _is_longest(item),
        "there is no such fact": not item.facts or not all(1 <= number <= facts for number in item.facts),
    }
    return [words for words, is_so in faults.items() if is_so]


def _is_longest(item: Item) -> bool:
    return bool(item.wrong) and len(item.answer) > _LONGER * max(map(len, item.wrong))


def _unfounded(item: Item, facts: Sequence[str]) -> list[str]:
    """Return what the facts don't carry of the answer, and which wrong option they do."""
    said = {"answer": item.statement, "question": item.question}
    failures = [f"the {part} isn't carried: {fault}" for part, text in said.items() for fault in _claims(text, facts)]
    if item.answer not in item.statement:
        return failures
    carried = [one for one in item.wrong if not _claims(item.statement.replace(item.answer, one), facts)]
    may_be = [one for one in true_options(item.answer, item.wrong, facts) if one not in carried]
    return [
        *failures,
        *(f"the facts carry the wrong option {option!r} as well" for option in carried),
        *(f"the wrong option {option!r} may be true as well" for option in may_be),
    ]


def _claims(text: str, facts: Sequence[str]) -> list[str]:
    """Return what a sentence claims and no fact carries."""
    return [f"{check.check}: {check.detail}" for check in judge(text, facts).failed if check.check not in _OF_CAPTIONS]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")


def _opening(asked: Asked, prompt: QuestionPrompt, settings: CaptioningSettings) -> Question:
    schema = item_schema(prompt, len(asked.facts))
    return asking(asked.picture, (prompt.system, asking_text(prompt, asked.facts)), ("question", schema), settings)


def _blind(item: Item, options: list[str], prompt: QuestionPrompt, settings: CaptioningSettings) -> Question:
    words = (prompt.system, blind_text(prompt, item.question, options))
    return asking(None, words, ("option", letter_schema(len(options))), settings)


def _guessed(reply: Reply, options: Sequence[str]) -> str | None:
    """Return the option that a guess names, read as the evaluation reads letters; None where it names no one."""
    said = content_of(reply)
    letter = said.get("answer") if isinstance(said, Mapping) else said
    named = named_option(reply.text if isinstance(letter, Fault) else str(letter), options)
    return options[named] if isinstance(named, int) else None


def _refused(asked: Asked, reason: Reason, detail: str, replies: Sequence[Reply]) -> NotAnswered:
    return NotAnswered(asked.id, reason, detail, text=replies[0].text, **tokens_of(*replies))


def item_of(answered: Answered) -> Item:
    """Return the question that an outcome holds."""
    return Item.model_validate(json.loads(answered.text))
