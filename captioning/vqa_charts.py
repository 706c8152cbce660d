"""VQA charts: scores with their intervals and floors, and scores over a mixing factor, as shapes of an SVG.

Units are those of the viewBox, origin top left; a shape's colour is a CSS class, so that light and dark share it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from captioning.vqa_results import Results, Score, TaskScore
from pipeline.report_charts import Flow, Shape, Words

FLOORS: Final = ("random", "constant", "longest", "majority", "blind", "whole_picture")
"""Those that are drawn, each as a mark of its own class."""

_LEVELS: Final = ("random", "whole_picture")
"""Those that are drawn over the mixing factor, on which they don't depend."""

_WIDTH, _LEFT, _RIGHT, _TOP = 960.0, 230.0, 90.0, 46.0
_ROW, _BAR, _MARK = 34.0, 14.0, 9.0
_SPAN = _WIDTH - _LEFT - _RIGHT
_MIX_HEIGHT, _MIX_BOTTOM = 340.0, 40.0
_NAME_CHARACTERS = 32


def task_chart(results: Results) -> Flow:
    """Return a bar for each task, the line of its interval, and a mark for each floor."""
    named: list[tuple[str, Score]] = [(_named(one), one) for one in results.tasks]
    named += [(name, score) for name, score in (("mean of tasks", results.macro), ("GRIT", results.grit)) if score]
    shapes, words = [*_grid(len(named))], [*_scale(_TOP - 14)]
    for at, (name, score) in enumerate(named):
        middle = _TOP + at * _ROW + _ROW / 2
        shapes += _bar(name, score, middle)
        shapes += [_floor(floor, score.floors[floor], middle) for floor in FLOORS if floor in score.floors]
        shapes.append(_interval(name, score, middle))
        words.append(Words(_LEFT - 12, middle + 4, _short(name), "name"))
        words.append(Words(_LEFT + _SPAN + 12, middle + 4, f"{score.score:.3f}", "value"))
    return Flow(_WIDTH, _TOP + len(named) * _ROW + 16, tuple(shapes), tuple(words))


def mix_chart(points: Sequence[tuple[float, Score]], tasks: Mapping[str, Sequence[float]], named: str) -> Flow:
    """Return a score over the mixing factor, from 0 to 1: a line in the band of its interval, each task's own below it.

    `tasks` holds the scores of each task in the order of the points.
    """
    across = [(_across(alpha), score) for alpha, score in points]
    band = [*((x, score.ci[1]) for x, score in across), *((x, score.ci[0]) for x, score in reversed(across))]
    shapes = [_level(at / 4, "grid", "") for at in range(5)]
    shapes += [
        _level(points[0][1].floors[name], f"floor-{name}", name) for name in _LEVELS if name in points[0][1].floors
    ]
    shapes.append(Shape(_line(band) + "z", "band", "95 % interval"))
    for task, scores in tasks.items():
        shapes.append(Shape(_line([(x, score) for (x, _), score in zip(across, scores, strict=True)]), "task", task))
    shapes.append(Shape(_line([(x, score.score) for x, score in across]), "line", named))
    words = [Words(_LEFT, _TOP - 14, named, "title")]
    words += [Words(_LEFT - 12, _height(at / 4) + 4, f"{at / 4:g}", "name") for at in range(5)]
    for (x, score), (alpha, _) in zip(across, points, strict=True):
        told = f"alpha {alpha:g}: {score.score:.3f} ({score.ci[0]:.3f} to {score.ci[1]:.3f})"
        shapes.append(Shape(_dot(x, _height(score.score)), "dot", told))
        words.append(Words(x, _MIX_HEIGHT - _MIX_BOTTOM + 22, f"{alpha:g}", "tick"))
    words.append(Words(_LEFT + _SPAN / 2, _MIX_HEIGHT - 2, "alpha", "tick"))
    return Flow(_WIDTH, _MIX_HEIGHT + 6, tuple(shapes), tuple(words))


def _across(alpha: float) -> float:
    return _LEFT + alpha * _SPAN


def _level(score: float, colour: str, title: str) -> Shape:
    return Shape(f"M{_LEFT:.1f} {_height(score):.1f}h{_SPAN:.1f}", colour, title)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f} {_height(score):.1f}" for x, score in points)


def _named(one: TaskScore) -> str:
    return one.task if one.metric == "accuracy" else f"{one.task}, {one.metric}"


def _height(score: float) -> float:
    return _TOP + (1 - score) * (_MIX_HEIGHT - _MIX_BOTTOM - _TOP)


def _grid(rows: int) -> list[Shape]:
    tall = rows * _ROW
    return [Shape(f"M{_LEFT + _SPAN * at / 4:.1f} {_TOP:.1f}v{tall:.1f}", "grid", "") for at in range(5)]


def _scale(y: float) -> list[Words]:
    return [Words(_LEFT + _SPAN * at / 4, y, f"{at / 4:g}", "tick") for at in range(5)]


def _bar(name: str, score: Score, middle: float) -> list[Shape]:
    wide = max(score.score * _SPAN, 0.5)
    path = f"M{_LEFT:.1f} {middle - _BAR / 2:.1f}h{wide:.1f}v{_BAR:.1f}h{-wide:.1f}z"
    return [Shape(path, "bar", f"{name}: {score.score:.3f}")]


def _interval(name: str, score: Score, middle: float) -> Shape:
    start, end = (_LEFT + bound * _SPAN for bound in score.ci)
    path = f"M{start:.1f} {middle - 4:.1f}v8M{start:.1f} {middle:.1f}H{end:.1f}M{end:.1f} {middle - 4:.1f}v8"
    return Shape(path, "interval", f"{name}: 95 % interval {score.ci[0]:.3f} to {score.ci[1]:.3f}")


def _floor(name: str, value: float, middle: float) -> Shape:
    x = _LEFT + value * _SPAN
    return Shape(f"M{x:.1f} {middle - _MARK:.1f}v{2 * _MARK:.1f}", f"floor-{name}", f"{name}: {value:.3f}")


def _dot(x: float, y: float) -> str:
    return f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"


def _short(name: str) -> str:
    return name if len(name) <= _NAME_CHARACTERS else name[: _NAME_CHARACTERS - 1] + "\u2026"
