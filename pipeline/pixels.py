"""Pixels: the one place where picture bytes are decoded, checked, rendered to 8 bit and cropped.

Arrays are [row, column] or [row, column, channel]; boxes are (left, top, right, bottom) in pixels.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.errors import PixelError

REASONS = ("image_empty", "not_an_image", "image_truncated", "image_corrupt", "image_too_large")
"""Every reason a picture is refused with."""

MAX_PIXELS = 178_956_970
"""Above this a picture counts as a bomb: twice Pillow's MAX_IMAGE_PIXELS, where Pillow itself refuses."""
