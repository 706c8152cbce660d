"""Figure panels: a figure's pixels and caption to its panels: box, label, words, kind and scale of each."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from curation.align import Alignment, align
from curation.captions import Span, Subcaptions, split_caption
from curation.panel_boxes import PanelBox, boxes_and_letters, panel_boxes
from curation.panel_kinds import kind_of
from curation.panel_letters import Letter, letters_in
from curation.scale import Scale, length_for, scale_of
from curation.scale_bars import Bar, bars_in
from curation.scale_words import Length, lengths_in
from pipeline.stretch import Array8
from schemas.panel_records import ScaleBar
from schemas.records import Box

Detector = Callable[[Array8], list[PanelBox]]
"""From a figure, H x W or H x W x 3, to the boxes of its panels; the user's own plugs in here."""

WITH_BARS = frozenset({"microscopy", "mixed"})
"""Kinds in which a bar may say the scale."""
_SURE_BAR = 0.5


class FoundPanel(NamedTuple):
    """A part of a figure, with what pixels and words say of it; boxes in px of the figure."""

    label: str | None
    box: Box
    spans: tuple[Span, ...]
    """Offsets into the caption."""
    subcaption: str
    kind: str
    kind_confidence: float
    tiles: int
    scale: Scale
    scale_bar: ScaleBar | None
    confidence: float
    insets: tuple[Box, ...] = ()
    """Framed pictures within it; they stay part of it, and their bars don't say its scale."""


class FoundPanels(NamedTuple):
    """The panels of a figure; `doubt` says why one that seems to have several was left whole."""

    panels: tuple[FoundPanel, ...]
    doubt: str


class _Part(NamedTuple):
    """Where a panel lies in the picture and in the caption."""

    label: str | None
    box: Box
    spans: tuple[Span, ...]
    confidence: float


class _Known(NamedTuple):
    """What is known of a figure beside its panels."""

    caption: str
    lengths: Sequence[Length]
    um_per_px: float | None
    insets: Sequence[Box] = ()
    """Of the whole figure."""


def panels_in(
    pixels: Array8, caption: str, *, detect: Detector | None = panel_boxes, um_per_px: float | None = None
) -> FoundPanels:
    """Return the panels of a figure; all of it as one where nobody can tell how to split it.

    `pixels` is H x W or H x W x 3; without `detect` nothing is split. `um_per_px` is what metadata say.
    """
    read = split_caption(caption)
    found, boxes, _ = _looked_at(pixels, read, detect) if detect and len(read.panels) > 1 else (Alignment(()), [], [])
    known = _Known(caption, lengths_in(caption), um_per_px, _insets(boxes))
    return FoundPanels(_aligned(pixels, known, found) or (_whole(pixels, known),), found.doubt)


def panels_proposed(pixels: Array8, caption: str, *, detect: Detector = panel_boxes) -> FoundPanels:
    """Return the panels of a figure for somebody who looks at them: boxes also where the caption doesn't confirm them.

    A box that is only proposed has the words of its letter, if it has one, and half the confidence.
    """
    read = split_caption(caption)
    found, boxes, letters = _looked_at(pixels, read, detect)
    known = _Known(caption, lengths_in(caption), None, _insets(boxes))
    if found.panels or sum(one.parent is None for one in boxes) < 2:
        return FoundPanels(_aligned(pixels, known, found) or (_whole(pixels, known),), found.doubt)
    labels = {letter.panel: letter.label for letter in letters}
    spans = {panel.label.upper(): panel.spans for panel in read.panels}
    parts = (
        _Part(label, one.box, spans.get((label or "").upper(), ()), one.confidence / 2)
        for number, one in enumerate(boxes)
        if one.parent is None
        for label in [labels.get(number)]
    )
    return FoundPanels(tuple(_panel(pixels, known, part) for part in parts), found.doubt)


def panels_at(
    pixels: Array8,
    caption: str,
    drawn: Sequence[tuple[str | None, Box]],
    *,
    detect: Detector = panel_boxes,
    um_per_px: float | None = None,
) -> tuple[FoundPanel, ...]:
    """Return the panels of a figure where somebody drew them: label and box of each, in the order given.

    A panel has the words of its label; one without, or with a label that the caption doesn't name, those that speak of
    the whole figure.
    """
    read, whole = split_caption(caption), (0, 0, pixels.shape[1], pixels.shape[0])
    spans = {panel.label.upper(): panel.spans for panel in read.panels}
    known = _Known(caption, lengths_in(caption), um_per_px, _insets(detect(pixels)))
    everything = ((0, len(caption)),) if caption else ()
    return tuple(
        _panel(pixels, known, _Part(label, box, everything if (label, box) == (None, whole) else words, 1.0))
        for label, box in drawn
        for words in [spans.get((label or "").upper(), read.lead)]
    )


def with_spans(
    pixels: Array8, caption: str, found: FoundPanel, spans: Sequence[Span], *, um_per_px: float | None = None
) -> FoundPanel:
    """Return a panel with other words of the caption, and what they say of its kind and scale."""
    known = _Known(caption, lengths_in(caption), um_per_px, found.insets)
    return _panel(pixels, known, _Part(found.label, found.box, tuple(spans), found.confidence))


def _looked_at(
    pixels: Array8, caption: Subcaptions, detect: Detector
) -> tuple[Alignment, list[PanelBox], list[Letter]]:
    if detect is panel_boxes:
        boxes, letters = boxes_and_letters(pixels)
    else:
        boxes = detect(pixels)
        letters = letters_in(pixels, [one.box for one in boxes])
    return align(boxes, letters, caption), boxes, letters


def _insets(boxes: Sequence[PanelBox]) -> list[Box]:
    return [one.box for one in boxes if one.parent is not None]


def _aligned(pixels: Array8, known: _Known, found: Alignment) -> tuple[FoundPanel, ...]:
    parts = (_Part(one.label, one.box, one.subcaption.spans, one.confidence) for one in found.panels)
    return tuple(_panel(pixels, known, part) for part in parts)


def _whole(pixels: Array8, known: _Known) -> FoundPanel:
    height_px, width_px = pixels.shape[:2]
    spans = ((0, len(known.caption)),) if known.caption else ()
    return _panel(pixels, known, _Part(None, (0, 0, width_px, height_px), spans, 1.0))


def text_of(caption: str, spans: Sequence[Span]) -> str:
    """Return the words in `spans`, with a blank between them."""
    return " ".join(caption[start:end] for start, end in spans)


def _panel(pixels: Array8, known: _Known, part: _Part) -> FoundPanel:
    label, box, spans, confidence = part
    left, top, right, bottom = box
    own, subcaption = pixels[top:bottom, left:right], text_of(known.caption, spans)
    kind = kind_of(own, subcaption)
    insets = tuple(inset for inset in known.insets if _holds(box, inset))
    bar = _bar_of(own, box, insets) if kind.kind in WITH_BARS else None
    lengths = [length for length in known.lengths if length.labels or _is_within(length.span, spans)]
    return FoundPanel(
        label=label,
        box=box,
        spans=spans,
        subcaption=subcaption,
        kind=kind.kind,
        kind_confidence=round(kind.confidence, 4),
        tiles=kind.tiles,
        scale=scale_of(bar, lengths, label, known.um_per_px),
        scale_bar=_scale_bar(bar, length_for(lengths, label), left, top) if bar else None,
        confidence=round(confidence, 4),
        insets=insets,
    )


def _bar_of(own: Array8, box: Box, insets: Sequence[Box]) -> Bar | None:
    """Return the surest bar of a panel, if it is sure enough, that is no inset's."""
    for bar in bars_in(own):
        place = _moved(bar.box, box[0], box[1])
        if bar.confidence >= _SURE_BAR and not any(_holds(inset, place) for inset in insets):
            return bar
    return None


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _moved(box: Box, across: int, down: int) -> Box:
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down


def _is_within(span: Span, spans: Sequence[Span]) -> bool:
    """Return whether a length stands in the words of a panel; one that names no panel speaks of those around it."""
    return any(start <= span[0] < end for start, end in spans)


def _scale_bar(bar: Bar, length_um: float | None, left: int, top: int) -> ScaleBar:
    return ScaleBar(box=_moved(bar.box, left, top), length_px=round(bar.length_px, 2), length_um=length_um)
