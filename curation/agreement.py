"""Agreement: in how much of what they share two pictures show the same, once one is laid on the other.

What they share is cut into 8 x 8 blocks. A block that shows something in either agrees where the two correlate; light
and contrast may differ from block to block. A label, a bar or an arrow spoils the few blocks that it lies in, another
picture nearly all, and another plot of the same template about half.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.local_features import Affine, Plane

_CORRELATED, _CORRELATED_ON_PAPER = 0.8, 0.9
"""Above it a block agrees. Plots of one template share their axes and letters, so more is asked of print on paper."""
BLOCKS = 8
_SHOWN = 0.1
"""Part of the variance of the busiest blocks that a block must have to show something: less is noise."""
_LEAST_VARIANCE = 0.3
_VISIBLE_VARIANCE, _UNLIKE, _MANY_UNLIKE, _PART_UNLIKE = 1.5, 0.3, 8, 0.15
"""What a quiet block has at least in both pictures, the correlation below which it shows other things, and how many
such blocks, and which part of the quiet ones, make two pictures."""
_RIM_PX = 3
_LEAST_PX = 900
_BLUR_PX = 1.2
_HOPEFUL = 0.2
_WHITE, _MUCH_WHITE = 0.04, 0.4
_ENOUGH = 0.9
"""Of the blocks agree: spreading the greys changes no verdict."""
_TONES, _STEPS, _SEEN = 129, 4096, 20_000
_Places = npt.NDArray[np.int64]


class _Cut(NamedTuple):
    """What two pictures share, and how it is cut."""

    mask: Plane
    """1 where both are."""
    seen: _Places
    """Enough places of it to know its greys."""
    blocks: int


class Agreement(NamedTuple):
    """How two pictures agree in what they share."""

    share: float
    """Of the blocks that show something, those that agree."""
    blocks: int
    """That show something."""
    correlation: float
    """Of all pixels that they share."""
    of_one: float
    """Part of the one's area that they share."""
    of_other: float
    white: float
    """Part of what they share that is as bright as can be, in that which has less of it."""
    is_alike: bool = True
    """False where quiet blocks show other things."""

    @property
    def on_paper(self) -> bool:
        """Return whether what they share is print on paper in both."""
        return self.white >= _MUCH_WHITE


def agreement(one: Plane, other: Plane, laid: Affine, blocks: int = BLOCKS) -> Agreement | None:
    """Return how `other`, laid on `one`, agrees with it; None where they share too little to tell.

    What they share is cut into so many `blocks` along each side.
    """
    import cv2

    height, width = one.shape
    inside = cv2.warpAffine(np.full(other.shape, 255, np.uint8), laid, (width, height))
    inside = cv2.erode(inside, np.ones((2 * _RIM_PX + 1,) * 2), borderType=cv2.BORDER_CONSTANT, borderValue=0) == 255
    shared = int(np.count_nonzero(inside))
    if shared < _LEAST_PX:
        return None
    within = _span(inside)
    mask = np.asarray(inside[within], np.float32)
    first = np.asarray(cv2.GaussianBlur(one, (0, 0), _BLUR_PX)[within], np.float32)
    warped = cv2.warpAffine(cv2.GaussianBlur(other, (0, 0), _BLUR_PX), laid, (width, height))
    second = np.asarray(warped[within], np.float32)
    seen = np.flatnonzero(mask)[:: max(1, shared // _SEEN)]
    white = min(_white(first.ravel()[seen]), _white(second.ravel()[seen]))
    least = _CORRELATED_ON_PAPER if white >= _MUCH_WHITE else _CORRELATED
    share, shown, is_alike = max(_toned(first, second, _Cut(mask, seen, blocks), least))
    across = abs(float(np.linalg.det(laid[:, :2])))
    of_other = min(1.0, shared / (other.size * across))
    correlation = _correlation(first[inside[within]], second[inside[within]])
    return Agreement(share, shown, correlation, shared / one.size, of_other, white, is_alike)


def _span(inside: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns that hold all that is inside."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _white(values: Plane) -> float:
    """Return the part of what is seen that is as bright as can be."""
    low, high = np.percentile(values, (0.5, 99.5))
    return float(np.mean(values >= high - _WHITE * (high - low)))


def is_paper(plane: Plane) -> bool:
    """Return whether a picture is print on paper."""
    return _white(plane) >= _MUCH_WHITE


def _toned(one: Plane, other: Plane, cut: _Cut, least: float) -> Iterator[tuple[float, int, bool]]:
    """Yield what `_agreeing` says: as they are, and with the one's greys spread as the other's, and its as the one's.

    A picture that was made brighter has lost what is now white: the other must lose it too.
    """
    share, blocks, is_alike = _agreeing(one, other, cut, least)
    yield share, blocks, is_alike
    if _HOPEFUL < share < _ENOUGH:
        yield _agreeing(_spread_as(one, other, cut.seen), other, cut, least)
        yield _agreeing(one, _spread_as(other, one, cut.seen), cut, least)


def _spread_as(values: Plane, model: Plane, seen: _Places) -> Plane:
    """Return the one's greys with the spread of the other's, by a table of fine steps."""
    parts = np.linspace(0, 1, _TONES)
    tones = np.quantile(values.ravel()[seen], parts)
    low, high = float(tones[0]), float(max(tones[-1], tones[0] + 1e-3))
    steps = np.linspace(low, high, _STEPS)
    table = np.interp(steps, tones + np.arange(_TONES) * 1e-9, np.quantile(model.ravel()[seen], parts))
    places = np.clip((values - low) * ((_STEPS - 1) / (high - low)), 0, _STEPS - 1).astype(np.int32)
    return np.asarray(table[places], np.float32)


def _agreeing(one: Plane, other: Plane, cut: _Cut, least: float) -> tuple[float, int, bool]:
    """Return the part of the blocks that show something in which the two correlate, and how many show something.

    And whether the quiet blocks are alike, those that show less than others and yet what can be seen in both: under one
    watermark, or as one panel of a template, they may be other pictures.
    """
    one, other = (one - one.mean()) * cut.mask, (other - other.mean()) * cut.mask
    count = _block_sums(cut.mask, cut.blocks)
    full = count >= count.max() / 4
    count = count[full]
    sums = [
        _block_sums(values, cut.blocks)[full] / count for values in (one, other, one * one, other * other, one * other)
    ]
    first, second, both = sums[2] - sums[0] ** 2, sums[3] - sums[1] ** 2, sums[4] - sums[0] * sums[1]
    shown = _shown(first, second)
    if not shown.any():
        return 0.0, 0, True
    correlation = both / np.sqrt(np.maximum(first, 1e-6) * np.maximum(second, 1e-6))
    quiet = correlation[~shown & (np.minimum(first, second) > _VISIBLE_VARIANCE)]
    unlike = int(np.count_nonzero(quiet < _UNLIKE))
    is_alike = unlike < max(_MANY_UNLIKE, _PART_UNLIKE * len(quiet))
    return float((correlation[shown] > least).mean()), int(np.count_nonzero(shown)), is_alike


def _block_sums(values: Plane, blocks: int) -> npt.NDArray[np.float64]:
    """Return the sums of so many blocks along each side."""
    down, across = (np.unique(-(-np.arange(blocks) * side // blocks)) for side in values.shape)
    rows = np.add.reduceat(values, down, axis=0).astype(np.float64)
    return np.asarray(np.add.reduceat(rows, across, axis=1).ravel())


def _shown(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which blocks show something, by their variance in both.

    The contrast of one is brought to the other's by the busier half of the blocks, so that neither a label in few
    blocks nor noise in many decides.
    """
    first, second = one + 0.05, other + 0.05
    busier = np.argsort(-np.minimum(first / np.median(first), second / np.median(second)))
    second = second / np.median((second / first)[busier[: max(4, len(busier) // 2)]])
    busy = np.percentile(np.minimum(first, second), 90)
    shown: npt.NDArray[np.bool_] = np.maximum(first, second) > max(_SHOWN * busy, _LEAST_VARIANCE)
    return shown


def _correlation(one: Plane, other: Plane) -> float:
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / norm if norm > 0 else 0.0


def refined(one: Plane, other: Plane, laid: Affine) -> Affine:
    """Return what lays `other` better on `one`, coarse to fine: where the two correlate most (Evangelidis 2008)."""
    import cv2

    for part in (4, 2, 1):
        first, second = (_reduced(plane, part) for plane in (one, other))
        if min(*first.shape, *second.shape) < 24:
            continue
        start = laid / [[1, 1, part], [1, 1, part]]
        inside = cv2.warpAffine(np.full(second.shape, 255, np.uint8), start, first.shape[::-1])
        inside = cv2.erode(inside, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        try:
            _, back = cv2.findTransformECC(
                first, second, cv2.invertAffineTransform(start).astype(np.float32), cv2.MOTION_AFFINE,
                (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 1e-4), inside, 1,
            )  # fmt: skip
        except cv2.error:  # flat, or nothing shared: it stays as it was laid
            continue
        found = cv2.invertAffineTransform(back.astype(np.float64)) * [[1, 1, part], [1, 1, part]]
        if _is_near(found, laid, max(one.shape)):
            laid = found
    return laid


def _is_near(found: Affine, laid: Affine, side_px: int) -> bool:
    apart = np.abs(found - laid)
    return bool(apart[:, :2].max() < 0.06 and apart[:, 2].max() < 0.05 * side_px)


def _reduced(plane: Plane, part: int) -> Plane:
    import cv2

    size = tuple(max(1, side // part) for side in plane.shape[::-1])
    small = plane if part == 1 else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
