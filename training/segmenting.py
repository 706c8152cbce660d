"""Segmenting: one picture and its clicks: a mask in its own pixels, and what the language model says of it.

Shapes: H, W = rows and columns of the picture; S = side of the frame; N = clicks; 2 = (x, y) in px of the picture.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.errors import PixelError, UsageError
from training.floors import Image8
from training.frame import Frame
from training.matching import Region, region_of
from training.points import Prompts
from training.samples import image_in

if TYPE_CHECKING:
    from training.checkpoints import Loaded

Point = tuple[int, int]
"""(x, y) in px of the picture; (0, 0) is its top left pixel."""
_ENDING = ".png"


class Clickable:
    """A picture that is encoded once and asked for masks as often as somebody clicks."""

    def __init__(self, loaded: "Loaded", image: Image8) -> None:
        self.image = image
        self._joint: Any = loaded.joint
        height_px, width_px = image.shape[:2]
        self._frame = Frame(height_px, width_px, loaded.recipe.frame.side_px)

    @cached_property
    def _encoded(self) -> tuple[Any, Any]:
        import torch

        from training.predict import pixels_of

        with torch.inference_mode():
            encoded = self._joint.network.encode(pixels_of(self.image, self._frame.side_px, self._joint.network))
            return encoded, self._joint.dense(encoded)

    @property
    def can_describe(self) -> bool:
        """Return whether the checkpoint holds a language model."""
        return self._joint.llm is not None

    def mask(self, positives: Sequence[Point], negatives: Sequence[Point] = ()) -> Region:
        """Return the object that the clicks mean.

        Raises:
            UsageError: a click lies outside of the picture, or none is on the object.
        """
        from training.frame import unframed
        from training.predict import decoded

        prompts = self._prompts(positives, negatives)
        (logits,) = decoded(self._joint.network, self._encoded[0], prompts, self._encoded[1])
        return region_of(unframed(logits, self._frame)[0])

    def words(self) -> str:
        """Return what the language model says of the picture.

        Raises:
            UsageError: there is none.
        """
        if not self.can_describe:
            what = "this checkpoint was trained without a language model, so it can't describe."
            raise UsageError(what, where="--describe", mend="Leave --describe out, or train a recipe that has `llm`.")
        from training.predict import pixels_of

        return str(self._joint.describe(pixels_of(self.image, self._frame.side_px, self._joint.network)))

    def _prompts(self, positives: Sequence[Point], negatives: Sequence[Point]) -> Prompts:
        if not positives:
            raise UsageError("no click is on the object.", where="--point", mend="Give --point X,Y at least once.")
        height, width = self.image.shape[:2]
        for x, y in (*positives, *negatives):
            if not (0 <= x < width and 0 <= y < height):
                what = f"the point {x},{y} lies outside of the picture, which is {width} x {height} px."
                raise UsageError(what, mend=f"x goes from 0 to {width - 1}, y from 0 to {height - 1}.")
        points = self._frame.points_in(np.array([*positives, *negatives], np.float64))
        labels = np.array([1] * len(positives) + [0] * len(negatives), np.int64)
        return Prompts(points[None], labels[None])


def picture_at(path: Path) -> Image8:
    """Return a picture's file as RGB of 8 bit, (H, W, 3).

    Raises:
        UsageError: there is no such file, or it can't be read as one.
    """
    if not path.is_file():
        what = "is a folder, not a picture" if path.is_dir() else "there is no such file"
        raise UsageError(f"{what}.", where=str(path))
    try:
        return image_in(path.read_bytes())
    except PixelError as error:
        raise UsageError(f"can't be read as a picture: {error.detail}.", where=str(path)) from error


def point_in(text: str, option: str) -> Point:
    """Return the point that X,Y names.

    Raises:
        UsageError: it names none.
    """
    try:
        x, y = (int(piece) for piece in text.split(","))
    except ValueError as error:
        mend = "Write two whole numbers, X,Y: pixels from the left and from the top."
        raise UsageError(f"{text!r} is no point.", where=option, mend=mend) from error
    return x, y


def refuse_out(out: Path, *, overwrite: bool) -> None:
    """Refuse a place where a mask can't be written.

    Raises:
        UsageError: says why.
    """
    if out.suffix.lower() != _ENDING:
        raise UsageError("a mask is written as PNG.", where=str(out), mend=f"Give a name that ends in {_ENDING}.")
    if not out.parent.is_dir():
        raise UsageError("its folder isn't there.", where=str(out), mend=f"Make {out.parent} first.")
    if not os.access(out.parent, os.W_OK):
        raise UsageError("its folder can't be written to.", where=str(out), mend="Give another --out.")
    if out.exists() and not overwrite:
        raise UsageError("is there already.", where=str(out), mend="Give another --out, or --overwrite.")


def whole(region: Region, size: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return the pixels of a region in its picture, (H, W)."""
    mask = np.zeros(size[:2], np.bool_)
    rows, columns = region.pixels.shape
    mask[region.top : region.top + rows, region.left : region.left + columns] = region.pixels
    return mask


def write_mask(region: Region, size: tuple[int, ...], out: Path) -> None:
    """Write a mask of its picture's size: 255 on the object, 0 elsewhere; whole or not at all."""
    half = out.with_name(f".{out.name}.half")
    try:
        Image.fromarray(whole(region, size).astype(np.uint8) * 255).save(half, "PNG")
        half.replace(out)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror or error}.", where=str(out)) from error
