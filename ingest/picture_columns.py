"""Picture columns: what `1-figures` keeps of a picture's bytes; `pipeline.pixels.pixels_of` reads it back."""

import hashlib
from typing import Any

from pipeline.pixels import Pixels


def picture_columns(blob: bytes, pixels: Pixels) -> dict[str, Any]:
    """Return the columns of `schemas.records.Figure` that hold a picture, its digests and what it is."""
    return {
        "blob": blob,
        "blob_format": pixels.format,
        "source_sha256": hashlib.sha256(blob).hexdigest(),
        "md5": hashlib.md5(blob, usedforsecurity=False).hexdigest(),
        "width_px": pixels.width_px,
        "height_px": pixels.height_px,
        "bit_depth": pixels.bit_depth,
        "channels": pixels.channels,
        "frames": pixels.frames,
        "shown": pixels.shown,
    }
