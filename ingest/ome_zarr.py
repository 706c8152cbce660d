"""OME-Zarr: a plane of an image, out of any Zarr store, with no chunk more than it needs.

Arrays are [row, column] or [channel, row, column]. A chunk that is absent holds the fill value: so says Zarr. A
plane of which no chunk is there shows nothing, and is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.zarr_array import Array
from ingest.zarr_metadata import Channel
from ingest.zarr_place import LevelArray, Place, place_of
from ingest.zarr_scale import scale_of
from schemas.errors import ArchiveError
from schemas.records import Fact

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

_PLACEHOLDER = re.compile(r"(?:channel|chan|ch|c)?[\s:_#-]*\d+(?::\d+)*", re.IGNORECASE)
"""Names that say no more than the channel's number."""


@dataclass(frozen=True, eq=False)
class ZarrPicture:
    """The samples of a plane in their own type, and what the image says of them."""

    samples: Array
    """[row, column]; [channel, row, column] where there are several channels."""
    version: str
    path: str
    level: int
    """0 is the finest."""
    z: int
    t: int
    channels: tuple[int, ...]
    """Which of the image's channels these are, in order."""
    levels: int
    size_z: int
    size_t: int
    size_c: int
    channel_names: tuple[str | None, ...] = ()
    channel_colours: tuple[str | None, ...] = ()
    """RRGGBB."""
    microns_per_pixel: float | None = None
    """Of this level."""
    scale_unknown: str | None = None
    """Why `microns_per_pixel` is None; see `ingest.zarr_scale.Scale`."""
    facts: tuple[Fact, ...] = ()


def read_plane(
    store: "Store",
    path: str = "",
    *,
    level: int | None = None,
    plane: str | int = "middle",
    channels: Sequence[int] | None = None,
) -> ZarrPicture:
    """Return a plane of the image at `path` of `store`; "" is the root.

    Without a `level` it is the finest whose plane has at most CHOSEN_PIXELS. `plane` (first, middle, last or a number)
    counts the sections of that level; an image with one section is counted by its times, any other is taken at its
    first time. Without `channels` all come; else those, in the order given, each once.

    Raises:
        ArchiveError: the image can't be read, or has no such level, plane or channel; the reasons stand in docs/run.md.
        SourceError: the store is remote and failed.
    """
    place = place_of(store, path, level=level, plane=plane, channels=channels)
    samples, chosen = place.samples(), place.level
    if not chosen.watch.chunks_read:
        raise ArchiveError("zarr_plane_empty", f"{chosen.array.path}: no chunk of z {place.z}, t {place.t} is stored")
    scale, told = scale_of(chosen.image, chosen.number), place.told()
    return ZarrPicture(
        samples=samples,
        version=chosen.image.version,
        path=path,
        level=chosen.number,
        z=place.z,
        t=place.t,
        channels=place.channels,
        levels=len(chosen.image.levels),
        size_z=chosen.size("z"),
        size_t=chosen.size("t"),
        size_c=chosen.size("c"),
        channel_names=tuple(one.name for one in told),
        channel_colours=tuple(one.colour for one in told),
        microns_per_pixel=scale.microns_per_pixel,
        scale_unknown=scale.reason,
        facts=_facts(place, told),
    )


def _facts(place: Place, told: Sequence[Channel]) -> tuple[Fact, ...]:
    chosen = place.level
    origin = f"OME-Zarr {chosen.image.version}"
    names = [one.name for one in told if one.name and not _PLACEHOLDER.fullmatch(one.name)]
    facts = [Fact(name="channel", value=name, origin=f"{origin}, omero.channels") for name in names]
    facts.append(Fact(name="size", value=_size(chosen), origin=origin))
    if len(chosen.image.levels) > 1:
        value = f"{chosen.number} of 0 (finest) to {len(chosen.image.levels) - 1}"
        facts.append(Fact(name="level", value=value, origin=origin))
    return tuple(facts)


def _size(chosen: LevelArray) -> str:
    counted = [(chosen.size("z"), "sections"), (chosen.size("c"), "channels"), (chosen.size("t"), "times")]
    several = [f", {count} {what}" for count, what in counted if count > 1]
    return f"{chosen.size('x')} x {chosen.size('y')} px{''.join(several)}"
