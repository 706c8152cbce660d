"""Distill: the wing's verb (`5-captioned`): each panel's text, made of its evidence, and what is asked about it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from captioning.answers import Answers, answers_file
from captioning.asked import LASTING
from captioning.asked_panels import ANSWER, ANSWERED, Model, ask_ahead, evidence_of, model_texts, panels_to_ask
from captioning.asked_questions import written_about, written_question
from captioning.class_labels import classes_state
from captioning.curated_panels import KEYS, CuratedPanel, curated_panels
from captioning.described import PROMPT, described
from captioning.evidence import FIGURE_COLUMNS, Statement, statements
from captioning.faithful import VERSION as CHECKS_VERSION
from captioning.plugged import FAILED, plugged_texts, version_of
from captioning.prompts import prompt_named
from captioning.question_prompts import cognition_prompt
from captioning.questions import COGNITION, Asker
from captioning.reviewed_questions import with_decided_questions
from captioning.reviewed_texts import FIGURE_COLUMNS as REVIEWED_FIGURE
from captioning.reviewed_texts import PANEL_COLUMNS as REVIEWED_PANEL
from captioning.reviewed_texts import VERBATIM, with_decided_text
from captioning.scale_shares import scale_shares_state
from captioning.value_shares import shares_state
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.replay import Replay
from pipeline.status import CLASSES_NOT_ASKED, REVIEWED
from pipeline.store import fingerprint, remove_part
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace
from schemas.captioned import Captioned, Check, Distilled
from schemas.licence import permits
from schemas.manifest import CaptioningSettings, QuestionSettings
from schemas.questions import Question
from schemas.records import Outcome
from schemas.refused_text import Refused

VERSION = 11
_ASKED = {"model", "revision", "image_side_px", "max_tokens", "max_model_len"}
_ASKED_FOR = f"{COGNITION} "
"""What the counts of answers begin with that are questions."""
_NARROW = (*(name for name in FIGURE_COLUMNS if name != "mentions"), *REVIEWED_FIGURE)
"""What a text made of facts alone needs: paragraphs are long, and it quotes none."""


def stages(
    settings: CaptioningSettings | None = None, key: str | None = None, questions: QuestionSettings | None = None
) -> list[Stage]:
    """Return captioning's stages, in their order; `key` is the servers'."""
    told, asker = settings or CaptioningSettings(), Asker(questions)
    plan = partial(_plan, asker)
    if told.backend == "metadata":
        read = {"prompt": PROMPT, "checks": CHECKS_VERSION, **asker.reads}
        inputs = () if asker.looks_at_all else (FIGURES, PANELS, CURATED)
        return [Stage(CAPTIONED, VERSION, read, Captioned, plan, partial(_work, asker), inputs=inputs)]
    asked = told.model_dump(mode="json", include=_ASKED)
    if told.backend != "openai":
        read = {"captioner": told.backend, "captioner_version": version_of(told), "checks": CHECKS_VERSION, **asked}
        work = partial(_work_by_plugin, asker, told)
        return [Stage(CAPTIONED, VERSION, {**read, **asker.reads}, Captioned, plan, work, at_home=True)]
    model = Model(told, key)
    read = {
        "prompt": prompt_named(told.prompt).sha256,
        "checks": CHECKS_VERSION,
        **asked,
        **asker.reads,
    }
    work, ahead = partial(_work_by_model, asker, model), partial(_ask_ahead, asker, model)
    return [Stage(CAPTIONED, VERSION, read, Captioned, plan, work, ahead=ahead, at_home=True)]


def prompts_of(settings: CaptioningSettings, questions: QuestionSettings | None = None) -> dict[str, str]:
    """Return the prompts that texts and questions are asked for with, and the digests of their files, for the lock."""
    if settings.backend != "openai":
        return {}
    asked = {f"prompt {settings.prompt}": prompt_named(settings.prompt).sha256}
    if Asker(questions).asks_a_model:
        asked[f"prompt {cognition_prompt().name}"] = cognition_prompt().sha256
    return asked


def ask_again(workspace: Workspace, reason: str | None) -> int:
    """Let the parts be made again in which a model didn't answer for `reason`; return their number.

    Without a reason: for one that may have passed. What a model said and the checks refused is kept, and isn't asked.
    """
    folder, parts = workspace.stage(CAPTIONED), 0
    for number, stamp in read_stamps(workspace, CAPTIONED).items():
        told = {words.removeprefix(_ASKED_FOR) for words in stamp.extra.get("answers", {})} - {ANSWERED}
        if reason in told or (reason is None and told - LASTING):
            remove_part(folder, number)
            parts += 1
    return parts


def _ask_ahead(asker: Asker, model: Model, workspace: Workspace, parts: Sequence[int], panels: int) -> None:
    """Ask for the texts of these parts, and for questions, where a model writes some."""
    more = written_about(panels_to_ask(workspace, parts), model) if asker.asks_a_model else None
    ask_ahead(model, workspace, parts, panels, more)


def _plan(asker: Asker, workspace: Workspace) -> dict[int, Planned]:
    """Return the parts; where classes, values or scales are asked for, all hang on those of all images."""
    beside = [classes_state(workspace)] if asker.asks_for_classes else []
    beside += [shares_state(workspace)] if asker.asks_for_values else []
    beside += [scale_shares_state(workspace, asker.how.seed)] if asker.asks_for_scale else []
    return {
        number: Planned(fingerprint(stamp.fingerprint, *beside) if beside else stamp.fingerprint, stamp.counts.kept)
        for number, stamp in read_stamps(workspace, CURATED).items()
    }


def _work(asker: Asker, workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    figure, panel = (*_NARROW, *asker.figure_columns), (*REVIEWED_PANEL, *asker.panel_columns)
    silent, review = Counter[str](), Review(Replay(decided, notes.ignored), Counter[str]())
    for one in curated_panels(workspace, number, figure=figure, panel=panel):
        made = _captioned(one, _of_facts(one), asker, workspace)
        yield review.of(made, one, partial(_facts_of, one))
        silent.update(_class_not_asked(one, asker, workspace))
    notes.extra |= _told_of(silent, review)


def _work_by_model(  # noqa: PLR0913, PLR0917  (a work's four, and who is asked)
    asker: Asker, model: Model, workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    """Give each panel the model's text; where that may not stand, the one of facts; what was said stays here."""
    beside, told, silent = (asker.figure_columns, asker.panel_columns), Counter[str](), Counter[str]()
    review = Review(Replay(decided, notes.ignored), Counter[str]())
    with Answers(answers_file(workspace)) as kept:
        for one, text in model_texts(model, workspace, number, notes, beside):
            written = _written(one, asker, model, kept, told) if asker.asks_a_model else ()
            stands = text if isinstance(text, Distilled) else _instead(one, text)
            made = _captioned(one, stands, asker, workspace, written)
            made = made.model_copy(update={"refused": text}) if isinstance(text, Refused) else made
            yield review.of(made, one, partial(evidence_of, one, model.settings))
            silent.update(_class_not_asked(one, asker, workspace))
    notes.extra |= _told_of(silent, review)
    notes.extra["answers"] |= {f"{_ASKED_FOR}{reason}": count for reason, count in sorted(told.items())}


def _work_by_plugin(  # noqa: PLR0913, PLR0917  (a work's four, and who writes)
    asker: Asker, settings: CaptioningSettings, workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    """Give each panel the text of a plug-in; where that may not stand, the one of facts; what was said stays here."""
    beside, silent, told = (
        (asker.figure_columns, (*REVIEWED_PANEL, *asker.panel_columns)),
        Counter[str](),
        Counter[str](),
    )
    review = Review(Replay(decided, notes.ignored), Counter[str]())
    for one, text in plugged_texts(settings, workspace, number, beside):
        stands = text if isinstance(text, Distilled) else _instead(one, text)
        made = _captioned(one, stands, asker, workspace)
        made = made.model_copy(update={"refused": text}) if isinstance(text, Refused) else made
        yield review.of(made, one, partial(evidence_of, one, settings))
        silent.update(_class_not_asked(one, asker, workspace))
        told.update([text.reason if isinstance(text, Refused) else ANSWERED] if text else [])
    notes.extra |= {**_told_of(silent, review), "answers": dict(sorted(told.items())), "unheard": told[FAILED]}


def _class_not_asked(one: CuratedPanel, asker: Asker, workspace: Workspace) -> list[str]:
    label = asker.class_not_asked(one, workspace)
    return [label] if label else []


def _told_of(silent: Counter[str], review: "Review") -> dict[str, dict[str, int]]:
    """Return what the stamp says: the panels of each class that nobody is asked for, and what reviewers decided."""
    told = {CLASSES_NOT_ASKED: silent, REVIEWED: review.told}
    return {name: dict(sorted(counts.items())) for name, counts in told.items() if counts}


class Review(NamedTuple):
    """What reviewers decided, and how often each verdict was carried out."""

    replay: Replay
    told: Counter[str]

    def of(self, made: Captioned, one: CuratedPanel, evidence: Callable[[], Sequence[str]]) -> Captioned:
        """Return a row as reviewers decided."""
        decided = with_decided_text(made, one, evidence, self.replay)
        decided = with_decided_questions(decided, one, self.replay)
        self.told.update(f"{said.field.partition(':')[0]} {said.verdict}" for said in decided.reviewed)
        return decided


def _instead(one: CuratedPanel, why: Refused | None) -> Distilled:
    plain = _of_facts(one)
    failed = [Check(check=ANSWER, passed=False, detail=why.reason)] if why else []
    return plain.model_copy(update={"checks": [*plain.checks, *failed]})


def _written(one: CuratedPanel, asker: Asker, model: Model, kept: Answers, told: Counter[str]) -> Sequence[Question]:
    """Return the question that a model wrote about a panel, if one stands; what came of it is counted."""
    if not permits(one.row["license"]).recaption:
        return ()
    question, why = written_question(one, model, kept, asker.how)
    told.update([ANSWERED] if question else [why.reason] if why else [])
    return (question,) if question else ()


def _captioned(
    one: CuratedPanel, text: Distilled, asker: Asker, workspace: Workspace, written: Sequence[Question] = ()
) -> Captioned:
    asked = asker.about(one, workspace, written)
    return Captioned(**{key: one.row[key] for key in KEYS}, distilled=text, questions=asked)


def _of_facts(one: CuratedPanel) -> Distilled:
    if not permits(one.row["license"]).recaption:
        return Distilled(text=one.panel["subcaption"], prompt=VERBATIM)
    text, checks = described(_stated(one))
    return Distilled(text=text, prompt=PROMPT, checks=checks)


def _stated(one: CuratedPanel) -> Sequence[Statement]:
    return statements({**one.figure, "mentions": []}, one.panel)


def _facts_of(one: CuratedPanel) -> list[str]:
    return [statement.text for statement in _stated(one)]
