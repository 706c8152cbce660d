"""Review pictures: what an item shows, as JPEG: whole, or in tiles; channels and contrast as the reader asks."""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from curation.review_decoded import Decoded, decoded_of, small_of
from pipeline.bar_drawing import with_bar
from pipeline.pixels import PIXEL_COLUMNS, on_white, pixels_of
from pipeline.store import part_path, read_rows_at
from pipeline.stretch import Array8, channel_colours, toned
from pipeline.tiff_pictures import tiff_hues
from pipeline.workspace import FIGURES, Workspace
from schemas.errors import PixelError
from schemas.review import PicturePlace

SIDE_PX = 1600
"""Longer side of a whole picture at most; larger ones are zoomed into by tiles."""
TILE_PX = 256
_QUALITY = 85
_SMALL_QUALITY = 72
"""Of pictures that are asked for smaller: they are for slow lines."""


@dataclass(frozen=True)
class Look:
    """How a picture is shown: which channels (all if none are named), between which shares of its range."""

    channels: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 1.0
    gamma: float = 1.0


class Sight(NamedTuple):
    """What the page knows of a picture before it asks for it."""

    width_px: int
    height_px: int
    bit_depth: int
    channels: tuple[str, ...]
    """Names of those that can be shown alone; none where there is one."""
    colours: tuple[str, ...] = ()
    """In which each of them is shown, as #rrggbb."""

    @property
    def is_large(self) -> bool:
        """Return whether there is more of it than the whole picture shows."""
        return max(self.width_px, self.height_px) > SIDE_PX


def sight_of(workspace: Workspace, place: PicturePlace) -> Sight:
    """Return size, depth and channels of a picture; nothing is decoded."""
    path = part_path(workspace.stage(FIGURES), place.part)
    row = _told(path, path.stat().st_mtime_ns, place.figure_row)
    left, top, right, bottom = place.box or (0, 0, row["width_px"], row["height_px"])
    chosen = (row["shown"] or {}).get("channels") or range(row["channels"])
    named = _names(path, place.figure_row) if row["blob_format"] == "tiff" else []
    plain = ["red", "green", "blue"] if len(chosen) in (3, 4) else [f"channel {at + 1}" for at in range(len(chosen))]
    names = tuple(named if len(named) == len(chosen) else plain) if len(chosen) > 1 else ()
    names = names if len(names) > 2 or row["blob_format"] == "tiff" else ()
    hues = _hues(path, path.stat().st_mtime_ns, place.figure_row) if row["blob_format"] == "tiff" and names else ()
    colours = channel_colours(len(names), hues) if names else ()
    return Sight(right - left, bottom - top, row["bit_depth"], names, colours)


@lru_cache(maxsize=64)  # the page asks for a panel and for its figure
def _told(path: Path, _changed_ns: int, figure_row: int) -> dict[str, Any]:
    (row,) = read_rows_at(
        path, [figure_row], ["blob_format", "width_px", "height_px", "bit_depth", "channels", "shown"]
    )
    return row


@lru_cache(maxsize=256)  # of each picture once: it takes the whole file
def _hues(path: Path, _changed_ns: int, figure_row: int) -> tuple[str, ...]:
    (row,) = read_rows_at(path, [figure_row], ["blob", *PIXEL_COLUMNS])
    try:
        return tiff_hues(row["blob"], pixels_of(row).shown)
    except PixelError:  # the picture's own address says so
        return ()


def _names(path: Path, figure_row: int) -> list[str]:
    """Return what the source calls the channels; facts are many, so they are read where they say it."""
    (row,) = read_rows_at(path, [figure_row], ["facts"])
    return [fact["value"] for fact in row["facts"] if fact["name"].lower() == "channel"]


def picture(workspace: Workspace, place: PicturePlace, look: Look, side_px: int = SIDE_PX) -> bytes:
    """Return a picture as JPEG, its longer side at most `side_px`.

    Raises:
        PixelError: it can't be read.
    """
    from PIL import Image

    side_px = max(64, min(side_px, SIDE_PX))
    if look == Look() and place.box is None and place.bar is None and (small := small_of(workspace, place, side_px)):
        return small
    decoded = decoded_of(workspace, place)
    array = _cut(decoded, place)
    # What is shown is toned, not every pixel of a slide; a bar is drawn at full size, as it is published.
    step = 1 if place.bar else max(1, max(array.shape[:2]) // (2 * side_px))
    image = _with_bar(on_white(Image.fromarray(_toned(decoded, array[::step, ::step], look))), place)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    return _jpeg(image, _QUALITY if side_px == SIDE_PX else _SMALL_QUALITY)


def tile(workspace: Workspace, place: PicturePlace, look: Look, at: tuple[int, int, int]) -> bytes | None:
    """Return the tile of a picture at (level, x, y) as JPEG, None outside; level 0 is full size, each next one half.

    Raises:
        PixelError: the picture can't be read.
    """
    from PIL import Image

    level, x, y = at
    decoded = decoded_of(workspace, place)
    array, step = _cut(decoded, place), TILE_PX << level
    left, top, right, bottom = (
        x * step,
        y * step,
        min((x + 1) * step, array.shape[1]),
        min((y + 1) * step, array.shape[0]),
    )
    if left >= right or top >= bottom:
        return None
    if place.bar:
        whole = _with_bar(on_white(Image.fromarray(_toned(decoded, array, look))), place)
        image = whole.crop((left, top, right, bottom))
    else:
        image = on_white(Image.fromarray(_toned(decoded, array[top:bottom, left:right], look)))
    return _jpeg(image.reduce(1 << level) if level else image, _QUALITY)


def _with_bar(image: Any, place: PicturePlace) -> Any:  # noqa: ANN401  (Pillow's image, which is imported late)
    from PIL import Image

    return Image.fromarray(with_bar(np.asarray(image), place.bar)) if place.bar else image


def _cut(decoded: Decoded, place: PicturePlace) -> Any:  # noqa: ANN401  (any depth)
    if place.box is None:
        return decoded.array
    left, top, right, bottom = place.box
    return decoded.array[top:bottom, left:right]


def _toned(decoded: Decoded, part: Any, look: Look) -> Array8:  # noqa: ANN401  (any depth)
    low, high = sorted((min(max(look.low, 0.0), 1.0), min(max(look.high, 0.0), 1.0)))
    gamma = min(max(look.gamma, 0.1), 10.0)
    told = toned(
        part,
        decoded.ranges,
        colours=decoded.colours,
        hues=decoded.hues,
        channels=look.channels,
        between=(low, high),
    )
    if gamma == 1.0:
        return told
    ramp = np.round(255 * (np.arange(256) / 255) ** (1 / gamma)).astype(np.uint8)
    return np.asarray(ramp[told])


def _jpeg(image: Any, quality: int) -> bytes:  # noqa: ANN401  (Pillow's image, which is imported late)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
