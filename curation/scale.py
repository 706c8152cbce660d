"""Scale: micrometres per pixel of a panel, from metadata or from a bar and the length that is stated for it.

Metadata beats a bar: it was written by the microscope. A bar without a stated length gives no scale, nor does a
length without a bar. Where several lengths may be meant, none is taken.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from curation.length_words import measures
from curation.scale_bars import Bar
from curation.scale_words import Length

_AGREEMENT = 0.05


class Scale(NamedTuple):
    """What is known of a panel's scale."""

    microns_per_pixel: float | None
    """Of the picture in which the bar was measured; None where nothing says it."""
    source: Literal["metadata", "scale_bar", "caption"] | None
    """`scale_bar`: the bar's own text gives its length; `caption`: the caption does."""
    disagrees: bool = False
    """Metadata and bar differ by more than 5 %, or the bar's text and the caption do."""


def scale_of(
    bar: Bar | None, lengths: Sequence[Length], label: str | None, metadata_um_per_px: float | None = None
) -> Scale:
    """Return the scale of the panel `label`, given its bar and the lengths stated for it or for the whole figure."""
    told = _from_bar(bar, lengths, label)
    if metadata_um_per_px is None:
        return told
    known = told.microns_per_pixel
    differs = known is not None and not _agree(known, metadata_um_per_px)
    return Scale(metadata_um_per_px, "metadata", differs)


def length_for(lengths: Sequence[Length], label: str | None) -> float | None:
    """Return the one length that holds for a panel: said of it by name, else said of no panel; None where several do.

    >>> both = [Length(5.0, ("A",), (0, 4)), Length(2.0, (), (6, 10))]
    >>> length_for(both, "A"), length_for(both, "B")
    (5.0, 2.0)
    """
    plain = [length for length in lengths if not length.inset]
    by_name = [length for length in plain if label is not None and label in length.labels]
    of_all = [length for length in plain if not length.labels]
    values = {length.length_um for length in by_name or of_all}
    return values.pop() if len(values) == 1 else None


def _from_bar(bar: Bar | None, lengths: Sequence[Length], label: str | None) -> Scale:
    if bar is None or bar.length_px <= 0:
        return Scale(None, None)
    stated, written = length_for(lengths, label), _written(bar)
    if written is not None:
        differs = stated is not None and not _agree(written, stated)
        return Scale(written / bar.length_px, "scale_bar", differs)
    if stated is None:
        return Scale(None, None)
    return Scale(stated / bar.length_px, "caption")


def _written(bar: Bar) -> float | None:
    text = bar.text or ""
    found = list(measures(text, 0, len(text)))
    return found[0].length_um if len(found) == 1 else None


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= _AGREEMENT * max(one, other)
