"""Samples: images with their instance masks, one at a time, from folders or a published dataset of bricks.

Shapes: H, W = rows and columns of the image.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.masks import labels_of
from pipeline.pixels import decode8, inspect
from schemas.errors import PixelError, UsageError
from training.sample_entries import Entry

MOST_PIXELS: Final = 100_000_000
"""Of an image; a larger one is told and left out."""

Part = Literal["train", "test", "all"]
Image8 = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]
Pixels = npt.NDArray[np.bool_]


class Sample(NamedTuple):
    """An image with its objects."""

    image: Image8
    """(H, W, 3) RGB; deeper samples are stretched to 8 bit by percentiles, as everywhere in bricks."""
    labels: Labels
    """(H, W), 0 = background; numbers of 16 and 32 bit survive. Where objects overlap, one of them shows."""
    dataset: str
    name: str
    sha256: str
    """Of the bytes of the image's file."""
    whole: Mapping[int, str] = {}
    """COCO's run lengths of the objects that share pixels with others, by number: `labels` can't show them whole."""

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the objects, (P,), ascending."""
        found = set(np.unique(self.labels).tolist()) | set(self.whole)
        return np.array(sorted(found - {0}), np.int64)

    def pixels_of(self, number: int) -> Pixels:
        """Return the pixels of an object, (H, W), whole."""
        counts = self.whole.get(number)
        return self.labels == number if counts is None else _decoded(counts, self.labels.shape)


class Unread(NamedTuple):
    """An image that is left out, and why."""

    dataset: str
    name: str
    reason: str


def samples(data: Path, part: Part = "all", *, fold: int = 0, unread: list[Unread] | None = None) -> Iterator[Sample]:
    """Yield the images with masks that lie at a place, by set and name; one is held at a time.

    What can't be read is added to `unread` and costs only itself. Which images are the test part: `training/folds.py`.

    Raises:
        UsageError: there is nothing of the kind.
    """
    from training.folds import entries_of

    yield from read_all(entries_of(data, part, fold=fold), unread)


def read_all(entries: Sequence[Entry], unread: list[Unread] | None = None) -> Iterator[Sample]:
    """Yield the samples of entries, in their order; what can't be read is added to `unread`.

    Raises:
        UsageError: none of them can be read.
    """
    troubles: list[Unread] = []
    read = 0
    for entry in entries:
        for sample in read_one(entry, troubles):
            read += 1
            yield sample
    if unread is not None:
        unread.extend(troubles)
    if troubles and not read:
        first = troubles[0]
        raise UsageError(
            f"none of {len(troubles)} images can be read; {first.name}: {first.reason}.", where=first.dataset
        )


def read_one(entry: Entry, unread: list[Unread]) -> Iterator[Sample]:
    """Yield the sample of an entry; or nothing where it can't be read, which is added to `unread`."""
    try:
        sample = sample_of(entry)
    except PixelError as error:
        unread.append(Unread(entry.dataset, entry.name, f"{error.reason}: {error.detail}"))
    except OSError as error:
        unread.append(Unread(entry.dataset, entry.name, f"unreadable: {error.strerror or error}"))
    else:
        yield sample


def sample_of(entry: Entry) -> Sample:
    """Return the sample of an entry.

    Raises:
        PixelError: the image or its mask can't be read, the image is too large, or their sizes differ.
    """
    return _of_files(entry) if entry.row is None else _of_row(entry, entry.row)


def picture_of(entry: Entry) -> Image8:
    """Return the image of an entry, (H, W, 3), without its mask.

    Raises:
        PixelError: it can't be read, or is too large.
    """
    return image_in(entry.image.read_bytes() if entry.row is None else _row(entry.image, entry.row)["image"]["bytes"])


def image_in(blob: bytes) -> Image8:
    """Return the picture in a file's bytes as RGB of 8 bit, (H, W, 3), turned as it is shown, on black where clear.

    Raises:
        PixelError: it can't be read, or has more than `MOST_PIXELS`.
    """
    pixels = inspect(blob)
    if pixels.width_px * pixels.height_px > MOST_PIXELS:
        raise PixelError("image_too_large", f"{pixels.width_px} x {pixels.height_px} px, where {MOST_PIXELS} are read")
    shown = decode8(blob, pixels)
    if shown.ndim == 2:
        return np.repeat(shown[:, :, None], 3, axis=2)
    return np.ascontiguousarray(shown[:, :, :3])


def _of_files(entry: Entry) -> Sample:
    if entry.mask is None:
        raise PixelError("mask_missing", f"no mask beside {entry.image.name}")
    blob = entry.image.read_bytes()
    labels = _whole32(labels_of(entry.mask.read_bytes()))
    return _checked(Sample(image_in(blob), labels, entry.dataset, entry.name, hashlib.sha256(blob).hexdigest()))


def _of_row(entry: Entry, row: int) -> Sample:
    held = _row(entry.image, row)
    blob = held["image"]["bytes"]
    digest = hashlib.sha256(held["raw"] or blob).hexdigest()
    whole = {one["id"]: one["rle"]["counts"] for one in held["instances"] if one["overlaps"]}
    labels = _whole32(labels_of(held["mask"]["bytes"]))
    return _checked(Sample(image_in(blob), labels, entry.dataset, entry.name, digest, whole))


def _row(file: Path, row: int) -> dict[str, Any]:
    from training.sample_tables import row_of

    return row_of(file, row)


def _whole32(labels: npt.NDArray[np.generic]) -> Labels:
    """Return the numbers in 32 bit; those that don't fit become 1, 2, 3 … in their order, so that none is merged."""
    if labels.size and int(labels.max()) > np.iinfo(np.int32).max:
        known, at = np.unique(labels, return_inverse=True)
        labels = at.reshape(labels.shape) + (known[0] != 0)
    whole: Labels = labels.astype(np.int32)
    return whole


def _checked(sample: Sample) -> Sample:
    if sample.image.shape[:2] != sample.labels.shape:
        (high, wide), (rows, columns) = sample.image.shape[:2], sample.labels.shape
        raise PixelError("mask_size_differs", f"{columns} x {rows} px on {wide} x {high} px")
    return sample


def _decoded(counts: str, size: tuple[int, ...]) -> Pixels:
    """Return the pixels of COCO's run lengths, which go down the columns, background first."""
    from pipeline.rle import counts_of

    runs = counts_of(counts)
    if runs.min() < 0 or runs.sum() != size[0] * size[1]:
        raise PixelError("mask_corrupt", "runs of another size than the image's")
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(size[::-1]).T
