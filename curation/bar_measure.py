"""Bar measure: a candidate, looked at in full resolution: how even, how square, how free is it, and how long?

The colours around it become one signal, 1 in the bar and 0 in what lies above and below; ends lie where the signal
along the bar falls to half. Arrays are [row, column]; a window is a cut of the picture around the candidate.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.bar_candidates import Run

Signal = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

_MOST_THICK_PX = 14
_LEAST_LENGTH_PX = 6
_LEAST_CONTRAST = 30.0
_REACH_PX = 24


class Measured(NamedTuple):
    """A thing that may be a bar; edges in px from the picture's left and top, the ends to a part of a pixel."""

    left: float
    right: float
    top: int
    bottom: int
    contrast: float
    """Distance of its colour from that above and below, in grey levels."""
    evenness: float
    """Spread of the signal along its rows; 0 is one colour. Rows may differ: a shrunk edge is half as bright."""
    calm: float
    """Spread of the signal above and below."""
    ends: tuple[float, float]
    """The signal beyond the left and the right end."""
    holes: float
    """Share of its box that is nearer to the ground's colour: corners and edges of what is no rectangle."""
    ticks: tuple[int, int, int, int]
    """How far something rises from each end: left up, left down, right up, right down."""
    stems: int
    """Columns between the ends from which something rises; thrice where it does to both sides."""
    ground: Colour
    """The colour above and below."""


class _Window(NamedTuple):
    """A cut of the picture as a signal, and where the candidate lies in it."""

    signal: Signal
    place: Run
    contrast: float
    ground: Colour


def measured(pixels: npt.NDArray[np.uint8], run: Run) -> Measured | None:
    """Return what a candidate looks like, or None where no bar can be made out of it."""
    window = _window(pixels, run)
    if window is None:
        return None
    rows = _rows(window)
    if not 1 <= rows[1] - rows[0] <= _MOST_THICK_PX:
        return None
    profile = _core(window.signal, rows).mean(axis=0)
    start = (window.place.left + window.place.right) // 2
    before, right = _end(profile[::-1], len(profile) - 1 - start), _end(profile, start)
    if before is None or right is None:
        return None
    left = len(profile) - before
    columns = round(left), round(right)
    if columns[1] - columns[0] < _LEAST_LENGTH_PX or columns[0] < 2 or columns[1] > len(profile) - 2:
        return None
    found = _described(window, rows, columns, profile)
    x, y = run.left - window.place.left, run.top - window.place.top
    return found._replace(left=left + x, right=right + x, top=rows[0] + y, bottom=rows[1] + y)


def _window(pixels: npt.NDArray[np.uint8], run: Run) -> _Window | None:
    """Return the window around a candidate, or None where it hardly differs from what lies above and below."""
    reach = max(_REACH_PX, (run.bottom - run.top) * 3)
    top, left = max(0, run.top - reach), max(0, run.left - reach)
    cut = pixels[top : run.bottom + reach, left : run.right + reach].astype(np.float32)
    colours = cut if cut.ndim == 3 else np.repeat(cut[:, :, None], 3, axis=2)
    place = Run(run.top - top, run.bottom - top, run.left - left, run.right - left)
    columns = _inner(place.left, place.right)
    bar = np.median(_core(colours, (place.top, place.bottom))[:, columns].reshape(-1, 3), axis=0)
    beside = colours[_within(_beside((place.top, place.bottom)), len(colours)), columns].reshape(-1, 3)
    if not len(beside):
        return None
    ground = np.median(beside, axis=0)
    axis = bar - ground
    contrast = float(np.linalg.norm(axis)) / 3**0.5
    if contrast < _LEAST_CONTRAST:
        return None
    signal = ((colours - ground) @ (axis / (axis @ axis))).astype(np.float32)
    red, green, blue = map(float, ground)
    return _Window(signal, place, contrast, (red, green, blue))


def _inner(left: int, right: int) -> slice:
    """Return the columns of a candidate without its ends; of a long one, as many as a median needs."""
    return slice(left + 2, max(left + 3, right - 2), max(1, (right - left) // 40))


def _beside(rows: tuple[int, int]) -> npt.NDArray[np.intp]:
    """Return five rows above and five below, one row off."""
    above = np.arange(max(0, rows[0] - 6), max(0, rows[0] - 1))
    return np.concatenate([above, np.arange(rows[1] + 1, rows[1] + 6)])


def _within(rows: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    return rows[(rows >= 0) & (rows < count)]


def _core(values: Signal, rows: tuple[int, int]) -> Signal:
    """Return the rows of a bar without those at its edges, where it has others."""
    return values[rows[0] : rows[1]] if rows[1] - rows[0] < 3 else values[rows[0] + 1 : rows[1] - 1]


def _rows(window: _Window) -> tuple[int, int]:
    """Return the first row of the bar and the one behind the last."""
    place = window.place
    profile = np.median(window.signal[:, _inner(place.left, place.right)], axis=1)
    top = bottom = place.top + int(np.argmax(profile[place.top : place.bottom]))
    inside = profile > 0.5
    while top > 0 and inside[top - 1]:
        top -= 1
    while bottom < len(inside) and inside[bottom]:
        bottom += 1
    return top, bottom


def _end(profile: Signal, start: int) -> float | None:
    """Return where a profile that is 1 at `start` falls to half, in px; the left edge of the first pixel is 0."""
    low = np.flatnonzero(profile[start:] < 0.5)
    if not low.size or low[0] == 0:
        return None
    first = start + int(low[0])
    beyond = profile[first + 1 : first + 4]
    level = float(np.clip(np.median(beyond), -0.5, 0.5)) if beyond.size else 0.0
    # The signal of a pixel at the edge is the share of it that the bar covers.
    covered = np.clip((profile[first - 1 : first + 2] - level) / (1 - level), 0, 1)
    return first - 1 + float(covered.sum())


def _described(window: _Window, rows: tuple[int, int], columns: tuple[int, int], profile: Signal) -> Measured:
    """Return what a window shows, its place still counted from the window's corner."""
    signal, (x0, x1) = window.signal, columns
    core = _core(signal, rows)[:, x0 + 1 : x1 - 1]
    ticks, stems = _across(signal, columns, rows)
    beside = _beside((rows[0] - 1, rows[1] + 1))
    around = signal[_within(beside, len(signal)), x0:x1]
    return Measured(
        *(float(x0), float(x1), *rows, window.contrast),
        evenness=float((core - core.mean(axis=1, keepdims=True)).std()),
        calm=float(around.std()) if around.size else 0.0,
        ends=(float(profile[max(0, x0 - 5) : x0 - 1].mean()), float(profile[x1 + 1 : x1 + 5].mean())),
        holes=float((signal[rows[0] : rows[1], x0:x1] < 0.5).mean()),
        ticks=ticks,
        stems=stems,
        ground=window.ground,
    )


def _across(signal: Signal, columns: tuple[int, int], rows: tuple[int, int]) -> tuple[tuple[int, int, int, int], int]:
    """Return how far something rises from the ends, and from how many columns between them something does."""
    (x0, x1), (top, bottom) = columns, rows
    inside = signal > 0.5
    up = np.cumprod(inside[:top][::-1], axis=0).sum(axis=0)
    down = np.cumprod(inside[bottom:], axis=0).sum(axis=0)
    width = max(2, min(bottom - top, (x1 - x0) // 5))
    left, right = slice(max(0, x0 - 1), x0 + width), slice(x1 - width, x1 + 1)
    ticks = int(up[left].max()), int(down[left].max()), int(up[right].max()), int(down[right].max())
    inner, least = slice(x0 + width + 1, x1 - width - 1), max(3, bottom - top)
    # What rises to both sides, as an arrow's head does, counts three times.
    one_side, both_sides = np.maximum(up, down)[inner] > least, np.minimum(up, down)[inner] > least
    return ticks, int(one_side.sum() + 2 * both_sides.sum())
