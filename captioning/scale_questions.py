"""Scale questions: how long a scale bar is, and how wide the field of view; only where the scale is known.

A bar's length is asked where it can be read in the picture, or measured with the size of a pixel; a length that stands
in the caption alone can't be told from the picture. The width of the image in pixels is in no question, since it would
be the answer.
"""

from collections.abc import Iterator, Sequence

from captioning.number_options import neighbours, right_and_wrong, sizes, steps_px, written
from captioning.object_sizes import scale_words
from captioning.panel_objects import PanelObjects, Scale
from captioning.question_options import shuffled
from captioning.question_records import Closed

_AGREEMENT = 0.1
"""A stated length and a measured one that differ by more are not asked about."""
_DECADES = range(-3, 6)
_MANTISSAS = ((1, 2, 5), (1, 2.5, 5), (1, 3), (1.5, 3, 6), (2, 4, 8))
"""Lengths of bars that are seen together; each row goes on in the next decade."""


def bar_length(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield what length the bar stands for."""
    told, bar = _told(scene.scale), scene.scale.bar
    if told is None or bar is None or bar.length_um is None:
        return
    key = (seed, scene.panel_id, "scale bar")
    values = lengths_beside(bar.length_um, *key)
    if values is None:
        return
    texts = [f"{value:g} µm" for value in values]
    right, wrong = right_and_wrong(values, texts, bar.length_um, *key)
    yield Closed(
        task="scale_bar",
        about=(),
        question=f"What length does the scale bar in this image stand for?{told}",
        right=right,
        wrong=wrong,
        sentence="An image with a scale bar of {}.".format,
        boxes=[bar.box],
        origin="scale",
    )


def _told(scale: Scale) -> str | None:
    """Return what a question tells beside, or None where nothing in the picture gives the length."""
    if scale.bar is None or scale.bar.length_um is None:
        return None
    if scale.source == "scale_bar":
        return ""
    if scale.source == "metadata" and scale.microns_per_pixel is not None:
        measured = scale.bar.length_px * scale.microns_per_pixel
        if abs(measured - scale.bar.length_um) <= _AGREEMENT * scale.bar.length_um:
            return f" A pixel of the image is {scale.microns_per_pixel:.4g} µm wide."
    return None


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
    told, um_per_px = scale_words(scene.scale), scene.scale.microns_per_pixel
    if told is None or um_per_px is None:
        return
    key = (seed, scene.panel_id, "field of view")
    sides = [("wide", scene.width_px), ("high", scene.height_px)]
    for name, side_px in shuffled(sides, *key)[:1]:
        tried = (sizes(side_px, step, *key) for step in steps_px(side_px))
        values = [um_per_px * each for each in next(filter(None, tried), ())]
        texts = written(values) if values else None
        if texts is not None:
            right, wrong = right_and_wrong(values, [f"{text} µm" for text in texts], um_per_px * side_px, *key)
            yield Closed(
                task="field_of_view",
                about=(name,),
                question=f"How {name} is the field of view that this image shows? {told}",
                right=right,
                wrong=wrong,
                sentence=f"An image that shows a field {{}} {name}.".format,
                tags=[name],
                origin="scale",
            )
