"""Hash rows: a row of a benchmark to what a hash list keeps of it: sketches, digests, ids and runs of words."""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from math import ceil
from typing import Any

import numpy as np
from PIL import Image

from curation.benchmark_rows import Row, printable, texts_in
from curation.local_features import SIDE_PX, Plane
from curation.sketch_bytes import packed
from curation.sketches import Found, sketch_of, sketches_of
from curation.source_ids import ids_in
from curation.text_grams import MOST_CHARACTERS, digest_of, own_grams
from pipeline.pixels import decode8, inspect, on_white
from pipeline.stretch import Array8
from schemas.errors import PixelError

LONG_BITS = 256
"""Of a second sketch: by it two are compared where there are no pixels."""
MOST_ROWS = 20
"""Rows that have a text, beyond which it is a template and tells none of them."""


def grey_in(picture: Array8) -> Plane:
    """Return the grey levels of a picture, its longer side about `SIDE_PX` where it is larger."""
    shown = on_white(Image.fromarray(picture))
    longer, shorter = max(shown.size), min(shown.size)
    side = max(1, ceil(SIDE_PX * shorter / longer))
    return np.asarray(shown.reduce(max(1, shorter // side)).convert("L"), np.float32)


def pixels_digest(picture: Array8) -> str:
    """Return the digest of an 8-bit picture's pixels: grey is the same in one channel and in three."""
    if picture.ndim == 3 and picture.shape[2] == 4 and (picture[..., 3] == 255).all():
        picture = picture[..., :3]
    if picture.ndim == 3 and (picture == picture[..., :1]).all():
        picture = picture[..., 0]
    return sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).hexdigest()


def picture_rows(row: Row, *, crops: bool) -> Iterator[dict[str, Any]]:
    """Yield what is kept of each picture of a row, and of the panels of each."""
    if row.error is not None:
        yield _failed(row.name, "row_unreadable", row.error)
    for name, blob in row.pictures:
        try:
            if isinstance(blob, OSError):
                raise blob
            yield from _of_picture(name, blob, crops=crops)
        except PixelError as error:
            yield _failed(name, error.reason, error.detail)
        except OSError as error:
            yield _failed(name, "image_unreadable", error.strerror or str(error))


def _failed(name: str, reason: str, detail: str) -> dict[str, Any]:
    return {"kind": "failed", "row": name, "reason": reason, "detail": detail[:500]}


def _of_picture(name: str, blob: bytes, *, crops: bool) -> Iterator[dict[str, Any]]:
    picture = decode8(blob, inspect(blob))
    grey = grey_in(picture)
    digests = {"file_sha256": sha256(blob).hexdigest(), "pixels_sha256": pixels_digest(picture)}
    for found in sketches_of(grey, 64, parts=crops):
        whole = found.box is None
        yield {
            "kind": "picture" if whole else "part",
            "row": name,
            **_sketched(grey, found),
            **(digests if whole else {}),
        }


def _sketched(grey: Plane, found: Found) -> dict[str, Any]:
    left, top, right, bottom = found.box or (0, 0, grey.shape[1], grey.shape[0])
    long = sketch_of(grey[top:bottom, left:right], LONG_BITS, features=False)
    box = None if found.box is None else list(found.box)
    return {"box": box, "sketch": packed(found.sketch), "sketch_256": packed(long)}


def id_rows(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the source ids of a row, if it has any."""
    found = sorted({printable(one) for one in ids_in(row.values)})
    if found:
        yield {"kind": "source", "row": row.name, "ids": found}


def text_rows(row: Row, times: Counter[int]) -> Iterator[dict[str, Any]]:
    """Yield the texts of a row that no row before it has; `times` counts the rows of each, by its digest."""
    of_row: dict[int, str] = {}
    for text in map(printable, texts_in(row.values)):
        if len(text) > MOST_CHARACTERS:
            yield _failed(
                row.name, "text_too_long", f"{len(text)} characters, of which {MOST_CHARACTERS} are looked at"
            )
        if " " in text:
            of_row.setdefault(digest_of(text), text)
    for digest, text in of_row.items():
        grams = own_grams(text)
        if len(grams):
            times[digest] += 1
            if times[digest] == 1:
                yield {"kind": "text", "row": row.name, "text": digest, "grams": grams.astype("<u8").tobytes()}


def template_rows(times: Mapping[int, int]) -> Iterator[dict[str, Any]]:
    """Yield the texts that so many rows have that they tell none of them."""
    yield from ({"kind": "template", "text": digest} for digest, rows in sorted(times.items()) if rows > MOST_ROWS)
