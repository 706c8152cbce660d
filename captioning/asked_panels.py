"""Asked panels: curated panels as questions for a model, and its answers as texts with what the checks say of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from captioning.answers import Answers, answers_file
from captioning.asked import UNHEARD, Answered, Asked, NotAnswered, Picture
from captioning.asking import Service, answers
from captioning.curated_panels import CuratedPanel, askable, curated_panels
from captioning.evidence import FIGURE_COLUMNS, statements
from captioning.faithful import judge
from captioning.prompt_room import facts_tokens, fitting
from captioning.request_bodies import Question
from captioning.settled import settle
from pipeline.engine import Notes
from pipeline.pixels import PIXEL_COLUMNS
from pipeline.workspace import Workspace
from schemas.captioned import Check, Distilled
from schemas.errors import ModelServerError
from schemas.licence import permits
from schemas.manifest import CaptioningSettings
from schemas.records import Shown
from schemas.refused_text import Refused

ANSWERED = "answered"
ANSWER = "answer"
"""The check that fails where a model was asked and its text may not stand; its detail is the reason, no more."""
Beside = tuple[Sequence[str], Sequence[str]]
"""More columns of figures, and of panels."""
_MOST_DETAIL = 500
COLUMNS = (*FIGURE_COLUMNS, "source_sha256", *PIXEL_COLUMNS)
"""Of a figure: what its evidence and its picture are read from."""


@dataclass(frozen=True)
class Model:
    """Who is asked; it travels to workers."""

    settings: CaptioningSettings
    key: str | None = field(default=None, repr=False)

    def service(self, workspace: Workspace) -> Service:
        """Return who is asked for this workspace, and where its answers are kept."""
        return Service(self.settings, answers_file(workspace), self.key)


def questions(workspace: Workspace, parts: Iterable[int], settings: CaptioningSettings) -> Iterator[Asked]:
    """Yield what a model is asked about the panels of these parts, with their pixels; for `write_batches` too."""
    return (question(one, settings) for one in panels_to_ask(workspace, parts))


def panels_to_ask(workspace: Workspace, parts: Iterable[int]) -> Iterator[CuratedPanel]:
    """Yield the panels of these parts about which there may be new words, with their pixels."""
    for number in parts:
        for one in curated_panels(workspace, number, figure=(*COLUMNS, "blob"), panel=("box",)):
            if permits(one.row["license"]).recaption:
                yield one


def ask_ahead(
    model: Model, workspace: Workspace, parts: Sequence[int], panels: int, more: Iterable[Asked] | None = None
) -> None:
    """Ask about the panels of all these parts in one stream, so that servers never wait for the end of a part.

    Answers are kept, and so is why there was none; the parts then find both. `more` is asked after the texts, at most
    once a panel.

    Raises:
        ModelServerError: no server answers for long, or one isn't what was asked for, or no panel got an answer.
        BudgetError: the budget is used up.
    """
    total = askable(workspace, parts) * (1 if more is None else 2)
    with Answers(answers_file(workspace)) as kept:
        kept.begin_stream(total)
    each = chain(questions(workspace, parts, model.settings), more or ())
    vain, asked = [], 0
    for outcome in answers(each, model.service(workspace), total=total, in_order=False):
        asked += 1
        vain += [outcome] if isinstance(outcome, NotAnswered) else []
    _refuse_silence(model, vain, asked)
    with Answers(answers_file(workspace)) as kept:
        kept.note_vain((outcome.id, outcome.reason, outcome.detail) for outcome in vain)
        kept.end_stream()


def _refuse_silence(model: Model, vain: Sequence[NotAnswered], total: int) -> None:
    unheard = [outcome for outcome in vain if outcome.reason in UNHEARD]
    if not unheard or len(unheard) < total:
        return
    counts = ", ".join(f"{reason} {count}" for reason, count in Counter(one.reason for one in unheard).most_common())
    raise ModelServerError(
        f"not one of {total} panels got an answer ({counts}); at last: {unheard[-1].detail}",
        where=", ".join(model.settings.endpoints),
        mend="Look at the server's log and at captioning in the manifest; then the same command asks again.",
    )


def model_texts(
    model: Model, workspace: Workspace, number: int, notes: Notes, beside: Beside = ((), ())
) -> Iterator[tuple[CuratedPanel, Distilled | Refused | None]]:
    """Yield each panel of a part with its text, or why there is none; None where the licence forbids new words.

    Nobody is asked: what `ask_ahead` was told is read again.
    """
    told: Counter[str] = Counter()
    with Answers(answers_file(workspace)) as kept:
        figure, panel = (*COLUMNS, *beside[0]), ("box", *beside[1])
        for one in curated_panels(workspace, number, figure=figure, panel=panel):
            if not permits(one.row["license"]).recaption:
                yield one, None
                continue
            asked = question(one, model.settings)
            outcome = outcome_of(asked, model.settings, kept)
            told[ANSWERED if isinstance(outcome, Answered) else outcome.reason] += 1
            yield one, _text(asked, outcome, model.settings) if isinstance(outcome, Answered) else _why(outcome)
    notes.extra["answers"] = dict(sorted(told.items()))
    notes.extra["unheard"] = sum(told[reason] for reason in UNHEARD)


def outcome_of(asked: Asked, settings: CaptioningSettings, kept: Answers) -> Answered | NotAnswered:
    """Return what came of a question by the answers that are kept; nobody is asked."""
    settled = settle(asked, settings, kept)
    if not isinstance(settled, Question):
        return settled
    reason, detail = kept.vain(asked.id) or ("no_answer", "it was not asked about")
    return NotAnswered(asked.id, reason, detail)


def question(one: CuratedPanel, settings: CaptioningSettings) -> Asked:
    """Return what a model is asked about a panel; without its pixels it is the same question, for a cache."""
    facts = evidence_of(one, settings)
    shown = Shown.model_validate(one.figure["shown"]) if one.figure["shown"] else None
    box = tuple(one.panel["box"])
    whole = (0, 0, one.figure["width_px"], one.figure["height_px"])
    picture = Picture(one.figure.get("blob", b""), None if box == whole else box, shown, one.figure["source_sha256"])
    return Asked(one.row["id"], picture, facts, partial(_wrong, facts))


def evidence_of(one: CuratedPanel, settings: CaptioningSettings) -> tuple[str, ...]:
    """Return the facts that a model is told: the panel's own first, as far as they fit."""
    return fitting((statement.text for statement in statements(one.figure, one.panel)), facts_tokens(settings))


def _wrong(facts: Sequence[str], text: str) -> list[str]:
    """Return what is wrong with a text, in words for the model."""
    return [f"{check.check}: {check.detail}" for check in judge(text, facts).failed]


def _text(asked: Asked, outcome: Answered, settings: CaptioningSettings) -> Distilled:
    checks = [*judge(outcome.text, asked.facts).checks]
    if outcome.mended:
        checks.append(Check(check="repaired", passed=True, detail=", ".join(outcome.mended)))
    return Distilled(
        text=outcome.text, model=settings.model, revision=settings.revision, prompt=settings.prompt, checks=checks
    )


def _why(outcome: NotAnswered) -> Refused:
    return Refused(reason=outcome.reason, detail=outcome.detail[:_MOST_DETAIL], text=outcome.text)
