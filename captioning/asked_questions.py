"""Asked questions: panels about which a model writes a question, and its questions as records once they are checked."""

from collections.abc import Iterable, Iterator
from functools import partial

from captioning.answers import Answers
from captioning.asked import Answered, Asked, NotAnswered
from captioning.asked_panels import Model, outcome_of, question
from captioning.cognition import Item, cognition, item_of
from captioning.curated_panels import CuratedPanel
from captioning.evidence import MICROSCOPY
from captioning.question_options import Offering
from captioning.question_prompts import cognition_prompt
from captioning.question_records import Closed, closed_question
from captioning.questions import COGNITION as TASK
from schemas.questions import Question


def written_about(panels: Iterable[CuratedPanel], model: Model) -> Iterator[Asked]:
    """Yield what a model is asked for: a question about each micrograph of which there are facts."""
    return (asked for one in panels if (asked := _asked(one, model)))


def _asked(one: CuratedPanel, model: Model) -> Asked | None:
    about = question(one, model.settings)
    if one.panel.get("kind") not in {None, MICROSCOPY} or not about.facts:
        return None
    return Asked(f"{about.id}:{TASK}", about.picture, about.facts, talk=cognition)


def written_question(
    one: CuratedPanel, model: Model, kept: Answers, how: Offering
) -> tuple[Question | None, NotAnswered | None]:
    """Return the question that a model wrote about a panel, or why there is none; nobody is asked."""
    asked = _asked(one, model)
    if asked is None:
        return None, None
    outcome = outcome_of(asked, model.settings, kept)
    if isinstance(outcome, Answered):
        return _record(one.row["id"], item_of(outcome), model, how), None
    return None, outcome


def _record(panel_id: str, item: Item, model: Model, how: Offering) -> Question:
    said = (cognition_prompt().name, model.settings.model, model.settings.revision)
    sentence = partial(item.statement.replace, item.answer)
    tags = [TASK, *(words for words in said if words), *(f"fact {number}" for number in item.facts)]
    asked = Closed(TASK, (item.question,), item.question, item.answer, item.wrong, sentence, tags=tags, origin="model")
    return closed_question(panel_id, asked, how)
