"""Scale questions: how long a scale bar is, and how wide the field of view; only where the scale is known.

Nothing in their words tells the scale, since a guess at how large such pictures are would then tell the answer: the
picture does, by a bar with its length that is drawn on it. A bar that the panel has itself is compared with that one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioning.number_options import doublings, neighbours, right_and_wrong, written
from captioning.panel_objects import PanelObjects, Scale
from captioning.question_options import chance, shuffled
from captioning.question_records import Closed
from pipeline.bar_drawing import bars_that_fit, black_box
from schemas.records import Box, ScaleBar

USUAL_UM = tuple(float(f"{mantissa}e{decade}") for decade in range(-3, 5) for mantissa in (1, 2, 5))
"""Lengths that bars are drawn with."""
_SHORTEST, _LONGEST, _LEAST_PX = 0.1, 0.4, 20
"""Of a drawn bar: shares of the width; a scale measured on it is off by a fortieth at most, as it ends at whole px."""
_AGREEMENT = 0.1
"""A stated length and a measured one that differ by more are not asked about."""
_DECADES = range(-3, 6)
_MANTISSAS = ((1, 2, 5), (1, 2.5, 5), (1, 3), (1.5, 3, 6), (2, 4, 8))
"""Lengths of bars that are seen together; each row goes on in the next decade."""


class _Shown(NamedTuple):
    """How the picture of a question tells the scale."""

    words: str
    bar: ScaleBar | None
    """What is drawn."""


def bar_length(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield what length the panel's bar stands for, or the bar that is drawn where it has none."""
    key = (seed, scene.panel_id, "scale bar")
    own, drawn = _stated(scene.scale), drawn_bar(scene, *key)
    if scene.scale.bar is None and drawn:
        yield from _length(drawn, "the scale bar in the black box in this image", drawn, key)
    elif own and scene.scale.source == "scale_bar":
        yield from _length(own, "the scale bar in this image", None, key)
    elif own and drawn:
        asked = "the other scale bar in this image, the one that is not in the black box,"
        yield from _length(own, asked, drawn, key)


def _length(bar: ScaleBar, asked: str, drawn: ScaleBar | None, key: tuple[object, ...]) -> Iterator[Closed]:
    true = bar.length_um or 0
    values = lengths_beside(true, *key)
    if values is not None:
        right, wrong = right_and_wrong(values, [f"{value:g} µm" for value in values], true, *key)
        yield Closed(
            task="scale_bar",
            about=(),
            question=f"What length does {asked} stand for?",
            right=right,
            wrong=wrong,
            sentence="An image with a scale bar of {}.".format,
            boxes=[bar.box],
            tags=["drawn" if bar is drawn else "found"],
            origin="scale",
            drawn_bar=drawn,
        )


def _stated(scale: Scale) -> ScaleBar | None:
    """Return the panel's bar, if its length is stated and nothing speaks against it."""
    bar = scale.bar
    if bar is None or bar.length_um is None or scale.microns_per_pixel is None:
        return None
    differs = abs(bar.length_px * scale.microns_per_pixel - bar.length_um)
    return bar if differs <= _AGREEMENT * bar.length_um else None


def drawn_bar(scene: PanelObjects, *key: object) -> ScaleBar | None:
    """Return a bar of a usual length to be drawn on a panel whose scale is known, or None where it hasn't the room.

    It lies in a corner by chance, away from the bar that the panel has.
    """
    um_per_px, size = scene.scale.microns_per_pixel, (scene.width_px, scene.height_px)
    if um_per_px is None:
        return None
    least, most = max(_LEAST_PX, _SHORTEST * size[0]), _LONGEST * size[0]
    lengths = [um for um in USUAL_UM if least <= um / um_per_px <= most]
    for length_um in shuffled(lengths, *key, "length"):
        bars = list(bars_that_fit(size, round(length_um / um_per_px), length_um))
        free = [bar for bar in bars if not _meets(black_box(size, bar), scene.scale.bar)]
        if free:
            return free[int(chance(*key, "corner") * len(free))]
    return None


def _meets(box: Box, own: ScaleBar | None) -> bool:
    """Return whether a box comes near a bar and what is written above or below it."""
    if own is None:
        return False
    left, top, right, bottom = own.box
    room = box[3] - box[1]
    return box[0] < right and left < box[2] and box[1] < bottom + room and top - room < box[3]


def lengths_beside(true: float, *key: object) -> list[float] | None:
    """Return lengths of bars in ascending order, the true one among them; None where it is no usual length."""
    for mantissas in shuffled(_MANTISSAS, *key, "mantissas"):
        series = _series(mantissas)
        near = min(series, key=lambda value: abs(value - true))
        if abs(near - true) < 1e-6 * true:
            return neighbours(near, series, *key)
    return None


def _series(mantissas: Sequence[float]) -> list[float]:
    return [float(f"{mantissa}e{decade}") for decade in _DECADES for mantissa in mantissas]


def field_of_view(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield how wide the panel is, or how high, by chance: both may be the same."""
    key, um_per_px = (seed, scene.panel_id, "field of view"), scene.scale.microns_per_pixel
    shown = _shown(scene, key)
    if shown is None or um_per_px is None:
        return
    sides = [("wide", scene.width_px), ("high", scene.height_px)]
    for name, side_px in shuffled(sides, *key)[:1]:
        values = [um_per_px * each for each in doublings(side_px, *key) or ()]
        texts = written(values) if values else None
        if texts is not None:
            right, wrong = right_and_wrong(values, [f"{text} µm" for text in texts], um_per_px * side_px, *key)
            yield Closed(
                task="field_of_view",
                about=(name,),
                question=f"How {name} is the field of view that this image shows? {shown.words} tells the scale.",
                right=right,
                wrong=wrong,
                sentence=f"An image that shows a field {{}} {name}.".format,
                tags=[name],
                origin="scale",
                drawn_bar=shown.bar,
            )


def _shown(scene: PanelObjects, key: tuple[object, ...]) -> _Shown | None:
    if scene.scale.source == "scale_bar" and _stated(scene.scale):
        return _Shown("The image's scale bar", None)
    drawn = drawn_bar(scene, *key)
    return _Shown("The scale bar in the black box", drawn) if drawn else None
