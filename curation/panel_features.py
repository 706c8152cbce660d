"""Panel features: what tells a micrograph from a plot, as some hundred and thirty numbers."""

import math

import numpy as np
import numpy.typing as npt

from curation.panel_contents import contents
from curation.panel_copies import Bytes, Copies, Plane, copies_of
from curation.panel_shapes import bands, blocks, rules, symbols

Features = dict[str, float]
_LIGHT, _DARK = 244, 14
"""Grey levels that pass for white and for black, JPEG's ringing allowed for."""


def features(pixels: Bytes) -> Features:
    """Return the named features of a panel; each is a number for every panel, however small."""
    copies = copies_of(pixels)
    found = {
        **_tones(copies),
        **_colours(copies),
        **_border(copies),
        **_steps(copies),
        **_edges(copies.small),
        **_textures(copies),
        **_layout(copies),
        **blocks(copies.small),
        **rules(copies.grey),
        **symbols(copies.grey),
        **bands(copies.small),
        **contents(copies.colour),
    }
    return {name: float(value) if math.isfinite(value) else 0.0 for name, value in found.items()}


def vector(found: Features) -> npt.NDArray[np.float32]:
    """Return features as numbers in the order of their names."""
    return np.array([found[name] for name in sorted(found)], np.float32)


def _tones(copies: Copies) -> Features:
    levels = np.bincount(copies.grey.astype(np.uint8).ravel(), minlength=256) / copies.grey.size
    coarse = levels.reshape(32, 8).sum(1)
    cumulated = np.cumsum(levels)
    at = {f"p{q:02d}": float(np.searchsorted(cumulated, q / 100)) for q in (5, 25, 50, 75, 95)}
    mean = float(levels @ np.arange(256))
    return {
        **at,
        "white": levels[_LIGHT:].sum(),
        "black": levels[:_DARK].sum(),
        "middle": levels[40:215].sum(),
        "pale": levels[200:251].sum(),
        "soft_ink": levels[70:190].sum() / (levels[:190].sum() + 1e-3),
        "mean": mean,
        "spread": float(np.sqrt(levels @ (np.arange(256) - mean) ** 2)),
        "tone_entropy": _entropy(coarse),
        "tone_peak": coarse.max(),
    }


def _entropy(shares: npt.NDArray[np.float64]) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())


def _colours(copies: Copies) -> Features:
    colour = copies.colour[::2, ::2].reshape(-1, 3)
    planes = np.ascontiguousarray(colour.T).astype(np.int16)
    keys = planes >> 4
    codes = np.bincount((keys[0] << 8) | (keys[1] << 4) | keys[2], minlength=1)
    shares = np.sort(codes[codes > 0])[::-1] / len(colour)
    red, green, blue = planes
    high, low = planes.max(0), planes.min(0)
    chroma = high - low
    strong, is_ink = chroma > 60, high < _LIGHT
    hues = _hues(colour[strong])
    return {
        "top_colour": shares[0],
        "top_4_colours": shares[:4].sum(),
        "colours_for_90": float(np.log1p(np.searchsorted(np.cumsum(shares), 0.9))),
        "colour_entropy": _entropy(shares),
        "chroma": chroma.mean(),
        "strong": strong.mean(),
        "chroma_of_ink": chroma[is_ink].mean() if is_ink.any() else 0,
        "glow": (strong & (low < 40)).mean(),
        "pastel": (strong & (low > 110)).mean(),
        "muted": ((chroma > 15) & (chroma <= 60)).mean(),
        "pink": ((red > green + 12) & (blue > green + 8)).mean(),
        "brown": ((red > green + 8) & (green > blue + 8)).mean(),
        "leaf": ((green > red + 8) & (green > blue + 8)).mean(),
        "blue": ((blue > red + 8) & (blue > green + 8)).mean(),
        "hues": float((hues > 0.03).sum()),
        "top_hue": hues.max(),
    }


def _hues(colour: Bytes) -> npt.NDArray[np.float64]:
    """Return the shares of twelve hues among saturated pixels, all 0 where there are none."""
    if len(colour) == 0:
        return np.zeros(12)
    red, green, blue = colour.T.astype(np.float32)
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    return np.bincount(((angle + np.pi) / (2 * np.pi) * 11.999).astype(int), minlength=12) / len(colour)


def _border(copies: Copies) -> Features:
    grey = copies.grey
    wide = max(1, min(grey.shape) // 40)
    ring = np.concatenate([part.ravel() for part in (grey[:wide], grey[-wide:], grey[:, :wide], grey[:, -wide:])])
    levels = np.bincount((ring / 16).astype(np.int64), minlength=16) / len(ring)
    return {
        "border_white": (ring >= _LIGHT).mean(),
        "border_black": (ring < _DARK).mean(),
        "border_mean": ring.mean(),
        "border_top": levels.max(),
        "border_spread": ring.std(),
    }


def _steps(copies: Copies) -> Features:
    """Return how neighbours differ at full size: print is flat with steep edges, a sensor's noise never is."""
    steps = np.abs(copies.steps) if copies.steps.size else np.zeros(1, np.int16)
    return {
        "still": (steps <= 1).mean(),
        "noisy": ((steps > 1) & (steps <= 10)).mean(),
        "steep": (steps > 50).mean(),
        "step_tail": float(np.log1p((steps.astype(np.float64) ** 2).mean() / (steps.mean() ** 2 + 0.05))),
    }


def _edges(small: Plane) -> Features:
    if min(small.shape) < 3:
        small = np.pad(small, 2, mode="edge")
    down, across = (np.asarray(step, np.float32) for step in np.gradient(small))
    steep = np.hypot(down, across)
    is_edge = steep > 12
    turns = np.arctan2(down[is_edge], across[is_edge]) % np.pi
    shares = np.bincount((turns / np.pi * 7.999).astype(int), minlength=8) / max(1, len(turns))
    on_axis = np.minimum(np.abs(down), np.abs(across))[is_edge] < 0.15 * steep[is_edge]
    sum_down, sum_across = np.abs(down).sum() + 1, np.abs(across).sum() + 1
    return {
        "edges": is_edge.mean(),
        "steep_edges": (steep > 45).mean(),
        "edge_mean": steep.mean(),
        "edge_turns": _entropy(shares),
        "edges_on_axis": on_axis.mean() if len(on_axis) else 0,
        "edges_down": float(np.log(sum_down / sum_across)),
    }


def _textures(copies: Copies) -> Features:
    """Return the strength of detail at four scales where the panel isn't white, and how it falls off."""
    level, found, logs = copies.grey, {}, []
    for scale in range(4):
        if min(level.shape) < 4:
            logs.append(0.0)
        else:
            even = level[: level.shape[0] // 2 * 2, : level.shape[1] // 2 * 2]
            below = ((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4).astype(np.float32)
            detail = np.abs(even - np.repeat(np.repeat(below, 2, 0), 2, 1))
            content = detail[even < _LIGHT]
            logs.append(float(np.log1p(content.mean())) if content.size else 0.0)
            found[f"detail_tail_{scale}"] = (
                float(np.log1p((content**2).mean() / (content.mean() ** 2 + 0.05))) if content.size else 0.0
            )
            level = below
        found[f"detail_{scale}"] = logs[-1]
        found.setdefault(f"detail_tail_{scale}", 0.0)
    return {**found, "detail_slope": logs[3] - logs[0], "detail_bend": logs[1] - logs[0]}


def _layout(copies: Copies) -> Features:
    small, (height, width) = copies.small, copies.shape
    rows, columns = small.shape
    core = small[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    deep, wide = max(1, rows // 10), max(1, columns // 10)
    corners = [small[:deep, :wide], small[:deep, -wide:], small[-deep:, :wide], small[-deep:, -wide:]]
    left, right = small[:, : columns // 2], small[:, ::-1][:, : columns // 2]
    flat = left.std() * right.std() if left.size else 0
    mirrored = ((left - left.mean()) * (right - right.mean())).mean() / flat if flat > 1 else 0
    return {
        "aspect": float(np.log(width / height)),
        "core_over_rim": (core.mean() if core.size else small.mean()) - np.mean([c.mean() for c in corners]),
        "dark_corners": sum(c.mean() < 20 for c in corners),
        "mirrored": mirrored,
    }
