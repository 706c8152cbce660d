"""Panel shapes: rules, letters, lanes and blocks of texture in a panel, as numbers."""

import numpy as np
import numpy.typing as npt

from curation.panel_copies import Plane

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
_MOST_SYMBOLS = 1500
"""Shapes that are looked at; what has more of them is a texture whatever the rest is like."""


def blocks(small: Plane) -> dict[str, float]:
    """Return how a panel's blocks of 8 x 8 px divide into paper, flat tone, texture and print."""
    rows, columns = (max(1, side // 8) for side in small.shape)
    tall, wide = (max(1, side // count) for side, count in zip(small.shape, (rows, columns), strict=True))
    cut = small[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide).swapaxes(1, 2)
    spread, mean = cut.std((2, 3)), cut.mean((2, 3))
    is_flat = spread < 2
    is_paper = is_flat & (mean > 235)
    area, fill = _largest(~is_paper)
    soft_area, soft_fill = _largest((spread >= 1.5) & (mean < 225))
    return {
        "paper_blocks": is_paper.mean(),
        "black_blocks": (is_flat & (mean < 20)).mean(),
        "tone_blocks": (is_flat & (mean >= 20) & (mean <= 235)).mean(),
        "soft_blocks": ((spread >= 2) & (spread < 18)).mean(),
        "pale_soft_blocks": ((spread >= 0.7) & (spread < 12) & (mean > 190) & (mean < 251)).mean(),
        "hard_blocks": (spread >= 45).mean(),
        "block_spread": float(np.median(spread)),
        "block_mean_spread": mean.std(),
        "content_area": area,
        "content_fill": fill,
        "texture_area": soft_area,
        "texture_fill": soft_fill,
    }


def _largest(flags: Flags) -> tuple[float, float]:
    """Return the largest connected part's share of the panel, and how much of its own box it fills."""
    from scipy import ndimage

    named, count = ndimage.label(flags)
    if not count:
        return 0.0, 0.0
    sizes = np.bincount(named.ravel())[1:]
    best = int(sizes.argmax())
    rows, columns = ndimage.find_objects(named)[best]
    return sizes[best] / flags.size, sizes[best] / ((rows.stop - rows.start) * (columns.stop - columns.start))


def _ink(grey: Plane) -> Flags:
    """Return what stands off the commonest tone, as print stands off paper."""
    ground = np.bincount((grey / 8).astype(np.int64).ravel(), minlength=32).argmax() * 8 + 4
    return np.asarray(np.abs(grey - ground) > 60)


def longest_runs(flags: Flags) -> npt.NDArray[np.int64]:
    """Return the longest unbroken run of each row.

    >>> longest_runs(np.array([[1, 1, 0, 1], [0, 0, 0, 0]], bool)).tolist()
    [2, 0]
    """
    rows, columns = flags.shape
    framed = np.zeros((rows, columns + 2), bool)
    framed[:, 1:-1] = flags
    change = np.flatnonzero(framed[:, 1:] != framed[:, :-1])
    starts, ends = change[::2], change[1::2]
    longest = np.zeros(rows, np.int64)
    np.maximum.at(longest, starts // (columns + 1), ends - starts)
    return longest


def rules(grey: Plane) -> dict[str, float]:
    """Return what straight thin lines a panel has: axes, frames, grids."""
    ink = _ink(grey)
    lines = [_thin(longest_runs(ink) / grey.shape[1]), _thin(longest_runs(ink.T) / grey.shape[0])]
    found = {"ink": float(ink.mean())}
    for name, thin in zip(("flat", "upright"), lines, strict=True):
        long = np.flatnonzero(thin > 0.5)
        gaps = np.diff(long)
        found |= {
            f"{name}_rule": float(thin.max(initial=0)),
            f"{name}_rules": float(np.log1p(len(long))),
            f"{name}_rule_at": float(thin.argmax() / len(thin)) if len(long) else 0.5,
            f"{name}_rules_even": float(gaps.std() / (gaps.mean() + 1)) if len(gaps) > 2 else 1.0,
        }
    return {**found, "axes": min(found["flat_rule"], found["upright_rule"])}


def _thin(runs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the runs that are much longer than those three rows to either side: a line's, not an area's."""
    wide = np.pad(runs, 3, mode="constant")
    beside = np.minimum(wide[:-6], wide[6:])
    return np.where(beside < 0.6 * runs, runs, 0)


def symbols(grey: Plane) -> dict[str, float]:
    """Return how many letter-sized shapes a panel has, how much of its ink they hold, and if they stand in lines."""
    from scipy import ndimage

    ink = _ink(grey)
    named, count = ndimage.label(ink)
    sizes = np.bincount(named.ravel(), minlength=2)[1:]
    boxes = ndimage.find_objects(named, max_label=min(count, _MOST_SYMBOLS)) if count else []
    held = np.array([(r.stop - r.start, c.stop - c.start, r.stop, c.start) for r, c in boxes], np.int64).reshape(-1, 4)
    areas = sizes[: len(held)]
    tall, wide, foot, _ = held.T
    fill = areas / np.maximum(1, tall * wide)
    is_letter = (tall >= 4) & (tall <= 24) & (wide >= 2) & (wide <= 30) & (fill > 0.15) & (fill < 0.95)
    feet = np.bincount(foot[is_letter], minlength=2)
    in_lines = feet[feet >= 4].sum() / max(1, is_letter.sum())
    return {
        "shapes": float(np.log1p(count)),
        "letters": float(np.log1p(is_letter.sum())),
        "letters_per_shape": float(is_letter.mean()) if len(held) else 0.0,
        "letters_of_ink": areas[is_letter].sum() / max(1, ink.sum()),
        "letters_of_panel": float(tall[is_letter] @ wide[is_letter]) / grey.size,
        "letters_in_lines": float(in_lines),
        "letter_height": float(np.median(tall[is_letter])) if is_letter.any() else 0.0,
        "letter_evenness": float(tall[is_letter].std()) if is_letter.any() else 12.0,
        "biggest_shape": float(sizes.max(initial=0)) / grey.size,
        **_places(held[is_letter], grey.shape),
        **_frames(held, fill, grey.shape),
        **_dashes(held, fill, areas.sum()),
    }


def _places(letters: Counts, shape: tuple[int, ...]) -> dict[str, float]:
    """Return where letters stand: a graph's along its axes, a drawing's everywhere."""
    if not len(letters):
        return {"letters_within": 0.0, "letters_below": 0.0, "letters_left": 0.0, "letters_flush": 0.0}
    tall, wide, foot, left = letters.T
    y, x = (foot - tall / 2) / shape[0], (left + wide / 2) / shape[1]
    return {
        "letters_within": float(((abs(x - 0.5) < 0.3) & (abs(y - 0.5) < 0.3)).mean()),
        "letters_below": float((y > 0.8).mean()),
        "letters_left": float((x < 0.2).mean()),
        "letters_flush": float(np.bincount((left + wide) // 2).max() / len(letters)),
    }


def _frames(held: Counts, fill: Shares, shape: tuple[int, ...]) -> dict[str, float]:
    """Return the widest-spread shape of thin lines, an axis or a frame, and how many more there are."""
    tall, wide, foot, left = held.T
    spread = tall * wide / (shape[0] * shape[1])
    is_frame = (fill < 0.25) & (spread > 0.01)
    if not is_frame.any():
        return dict.fromkeys(("frames", "frame_area", "frame_fill", "frame_left", "frame_foot", "frame_aspect"), 0.0)
    best = int(np.where(is_frame, spread, 0).argmax())
    aspect = np.log(wide[is_frame] / tall[is_frame])
    return {
        "frames": float(np.log1p(is_frame.sum())),
        "frame_area": float(spread[best]),
        "frame_fill": float(fill[best]),
        "frame_left": float(left[best] / shape[1]),
        "frame_foot": float(foot[best] / shape[0]),
        "frame_aspect": float(np.median(aspect)),
    }


def _dashes(held: Counts, fill: Shares, ink: float) -> dict[str, float]:
    """Return how many full shapes lie flat, as a blot's bands do, and if they stand in rows."""
    tall, wide, foot, _ = held.T
    is_dash = (wide > 1.4 * tall) & (wide >= 7) & (tall >= 3) & (tall <= 26) & (fill > 0.55)
    rows = np.bincount((foot[is_dash] - tall[is_dash] // 2) // 4, minlength=1)
    return {
        "dashes": float(np.log1p(is_dash.sum())),
        "dashes_of_ink": float((fill * tall * wide)[is_dash].sum() / max(1.0, ink)),
        "dashes_in_rows": float(rows[rows >= 2].sum() / max(1, is_dash.sum())),
        "dash_evenness": float(wide[is_dash].std() / wide[is_dash].mean()) if is_dash.sum() > 2 else 1.0,
    }


def bands(small: Plane) -> dict[str, float]:
    """Return what lanes and bands a panel has: soft blobs wider than tall, in columns at one distance."""
    from scipy import ndimage

    smooth = ndimage.uniform_filter(small, 3)
    content = smooth[smooth < 240]
    centre, spread = (float(np.median(content)), float(content.std())) if content.size else (255.0, 1.0)
    flags = (np.abs(smooth - centre) > max(14.0, 1.2 * spread)) & (smooth < 240)
    named, count = ndimage.label(flags)
    boxes = ndimage.find_objects(named, max_label=min(count, 200)) if count else []
    sides = np.array([(r.stop - r.start, c.stop - c.start) for r, c in boxes if c.stop - c.start > 2], np.float64)
    sides = sides.reshape(-1, 2)
    flatness = np.log(sides[:, 1] / sides[:, 0]) if len(sides) else np.zeros(1)
    even = sides[:, 1].std() / sides[:, 1].mean() if len(sides) > 2 else 1.0
    return {
        "blobs": float(np.log1p(len(sides))),
        "blob_flatness": float(np.median(flatness)),
        "blobs_flat": float((flatness > 0.5).mean()),
        "blob_width_evenness": float(even),
        "lane_beat": _beat(smooth.mean(0)),
        "row_beat": _beat(smooth.mean(1)),
        "lanes_over_rows": float(np.log((smooth.mean(0).std() + 1) / (smooth.mean(1).std() + 1))),
    }


def _beat(profile: npt.NDArray[np.float32]) -> float:
    """Return how strongly a profile repeats itself at some distance, 0 to 1."""
    from scipy import ndimage

    still = profile - ndimage.uniform_filter1d(profile, max(3, len(profile) // 3))
    power = float((still**2).sum())
    if len(still) < 16 or power < len(still):
        return 0.0
    same = np.correlate(still, still, "full")[len(still) :] / power
    valley = int(np.argmax(same < 0))
    return float(same[valley : len(same) * 2 // 3].max(initial=0)) if same[valley] < 0 else 0.0
