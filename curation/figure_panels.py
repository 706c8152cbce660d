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
from schemas.records import Box, ScaleBar

Detector = Callable[[Array8], list[PanelBox]]
"""From a figure, H x W or H x W x 3, to the boxes of its panels; the user's own plugs in here."""

_WITH_BARS = frozenset({"microscopy", "mixed"})
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


class _Words(NamedTuple):
    caption: str
    lengths: Sequence[Length]
    um_per_px: float | None


def panels_in(
    pixels: Array8, caption: str, *, detect: Detector | None = panel_boxes, um_per_px: float | None = None
) -> FoundPanels:
    """Return the panels of a figure; all of it as one where nobody can tell how to split it.

    `pixels` is H x W or H x W x 3; without `detect` nothing is split. `um_per_px` is what metadata say.
    """
    read = split_caption(caption)
    words = _Words(caption, lengths_in(caption), um_per_px)
    found = _looked_at(pixels, read, detect)[0] if detect and len(read.panels) > 1 else Alignment(())
    return FoundPanels(_aligned(pixels, words, found) or (_whole(pixels, words),), found.doubt)


def panels_proposed(pixels: Array8, caption: str, *, detect: Detector = panel_boxes) -> FoundPanels:
    """Return the panels of a figure for somebody who looks at them: boxes also where the caption doesn't confirm them.

    A box that is only proposed has the words of its letter, if it has one, and half the confidence.
    """
    read = split_caption(caption)
    words = _Words(caption, lengths_in(caption), None)
    found, boxes, letters = _looked_at(pixels, read, detect)
    if found.panels or len(boxes) < 2:
        return FoundPanels(_aligned(pixels, words, found) or (_whole(pixels, words),), found.doubt)
    labels = {letter.panel: letter.label for letter in letters}
    spans = {panel.label.upper(): panel.spans for panel in read.panels}
    parts = (
        _Part(label, one.box, spans.get((label or "").upper(), ()), one.confidence / 2)
        for number, one in enumerate(boxes)
        for label in [labels.get(number)]
    )
    return FoundPanels(tuple(_panel(pixels, words, part) for part in parts), found.doubt)


def _looked_at(
    pixels: Array8, caption: Subcaptions, detect: Detector
) -> tuple[Alignment, list[PanelBox], list[Letter]]:
    if detect is panel_boxes:
        boxes, letters = boxes_and_letters(pixels)
    else:
        boxes = detect(pixels)
        letters = letters_in(pixels, [one.box for one in boxes])
    return align(boxes, letters, caption), boxes, letters


def _aligned(pixels: Array8, words: _Words, found: Alignment) -> tuple[FoundPanel, ...]:
    parts = (_Part(one.label, one.box, one.subcaption.spans, one.confidence) for one in found.panels)
    return tuple(_panel(pixels, words, part) for part in parts)


def _whole(pixels: Array8, words: _Words) -> FoundPanel:
    height_px, width_px = pixels.shape[:2]
    spans = ((0, len(words.caption)),) if words.caption else ()
    return _panel(pixels, words, _Part(None, (0, 0, width_px, height_px), spans, 1.0))


def text_of(caption: str, spans: Sequence[Span]) -> str:
    """Return the words in `spans`, with a blank between them."""
    return " ".join(caption[start:end] for start, end in spans)


def _panel(pixels: Array8, words: _Words, part: _Part) -> FoundPanel:
    label, box, spans, confidence = part
    left, top, right, bottom = box
    own, subcaption = pixels[top:bottom, left:right], text_of(words.caption, spans)
    kind = kind_of(own, subcaption)
    bars = bars_in(own) if kind.kind in _WITH_BARS else []
    bar = bars[0] if bars and bars[0].confidence >= _SURE_BAR else None
    lengths = [length for length in words.lengths if length.labels or _is_within(length.span, spans)]
    return FoundPanel(
        label=label,
        box=box,
        spans=spans,
        subcaption=subcaption,
        kind=kind.kind,
        kind_confidence=round(kind.confidence, 4),
        tiles=kind.tiles,
        scale=scale_of(bar, lengths, label, words.um_per_px),
        scale_bar=_scale_bar(bar, length_for(lengths, label), left, top) if bar else None,
        confidence=round(confidence, 4),
    )


def _is_within(span: Span, spans: Sequence[Span]) -> bool:
    """Return whether a length stands in the words of a panel; one that names no panel speaks of those around it."""
    return any(start <= span[0] < end for start, end in spans)


def _scale_bar(bar: Bar, length_um: float | None, left: int, top: int) -> ScaleBar:
    box = (bar.box[0] + left, bar.box[1] + top, bar.box[2] + left, bar.box[3] + top)
    return ScaleBar(box=box, length_px=round(bar.length_px, 2), length_um=length_um)
