"""Images: pictures on this machine: OME-TIFF, OME-Zarr, TIFF stacks, slides, PNG, JPEG; a row for every image.

Terms: the licence that the manifest states. A local file doesn't tell when it was fetched.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ingest.connector import Change, Item, Known
from ingest.fact_captions import caption_of
from ingest.file_scale import agreed_scale
from ingest.image_choice import Choice
from ingest.image_items import Walked, stamp_of, walk_images
from ingest.image_labels import FolderLabels, Labels, NoLabels, TableLabels
from ingest.local_items import OUTSIDE, expand, nothing_in
from ingest.microscope_files import Refused, Seen, images_in
from ingest.picture_columns import picture_columns
from pipeline.workspace import FIGURES
from schemas.errors import ArchiveError, UsageError
from schemas.licence import url_of
from schemas.manifest_sources import ImagesSource
from schemas.records import Dropped, Fact, Failed, Figure, make_id

_log = logging.getLogger(__name__)
_SCALE = "microns_per_pixel"
_NOT_OF_THE_PICTURES = {"limit", "sample"}


class ImagesConnector:
    """The pictures of a `type: images`, its paths relative to `base`; implements `ingest.connector.Connector`."""

    def __init__(self, source: ImagesSource, base: Path) -> None:
        self._source, self._base = source, base
        self._choice = Choice(source.plane, tuple(source.channels or ()))
        if source.group and "group" not in re.compile(source.group).groupindex:
            mend = "Name a part of it so: (?P<group>plate_\\d+)."
            raise UsageError("has no group that is called `group`.", where=f"group: {source.group}", mend=mend)
        self._labels: Labels = NoLabels()
        if source.labels:
            folder = source.labels == "folder"
            self._labels = FolderLabels() if folder else TableLabels(base / source.labels)

    @property
    def route(self) -> str:
        """Return the route: another plane, licence or label makes other rows, so it is another route."""
        return f"images/{make_id(self._source.model_dump_json(exclude=_NOT_OF_THE_PICTURES))[:12]}"

    def find(self) -> Iterator[Item]:
        """Yield the pictures, each path's in sorted order.

        Raises:
            UsageError: a path names nothing, no picture is there, or the table of labels fits none.
        """
        found = list(self._walked())
        pictures = [walked for walked in found if isinstance(walked, Walked)]
        names, passed_by = [walked.name for walked in pictures], len(found) - len(pictures)
        self._labels.settle(names)
        yield from map(self._item, pictures)
        if not names:
            said = nothing_in(self._source.path, "picture")
            raise UsageError(said, where=", ".join(self._source.path), mend="Give TIFF, PNG or OME-Zarr.")
        if passed_by:
            _log.info("%d files are no pictures by their names and were passed by", passed_by)
        self._labels.report(names)

    def _walked(self) -> Iterator[Walked | Path]:
        seen: set[Path] = set()
        for given in self._givens():
            for walked in walk_images(given):
                path = walked if isinstance(walked, Path) else walked.path
                if path not in seen:
                    seen.update([path] if isinstance(walked, Path) else [path, *walked.members])
                    yield walked

    def _givens(self) -> list[Path]:
        return [path for pattern in self._source.path for path in expand(pattern, self._base)]

    def _item(self, walked: Walked) -> Item:
        stamp, size_bytes = stamp_of(walked)
        key = Path(os.path.relpath(walked.path, self._base)).as_posix().encode("utf-8", "backslashreplace").decode()
        labels = next(iter(self._labels.claims(walked.name)), [])
        return Item(
            source="images",
            key=key,
            stamp=f"{stamp}{_mark(labels)}" if labels and stamp != OUTSIDE else stamp,
            size_bytes=size_bytes,
        )

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every image of `item`, or why there is none."""
        if item.stamp == OUTSIDE:
            raise ArchiveError("archive_link", "a link out of its folder; give its target as a path")
        path = Path(os.path.normpath(self._base / item.key))
        if not path.exists():
            raise ArchiveError("file_unreadable", "is no longer there")
        name = self._name_of(path)
        for seen in images_in(path, self._choice):
            yield self._dropped(item, name, seen) if isinstance(seen, Refused) else self._figure(item, name, seen)

    def _name_of(self, path: Path) -> str:
        """Return a picture's name below the path that was asked for, which is what is published of it."""
        path = Path(os.path.abspath(path))  # noqa: PTH100  (no link is followed)
        for given in (Path(os.path.abspath(given)) for given in self._givens()):  # noqa: PTH100
            if path == given:
                return path.name
            if path.is_relative_to(given):
                return path.relative_to(given).as_posix()
        return path.name

    def _dropped(self, item: Item, name: str, refused: Refused) -> Dropped:
        return Dropped(
            id=make_id(item.source, item.key, refused.key),
            stage=FIGURES,
            reason=refused.reason,
            detail=f"{refused.key}: {refused.detail}" if refused.key else refused.detail,
            source_id=name,
        )

    def _figure(self, item: Item, name: str, seen: Seen) -> Figure:
        source, pixels = self._source, seen.pixels
        labels = self._labels_of(item, name)
        told = [Fact(name="label", value=label, origin=self._scheme()) for label in labels]
        facts = [*self._stated_facts(), *told, *seen.facts]
        um_per_px, doubts = agreed_scale(self._stated_scale(), seen.scale)
        return Figure(
            id=make_id(item.source, item.key, seen.key),
            source="images",
            source_id=name,
            figure_key=seen.key,
            member=name + seen.member,
            family_key=self._family_of(name),
            caption=caption_of(facts),
            license=source.license,
            license_url=url_of(source.license),
            license_evidence="the manifest",
            attribution=source.attribution or "",
            facts=[*facts, *doubts],
            **picture_columns(seen.blob, pixels),
            microns_per_pixel=um_per_px,
            labels=labels,
        )

    def _labels_of(self, item: Item, name: str) -> list[str]:
        """Return the labels that `find` took, which knew all pictures; the stamp tells which."""
        claims = self._labels.claims(name)
        return next((labels for labels in claims if labels and item.stamp.endswith(_mark(labels))), [])

    def _scheme(self) -> str:
        """Return where classes are from: those of two sources are told apart, without their paths being published."""
        paths = (os.path.relpath(self._base / path, self._base) for path in self._source.path)
        return f"{self._labels.origin}:{make_id(*paths, str(self._source.labels))[:8]}"

    def _stated_facts(self) -> list[Fact]:
        stated = self._source.metadata.items()
        return [Fact(name=name, value=str(value), origin="manifest") for name, value in stated if name != _SCALE]

    def _stated_scale(self) -> float | None:
        scale = self._source.metadata.get(_SCALE)
        return float(scale) if isinstance(scale, int | float) and scale > 0 else None

    def _family_of(self, name: str) -> str:
        found = re.search(self._source.group, name) if self._source.group else None
        return f"images:{(found['group'] if found else None) or name}"

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:  # noqa: ARG002  (the protocol's)
        """Yield nothing: a file that changes is a new item of the next run."""
        yield from ()


def _mark(labels: Sequence[str]) -> str:
    return f"-{make_id(*labels)[:8]}"
