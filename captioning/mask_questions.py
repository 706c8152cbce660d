"""Mask questions: all questions about a panel whose answers come from its mask and its scale."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from captioning.counting import class_at_point, how_many, most_frequent
from captioning.localisation import all_places, one_place, which_box
from captioning.object_relations import extremes, relative_position, touching
from captioning.object_sizes import covered, in_microns
from captioning.panel_objects import PanelObjects, panel_objects
from captioning.question_options import Offering, shuffled
from captioning.question_records import Closed, Open, closed_question, open_question
from captioning.scale_questions import bar_length, field_of_view
from captioning.value_shares import Shares
from schemas.manifest import QuestionSettings
from schemas.questions import Question

ASKED_BY = {
    "counting": ("counting", "object_class"),
    "localization": ("localization", "relative_position", "touching", "extreme_size", "area_fraction"),
    "scale": ("size", "scale_bar", "field_of_view"),
}
"""Tasks of questions by the task of a manifest that asks for them."""
TASKS = tuple(task for tasks in ASKED_BY.values() for task in tasks)


class Wanted(NamedTuple):
    """Which questions are made, and how options are offered."""

    how: Offering = Offering()
    tasks: Collection[str] = TASKS
    classes: Sequence[str] = ()
    """Of the objects of the whole set: wrong options beside the classes that a panel shows."""
    shares: Shares = MappingProxyType({})
    """Task of a scale -> what is right in the run, and how often."""


_ALL = Wanted()

_Maker = Callable[[PanelObjects, int], Iterator[Closed | Open]]
_MAKERS: Mapping[str, tuple[_Maker, ...]] = MappingProxyType({
    "counting": (how_many,),
    "localization": (which_box, all_places, one_place),
    "relative_position": (relative_position,),
    "touching": (touching,),
    "extreme_size": (extremes,),
    "area_fraction": (covered,),
    "size": (in_microns,),
})  # fmt: skip
SCALE_MAKERS: Mapping[str, Callable[[PanelObjects, int, Mapping[str, float]], Iterator[Closed]]] = MappingProxyType(
    {
        "scale_bar": bar_length,
        "field_of_view": field_of_view,
    }
)
"""By task, what asks how long a bar is and how wide a panel."""


def questions_of_masks(
    figure: Mapping[str, Any], panel: Mapping[str, Any], settings: QuestionSettings, seed: int
) -> Iterator[Question]:
    """Yield the questions about a panel, given its rows of `1-figures` and `2-panels`.

    Needs `panel_objects.FIGURE_COLUMNS` and `panel_objects.PANEL_COLUMNS`.

    Raises:
        WorkspaceError: the mask isn't the one that `2-panels` has read.
    """
    asked = [task for name in settings.tasks for task in ASKED_BY.get(name, (name,))]
    if set(asked).intersection(TASKS):
        how = Offering(seed, settings.none_of_the_above)
        yield from mask_questions(panel_objects(figure, panel), Wanted(how, asked))


def mask_questions(scene: PanelObjects, wanted: Wanted = _ALL) -> Iterator[Question]:
    """Yield the questions about a panel, task by task, those of a task in an order by chance.

    The same objects and seed give the same questions.
    """
    for task in TASKS:
        if task in wanted.tasks:
            asked = shuffled(_asked(scene, task, wanted), wanted.how.seed, scene.panel_id, task, "order")
            yield from (_record(scene, one, wanted.how) for one in asked)


def _asked(scene: PanelObjects, task: str, wanted: Wanted) -> Iterator[Closed | Open]:
    seed = wanted.how.seed
    if task == "object_class":
        yield from most_frequent(scene, wanted.classes, seed)
        yield from class_at_point(scene, wanted.classes, seed)
    if task in SCALE_MAKERS:
        yield from SCALE_MAKERS[task](scene, seed, wanted.shares.get(task, {}))
    for maker in _MAKERS.get(task, ()):
        yield from maker(scene, seed)


def _record(scene: PanelObjects, asked: Closed | Open, how: Offering) -> Question:
    if isinstance(asked, Closed):
        return closed_question(scene.panel_id, asked, how)
    return open_question(scene.panel_id, asked)
