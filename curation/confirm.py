"""Confirm: whether two pictures that hashes or features propose show the same pixels, and how one lies in the other.

Nothing is a duplicate by its hash alone: five phase-contrast micrographs of one set can share a hash and no pixel.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from math import atan2, degrees
from typing import NamedTuple

import numpy as np

from curation.agreement import BLOCKS, Agreement, agreement, refined
from curation.local_features import SIDE_PX, Affine, Features, Plane, features_of, similarity
from curation.orientations import ORIENTATIONS, Orientation, oriented

VERSION = 5
"""Raised by hand when two pictures may be judged otherwise."""
_LEAST_SHARE, _LEAST_SHARE_ON_PAPER, _LEAST_BLOCKS = 0.6, 0.86, 4
"""Of the blocks that show something. Other micrographs reach 0.33, other plots of one template 0.8."""
_FEW, _LEAST_SHARE_OF_FEW = 16, 0.75
"""Of a part, six of ten blocks may agree by chance: two clusters of nuclei, one larger than the other."""
_ENOUGH, _ENOUGH_ON_PAPER = 0.8, 0.95
"""With it there is no need to lay one better on the other."""
_CORNERS = 1000
_WHOLE, PART = 0.9, 0.85
"""Part of a picture's area that counts as all of it, and part of the smaller one that a duplicate must share."""
_HOPELESS = 0.2
"""Of the blocks agree: no better laying makes a copy of it."""
_LEAST_CORNERS = 5
_TURNED_DEGREES = 10.0
_MAX_ASPECT = 0.1
_SERIES_SHARE, _SERIES_CORRELATION, _SOME_WHITE = 0.3, 0.5, 0.1
"""Neighbours have no white in common: pages of one layout are alike in their gaps and letters."""


class Grid(NamedTuple):
    """How closely two pictures are compared."""

    side_px: int
    blocks: int
    """Along each side."""


_COARSE, _IN_DETAIL = Grid(384, BLOCKS), Grid(SIDE_PX, 24)
_LEAST_IN_DETAIL, _LEAST_PART_IN_DETAIL = 0.91, 0.94
"""Of the blocks of prints on paper. Plots of one template that agree coarsely reach 0.90, a page and a part of another
0.92; pages with a label 0.92, the worst of all other changes 0.96."""

_BELOW, _BELOW_OF_SERIES, _ABOVE = 0.3, 0.1, 0.1
_BELOW_ON_PAPER, _ABOVE_ON_PAPER = 0.1, 0.05
_BELOW_IN_DETAIL, _ABOVE_IN_DETAIL = 0.07, 0.02
"""How far from what is asked for, below it and above, a pair is on the verge. Of 841 pairs of one picture and 555 of
two that hashes or corners propose, 16 are: 8 of the 56 that are missed, 7 of those that are found, and 1 of two
pictures."""


class Kind(StrEnum):
    """How two pictures are the same."""

    COPY = "copy"
    ORIENTED = "oriented"
    CROP = "crop"
    INSET = "inset"
    SERIES = "series"
    """Neighbours: sections of a stack, frames of a movie, overlapping fields. They are grouped, not dropped."""


class View:
    """A picture as it is compared; its corners are looked for when they are first asked for."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane

    @cached_property
    def features(self) -> Features:
        """Return the strongest corners."""
        return features_of(self.plane, _CORNERS)


class Confirmed(NamedTuple):
    """What the pixels say of two pictures."""

    kind: Kind
    correlation: float
    share: float
    """Of the blocks that show something, those that agree."""
    of_one: float
    of_other: float


class Compared(NamedTuple):
    """What the pixels say of two pictures, and how they agree as they agree most."""

    found: Confirmed | None
    """None where they are different."""
    is_doubtful: bool = False
    """Whether they nearly say something else."""
    correlation: float = 0.0
    share: float = 0.0


DIFFERENT = Compared(None)
_WHOLES = frozenset({Kind.COPY, Kind.ORIENTED})
_NOTHING = Agreement(0.0, 0, 0.0, 0.0, 0.0, 0.0)


def view_of(plane: Plane) -> View:
    """Return a picture of `local_features.sized` grey levels as it is compared."""
    return View(plane)


def confirmed(
    one: View, other: View, orientation: Orientation = ORIENTATIONS[0], *, as_wholes: bool = True
) -> Confirmed | None:
    """Return how the other, once it is turned as `orientation` says, shows what the one does; None if it doesn't.

    They are laid on each other as their corners say, and `as_wholes` too, where they may be.
    """
    return compared(one, other, orientation, as_wholes=as_wholes).found


def compared(one: View, other: View, orientation: Orientation = ORIENTATIONS[0], *, as_wholes: bool = True) -> Compared:
    """Return what `confirmed` does, and whether it is on the verge."""
    turned = other if orientation.is_plain else view_of(oriented(other.plane, orientation))
    best = _best(one, turned, as_wholes=as_wholes)
    if best is None:
        return DIFFERENT
    found, laid = best
    said = _verdict(found, laid, is_plain=orientation.is_plain)
    if said is None or not found.on_paper:
        return Compared(said, _is_doubtful(found, said), found.correlation, found.share)
    detail = _in_detail(one.plane, turned.plane, laid)
    if detail is None:
        return Compared(said, _is_doubtful(found, said), found.correlation, found.share)
    above = detail.share - (_LEAST_IN_DETAIL if said.kind in _WHOLES else _LEAST_PART_IN_DETAIL)
    held = said if above >= 0 and detail.is_alike else None
    return Compared(held, -_BELOW_IN_DETAIL <= above < _ABOVE_IN_DETAIL, found.correlation, detail.share)


def _best(one: View, other: View, *, as_wholes: bool) -> tuple[Agreement, Affine] | None:
    """Return how the two agree as they agree most, and how the other lies then."""
    best: tuple[Agreement, Affine] | None = None
    for laid in _ways(one, other, as_wholes=as_wholes):
        for found in _laid_better(one.plane, other.plane, laid):
            if best is None or _rank(found[0]) > _rank(best[0]):
                best = found
            if _is_enough(best[0]):
                return best
    return best


def _rank(found: Agreement) -> tuple[bool, float]:
    return found.is_alike, found.share


def _in_detail(one: Plane, other: Plane, laid: Affine) -> Agreement | None:
    """Return how prints on paper agree at full size and in small blocks: plots of one template don't.

    None where nothing finer is shown than was compared.
    """
    if _shared_px(one, other, laid) <= _COARSE.side_px:
        return None
    found = next(_laid_better(one, other, laid, _IN_DETAIL), None)
    return _NOTHING if found is None else found[0]


def _shared_px(one: Plane, other: Plane, laid: Affine) -> float:
    """Return the longer side of what two pictures may share, in px of the coarser one."""
    scale = float(np.hypot(laid[0, 0], laid[1, 0]))
    return float(min(max(one.shape), max(other.shape) * scale) * min(1.0, 1 / scale))


def _is_enough(found: Agreement) -> bool:
    """Return whether laying one better on the other would change nothing that is told."""
    least = _ENOUGH_ON_PAPER if found.on_paper else _ENOUGH
    return found.blocks >= _LEAST_BLOCKS and found.share >= least and found.is_alike


def _ways(one: View, other: View, *, as_wholes: bool) -> Iterator[Affine]:
    """Yield how the other may lie on the one: whole on whole, which needs no corners, and as their corners say."""
    (height, width), (its_height, its_width) = one.plane.shape, other.plane.shape
    if as_wholes and abs(np.log(width * its_height / (height * its_width))) < _MAX_ASPECT:
        across, down = width / its_width, height / its_height
        yield np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]])
    found = similarity(one.features, other.features)
    if found is not None and found[1] >= _LEAST_CORNERS:
        yield found[0]


def _laid_better(one: Plane, other: Plane, laid: Affine, grid: Grid = _COARSE) -> Iterator[tuple[Agreement, Affine]]:
    """Yield the agreement as the other is laid, and laid better: on the grid of that which shows less."""
    scale = float(np.hypot(laid[0, 0], laid[1, 0]))
    if other.size * scale**2 < one.size:
        for found, back in _on_smaller(other, one, _undone(laid), grid):
            yield found._replace(of_one=found.of_other, of_other=found.of_one), _undone(back)
    else:
        yield from _on_smaller(one, other, laid, grid)


def _undone(laid: Affine) -> Affine:
    return np.linalg.inv(np.vstack([laid, [0, 0, 1]]))[:2]


def _on_smaller(one: Plane, other: Plane, laid: Affine, grid: Grid) -> Iterator[tuple[Agreement, Affine]]:
    """Yield the agreement of the other as it is laid on the smaller one, both at the resolution of the coarser."""
    scale = float(np.hypot(laid[0, 0], laid[1, 0]))
    small, to_small = _resized(one, min(1.0, grid.side_px / max(one.shape), 1 / scale))
    large, to_large = _resized(other, min(1.0, to_small[0, 0] * scale))
    start = (to_small @ np.vstack([laid, [0, 0, 1]]) @ np.linalg.inv(to_large))[:2]
    for better in (False, True):
        now = refined(small, large, start) if better else start
        found = agreement(small, large, now, grid.blocks)
        if found is not None:
            yield found, (np.linalg.inv(to_small) @ np.vstack([now, [0, 0, 1]]) @ to_large)[:2]
        if found is None or found.share < _HOPELESS:
            return


def _resized(plane: Plane, scale: float) -> tuple[Plane, Affine]:
    """Return a smaller picture, and what takes a place in the one to its place in the other."""
    import cv2

    if scale >= 1:
        return plane, np.eye(3)
    height, width = plane.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    across, down = size[0] / width, size[1] / height
    moved = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32), moved


def _verdict(found: Agreement, laid: Affine, *, is_plain: bool) -> Confirmed | None:
    told = (found.correlation, found.share, found.of_one, found.of_other)
    if found.blocks < _LEAST_BLOCKS or found.share < _least_share(found) or not found.is_alike:
        is_near = (
            found.share >= _SERIES_SHARE and found.correlation >= _SERIES_CORRELATION and found.white < _SOME_WHITE
        )
        return Confirmed(Kind.SERIES, *told) if is_near and min(found.of_one, found.of_other) >= _WHOLE else None
    turn = abs(degrees(atan2(laid[1, 0], laid[0, 0])))
    if min(found.of_one, found.of_other) >= _WHOLE:
        return Confirmed(Kind.COPY if is_plain and turn < _TURNED_DEGREES else Kind.ORIENTED, *told)
    if max(found.of_one, found.of_other) >= PART:
        return Confirmed(Kind.CROP, *told)
    return Confirmed(Kind.SERIES, *told)


def _least_share(found: Agreement) -> float:
    """Return which part of the blocks must agree."""
    least = _LEAST_SHARE_ON_PAPER if found.on_paper else _LEAST_SHARE
    is_part = min(found.of_one, found.of_other) < _WHOLE
    return max(least, _LEAST_SHARE_OF_FEW) if is_part and found.blocks < _FEW else least


def _is_doubtful(found: Agreement, said: Confirmed | None) -> bool:
    """Return whether a little more or less of agreement would change what is told.

    Neighbours agree in part, as neighbours do; they are in doubt where they are nearly copies.
    """
    apart = found.share - _least_share(found)
    if found.on_paper:
        return found.blocks >= _LEAST_BLOCKS and -_BELOW_ON_PAPER <= apart < _ABOVE_ON_PAPER
    below = _BELOW_OF_SERIES if said is not None and said.kind is Kind.SERIES else _BELOW
    return found.blocks >= _LEAST_BLOCKS and -below <= apart < _ABOVE
