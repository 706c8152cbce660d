"""Drawn cells: pictures of blobs with a texture, as nuclei have; each seed gives another."""

import numpy as np
from PIL import Image
from scipy import ndimage


def cells(seed: int, size: tuple[int, int] = (320, 300)) -> Image.Image:
    """Return a grey picture of `size` (width, height)."""
    rng = np.random.default_rng(seed)
    seeds = (rng.random(size[::-1]) > 0.9985).astype(float)
    blobs = ndimage.gaussian_filter(seeds, 7)
    texture = ndimage.gaussian_filter(rng.normal(size=size[::-1]), 1.5)
    light = 20 + 190 * blobs / blobs.max() * (1 + 0.5 * texture)
    return Image.fromarray((light + rng.normal(0, 2, light.shape)).clip(0, 255).astype(np.uint8))
