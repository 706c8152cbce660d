"""Augmentation: what a picture may look like from elsewhere, under another lamp; its labels move with it.

Points are drawn after the labels have moved, so they are true by themselves. What moves pixels (crop, zoom, flip,
quarter turn) treats picture and labels alike, each pixel by its centre; what changes colours leaves labels alone.
Padding stays black.

Shapes: S = side of the frame; c = side of the crop.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.points import Labels

Pixels = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]


class Changes(NamedTuple):
    """How far each change may go; at 0, or 1 for the zoom, it is off."""

    flips: bool = True
    turns: bool = True
    """By quarters."""
    zoom: tuple[float, float] = (1.0, 1.0)
    gamma: float = 0.0
    """Of the natural logarithm of the exponent, to both sides."""
    contrast: float = 0.0
    """Share by which the distance from the mean may grow or shrink."""
    brightness: float = 0.0
    """Share of full scale."""
    colour: float = 0.0
    """Share by which each channel of a coloured picture grows or shrinks; half as often it becomes grey."""
    blur_px: float = 0.0
    """Largest deviation of a Gaussian."""
    noise: float = 0.0
    """Largest deviation, as a share of full scale."""
    invert: float = 0.0
    """Share of pictures whose greys are turned round."""


def cut(  # noqa: PLR0913 - a place, a size and a scale
    image: Pixels, labels: Labels, *, left: int, top: int, side_px: int, crop_px: int
) -> tuple[Pixels, Labels]:
    """Return the square of `side_px` at (left, top) of a frame (S, S, 3), resized to `crop_px`, and its labels."""
    part = image[top : top + side_px, left : left + side_px]
    ids = labels[top : top + side_px, left : left + side_px]
    if side_px == crop_px:
        return part, ids
    import cv2

    shrinks = crop_px < side_px
    resized = cv2.resize(part, (crop_px, crop_px), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    under = np.minimum(((np.arange(crop_px) + 0.5) * side_px / crop_px).astype(np.intp), side_px - 1)
    return np.asarray(resized, np.uint8), ids[under[:, None], under]


def turned(image: Pixels, labels: Labels, changes: Changes, rng: np.random.Generator) -> tuple[Pixels, Labels]:
    """Return both flipped and turned by quarters, by chance."""
    quarters, across, down = int(rng.integers(4)), rng.random() < 0.5, rng.random() < 0.5
    if changes.turns:
        image, labels = np.rot90(image, quarters), np.rot90(labels, quarters)
    if changes.flips and across:
        image, labels = image[:, ::-1], labels[:, ::-1]
    if changes.flips and down:
        image, labels = image[::-1], labels[::-1]
    return np.ascontiguousarray(image), np.ascontiguousarray(labels)


def relit(image: Pixels, changes: Changes, rng: np.random.Generator) -> _Floats:
    """Return a picture (c, c, 3) as float 0..1 with its gamma, contrast, brightness, colour, blur and noise changed."""
    shown = image[..., :1] | image[..., 1:2] | image[..., 2:] > 0
    coloured = (image[..., 0] != image[..., 1]).any() or (image[..., 1] != image[..., 2]).any()
    light: _Floats = image.astype(np.float32) / np.float32(255)
    if rng.random() < changes.invert:
        light = 1 - light
    light = np.power(light, np.exp(changes.gamma * rng.uniform(-1, 1)), dtype=np.float32)
    light = _coloured(light, changes.colour if coloured else 0.0, rng)
    mean = light.mean()
    grown, lifted = 1 + changes.contrast * rng.uniform(-1, 1), changes.brightness * rng.uniform(-1, 1)
    light = _spoiled((light - mean) * np.float32(grown) + np.float32(mean + lifted), changes, rng)
    return np.asarray(np.clip(light, 0, 1) * shown, np.float32)


def _coloured(light: _Floats, most: float, rng: np.random.Generator) -> _Floats:
    """Return a picture with each channel changed by up to `most`, or grey."""
    factors, grey = 1 + most * rng.uniform(-1, 1, 3), rng.random() < most / 2
    if not most:
        return light
    if grey:
        return np.repeat(light.mean(axis=2, keepdims=True, dtype=np.float32), 3, axis=2)
    return np.float32(1) - (np.float32(1) - light) * factors.astype(
        np.float32
    )  # of what is absorbed: stains differ, the glass is white


def _spoiled(light: _Floats, changes: Changes, rng: np.random.Generator) -> _Floats:
    """Return a third of the pictures blurred, and a third with noise, the same in all channels."""
    blurred, noisy = rng.random() < 1 / 3, rng.random() < 1 / 3
    sigma, deviation = changes.blur_px * rng.random(), changes.noise * rng.random()
    if blurred and sigma > 0.2:  # below, a Gaussian moves nothing
        import cv2

        light = np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32)
    if noisy and deviation:
        grain: npt.NDArray[Any] = rng.standard_normal((*light.shape[:2], 1), np.float32)
        light = np.add(light, grain * np.float32(deviation), dtype=np.float32)
    return light
