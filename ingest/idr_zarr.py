"""IDR Zarr: a plane of an IDR image out of the public OME-Zarr store, which holds some of IDR's images.

`<base>/v<version>/<folder>/<image id>.zarr`, from 0.3 on; `<base>/v<version>/<image id>.zarr` before; a folder is a
study with the letter of its experiment or screen: idr0062A. What has another name, and plates, are found through the
list of samples (github.com/IDR/ome-ngff-samples, table.csv), which tells each image's licence. The store moved here in
April 2026, and not everything moved with it. Looked at in November 2026.
"""

import csv
import io
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
from schemas.records import Record

if TYPE_CHECKING:  # zarr is heavy to import
    from zarr.abc.store import Store

BASE_URL = "https://livingobjects.ebi.ac.uk/idr/zarr/"

_VERSIONS = ("0.5", "0.4", "0.3", "0.2", "0.1")
_STUDY = re.compile(r"(idr\d{4})(?:([A-Z])$|.*/(?:experiment|screen)([A-Z])$|)")
_COLUMNS = frozenset({"OME-NGFF version", "File Path", "License", "Representative Image ID", "Thumbnail"})


class Sample(Record):
    """A line of the list of samples."""

    image_id: int
    """Of a plate or series, the image that stands for it."""
    version: str
    url: str
    path: str | None = None
    """Where the image lies in its hierarchy; None where the list doesn't say so."""
    license: str
    """In the list's words: CC BY 4.0."""


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


def samples_of(table: str) -> tuple[Sample, ...]:
    """Return the lines of the list of samples that name an image.

    Raises:
        SourceError: `not_a_listing`.
    """
    rows = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    try:
        if not _COLUMNS.issubset(rows.fieldnames or ()):
            raise SourceError("not_a_listing", f"the list of samples has columns {rows.fieldnames}"[:200])
        return tuple(_sample(row) for row in rows if (row["Representative Image ID"] or "").strip().isdecimal())
    except csv.Error as error:
        raise SourceError("not_a_listing", f"the list of samples is no CSV: {error}") from error


def _sample(row: dict[str, str | None]) -> Sample:
    said = {name: (row[name] or "").strip() for name in _COLUMNS}
    url, image_url = (said[name].rstrip("/") for name in ("File Path", "Thumbnail"))
    below = image_url.startswith(f"{url}/")
    return Sample(
        image_id=int(said["Representative Image ID"]),
        version=said["OME-NGFF version"],
        url=url,
        path=image_url.removeprefix(f"{url}/") if below else None,
        license=said["License"],
    )


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
    """The store, asked through `session`; `samples` tell what their names don't."""

    session: Session
    base_url: str = BASE_URL
    samples: tuple[Sample, ...] = ()

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

        for version, url, known in self._places(image_id, folders):
            store = SessionStore(self.session, url, zarr_format=3 if version == "0.5" else 2)
            if attributes_of(store, "") is None:
                continue
            path = _only_image(store) if known is None else known
            picture = read_plane(store, path, level=level, plane=plane, channels=channels)
            assert store.retrieved_at is not None
            image_url = f"{url}/{path}".rstrip("/")
            return IdrPlane(tiff_of(picture.samples), image_url, url, store.retrieved_at, picture)
        raise SourceError("zarr_absent", f"image {image_id} is at none of its places below {self.base_url}")

    def _places(self, image_id: int, folders: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
        """Yield version, address, and the image's path where it is known; the newest version first."""
        base_url = f"{self.base_url.rstrip('/')}/"
        ours = [one for one in self.samples if one.image_id == image_id and one.url.startswith(base_url)]
        for version in _VERSIONS:
            listed = {one.url: one.path for one in ours if one.version == version}
            yield from ((version, url, path) for url, path in listed.items())
            guessed = [f"{base_url}v{version}/{step}{image_id}.zarr" for step in (*(f"{one}/" for one in folders), "")]
            yield from ((version, url, None) for url in guessed if url not in listed)


def _only_image(store: "Store") -> str:
    contents = images_in(store)
    if len(contents.images) != 1 or contents.refused:
        raise ArchiveError("zarr_ambiguous", f"a {contents.layout} of {len(contents.images)} images; which is not told")
    return contents.images[0]
