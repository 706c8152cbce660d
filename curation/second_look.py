"""Second look: whether a panel and a picture that was proposed are the same, by pixels where they are here.

Where only a hash list is here, frequencies and corners decide. They tell micrographs apart, but not plots of one
template: of print on paper more is asked.
"""

import numpy as np

from curation.agreement import is_paper
from curation.benchmark import Benchmark
from curation.confirm import Kind, View, confirmed
from curation.duplicates import Proposal, Sketch
from curation.hash_rows import LONG_BITS
from curation.hashing import Frequencies
from curation.kept_corners import corners_alike
from curation.orientations import oriented_frequencies
from curation.sketches import view_in
from curation.squares import hashed, light_of

_LEAST_CORNERS, _CLEAR_CORNERS = 8, 12
"""To be looked at, and to be believed without pixels. Other micrographs share 7 at most, other plots a hundred."""
_PART_ON_PAPER = 0.25
"""Of the corners that are kept: other plots of one template share an eighth."""
_ALIKE, _ALIKE_ON_PAPER = 0.85, 0.985
"""Correlation of frequencies. Other micrographs of near hashes reach 0.79, other plots of one template 0.98."""
_ORDERS = np.add.outer(np.arange(16), np.arange(16)).astype(float)
"""Weight of each frequency: the mean is worth nothing, and fine detail more than the light's slope."""


def is_worth_a_look(panel: Sketch, picture: Sketch) -> bool:
    """Return whether two share enough corners; that costs a tenth of looking at their pixels."""
    if panel.features is None or picture.features is None:
        return False
    return corners_alike(panel.features, picture.features) >= _LEAST_CORNERS


def seen_in(benchmark: Benchmark, at: int) -> View | None:
    """Return a benchmark's picture, or its part, as it is compared; None where it isn't here any more."""
    grey = benchmark.grey(at)
    return None if grey is None else view_in(grey, benchmark.boxes[at])


def score_by_pixels(panel: View, picture: View, proposed: Proposal) -> float | None:
    """Return the part of what they share that agrees; None if they aren't the same."""
    found = confirmed(panel, picture, proposed.orientation, as_wholes=proposed.by_hash)
    return found.share if found is not None and found.kind is not Kind.SERIES else None


def score_by_list(panel: View, benchmark: Benchmark, at: int, proposed: Proposal, bits: int) -> float | None:
    """Return how near the hashes are, or which part of the corners agrees; None if they aren't the same."""
    on_paper = is_paper(panel.plane)
    if proposed.by_hash:
        kept = oriented_frequencies(benchmark.long_low[at].astype(np.float64), proposed.orientation)
        if _correlation(hashed(light_of(panel.plane), LONG_BITS), kept) >= (_ALIKE_ON_PAPER if on_paper else _ALIKE):
            return 1 - proposed.distance / bits
    features = benchmark.sketches[at].features
    if features is None or not len(features.bits):
        return None
    corners = corners_alike(panel.features, features)
    part = corners / len(features.bits)
    return part if corners >= _CLEAR_CORNERS and not (on_paper and part < _PART_ON_PAPER) else None


def _correlation(one: Frequencies, other: Frequencies) -> float:
    one, other = one * _ORDERS, other * _ORDERS
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / size if size else 0.0
