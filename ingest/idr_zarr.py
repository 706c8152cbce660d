"""IDR Zarr: a plane of an IDR image out of the public OME-Zarr store, which holds some of IDR's images.

`<base>/v<version>/<folder>/<image id>.zarr`, from 0.3 on; `<base>/v<version>/<image id>.zarr` before; a folder is a
study with the letter of its experiment or screen: idr0062A. The store moved here in April 2026, and not everything
moved with it. Looked at in November 2026.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.ome_zarr import ZarrPicture, read_plane
from ingest.session import Session
from ingest.zarr_contents import images_in
from ingest.zarr_metadata import attributes_of
from schemas.errors import ArchiveError, SourceError
from schemas.manifest_sources import IDR_ZARR_URL

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

_VERSIONS = ("0.5", "0.4", "0.3", "0.2", "0.1")
_STUDY = re.compile(r"(idr\d{4})(?:([A-Z])$|.*/(?:experiment|screen)([A-Z])$|)")


@dataclass(frozen=True, eq=False)
class IdrPlane:
    """A plane as a file, and where it came from."""

    blob: bytes
    """A TIFF of the samples in their own depth."""
    url: str
    """Of the image."""
    root_url: str
    """Of its hierarchy: what the session keeps lies below it."""
    retrieved_at: datetime
    """When the last of it came over the network."""
    picture: ZarrPicture


def folders_of(study: str) -> tuple[str, ...]:
    """Return the folders in which the images of a study may lie.

    >>> folders_of("idr0062-blin-nuclearsegmentation/experimentA"), folders_of("idr0062")
    (('idr0062A', 'idr0062'), ('idr0062',))
    """
    found = _STUDY.match(study)
    if not found:
        return ()
    letter = found[2] or found[3]
    return (f"{found[1]}{letter}", found[1]) if letter else (found[1],)


@dataclass(frozen=True)
class IdrZarr:
    """The store, asked through `session`."""

    session: Session
    base_url: str = IDR_ZARR_URL

    def read(
        self,
        image_id: int,
        folders: Sequence[str] = (),
        *,
        level: int | None = None,
        plane: str | int = "middle",
        channels: Sequence[int] | None = None,
    ) -> IdrPlane:
        """Return a plane of the newest version of an image that is there, chosen as by `ingest.ome_zarr.read_plane`.

        Raises:
            SourceError: `zarr_absent`; or the store failed.
            ArchiveError: `zarr_ambiguous` for one of several images that nothing tells apart; or as `read_plane`.
        """
        from ingest.zarr_store import SessionStore
        from pipeline.planes import tiff_of

        for version, url in self._places(image_id, folders):
            store = SessionStore(self.session, url, zarr_format=3 if version == "0.5" else 2)
            if attributes_of(store, "") is None:
                continue
            path = _only_image(store)
            picture = read_plane(store, path, level=level, plane=plane, channels=channels)
            assert store.retrieved_at is not None
            image_url = f"{url}/{path}".rstrip("/")
            return IdrPlane(tiff_of(picture.samples), image_url, url, store.retrieved_at, picture)
        raise SourceError("zarr_absent", f"image {image_id} is at none of its places below {self.base_url}")

    def _places(self, image_id: int, folders: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield versions and addresses at which an image may lie, the newest version first."""
        for version in _VERSIONS:
            steps = (*(f"{one}/" for one in folders), "")
            yield from ((version, f"{self.base_url.rstrip('/')}/v{version}/{step}{image_id}.zarr") for step in steps)


def _only_image(store: "Store") -> str:
    contents = images_in(store)
    if len(contents.images) != 1 or contents.refused:
        raise ArchiveError("zarr_ambiguous", f"a {contents.layout} of {len(contents.images)} images; which is not told")
    return contents.images[0]
