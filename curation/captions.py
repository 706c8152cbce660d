"""Captions split: the words that speak of the whole figure, and of each panel the exact spans that speak of it."""

from collections.abc import Iterable, Sequence

from curation.caption_families import Family, by_number, by_side, family_of
from curation.caption_labels import place
from curation.caption_markers import candidates, numbered, sides
from curation.caption_readings import Read, readings, with_mentions
from curation.caption_rows import Row, in_a_row
from curation.caption_scopes import Piece, pieces_of
from schemas.records import Record

Span = tuple[int, int]
"""Start and end, as characters of the verbatim caption."""

LONGEST = 40_000
"""Characters; beyond it no caption is read, for it is none."""


_OF_A_ROW = 0.45
"""How sure a list from side to side is: what is named by sides stays below 0.5, so that no figure is cut by it."""


class Subcaption(Record):
    """What a caption says of one panel: its own words and those it shares, in the order of the text."""

    label: str
    spans: tuple[Span, ...]
    confidence: float


class Subcaptions(Record):
    """A caption split: `lead` speaks of the whole figure; its spans stand in every panel's too."""

    lead: tuple[Span, ...]
    panels: tuple[Subcaption, ...]
    confidence: float


def split_caption(caption: str, labels: Sequence[str] | None = None) -> Subcaptions:
    """Return a caption's spans by panel; no panels where it marks none.

    `labels` are the letters seen in the picture, where somebody looked.
    """
    text = caption.lstrip()  # blanks before it only move its spans
    split, by = _split(text, labels), len(caption) - len(text)
    if not by:
        return split
    panels = tuple(one.model_copy(update={"spans": _moved(one.spans, by)}) for one in split.panels)
    return split.model_copy(update={"lead": _moved(split.lead, by), "panels": panels})


def _moved(spans: Iterable[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def _split(caption: str, labels: Sequence[str] | None) -> Subcaptions:
    family = _family(caption, labels or ()) if len(caption) <= LONGEST else None
    read = with_mentions(caption, readings(caption, family.markers), family.kind) if family else []
    if family is None or not read:
        if row := in_a_row(caption):
            return _of_row(caption, row)
        return Subcaptions(lead=_joined(caption, [(0, len(caption))]), panels=(), confidence=0.0)
    pieces = pieces_of(caption, read)
    named = {label for each in read for label in each.labels}
    first = {label: -at for at, each in enumerate(reversed(read)) for label in each.labels}
    ordered = sorted(named, key=lambda label: (place(label, family.kind) or first[label], label))
    lead = _joined(caption, (piece[:2] for piece in pieces if _is_shared(piece, named)))
    panels = tuple(_panel(caption, label, pieces, read) for label in ordered)
    return Subcaptions(lead=lead, panels=panels, confidence=_sure(family, read))


def _of_row(caption: str, row: Row) -> Subcaptions:
    """Return the panels of a list from side to side; what stands outside it is shared."""
    outside = [(0, row.start), (row.end, len(caption))]
    panels = tuple(
        Subcaption(label=label, spans=_joined(caption, sorted([*outside, span])), confidence=_OF_A_ROW)
        for label, span in row.panels
    )
    return Subcaptions(lead=_joined(caption, outside), panels=panels, confidence=_OF_A_ROW)


def _family(caption: str, labels: Sequence[str]) -> Family | None:
    """Return the markers of a caption: letters; else letters behind the figure's number; else sides."""
    return family_of(candidates(caption), labels) or by_number(numbered(caption)) or by_side(sides(caption))


def _is_shared(piece: Piece, named: set[str]) -> bool:
    return piece.owners is None or piece.owners >= named


def _joined(caption: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans without blanks at their ends; those with only blanks between them become one."""
    joined: list[Span] = []
    for start, end in spans:
        text = caption[start:end]
        begin, stop = start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
        if begin >= stop:
            continue
        if joined and not caption[joined[-1][1] : begin].strip():
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((begin, stop))
    return tuple(joined)


def _panel(caption: str, label: str, pieces: Sequence[Piece], read: Sequence[Read]) -> Subcaption:
    spans = _joined(caption, (piece[:2] for piece in pieces if piece.owners is None or label in piece.owners))
    doubt = min(each.doubt for each in read if label in each.labels)
    return Subcaption(label=label, spans=spans, confidence=round(1 - doubt, 3))


def _sure(family: Family, read: Sequence[Read]) -> float:
    """Return how sure the whole reading is: no gaps, an order that is possible, markers that their places decide."""
    places = {place(label, family.kind) for label in family.labels} - {0}
    whole = len(places) / max(places) if places else 0.5
    return round(whole * (1 - sum(each.doubt for each in read) / len(read)), 3)
