"""Zarr place: which level, section, time and channels of an image are read, chosen before any chunk is.

Each level that is looked at costs a request over a network: the finest comes first, and none after the chosen one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.zarr_array import CHOSEN_PIXELS, Array, ZarrArray, open_array, read_samples, reasoned, refusal
from ingest.zarr_metadata import Channel, Multiscale, attributes_of, checked_path, multiscale_of
from schemas.errors import ArchiveError

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

    from ingest.zarr_store import ArrayWatch


@dataclass(frozen=True)
class LevelArray:
    """A level of an image as an array that may be read, and the watch on it."""

    image: Multiscale
    number: int
    array: ZarrArray
    watch: "ArrayWatch"

    @property
    def axes(self) -> list[str]:
        """Return the names of the array's dimensions."""
        return [axis.name for axis in self.image.axes]

    def size(self, axis: str) -> int:
        """Return the extent along `axis`; 1 where the image has no such axis."""
        return int(self.array.shape[self.axes.index(axis)]) if axis in self.axes else 1


@dataclass(frozen=True)
class Place:
    """A plane of a level."""

    level: LevelArray
    z: int
    t: int
    channels: tuple[int, ...]

    def samples(self) -> Array:
        """Return the samples [row, column] or, of several channels, [channel, row, column]."""
        level = self.level
        at: dict[str, int | list[int] | slice] = {name: 0 for name in level.axes if name not in "yx"}
        at |= {name: where for name, where in (("z", self.z), ("t", self.t)) if name in at}
        if "c" in at:
            at["c"] = self._channels()
        return read_samples(level.array, level.axes, at)

    def _channels(self) -> int | list[int] | slice:
        if len(self.channels) == 1:
            return self.channels[0]
        return slice(None) if self.channels == tuple(range(self.level.size("c"))) else list(self.channels)

    def told(self) -> list[Channel]:
        """Return what is told of the channels; nothing where as many aren't told of, so that none is mixed up."""
        told = self.level.image.channels
        if len(told) != self.level.size("c"):
            return [Channel()] * len(self.channels)
        return [told[at] for at in self.channels]


def place_of(
    store: "Store",
    path: str,
    *,
    level: int | None,
    plane: str | int,
    channels: Sequence[int] | None,
) -> Place:
    """Return the plane that is asked for; see `ingest.ome_zarr.read_plane`.

    Raises:
        ArchiveError: there is none, or it is too large to be read.
    """
    image = _multiscale(store, path)
    if level is not None and not 0 <= level < len(image.levels):
        raise ArchiveError("zarr_level_absent", f"{path}: level {level} of {len(image.levels)}")

    def suits(one: LevelArray) -> bool:
        small = one.size("y") * one.size("x") <= CHOSEN_PIXELS
        return level is not None or (small and not _refusal(one, channels))

    numbers = range(len(image.levels)) if level is None else [level]
    chosen = _first(store, path, image, numbers, suits)
    if too_large := _refusal(chosen, channels):
        raise ArchiveError("image_too_large", f"{chosen.array.path}: {too_large}")
    z, t = _section(plane, chosen, path)
    return Place(chosen, z, t, _channels(channels, chosen.size("c"), path))


def _multiscale(store: "Store", path: str) -> Multiscale:
    with reasoned(path):
        attributes = attributes_of(store, path)
        if attributes is None:
            raise ArchiveError("zarr_metadata_missing", f"{path or 'the root'}: neither zarr.json nor .zattrs")
        return multiscale_of(attributes)


def _first(
    store: "Store",
    path: str,
    image: Multiscale,
    numbers: Sequence[int],
    suits: Callable[[LevelArray], bool],
) -> LevelArray:
    """Return the first level that suits, or the last one that there is."""
    for number in numbers:
        level = _open(store, path, image, number)
        if suits(level):
            break
    return level


def _open(store: "Store", path: str, image: Multiscale, number: int) -> LevelArray:
    from ingest.zarr_store import ArrayWatch

    watch = ArrayWatch(store)
    whole = checked_path("/".join(step for step in (path.removesuffix("/"), image.levels[number].path) if step))
    array = open_array(watch, whole, zarr_format=image.zarr_format)
    if array.ndim != len(image.axes):
        raise ArchiveError("zarr_axes_unsupported", f"{whole}: {len(image.axes)} axes, {array.ndim} dimensions")
    level = LevelArray(image, number, array, watch)
    odd = [name for name in level.axes if name not in tuple("tczyx") and level.size(name) > 1]
    if odd:
        raise ArchiveError("zarr_axes_unsupported", f"{whole}: nobody knows which plane of axis {odd[0]!r} is meant")
    return level


def _refusal(level: LevelArray, channels: Sequence[int] | None) -> str | None:
    return refusal(level.array, level.axes, len(channels or range(level.size("c"))))


def _section(plane: str | int, level: LevelArray, path: str) -> tuple[int, int]:
    count = level.size("z") if level.size("z") > 1 else level.size("t")
    at = {"first": 0, "middle": count // 2, "last": count - 1}[plane] if isinstance(plane, str) else plane
    if not 0 <= at < count:
        raise ArchiveError("zarr_plane_absent", f"{path}: plane {at} of {count}")
    return (at, 0) if level.size("z") > 1 else (0, at)


def _channels(asked: Sequence[int] | None, count: int, path: str) -> tuple[int, ...]:
    taken = tuple(dict.fromkeys(asked or range(count)))
    absent = [one for one in taken if not 0 <= one < count]
    if absent:
        raise ArchiveError("zarr_channel_absent", f"{path}: channel {absent[0]} of {count}")
    return taken
