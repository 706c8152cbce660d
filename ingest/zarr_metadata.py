"""Zarr metadata: what the attributes of an OME-Zarr group say, versions 0.1 to 0.5, as one frozen model.

Specification: ngff.openmicroscopy.org, looked at in November 2026. Up to 0.4 the attributes lie in `.zattrs` of
Zarr 2, from 0.5 on under `ome` in `zarr.json` of Zarr 3. Before 0.4 there was no scale, before 0.3 no axes.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ArchiveError
from schemas.records import Record

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

_MOST_METADATA_BYTES = 64 << 20
_MOST_PATH_CHARACTERS = 1024
_READ = re.compile(r"0\.[1-5](?!\d)")
_AXES_BEFORE_03 = ("t", "c", "z", "y", "x")
_OF_TYPE = {"time": "t", "channel": "c"}
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")


class _Spoken(BaseModel):
    """A part of the metadata; what isn't read here may be anything."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Axis(_Spoken):
    name: str
    type: str | None = None
    unit: str | None = None


class _Dataset(_Spoken):
    path: str
    transforms: list[dict[str, Any]] = Field(default=[], alias="coordinateTransformations")


class _Multiscale(_Spoken):
    version: str | float | None = None
    axes: list[_Axis | str] | None = None
    systems: Any = Field(default=None, alias="coordinateSystems")
    datasets: list[_Dataset] = Field(min_length=1)
    transforms: list[dict[str, Any]] = Field(default=[], alias="coordinateTransformations")


class _Channel(_Spoken):
    label: str | int | None = None
    color: Any = None


class _Omero(_Spoken):
    channels: list[_Channel] = []


class _Image(_Spoken):
    version: str | float | None = None
    multiscales: list[_Multiscale] = Field(min_length=1)
    omero: _Omero = _Omero()


class Axis(Record):
    """A dimension of an image's arrays."""

    name: str
    """t, c, z, y or x; any other name is a dimension that OME-Zarr doesn't define."""
    unit: str | None = None


class Level(Record):
    """A resolution of an image; what its `transforms` mean, `ingest.zarr_scale` says."""

    path: str
    transforms: tuple[dict[str, Any], ...] = ()


class Channel(Record):
    """What the metadata say of a channel."""

    name: str | None = None
    colour: str | None = None
    """Six hexadecimal digits, red first."""


class Multiscale(Record):
    """An image: its axes, and its resolutions, the finest first."""

    version: str
    zarr_format: int
    axes: tuple[Axis, ...]
    levels: tuple[Level, ...]
    transforms: tuple[dict[str, Any], ...] = ()
    """Of all levels, after their own."""
    channels: tuple[Channel, ...] = ()


class Attributes(Record):
    """The attributes of a group, before anybody has looked what they say."""

    zarr_format: int
    said: dict[str, Any]


def attributes_of(store: "Store", path: str) -> Attributes | None:
    """Return the attributes of the group at `path` of a Zarr store; None where there is no group with any.

    Raises:
        ArchiveError: `zarr_metadata_broken` for what is no JSON object, `zarr_path_refused`.
    """
    within = f"{checked_path(path)}/" if path else ""
    node = _json(store, f"{within}zarr.json")
    if node is not None:
        own = _object(node.get("attributes", {}), f"{within}zarr.json, attributes")
        return Attributes(zarr_format=3, said=_object(own.get("ome", own), f"{within}zarr.json, attributes.ome"))
    said = _json(store, f"{within}.zattrs")
    return None if said is None else Attributes(zarr_format=2, said=said)


def checked_path(path: str) -> str:
    """Return `path`, which stays inside its store.

    Raises:
        ArchiveError: `zarr_path_refused`.
    """
    steps = path.removesuffix("/").split("/")
    hostile = any(step in ("", ".", "..") for step in steps) or "\\" in path or not path.isprintable()
    if hostile or len(path) > _MOST_PATH_CHARACTERS:
        raise ArchiveError("zarr_path_refused", f"{path[:80]!r} is no path inside the store")
    return "/".join(steps)


def blob_of(store: "Store", key: str) -> bytes | None:
    """Return what lies in `store` under `key`; None where nothing does."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    found = sync(store.get(key, default_buffer_prototype()))
    return None if found is None else bytes(found.to_bytes())


def _json(store: "Store", key: str) -> dict[str, Any] | None:
    blob = blob_of(store, key)
    if blob is None:
        return None
    if len(blob) > _MOST_METADATA_BYTES:
        raise ArchiveError("zarr_metadata_broken", f"{key} has {len(blob)} bytes")
    try:
        return _object(json.loads(blob), key)
    except (ValueError, RecursionError) as error:
        raise ArchiveError("zarr_metadata_broken", f"{key} is no JSON: {type(error).__name__}") from error


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArchiveError("zarr_metadata_broken", f"{where} is no object")
    return value


def refuse_version(said: object) -> None:
    """Refuse a version of OME-Zarr that isn't read here; none is none.

    Raises:
        ArchiveError: `zarr_version_unsupported`.
    """
    if said and not _READ.match(str(said)):
        raise ArchiveError("zarr_version_unsupported", f"OME-Zarr {str(said)[:40]}, not 0.1 to 0.5")


def multiscale_of(attributes: Attributes) -> Multiscale:
    """Return the image that `attributes` describe; of several pyramids the first, which is the default one.

    Raises:
        ArchiveError: `zarr_metadata_broken`, `zarr_version_unsupported`, `zarr_axes_unsupported`, `zarr_path_refused`.
    """
    if "multiscales" not in attributes.said:
        raise ArchiveError("zarr_metadata_missing", "the group has no multiscales")
    told = _believed(attributes.said)
    first = told.multiscales[0]
    return Multiscale(
        version=_version(told, first, attributes.zarr_format),
        zarr_format=attributes.zarr_format,
        axes=_axes(first),
        levels=tuple(Level(path=checked_path(one.path), transforms=tuple(one.transforms)) for one in first.datasets),
        transforms=tuple(first.transforms),
        channels=tuple(Channel(name=_name(one), colour=_colour(one)) for one in told.omero.channels),
    )


def _believed(said: dict[str, Any]) -> _Image:
    try:
        return _Image.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ArchiveError("zarr_metadata_broken", f"{place}: {first['msg']}") from error


def _version(told: _Image, first: _Multiscale, zarr_format: int) -> str:
    """Return the version that is said, or the oldest that knew what is there."""
    said = told.version or first.version
    refuse_version("with coordinateSystems" if first.systems is not None else said)
    if said:
        return str(said)
    if zarr_format == 3:
        return "0.5"
    if first.axes is None:
        return "0.1"
    return "0.3" if isinstance(first.axes[0], str) else "0.4"


def _axes(first: _Multiscale) -> tuple[Axis, ...]:
    spoken = _AXES_BEFORE_03 if first.axes is None else first.axes
    axes = tuple(Axis(name=one.lower()) if isinstance(one, str) else _axis(one) for one in spoken)
    names = [axis.name for axis in axes]
    if len(set(names)) < len(names) or not {"y", "x"} <= set(names):
        raise ArchiveError("zarr_axes_unsupported", f"axes {names}: y and x, each name once")
    return axes


def _axis(spoken: _Axis) -> Axis:
    return Axis(name=_OF_TYPE.get(spoken.type or "", spoken.name.lower()), unit=spoken.unit)


def _name(channel: _Channel) -> str | None:
    return None if channel.label is None else " ".join(str(channel.label).split()) or None


def _colour(channel: _Channel) -> str | None:
    found = _COLOUR.fullmatch(str(channel.color))
    return found[1].upper() if found else None
