"""IDR by OMERO: raw planes of an image, in their own depth, from an OMERO server.

The Image Data Resource (idr.openmicroscopy.org) is one such server. Its terms are each study's own licence; looked
at in November 2026. Planes come in strips of rows: a message of Ice holds 64 MB, and a call must end in time.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.omero_link import Gateway, OmeroServer, ask
from pipeline.pixels import MAX_PIXELS
from pipeline.planes import tiff_of
from schemas.errors import SourceError

Array = npt.NDArray[Any]

_STRIP_BYTES = 8 << 20
_SQUARE = 0.01
"""By so much the sides of a pixel may differ and still count as one."""
_NO_LENGTHS = frozenset({"PIXEL", "REFERENCEFRAME"})
"""Units of OME that no micrometre can be made of."""
_DTYPES = {
    "int8": "i1",
    "uint8": "u1",
    "int16": ">i2",
    "uint16": ">u2",
    "int32": ">i4",
    "uint32": ">u4",
    "float": ">f4",
    "double": ">f8",
}
"""OMERO's names of what a sample is; on the wire the greatest byte comes first."""


@dataclass(frozen=True)
class RawPlane:
    """A plane of an image, and what the server says of it."""

    samples: Array
    """[channel, row, column], as they were imported."""
    channels: tuple[str, ...]
    """A name for each channel in `samples`; "" where the server has none."""
    microns_per_pixel: float | None
    """None where the server doesn't tell, tells no length, or the pixels aren't square."""
    z: int
    """Counted from 0."""
    depth: int
    name: str
    """Of the image."""

    @property
    def tiff(self) -> bytes:
        """Return the samples as one lossless file."""
        return tiff_of(self.samples)


def raw_plane(
    server: OmeroServer, image_id: int, *, plane: str | int = "middle", channels: Sequence[int] | None = None
) -> RawPlane:
    """Return a plane of an image at its first time point, all its channels where `channels` names none.

    `plane` is "first", "middle", "last" or a number, counted from 0; `channels` are counted from 0, too.

    Raises:
        SourceError: `not_found`, `pixels_missing`, `plane_absent`, `channel_absent`, `pixel_type_unsupported`,
            `image_too_large`, or named by what the server did.
        UsageError: the extra `idr` isn't installed.
    """
    return ask(server, _read, image_id, plane, channels)


def _read(gateway: Gateway, image_id: int, plane: str | int, channels: Sequence[int] | None) -> RawPlane:
    where = f"image {image_id}"
    image = gateway.call(gateway.conn.getObject, "Image", image_id, opts={"load_pixels": True})
    if image is None:
        raise SourceError("not_found", "the server has no such image, or shows it to nobody", where=where)
    if not gateway.call(image.getSizeX) or not image.getSizeY():
        raise SourceError("pixels_missing", "the image has no pixels", where=where)
    wanted = _wanted(channels, image.getSizeC(), where)
    z = _z(plane, image.getSizeZ(), where)
    return RawPlane(
        samples=_samples(gateway, image, z, wanted),
        channels=_names(gateway, image, wanted),
        microns_per_pixel=_microns_per_pixel(image),
        z=z,
        depth=image.getSizeZ(),
        name=image.getName() or "",
    )


def _wanted(channels: Sequence[int] | None, there: int, where: str) -> tuple[int, ...]:
    wanted = tuple(channels or range(there))
    if any(channel not in range(there) for channel in wanted):
        raise SourceError("channel_absent", f"channels {list(wanted)} of {there}, counted from 0", where=where)
    return wanted


def _z(plane: str | int, depth: int, where: str) -> int:
    """Return which plane of a stack is meant.

    >>> _z("first", 5, ""), _z("middle", 5, ""), _z("middle", 4, ""), _z("last", 5, ""), _z(3, 5, "")
    (0, 2, 2, 4, 3)
    """
    z = {"first": 0, "middle": depth // 2, "last": depth - 1}.get(str(plane), plane)
    if z not in range(depth):
        raise SourceError("plane_absent", f"plane {plane} of {depth}, counted from 0", where=where)
    return int(z)


def _samples(gateway: Gateway, image: Any, z: int, channels: Sequence[int]) -> Array:  # noqa: ANN401
    """Return [channel, row, column], read from a store of raw pixels that is opened for it."""
    where = f"image {image.getId()}"
    kind, shape = image.getPixelsType(), (len(channels), image.getSizeY(), image.getSizeX())
    if kind not in _DTYPES:
        raise SourceError("pixel_type_unsupported", f"samples are {kind}", where=where)
    if math.prod(shape) > MAX_PIXELS:
        raise SourceError("image_too_large", f"{shape} samples; {MAX_PIXELS} at most", where=where)
    samples = np.empty(shape, np.dtype(_DTYPES[kind]).newbyteorder("="))
    # Not the gateway's own getPlanes: it makes a Python number of each sample, and can't read in strips.
    store = gateway.call(gateway.conn.c.sf.createRawPixelsStore)
    gateway.call(store.setPixelsId, image.getPixelsId(), True)  # as the gateway does
    for at, channel in enumerate(channels):
        for top, bottom in _strips(shape[1], shape[2] * samples.itemsize):
            tile = (z, channel, 0, 0, top, shape[2], bottom - top)
            samples[at, top:bottom] = gateway.call(_tile, store, tile, _DTYPES[kind])
    gateway.call(store.close)  # after a fault the session ends, and the store with it
    return samples


def _strips(rows: int, row_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield from which row to which a strip goes.

    >>> list(_strips(5, 4 << 20))
    [(0, 2), (2, 4), (4, 5)]
    """
    height = max(1, _STRIP_BYTES // row_bytes)
    return pairwise([*range(0, rows, height), rows])


def _tile(store: Any, tile: tuple[int, ...], dtype: str) -> Array:  # noqa: ANN401
    """Return [row, column] of a tile (plane, channel, time, left, top, width, height)."""
    raw, (*_, width, height) = store.getTile(*tile), tile
    expected = width * height * np.dtype(dtype).itemsize
    if len(raw) != expected:
        raise SourceError("truncated", f"{expected} bytes were asked for, {len(raw)} came")
    return np.frombuffer(raw, dtype).reshape(height, width)


def _names(gateway: Gateway, image: Any, channels: Sequence[int]) -> tuple[str, ...]:  # noqa: ANN401
    known = gateway.call(image.getChannels, noRE=True)
    names = [(channel.getName() or "").strip() for channel in known]
    return tuple(names[channel] if channel < len(names) else "" for channel in channels)


def _microns_per_pixel(image: Any) -> float | None:  # noqa: ANN401
    wide, high = (_microns(size) for size in (image.getPixelSizeX, image.getPixelSizeY))
    return wide if wide and high and math.isclose(wide, high, rel_tol=_SQUARE) else None


def _microns(size: Callable[..., Any]) -> float | None:
    """Return a length in micrometres; None for what is none, or was never measured."""
    stated = size(units=True)
    if stated is None or str(stated.getUnit()) in _NO_LENGTHS:
        return None
    microns = float(size(units="MICROMETER").getValue())
    return microns if 0 < microns < math.inf else None
