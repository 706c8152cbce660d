"""Scale questions: how long a scale bar is, and how wide the field of view; only where the scale is known.

Nothing in their words tells the scale, since a guess at how large such pictures are would then tell the answer: the
picture does, by a bar with its length that is drawn on it. A bar that the panel has itself is compared with that one.
Beside the right value stand such as are right elsewhere in the run, if it is right elsewhere too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from captioning.number_options import doublings, neighbours, stand_apart, three_digits
from captioning.panel_objects import PanelObjects, Scale
from captioning.question_options import MOST, shuffled
from captioning.question_records import Closed
from captioning.quiet_corners import Grey, edges_under
from captioning.wrong_answers import by_clock
from pipeline.bar_drawing import bars_that_fit, black_box
from schemas.panel_records import ScaleBar
from schemas.records import Box

USUAL_UM = tuple(float(f"{mantissa}e{decade}") for decade in range(-3, 5) for mantissa in (1, 2, 5))
"""Lengths that bars are drawn with."""
_SHORTEST, _LONGEST, _LEAST_PX = 0.1, 0.4, 20
"""Of a drawn bar: shares of the width; a scale measured on it is off by a fortieth at most, as it ends at whole px."""
_AGREEMENT = 0.1
"""A stated length and a measured one that differ by more are not asked about."""
_DECADES = range(-3, 6)
_MANTISSAS = ((1, 2, 5), (1, 2.5, 5), (1, 3), (1.5, 3, 6), (2, 4, 8))
"""Lengths of bars that are seen together; each row goes on in the next decade."""


_NO_SHARES: Mapping[str, float] = MappingProxyType({})


class Scaled(NamedTuple):
    """What the right values hang on."""

    panel_id: str
    width_px: int
    height_px: int
    scale: Scale
    grey: Grey | None = None
    """The panel's pixels; where they aren't known a bar is drawn in any corner."""


class _Bar(NamedTuple):
    """A question about a bar."""

    asked: ScaleBar
    words: str
    drawn: ScaleBar | None


class _Field(NamedTuple):
    """A question about a field of view."""

    side: str
    side_px: int
    words: str
    """Of what tells the scale."""
    drawn: ScaleBar | None


def right_values(one: Scaled, seed: int) -> Iterator[tuple[str, str]]:
    """Yield (task, what is right) for each question about a panel's scale."""
    bar, field = _bar(one, seed), _field(one, seed)
    if bar and lengths_beside(bar.asked.length_um or 0, ""):
        yield "scale_bar", f"{bar.asked.length_um:g}"
    if field and one.scale.microns_per_pixel:
        yield "field_of_view", three_digits(field.side_px * one.scale.microns_per_pixel)


def bar_length(scene: PanelObjects, seed: int, shares: Mapping[str, float] = _NO_SHARES) -> Iterator[Closed]:
    """Yield what length the panel's bar stands for, or the bar that is drawn where it has none."""
    bar, key = _bar(_scaled(scene), seed), (seed, scene.panel_id, "scale bar")
    if bar is None:
        return
    true = bar.asked.length_um or 0
    wrong = _wrong(f"{true:g}", shares, lambda value: [f"{each:g}" for each in lengths_beside(value, *key) or ()], key)
    if wrong:
        yield Closed(
            task="scale_bar",
            about=(),
            question=f"What length does {bar.words} stand for?",
            right=f"{true:g} µm",
            wrong=wrong,
            sentence="An image with a scale bar of {}.".format,
            boxes=[bar.asked.box],
            tags=["drawn" if bar.asked is bar.drawn else "found"],
            origin="scale",
            drawn_bar=bar.drawn,
        )


def _scaled(scene: PanelObjects) -> Scaled:
    return Scaled(scene.panel_id, scene.width_px, scene.height_px, scene.scale, scene.grey)


def _wrong(
    right: str, shares: Mapping[str, float], beside: Callable[[float], Sequence[str]], key: tuple[object, ...]
) -> list[str]:
    """Return wrong values in µm: first what is right elsewhere, in proportion to how often, then values `beside` one.

    They lie beside the right one or one of the others, by lot, so whose neighbours they are doesn't tell. A value
    that is never right elsewhere would be told by what is: it has only its own neighbours.
    """
    taken = [right]
    for value in by_clock(shares, (*key, "elsewhere")) if right in shares else ():
        taken += [value] if len(taken) < MOST and stand_apart(float(value), map(float, taken)) else []
    for anchor in shuffled(taken, *key, "anchor"):
        for value in shuffled(beside(float(anchor)), *key, "wrong"):
            taken += [value] if len(taken) < MOST and stand_apart(float(value), map(float, taken)) else []
    return [f"{value} µm" for value in taken[1:]] if len(taken) == MOST else []


def _bar(one: Scaled, seed: int) -> _Bar | None:
    own, drawn = _stated(one.scale), drawn_bar(one, seed, one.panel_id, "scale bar")
    if one.scale.bar is None and drawn:
        return _Bar(drawn, "the scale bar in the black box in this image", drawn)
    if own and one.scale.source == "scale_bar":
        return _Bar(own, "the scale bar in this image", None)
    if own and drawn:
        return _Bar(own, "the other scale bar in this image, the one that is not in the black box,", drawn)
    return None


def _stated(scale: Scale) -> ScaleBar | None:
    """Return the panel's bar, if its length is stated and nothing speaks against it."""
    bar = scale.bar
    if bar is None or bar.length_um is None or scale.microns_per_pixel is None:
        return None
    differs = abs(bar.length_px * scale.microns_per_pixel - bar.length_um)
    return bar if differs <= _AGREEMENT * bar.length_um else None


def drawn_bar(one: Scaled, *key: object) -> ScaleBar | None:
    """Return a bar of a usual length to be drawn on a panel whose scale is known, or None where it hasn't the room.

    It lies in the corner in which the picture has the fewest edges, so on no letter, and away from the panel's own bar.
    """
    um_per_px, size = one.scale.microns_per_pixel, (one.width_px, one.height_px)
    if um_per_px is None:
        return None
    least, most = max(_LEAST_PX, _SHORTEST * size[0]), _LONGEST * size[0]
    lengths = [um for um in USUAL_UM if least <= um / um_per_px <= most]
    for length_um in shuffled(lengths, *key, "length"):
        bars = list(bars_that_fit(size, round(length_um / um_per_px), length_um))
        free = [bar for bar in bars if not _meets(black_box(size, bar), one.scale.bar)]
        if free:
            return _quietest(shuffled(free, *key, "corner"), one)
    return None


def _quietest(bars: Sequence[ScaleBar], one: Scaled) -> ScaleBar:
    grey, size = one.grey, (one.width_px, one.height_px)
    return bars[0] if grey is None else min(bars, key=lambda bar: edges_under(grey, black_box(size, bar)))


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


def field_of_view(scene: PanelObjects, seed: int, shares: Mapping[str, float] = _NO_SHARES) -> Iterator[Closed]:
    """Yield how wide the panel is, or how high, by chance: both may be the same."""
    field, key, um_per_px = (
        _field(_scaled(scene), seed),
        _field_key(scene.panel_id, seed),
        scene.scale.microns_per_pixel,
    )
    if field is None or um_per_px is None:
        return
    right = three_digits(um_per_px * field.side_px)

    def beside(value: float) -> list[str]:
        if right in shares:
            return [three_digits(value * 2.0**power) for power in range(1 - MOST, MOST)]
        return [three_digits(um_per_px * each) for each in doublings(field.side_px, *key) or ()]

    wrong = _wrong(right, shares, beside, key)
    if wrong:
        yield Closed(
            task="field_of_view",
            about=(field.side,),
            question=f"How {field.side} is the field of view that this image shows? {field.words} tells the scale.",
            right=f"{right} µm",
            wrong=wrong,
            sentence=f"An image that shows a field {{}} {field.side}.".format,
            tags=[field.side],
            origin="scale",
            drawn_bar=field.drawn,
        )


def _field_key(panel_id: str, seed: int) -> tuple[object, ...]:
    return seed, panel_id, "field of view"


def _field(one: Scaled, seed: int) -> _Field | None:
    key = _field_key(one.panel_id, seed)
    side, side_px = shuffled([("wide", one.width_px), ("high", one.height_px)], *key)[0]
    if one.scale.source == "scale_bar" and _stated(one.scale):
        return _Field(side, side_px, "The image's scale bar", None)
    drawn = drawn_bar(one, *key)
    return _Field(side, side_px, "The scale bar in the black box", drawn) if drawn else None
