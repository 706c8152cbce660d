"""Frame: the square of pixels a network sees, and the way into it and back out.

A picture is resized so that its long side is `side_px`, and padded with zeros at the right and below. Pixel centres lie
at whole numbers, the middle of the top left pixel is (0, 0): the picture's left edge is at -0.5 in both systems, so a
point moves by x' = (x + 1/2) s - 1/2 where s is the new width over the old one.

Shapes: H, W = rows and columns of the picture; S = side of the frame; N = points; P = masks; 2 = (x, y).
"""

from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

PAPER_SIDE_PX: Final = 1024
"""The side for which the published method states its radii; they scale with the frame's side."""
RadiiIn = Literal["frame", "image"]
"""What the ring's 10 px count in: pixels of a frame of 1024, scaled with the frame; or pixels of the image itself."""

Points = npt.NDArray[np.float32]
"""(N, 2) or (P, N, 2): x and y in pixels."""


class Frame(NamedTuple):
    """How a picture of height x width lies in a square of side x side pixels."""

    height_px: int
    width_px: int
    side_px: int

    @property
    def scale(self) -> float:
        """Pixels of the frame for one of the picture's long side."""
        return self.side_px / max(self.height_px, self.width_px)

    @property
    def rows(self) -> int:
        """Rows of the frame that show the picture; those below are padding."""
        return max(1, round(self.height_px * self.scale))

    @property
    def columns(self) -> int:
        """Columns of the frame that show the picture."""
        return max(1, round(self.width_px * self.scale))

    def points_in(self, points: npt.ArrayLike) -> Points:
        """Return points of the picture, (..., 2) as (x, y), in pixels of the frame."""
        return ((np.asarray(points, np.float64) + 0.5) * self._scales - 0.5).astype(np.float32)

    def points_out(self, points: npt.ArrayLike) -> Points:
        """Return points of the frame in pixels of the picture."""
        return ((np.asarray(points, np.float64) + 0.5) / self._scales - 0.5).astype(np.float32)

    @property
    def _scales(self) -> npt.NDArray[np.float64]:
        """(2,): of x and y; they differ a little where the short side doesn't come out whole."""
        return np.array([self.columns / self.width_px, self.rows / self.height_px])


def radii_side_px(frame: Frame, radii: RadiiIn) -> int:
    """Return the side of a frame in which radii stated at 1024 px come out as asked for."""
    return frame.side_px if radii == "frame" else round(PAPER_SIDE_PX * frame.scale)


def framed(image: npt.NDArray[np.uint8], side_px: int) -> tuple[npt.NDArray[np.uint8], Frame]:
    """Return a picture (H, W, 3) in its frame (S, S, 3): bilinear, over all pixels covered where it shrinks."""
    from PIL import Image

    frame = Frame(image.shape[0], image.shape[1], side_px)
    square = np.zeros((side_px, side_px, 3), np.uint8)
    small = Image.fromarray(image).resize((frame.columns, frame.rows), Image.Resampling.BILINEAR)
    square[: frame.rows, : frame.columns] = np.asarray(small)
    return square, frame


def framed_labels(labels: npt.NDArray[np.integer[Any] | np.bool_], frame: Frame) -> npt.NDArray[np.int32]:
    """Return instance ids (H, W) in the frame (S, S), each pixel from the one under its centre; 0 is background."""
    square = np.zeros((frame.side_px, frame.side_px), np.int32)
    rows, columns = _nearest(frame.rows, frame.height_px), _nearest(frame.columns, frame.width_px)
    square[: frame.rows, : frame.columns] = labels[np.ix_(rows, columns)]
    return square


def unframed(masks: npt.NDArray[Any], frame: Frame) -> npt.NDArray[np.bool_]:
    """Return masks of the frame (P, S, S) in pixels of the picture (P, H, W).

    Logits are resized bilinearly and cut at 0, which keeps an edge between two pixels where it is; masks of truth
    values take the pixel under each centre.
    """
    inner = masks[:, : frame.rows, : frame.columns]
    if masks.dtype == np.bool_:
        rows, columns = _nearest(frame.height_px, frame.rows), _nearest(frame.width_px, frame.columns)
        return np.asarray(inner[:, rows[:, None], columns], np.bool_)
    out = np.empty((len(masks), frame.height_px, frame.width_px), np.bool_)
    for number, logits in enumerate(inner):
        out[number] = _bilinear(logits, (frame.width_px, frame.height_px)) > 0
    return out


def _nearest(wanted: int, given: int) -> npt.NDArray[np.intp]:
    """Return (wanted,): which of `given` pixels in a row lies under the centre of each of the `wanted`."""
    return np.minimum(((np.arange(wanted) + 0.5) * given / wanted).astype(np.intp), given - 1)


def _bilinear(logits: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.resize(np.ascontiguousarray(logits, np.float32), size, interpolation=cv2.INTER_LINEAR))
