"""Panel contents: what the textured part of a panel is like, the paper and print around it left out, as numbers."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.panel_copies import Bytes, Plane

_BLOCK_PX, _LONGEST_PX = 3, 100
_PAPER, _LEAST_SPREAD = 232, 1.2
Flags = npt.NDArray[np.bool_]


def contents(colour: Bytes) -> dict[str, float]:
    """Return what tells photographs, micrographs and gels apart, measured where there is neither paper nor print."""
    small = _reduced(colour).astype(np.float32)
    grey = small @ np.array((0.299, 0.587, 0.114), np.float32)
    blocks = _textured(grey)
    inside = np.repeat(np.repeat(blocks, _BLOCK_PX, 0), _BLOCK_PX, 1)
    grey, small = grey[: inside.shape[0], : inside.shape[1]], small[: inside.shape[0], : inside.shape[1]]
    if not inside.any():
        inside = np.ones(grey.shape, bool)
    return {
        "contents": float(blocks.mean()),
        **_patches(blocks),
        **_light(grey, inside),
        **_hue(np.ascontiguousarray(small[inside].T)),
        **_structure(grey, inside),
        **_fine_colour(np.ascontiguousarray(small.transpose(2, 0, 1)), inside),
    }


def _reduced(colour: Bytes) -> Bytes:
    factor = -(-max(colour.shape[:2]) // _LONGEST_PX)
    height, width = colour.shape[:2]
    least = 2 * _BLOCK_PX
    image = Image.fromarray(colour)
    if factor > 1:
        image = image.reduce((min(factor, width), min(factor, height)))
    if min(image.size) < least:
        image = image.resize((max(least, image.width), max(least, image.height)), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _textured(grey: Plane) -> Flags:
    """Return the blocks that are no paper, no print on paper and no flat tone but black, opened by one block."""
    from scipy import ndimage

    rows, columns = (side // _BLOCK_PX for side in grey.shape)
    cut = grey[: rows * _BLOCK_PX, : columns * _BLOCK_PX].reshape(rows, _BLOCK_PX, columns, _BLOCK_PX)
    high, low = cut.max((1, 3)), cut.min((1, 3))
    is_paper = high > _PAPER + 14
    is_flat = (high - low < _LEAST_SPREAD) & (low > 24)
    return np.asarray(ndimage.binary_opening(~(is_paper | is_flat), np.ones((2, 2), bool)))


def _patches(blocks: Flags) -> dict[str, float]:
    """Return how many textured patches there are, and the size, form and evenness of the bigger ones."""
    from scipy import ndimage

    named, count = ndimage.label(blocks)
    boxes = ndimage.find_objects(named, max_label=min(count, 400))
    sizes = np.bincount(named.ravel(), minlength=count + 1)[1 : len(boxes) + 1]
    sides = np.array([(r.stop - r.start, c.stop - c.start) for r, c in boxes], np.float64).reshape(-1, 2)
    is_big = sizes >= max(6, 0.01 * blocks.size)
    big, sides = sizes[is_big], sides[is_big]
    if not len(big):
        return dict.fromkeys(
            ("patches", "patch_fill", "patch_aspect", "widest_patch", "patch_evenness", "patch_share"), 0.0
        )
    fill = big / sides.prod(1)
    aspect = np.log(sides[:, 1] / sides[:, 0])
    return {
        "patches": float(np.log1p(len(big))),
        "patch_fill": float(np.average(fill, weights=big)),
        "patch_aspect": float(np.average(aspect, weights=big)),
        "widest_patch": float(aspect.max()),
        "patch_evenness": float(sides.std(0).sum() / sides.mean(0).sum()),
        "patch_share": float(big.max() / big.sum()),
    }


def _light(grey: Plane, inside: Flags) -> dict[str, float]:
    seen = grey[inside]
    mean, spread = float(seen.mean()), float(seen.std()) + 1
    ordered = np.sort(seen)
    p10, p50, p90 = (float(ordered[int(share * (len(ordered) - 1))]) for share in (0.1, 0.5, 0.9))
    off = (seen - mean) / spread
    square = off * off
    third = max(1, grey.shape[0] // 3)
    upper, lower = grey[:third][inside[:third]], grey[-third:][inside[-third:]]
    return {
        "own_mean": mean,
        "own_spread": spread,
        "own_p10": p10,
        "own_p50": p50,
        "own_p90": p90,
        "own_skew": float((square * off).mean()),
        "own_tails": float(np.log(max(0.1, (square * square).mean()))),
        "own_dark": float((seen < 30).mean()),
        "own_glare": float((seen > 225).mean()),
        "lit_from_above": float(upper.mean() - lower.mean()) if upper.size and lower.size else 0.0,
    }


def _hue(seen: Plane) -> dict[str, float]:
    """Return how the three channels go together: alike in photographs, apart in merged fluorescence."""
    red, green, blue = seen
    high, low = seen.max(0), seen.min(0)
    chroma = high - low
    centred = seen - seen.mean(1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(1)) + 2
    together = (centred @ centred.T) / seen.shape[1] / np.outer(spread, spread)
    is_strong = chroma > 30
    strong = max(1, int(is_strong.sum()))
    return {
        "own_chroma": float(chroma.mean()),
        "own_chroma_spread": float(chroma.std()),
        "own_greyness": float((chroma < 8).mean()),
        "red_with_green": float(together[0, 1]),
        "green_with_blue": float(together[1, 2]),
        "red_with_blue": float(together[0, 2]),
        "red_over_blue": float((red - blue).mean()),
        "red_over_green": float((red - green).mean()),
        "one_channel": float(((low < 18) & (high > 50)).mean()),
        "strong_red": float((is_strong & (red == high)).sum() / strong),
        "strong_green": float((is_strong & (green == high)).sum() / strong),
        "dark_of_strong": float((is_strong & (low < 20)).sum() / strong),
        "saturation": float((chroma / (high + 8)).mean()),
        "saturation_spread": float((chroma / (high + 8)).std()),
    }


def _structure(grey: Plane, inside: Flags) -> dict[str, float]:
    """Return how much tones differ at growing distances, across and down: texture, bands, things with edges."""
    whole = float(grey[inside].var()) + 4
    found, curve = dict[str, float](), list[float]()
    for lag in (1, 2, 4, 8, 16):
        across = _difference(grey, inside, lag)
        down = _difference(grey.T, inside.T, lag)
        curve.append(float(np.log((across + down) / 2 / whole + 1e-3)))
        found[f"tone_lag_{lag}"] = curve[-1]
        found[f"across_over_down_{lag}"] = float(np.log((across + 1) / (down + 1)))
    found["tone_slope"] = curve[3] - curve[0]
    both = inside[:, 1:] & inside[:, :-1]
    step, count = np.abs(np.diff(grey, axis=1)) * both, max(1, int(np.count_nonzero(both)))
    found["own_steps_tail"] = float(np.log1p(np.vdot(step, step) / count / ((step.sum() / count) ** 2 + 0.2)))
    return found


def _difference(grey: Plane, inside: Flags, lag: int) -> float:
    if grey.shape[1] <= lag:
        return 0.0
    both = inside[:, lag:] & inside[:, :-lag]
    step = (grey[:, lag:] - grey[:, :-lag]) * both
    return float(np.vdot(step, step)) / max(1, int(np.count_nonzero(both)))


def _fine_colour(planes: Plane, inside: Flags) -> dict[str, float]:
    """Return how much of the detail is in colour, not in light: much in merges and stains, little in photographs."""
    both = inside[:, 1:] & inside[:, :-1]
    step = np.diff(planes, axis=2) * both
    light = step.mean(0)
    level = planes[:, inside]
    bright = level.mean(0)
    count = max(1, int(np.count_nonzero(both)))
    colour, lit = np.square(step - light).sum() / 3 / count, np.square(light).sum() / count
    return {
        "fine_colour": float(np.log(colour + 0.3) - np.log(lit + 0.3)),
        "coarse_colour": float(np.log((level - bright).var(1).mean() + 0.3) - np.log(bright.var() + 0.3)),
    }
