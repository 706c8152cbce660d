"""VQA pictures: the files that a row of questions shows, of its own folder alone, and several of them as one."""

import io
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from captioning.asked import Picture
from captioning.picture_parts import small
from schemas.errors import PixelError

MOST_BYTES: Final = 1 << 30
"""Of a picture's file; what is larger isn't read."""
_BETWEEN_PX: Final = 16
"""White between pictures that are shown as one."""


def pictures_in(cell: Any, folder: Path | None) -> list[Picture]:  # noqa: ANN401  (a column of any set)
    """Return the pictures of a cell: bytes, a struct of `datasets`, a path, or a list of these.

    Raises:
        PixelError: a path leads out of the folder, or to no file that can be read.
    """
    if isinstance(cell, list | tuple):
        return [picture for one in cell for picture in pictures_in(one, folder)]
    if isinstance(cell, Mapping):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes):
        return [Picture(cell)]
    return [Picture(_file(cell, folder))] if isinstance(cell, str) and cell else []


def as_one(pictures: list[Picture], side_px: int) -> Picture | None:
    """Return what is sent of a question's pictures: several are laid side by side, since servers take one a prompt.

    Each is made smaller first, one after the other, until its longer side is at most `side_px`.

    Raises:
        PixelError: one can't be read.
    """
    if len(pictures) <= 1:
        return pictures[0] if pictures else None
    from PIL import Image

    shown = [small(one, side_px).convert("RGB") for one in pictures]
    width = sum(one.width for one in shown) + _BETWEEN_PX * (len(shown) - 1)
    sheet, left = Image.new("RGB", (width, max(one.height for one in shown)), "white"), 0
    for one in shown:
        sheet.paste(one, (left, 0))
        left += one.width + _BETWEEN_PX
    written = io.BytesIO()
    sheet.save(written, "PNG", compress_level=1)
    return Picture(written.getvalue())


def _file(path: str, folder: Path | None) -> bytes:
    """Return the bytes of a plain file in the set's folder; a set may come from a stranger."""
    if folder is None:
        raise PixelError("image_outside", "the set has no folder, and its pictures are paths")
    try:
        place = (folder / path).resolve()
        if not place.is_relative_to(folder.resolve()):
            raise PixelError("image_outside", "its path leads out of the set's folder")
        return _read(place)
    except (OSError, ValueError) as error:
        raise PixelError("image_missing", f"its file can't be read ({type(error).__name__})") from error


def _read(place: Path) -> bytes:
    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode):
            raise PixelError("image_missing", "is no plain file")
        if told.st_size > MOST_BYTES:
            raise PixelError("image_too_large", f"{told.st_size} bytes")
        return opened.read(MOST_BYTES)
