"""Picture parts: from a panel's pixels to what a request carries: a JPEG, inline or as a file that the server sees.

Threads are enough: Pillow, simplejpeg and the decoders of TIFFs let go of the interpreter while they work.
"""

import base64
import hashlib
import io
import math
import os
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Lock

from PIL import Image

from captioning.asked import Picture
from pipeline.pixels import crop, decode8, inspect, on_white

_QUALITY = 95
_KEPT = 32
"""Pictures that are kept ready, of some hundred kilobytes each, for further questions about them."""


def jpeg_of(picture: Picture, side_px: int) -> bytes:
    """Return the panel as a JPEG whose longer side is at most `side_px`.

    Raises:
        PixelError: it can't be read.
    """
    written = io.BytesIO()
    small(picture, side_px).save(written, "JPEG", quality=_QUALITY, subsampling=0)
    return written.getvalue()


def small(picture: Picture, side_px: int) -> Image.Image:
    """Return the panel in 8-bit grey or RGB, its longer side at most `side_px`.

    Raises:
        PixelError: it can't be read.
    """
    pixels = inspect(picture.blob, picture.shown)
    array = decode8(picture.blob, pixels)
    shown = on_white(Image.fromarray(array if picture.box is None else crop(array, picture.box)))
    shown.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return shown


def sent_size(width_px: int, height_px: int, side_px: int) -> tuple[int, int]:
    """Return the (width, height) in px of a picture as `jpeg_of` sends it.

    >>> sent_size(2000, 1000, 1024)
    (1024, 512)
    """
    if max(width_px, height_px) <= side_px:
        return width_px, height_px
    aspect = width_px / height_px
    if aspect <= 1:
        return _nearest(side_px * aspect, lambda wide: abs(aspect - wide / side_px)), side_px
    return side_px, _nearest(side_px / aspect, lambda tall: abs(aspect - side_px / tall) if tall else 0)


def _nearest(length: float, error: Callable[[int], float]) -> int:
    """Return the whole length beside a broken one that keeps the aspect better, as Pillow's `thumbnail` does."""
    return max(min(math.floor(length), math.ceil(length), key=error), 1)


class Inline:
    """Puts pictures into the requests themselves; several questions about a picture share the work."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, int], Future[bytes]] = OrderedDict()
        self._lock = Lock()

    def ready(self, picture: Picture, side_px: int) -> bytes:
        """Return an address that holds the picture.

        Raises:
            PixelError: it can't be read.
        """
        key = (picture.name, side_px)
        with self._lock:
            known = self._made.get(key)
            mine = self._made.setdefault(key, Future())
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(b"data:image/jpeg;base64," + base64.b64encode(jpeg_of(picture, side_px)))
        except BaseException as error:
            mine.set_exception(error)
            raise
        return mine.result()

    def release(self, address: bytes) -> None:
        """Forget a picture; there is nothing to do."""


class SharedFolder:
    """Puts pictures into a folder that the servers see too, while somebody asks about them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._users: Counter[bytes] = Counter()
        self._lock = Lock()

    def ready(self, picture: Picture, side_px: int) -> bytes:
        """Return the address of the picture's file; processes that share the folder have files of their own.

        Raises:
            PixelError: it can't be read.
        """
        jpeg = jpeg_of(picture, side_px)
        path = self._folder / f"{hashlib.sha256(jpeg).hexdigest()}-{os.getpid()}.jpg"
        address = path.as_uri().encode()
        with self._lock:
            self._users[address] += 1
            if self._users[address] == 1:
                self._folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(jpeg)
        return address

    def release(self, address: bytes) -> None:
        """Remove a picture's file when nobody asks about it any more."""
        with self._lock:
            self._users[address] -= 1
            if not self._users[address]:
                del self._users[address]
                (self._folder / Path(address.decode()).name).unlink(missing_ok=True)
