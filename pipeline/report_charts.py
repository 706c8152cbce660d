"""Report charts: from the sums of the stages to the shapes of the flow, in plain geometry.

Units are those of the SVG's viewBox, origin top left. A shape's colour is a CSS class, so that light and dark
share one drawing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.report_records import StageSum

_PALETTE = 10
"""Drop reasons have the classes r0..r9; a run with more of them starts again."""

_WIDTH = 1120.0
_TALLEST = 112.0
_TOP = 48.0
_NODE = 8.0
_EXIT_DX = 64.0
_EXIT_GAP = 26.0
_LINE = 22.0
_THINNEST = 1.5
_MAX_EXITS = 7
_MARGIN_RIGHT = 74.0


@dataclass(frozen=True)
class Loss:
    """A part of a stage's sum that doesn't go on."""

    kind: str
    """dropped, failed, held or pending."""
    name: str
    count: int
    colour: str


@dataclass(frozen=True)
class Shape:
    """A filled path with what it means."""

    path: str
    colour: str
    title: str


@dataclass(frozen=True)
class Words:
    """A text at a point; `role` is its CSS class."""

    x: float
    y: float
    text: str
    role: str


@dataclass(frozen=True)
class Flow:
    """The drawing: shapes below, words above."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    words: tuple[Words, ...]


def reason_colours(stages: Sequence[StageSum]) -> dict[str, str]:
    """Return a CSS class for each drop reason, the same in every chart and list of a report."""
    reasons = list(dict.fromkeys(reason for stage in stages for reason in _by_size(stage.dropped)))
    return {reason: f"r{index % _PALETTE}" for index, reason in enumerate(reasons)}


def losses(stage: StageSum, colours: Mapping[str, str]) -> list[Loss]:
    """Return what left `stage`, the largest first within its kind."""
    dropped = [Loss("dropped", name, n, colours[name]) for name, n in _by_size(stage.dropped).items()]
    failed = [Loss("failed", name, n, "failed") for name, n in _by_size(stage.failed).items()]
    held = [Loss("held", name, n, "held") for name, n in _by_size(stage.held).items()]
    pending = [Loss("pending", "not done yet", stage.pending, "pending")] if stage.pending else []
    return [*dropped, *failed, *held, *pending]


def flow(stages: Sequence[StageSum]) -> Flow:
    """Return the stream of records through `stages`, with every loss as a branch of its own width."""
    colours = reason_colours(stages)
    scale = _TALLEST / max([stage.entered for stage in stages] + [1])
    step = (_WIDTH - _MARGIN_RIGHT) / max(len(stages), 1)
    shapes: list[Shape] = []
    words: list[Words] = []
    for index, stage in enumerate(stages):
        x, after = index * step, stages[index + 1].entered if index + 1 < len(stages) else stage.kept
        shapes += [_stream(x, step, (stage.kept * scale, after * scale), stage), _node(x, stage, scale)]
        words += [Words(x, _TOP - 26, stage.name, "stage"), Words(x, _TOP - 9, f"{stage.entered:,}", "count")]
        for shape, label in _exits(x, stage, scale, folded(losses(stage, colours))):
            shapes.append(shape)
            words.append(label)
    if stages:
        words += _outcome(step * len(stages), stages[-1].kept, scale, shapes)
    deepest = max([label.y for label in words] + [_TOP + _TALLEST])
    return Flow(_WIDTH, deepest + 14, tuple(shapes), tuple(words))


def stack(stage: StageSum, parts: Sequence[Loss], widest: int) -> list[Shape]:
    """Return the stage as one bar of 1000 by 10, for screens too narrow for the flow."""
    shapes, x = [], 0.0
    for part in [Loss("kept", "kept", stage.kept, "kept"), *parts]:
        wide = 1000 * part.count / max(widest, 1)
        shapes.append(Shape(_rectangle(x, 0, wide, 10), part.colour, f"{part.count:,} {part.name}"))
        x += wide
    return shapes


def folded(parts: Sequence[Loss]) -> list[Loss]:
    """Return `parts` with the small tail folded into one, so that a stage's branches stay readable."""
    if len(parts) <= _MAX_EXITS:
        return list(parts)
    ranked = sorted(parts, key=lambda loss: -loss.count)
    shown, tail = ranked[: _MAX_EXITS - 1], ranked[_MAX_EXITS - 1 :]
    return [*shown, Loss("dropped", f"for {len(tail)} more reasons", sum(loss.count for loss in tail), "more")]


def _by_size(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])) if n}


def _node(x: float, stage: StageSum, scale: float) -> Shape:
    tall = max(stage.entered * scale, _THINNEST)
    return Shape(_rectangle(x, _TOP, _NODE, tall), "node", f"{stage.name}: {stage.entered:,} came in")


def _stream(x: float, step: float, tall: tuple[float, float], stage: StageSum) -> Shape:
    band = _ribbon((x + _NODE, _TOP, tall[0]), (x + step, _TOP, tall[1]))
    return Shape(band, "kept", f"{stage.name}: {stage.kept:,} go on")


def _exits(x: float, stage: StageSum, scale: float, parts: Sequence[Loss]) -> Iterator[tuple[Shape, Words]]:
    start, end = _TOP + stage.kept * scale, _TOP + _TALLEST + _EXIT_GAP
    for loss in parts:
        tall = loss.count * scale
        shown = max(tall, _THINNEST)
        path = _ribbon((x + _NODE, start, shown), (x + _EXIT_DX, end, shown))
        said = _said(loss)
        middle = end + max(shown, _LINE - 8) / 2
        yield (
            Shape(path, loss.colour, f"{stage.name}: {said}"),
            Words(x + _EXIT_DX + 7, middle + 4, said, "exit"),
        )
        start += tall
        end += max(shown + 8, _LINE)


def _said(loss: Loss) -> str:
    how = f"{loss.kind}: " if loss.kind in ("held", "failed") else ""
    return f"{loss.count:,} {how}{loss.name.replace('_', ' ')}"


def _outcome(x: float, kept: int, scale: float, shapes: list[Shape]) -> list[Words]:
    tall = max(kept * scale, _THINNEST)
    shapes.append(Shape(_rectangle(x, _TOP, _NODE, tall), "node", f"{kept:,} kept"))
    return [Words(x, _TOP - 26, "kept", "stage"), Words(x, _TOP - 9, f"{kept:,}", "count")]


def _rectangle(x: float, y: float, wide: float, tall: float) -> str:
    return f"M{x:.1f} {y:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}z"


def _ribbon(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    (x0, y0, tall0), (x1, y1, tall1) = start, end
    half = (x0 + x1) / 2
    above = f"M{x0:.1f} {y0:.1f}C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    below = f"C{half:.1f} {y1 + tall1:.1f} {half:.1f} {y0 + tall0:.1f} {x0:.1f} {y0 + tall0:.1f}"
    return f"{above}V{y1 + tall1:.1f}{below}z"
