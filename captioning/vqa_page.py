"""VQA page: one HTML page with the figures of an evaluation and answers that were right, wrong or none; its plot."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.vqa_asking import Manner
from captioning.vqa_charts import task_chart
from captioning.vqa_items import letter, shown_order
from captioning.vqa_layouts import QuestionSet
from captioning.vqa_marks import Mark
from captioning.vqa_pictures import as_one
from captioning.vqa_results import Results
from pipeline.pages import data_uri, environment
from pipeline.pixels import inspect, thumbnail
from pipeline.report_charts import Flow
from schemas.errors import PixelError

if TYPE_CHECKING:
    from jinja2 import Environment

_EACH = 9
"""Examples of a kind."""
_SIDE_PX = 360
_MOST_CHARACTERS = 1200
_RIGHT_FROM = 0.5
"""An answer with places is shown among the right ones from this worth on."""


@dataclass(frozen=True)
class _Option:
    letter: str
    text: str
    is_right: bool
    is_named: bool


@dataclass(frozen=True)
class _Example:
    """An answer as the page shows it."""

    mark: Mark
    options: tuple[_Option, ...]
    said: str
    picture: str | None
    """An address that holds it."""
    size_px: tuple[int, int] | None
    """(width, height) of the picture as filed, where places are drawn on it."""


def page(found: QuestionSet, marks: Sequence[Mark], results: Results, manner: Manner) -> str:
    """Return the page; whatever strangers wrote is escaped."""
    kinds = {
        "wrong": [mark for mark in marks if mark.fault is None and mark.given.was_answered and not _is_right(mark)],
        "unparsable": [mark for mark in marks if mark.fault is not None],
        "right": [mark for mark in marks if _is_right(mark)],
    }
    picked = {kind: _picked(some, manner.seed) for kind, some in kinds.items()}
    pictures = _pictures(found, {mark.item.row for some in picked.values() for mark in some})
    shown = {
        kind: [_example(mark, manner, pictures.get(mark.item.row)) for mark in some] for kind, some in picked.items()
    }
    counts = {kind: len(some) for kind, some in kinds.items()}
    template = _templates().get_template("evaluation.html.jinja")
    return template.render(results=results, chart=task_chart(results), examples=shown, counts=counts)


def plot(results: Results) -> str:
    """Return the chart of the tasks as an SVG of its own."""
    return drawn(task_chart(results))


def drawn(chart: Flow) -> str:
    """Return a chart as an SVG of its own."""
    return _templates().get_template("chart.svg.jinja").render(chart=chart, alone=True)


def _templates() -> "Environment":
    return environment("captioning")


def _is_right(mark: Mark) -> bool:
    return mark.worth >= (1.0 if mark.metric == "accuracy" else _RIGHT_FROM)


def _picked(marks: Iterable[Mark], seed: int) -> list[Mark]:
    """Return a few by chance, from as many tasks as there are."""
    of_task: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: hashlib.sha256(f"{seed}:{mark.item.id}".encode()).digest()):
        of_task.setdefault(mark.item.task, []).append(mark)
    rounds = [(place, task, mark) for task, some in of_task.items() for place, mark in enumerate(some)]
    return [mark for _, _, mark in sorted(rounds, key=lambda one: one[:2])][:_EACH]


def _pictures(found: QuestionSet, rows: set[int]) -> dict[int, tuple[str, tuple[int, int]]]:
    """Return small pictures of these rows by number, with the size in px of what they are made from."""
    small = {}
    for row, pictures in found.pictures(rows):
        try:
            whole = None if isinstance(pictures, PixelError) else as_one(pictures, _SIDE_PX)
            if whole is not None:
                pixels = inspect(whole.blob)
                small[row] = (data_uri(thumbnail(whole.blob, _SIDE_PX)), (pixels.width_px, pixels.height_px))
        except PixelError:
            continue
    return small


def _example(mark: Mark, manner: Manner, picture: tuple[str, tuple[int, int]] | None) -> _Example:
    item = mark.item
    options = tuple(
        _Option(letter(at), item.options[place], place == item.answer_index, place == mark.choice)
        for at, place in enumerate(shown_order(item, manner.order_seed))
    )
    address, size_px = picture or (None, None)
    said = mark.given.text[:_MOST_CHARACTERS]
    return _Example(mark, options, said, address, size_px if mark.metric != "accuracy" else None)
