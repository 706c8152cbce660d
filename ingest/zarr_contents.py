"""Zarr contents: which images an OME-Zarr holds: one image, a series, or a plate with its wells."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from ingest.zarr_array import reasoned
from ingest.zarr_metadata import Attributes, attributes_of, checked_path, refuse_version
from schemas.errors import ArchiveError, SourceError
from schemas.records import Record

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

Layout = Literal["image", "labels", "bioformats2raw", "plate", "well"]

_MOST_IMAGES = 1_000_000
"""A plate of 1,536 wells has 650 fields each below it."""
_MOST_NUMBERED = 10_000
"""Of images whose number nobody tells: each is asked for."""


class Refused(Record):
    """A part that is named and can't be looked into."""

    path: str
    reason: str
    detail: str


class Contents(Record):
    """What a store holds."""

    layout: Layout
    zarr_format: int
    images: tuple[str, ...]
    """Paths, in the order in which they are named; "" is the root. A label image is among them only where it is all
    there is: its layout says so."""
    refused: tuple[Refused, ...] = ()


def images_in(store: "Store", path: str = "") -> Contents:
    """Return the images below `path` of `store`; their own metadata aren't read yet.

    Raises:
        ArchiveError: `zarr_metadata_missing`, `zarr_metadata_broken`, `zarr_version_unsupported`, `zarr_path_refused`.
        SourceError: the store is remote and failed.
    """
    with reasoned(path):
        attributes = attributes_of(store, path)
        if attributes is None:
            raise ArchiveError("zarr_metadata_missing", f"{path or 'the root'}: neither zarr.json nor .zattrs")
        refused: list[Refused] = []
        layout = _layout(attributes, path)
        images = list(_images(store, path, attributes, layout, refused))
    if len(images) > _MOST_IMAGES:
        raise ArchiveError("zarr_metadata_broken", f"{len(images)} images are named")
    return Contents(layout=layout, zarr_format=attributes.zarr_format, images=tuple(images), refused=tuple(refused))


def _below(path: str, step: str) -> str:
    return f"{path}/{step}" if path else step


def _layout(attributes: Attributes, path: str) -> Layout:
    said = attributes.said
    refuse_version(said.get("version"))
    if "multiscales" in said:
        return "labels" if "image-label" in said else "image"
    if "plate" in said:
        return "plate"
    if "well" in said:
        return "well"
    if "bioformats2raw.layout" in said:
        return "bioformats2raw"
    if "scene" in said:
        raise ArchiveError("zarr_version_unsupported", f"{path or 'the root'}: a scene, which 0.6 brings")
    raise ArchiveError("zarr_metadata_missing", f"{path or 'the root'}: no multiscales, plate, well or series")


def _images(
    store: "Store",
    path: str,
    attributes: Attributes,
    layout: Layout,
    refused: list[Refused],
) -> Iterator[str]:
    if layout == "plate":
        for well in _paths(attributes.said, "plate", "wells"):
            yield from _fields(store, _below(path, well), refused)
    elif layout == "well":
        yield from (_below(path, one) for one in _paths(attributes.said, "well", "images"))
    elif layout == "bioformats2raw":
        yield from _series(store, path)
    else:
        yield path


def _fields(store: "Store", well: str, refused: list[Refused]) -> Iterator[str]:
    try:
        yield from _well(store, well)
    except (ArchiveError, SourceError) as error:
        refused.append(Refused(path=well, reason=error.reason, detail=error.detail))


def _well(store: "Store", well: str) -> list[str]:
    attributes = attributes_of(store, well)
    if attributes is None or "well" not in attributes.said:
        raise ArchiveError("zarr_metadata_missing", "the plate names it, and no well is there")
    return [_below(well, one) for one in _paths(attributes.said, "well", "images")]


def _series(store: "Store", path: str) -> Iterator[str]:
    """Yield the images that `OME` names, or those that are numbered from 0 on."""
    attributes = attributes_of(store, _below(path, "OME"))
    if attributes and "series" in attributes.said:
        for name in _texts(attributes.said["series"], "OME, series"):
            yield _below(path, checked_path(name))
        return
    for number in range(_MOST_NUMBERED):
        numbered = _below(path, str(number))
        if attributes_of(store, numbered) is None:
            return
        yield numbered


def _paths(said: dict[str, Any], group: str, rows: str) -> list[str]:
    named = said[group].get(rows) if isinstance(said[group], dict) else None
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        raise ArchiveError("zarr_metadata_broken", f"{group}.{rows} is no list of objects")
    return [checked_path(one) for one in _texts([row.get("path") for row in named], f"{group}.{rows}.path")]


def _texts(values: object, where: str) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ArchiveError("zarr_metadata_broken", f"{where} is no list of texts")
    return values
