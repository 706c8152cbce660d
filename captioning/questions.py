"""Questions: what is asked about a panel, chosen by its id from all that its facts can answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from captioning.class_labels import classes_of
from captioning.class_names import words_of
from captioning.cognition import VERSION as COGNITION_VERSION
from captioning.curated_panels import CuratedPanel
from captioning.known import FIGURE_COLUMNS, PANEL_COLUMNS, Known, known_of
from captioning.mask_questions import ASKED_BY, SCALE_MAKERS, TASKS, Wanted, mask_questions
from captioning.metadata_questions import Classes, metadata_questions
from captioning.panel_objects import FIGURE_COLUMNS as MASK_FIGURE_COLUMNS
from captioning.panel_objects import PANEL_COLUMNS as MASK_PANEL_COLUMNS
from captioning.panel_objects import PanelObjects, panel_objects
from captioning.question_options import Offering, shuffled
from captioning.question_prompts import cognition_prompt
from captioning.quiet_corners import FIGURE_COLUMNS as GREY_COLUMNS
from captioning.scale_shares import scale_shares_of
from captioning.value_shares import Shares, shares_of
from pipeline.workspace import Workspace
from schemas.licence import permits
from schemas.manifest import QuestionSettings
from schemas.questions import Question
from schemas.trees import FIELDS

COGNITION = "cognition"
VERSION = 3
"""Raised by hand when the questions change."""


class Beside(NamedTuple):
    """What other panels of the run are."""

    classes: Classes
    shares: Shares
    lengths: Shares
    """Of bars and fields of view."""


@dataclass(frozen=True)
class Asker:
    """Asks what a manifest asks for, of any panel; it travels to workers."""

    settings: QuestionSettings | None = None

    @property
    def reads(self) -> dict[str, Any]:
        """Return the slice of the manifest that questions hang on, with the version of how they are made."""
        if self.settings is None:
            return {}
        written = {"cognition": [COGNITION_VERSION, cognition_prompt().sha256]} if self.asks_a_model else {}
        return {"questions": [VERSION, self.settings.model_dump(mode="json")], **written}

    @property
    def figure_columns(self) -> Sequence[str]:
        """Return the columns of `1-figures` that it needs."""
        return self._figure_columns if self.settings else ()

    @property
    def _figure_columns(self) -> Sequence[str]:
        masks = MASK_FIGURE_COLUMNS if self._reads_masks else ()
        return *FIGURE_COLUMNS, *masks, *(GREY_COLUMNS if self.asks_for_scale else ())

    @property
    def panel_columns(self) -> Sequence[str]:
        """Return the columns of `2-panels` that it needs beside those of evidence."""
        return (*PANEL_COLUMNS, *(MASK_PANEL_COLUMNS if self._reads_masks else ())) if self.settings else ()

    @property
    def asks_for_classes(self) -> bool:
        """Return whether a question may hang on the classes of all images."""
        return self.settings is not None and "label" in self.settings.tasks

    @property
    def asks_for_values(self) -> bool:
        """Return whether a question may hang on how often values are right in the run."""
        return self.settings is not None and not set(FIELDS).isdisjoint(self.settings.tasks)

    @property
    def asks_for_scale(self) -> bool:
        """Return whether a question may hang on the bars and widths of the run."""
        asked = self.settings.tasks if self.settings else ()
        return any(task in SCALE_MAKERS for name in asked for task in ASKED_BY.get(name, (name,)))

    @property
    def looks_at_all(self) -> bool:
        """Return whether a question may hang on other panels than its own."""
        return self.asks_for_classes or self.asks_for_values or self.asks_for_scale

    @property
    def asks_a_model(self) -> bool:
        """Return whether a model writes questions too."""
        return self.settings is not None and COGNITION in self.settings.tasks

    @property
    def how(self) -> Offering:
        """Return how options are offered."""
        settings = self.settings or QuestionSettings()
        return Offering(seed=settings.seed, none_rate=settings.none_of_the_above)

    @property
    def _reads_masks(self) -> bool:
        return self.settings is not None and any(task in ASKED_BY or task in TASKS for task in self.settings.tasks)

    def about(self, one: CuratedPanel, workspace: Workspace, written: Sequence[Question] = ()) -> list[Question]:
        """Return the questions about a panel, at most `per_panel`; none where its licence forbids new words.

        `written` are those that a model wrote.
        """
        if self.settings is None or not permits(one.row["license"]).recaption:
            return []
        classes = classes_of(workspace) if self.asks_for_classes else {}
        shares = shares_of(workspace) if self.asks_for_values else {}
        lengths = scale_shares_of(workspace, self.settings.seed) if self.asks_for_scale else {}
        each = by_task(one, self.settings, Beside(classes, shares, lengths), self.how)
        if self.asks_a_model:
            each[COGNITION] = iter(written)
        return list(islice(in_turns(each, self.settings.seed, one.row["id"]), self.settings.per_panel))

    def class_not_asked(self, one: CuratedPanel, workspace: Workspace) -> str | None:
        """Return a panel's class where nobody is asked for it, since too few classes of its set exclude it and another.

        By their names: a phyllodes tumor may be an adenoma, a carcinoma and so on.
        """
        if not self.asks_for_classes or not permits(one.row["license"]).recaption:
            return None
        known = known_of(one)
        made = metadata_questions(known, ("label",), classes_of(workspace), self.how)
        return words_of(known.label) if known.label and next(made, None) is None else None


def by_task(
    one: CuratedPanel, settings: QuestionSettings, beside: Beside, how: Offering
) -> dict[str, Iterator[Question]]:
    """Return the questions about a panel by task; each is made when it is asked for, and nobody asks for all."""
    known, scene = cache(lambda: known_of(one)), cache(lambda: panel_objects(one.figure, one.panel))
    return {
        task: _of_mask(scene, task, beside, how) if task in TASKS else _of_metadata(known, task, beside, how)
        for name in settings.tasks
        for task in ASKED_BY.get(name, (name,))
    }


def _of_mask(scene: Callable[[], PanelObjects], task: str, beside: Beside, how: Offering) -> Iterator[Question]:
    yield from mask_questions(scene(), Wanted(how, (task,), shares=beside.lengths))


def _of_metadata(known: Callable[[], Known], task: str, beside: Beside, how: Offering) -> Iterator[Question]:
    yield from metadata_questions(known(), (task,), beside.classes, how, beside.shares)


def in_turns(each: Mapping[str, Iterator[Question]], seed: int, panel_id: str) -> Iterator[Question]:
    """Yield one question of each task, in an order drawn for the panel, then a second of each, and so on."""
    left = [each[task] for task in shuffled(sorted(each), seed, panel_id, "tasks")]
    while left:
        going = []
        for questions in left:
            question = next(questions, None)
            if question is not None:
                going.append(questions)
                yield question
        left = going
