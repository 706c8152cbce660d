"""Picture parts: from a panel's pixels to what a request carries: a JPEG, inline or as a file that the server sees.

Threads are enough: Pillow, simplejpeg and the decoders of TIFFs let go of the interpreter while they work.
"""

import base64
import hashlib
import io
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from PIL import Image

from captioning.asked import Picture
from pipeline.pixels import crop, decode8, inspect, on_white

_QUALITY = 95


def jpeg_of(picture: Picture, side_px: int) -> bytes:
    """Return the panel as a JPEG whose longer side is at most `side_px`.

    Raises:
        PixelError: it can't be read.
    """
    pixels = inspect(picture.blob, picture.shown)
    array = decode8(picture.blob, pixels)
    shown = on_white(Image.fromarray(array if picture.box is None else crop(array, picture.box)))
    shown.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    written = io.BytesIO()
    shown.save(written, "JPEG", quality=_QUALITY, subsampling=0)
    return written.getvalue()


class SharedFolder:
    """A folder that the server sees too; a picture lies there while somebody asks about it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._users: Counter[Path] = Counter()
        self._lock = Lock()

    @contextmanager
    def holding(self, jpeg: bytes) -> Iterator[str]:
        """Yield the address of a picture's file; processes that share the folder have files of their own."""
        path = self._folder / f"{hashlib.sha256(jpeg).hexdigest()}-{os.getpid()}.jpg"
        with self._lock:
            self._users[path] += 1
            if self._users[path] == 1:
                self._folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(jpeg)
        try:
            yield path.as_uri()
        finally:
            with self._lock:
                self._users[path] -= 1
                if not self._users[path]:
                    del self._users[path]
                    path.unlink(missing_ok=True)


@contextmanager
def inlined(jpeg: bytes) -> Iterator[str]:
    """Yield an address that holds the picture itself."""
    yield f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
