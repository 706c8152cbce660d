"""IDR pixels: a picture of an image by the way that the manifest asks for: IDR's rendering, its Zarr, or its planes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ingest.idr_api import IdrApi
from ingest.idr_rows import Picture
from pipeline.pixels import inspect
from schemas.errors import SourceError
from schemas.records import Fact

if TYPE_CHECKING:  # zarr and OMERO are heavy to import
    from ingest.idr_zarr import IdrZarr
    from ingest.omero_link import OmeroServer

MOST_RENDERED_PX = 12_000 * 12_000
"""IDR renders nothing larger in one piece."""
_LARGEST_UM = 1000.0
"""Pixels of a millimetre are a placeholder."""
_SQUARE = 0.01


@dataclass(frozen=True)
class Wanted:
    """Which part of an image is wanted, and by which way."""

    pixels: Literal["rendered", "zarr", "omero"] = "rendered"
    plane: str | int | None = None
    level: int | None = None
    channels: tuple[int, ...] | None = None

    def z_of(self, depth: int) -> int:
        """Return the wanted section of a stack; the middle one where none is named.

        Raises:
            SourceError: plane_absent, the stack has fewer.
        """
        named = {"first": 0, "middle": depth // 2, "last": depth - 1}
        z = self.plane if isinstance(self.plane, int) else named[self.plane or "middle"]
        if z >= depth:
            raise SourceError("plane_absent", f"section {z} of {depth} is asked for; they count from 0")
        return z


@dataclass(frozen=True)
class ImageData:
    """What imgData says of an image."""

    number: int
    name: str
    width_px: int
    height_px: int
    depth: int
    microns_per_pixel: float | None
    channels: list[str]
    shown: list[int]
    """The channels that IDR's rendering shows."""

    @property
    def origin(self) -> str:
        """Return the origin of the facts that are told here."""
        return f"imgData of image {self.number}"

    def channel_facts(self, shown: Sequence[int]) -> list[Fact]:
        """Return the names of the channels that a picture shows."""
        names = [self.channels[at] for at in shown if at < len(self.channels)]
        return [Fact(name="channel", value=name, origin=self.origin) for name in names if name]


def image_data(told: Mapping[str, Any], number: int) -> ImageData:
    """Return what an answer of imgData says.

    Raises:
        SourceError: not_an_answer, where sizes are missing or no numbers.
    """
    size, meta = told.get("size") or {}, told.get("meta") or {}
    sizes = [one for name in ("width", "height", "z") if isinstance(one := size.get(name), int) and one > 0]
    if len(sizes) < 3:
        raise SourceError("not_an_answer", f"imgData of image {number} tells the size {size!r:.80}")
    channels = [one if isinstance(one, dict) else {} for one in told.get("channels") or []]
    shown = [at for at, one in enumerate(channels) if one.get("active")]
    is_grey = (told.get("rdefs") or {}).get("model") == "greyscale"
    return ImageData(
        number=number,
        name=str(meta.get("imageName") or ""),
        width_px=sizes[0],
        height_px=sizes[1],
        depth=sizes[2],
        microns_per_pixel=square_um((told.get("pixel_size") or {}).get("x"), (told.get("pixel_size") or {}).get("y")),
        channels=[str(one.get("label") or "") for one in channels],
        shown=shown[:1] if is_grey else shown,
    )


def square_um(width_um: object, height_um: object) -> float | None:
    """Return the side of a square pixel in micrometres; None where it is none, or hardly a size.

    >>> square_um(0.65, 0.65), square_um(0.65, 1.3), square_um(10000.0, 10000.0)
    (0.65, None, None)
    """
    sides = [float(one) for one in (width_um, height_um) if isinstance(one, int | float) and one is not True]
    if len(sides) < 2 or not all(math.isfinite(side) and 0 < side < _LARGEST_UM for side in sides):
        return None
    return sides[0] if abs(sides[0] - sides[1]) <= _SQUARE * max(sides) else None


def rendered(api: IdrApi, about: ImageData, wanted: Wanted) -> Picture:
    """Return an image's plane as IDR renders it, at full size and the first time point.

    Raises:
        SourceError: too_large_for_rendering, size_mismatch, plane_absent, or what the network said.
        PixelError: what came is no picture.
    """
    if about.width_px * about.height_px > MOST_RENDERED_PX:
        size = f"{about.width_px} x {about.height_px} px"
        raise SourceError(
            "too_large_for_rendering", f"{size}; take it with `pixels: zarr`, and a level that is smaller"
        )
    z = wanted.z_of(about.depth)
    answer = api.rendered(about.number, z, 0)
    blob = answer.read()
    came = inspect(blob)
    if (came.width_px, came.height_px) != (about.width_px, about.height_px):
        api.session.forget(answer.url)
        detail = f"{came.width_px} x {came.height_px} px came of {about.width_px} x {about.height_px} px"
        raise SourceError("size_mismatch", detail)
    return Picture(
        blob=blob,
        key=f"z{z}-t0",
        member=f"{about.number}/z{z}-t0.{came.format}",
        microns_per_pixel=about.microns_per_pixel,
        retrieved_at=answer.retrieved_at,
        facts=[*_size_fact(about.microns_per_pixel, about.origin), *about.channel_facts(about.shown)],
    )


def of_zarr(store: "IdrZarr", about: ImageData, folders: Sequence[str], wanted: Wanted) -> Picture:
    """Return a plane of an image out of IDR's OME-Zarr, at the wanted level.

    Raises:
        SourceError: zarr_absent, or what the network said.
        ArchiveError: the image there can't be read, or has no such level, plane or channel.
    """
    came = store.read(
        about.number, folders, level=wanted.level, plane=wanted.plane or "middle", channels=wanted.channels
    )
    told = came.picture
    origin = f"OME-Zarr {told.version}"
    channels = about.channel_facts(told.channels) or [fact for fact in told.facts if fact.name == "channel"]
    others = [fact for fact in told.facts if fact.name != "channel"]
    key = f"zarr{told.version}-l{told.level}-z{told.z}-t{told.t}-c{_numbers(told.channels)}"
    return Picture(
        blob=came.blob,
        key=key,
        member=f"{about.number}/{key}.tiff",
        microns_per_pixel=told.microns_per_pixel,
        retrieved_at=came.retrieved_at,
        facts=[*_size_fact(told.microns_per_pixel, origin), *channels, *others],
    )


def of_omero(server: "OmeroServer", about: ImageData, wanted: Wanted, now: datetime) -> Picture:
    """Return a raw plane of an image from IDR's OMERO, at the first time point.

    Raises:
        SourceError: named by what the server said.
        UsageError: the extra `idr` isn't installed.
    """
    from ingest.idr_omero import raw_plane

    came = raw_plane(server, about.number, plane=wanted.plane or "middle", channels=wanted.channels)
    channels = wanted.channels or tuple(range(len(came.channels)))
    scale_um = came.microns_per_pixel
    names = about.channel_facts(channels) or [
        Fact(name="channel", value=name, origin=f"OMERO, image {about.number}") for name in came.channels if name
    ]
    key = f"raw-z{came.z}-t0-c{_numbers(channels)}"
    return Picture(
        blob=came.tiff,
        key=key,
        member=f"{about.number}/{key}.tiff",
        microns_per_pixel=scale_um,
        retrieved_at=now,
        facts=[*_size_fact(scale_um, f"OMERO, image {about.number}"), *names],
    )


def _size_fact(microns_per_pixel: float | None, origin: str) -> list[Fact]:
    value = f"{microns_per_pixel:.6g}" if microns_per_pixel else ""
    return [Fact(name="pixel_size", value=value, unit="µm", origin=origin)] if value else []


def _numbers(channels: Iterable[int]) -> str:
    return ",".join(map(str, channels))
