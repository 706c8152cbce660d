"""Masks: connector of images with segmentation masks on this machine: label maps, single masks, COCO, arrays.

Terms: the set's own, which the manifest or a preset states. A local file doesn't tell when it was fetched.
An item is one image, or one section of a volume; its stamp changes when the image or a mask of it changes.
"""

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.connector import Change, Item, Known
from ingest.fact_captions import caption_of
from ingest.file_scale import agreed_scale, scale_of_file
from ingest.local_items import expand, nothing_in, stat_of
from ingest.mask_npz import forget_unpacked
from ingest.mask_pairs import MaskError
from ingest.mask_readers import Listed, Read, list_of, read_image
from ingest.mask_request import MasksRequest, facts_of, labels_of, named_in, rules_of
from ingest.picture_columns import picture_columns
from pipeline.store import fingerprint
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError, UsageError
from schemas.mask_presets import PresetPart
from schemas.records import Dropped, Failed, Figure, make_id

_log = logging.getLogger(__name__)
SOURCE = "masks"
_MANY_PIECES = 5
_REASON = "!"
"""Begins the stamp of what is listed only to say why it is no image with a mask."""


class Place(NamedTuple):
    """Where an item lies: the folder of the set, its part, the image's name in the folder, the section."""

    root: str
    part: str
    name: str
    at: tuple[int, ...]

    @property
    def member(self) -> str:
        """Return the image's name with its section."""
        return f"{self.name}#{','.join(map(str, self.at))}" if self.at else self.name


class MasksConnector:
    """The images with masks that `request` asks for; implements `ingest.connector.Connector`."""

    def __init__(self, request: MasksRequest, base: Path, cache: Path) -> None:
        self._request, self._base, self._cache = request, base, cache
        self._told = False
        self._settings = fingerprint(request.model_dump(mode="json", exclude={"paths"}))

    def find(self) -> Iterator[Item]:
        """Yield every image, and what has no image or no mask, each folder's in sorted order.

        Raises:
            UsageError: a path names no folder, or nothing in the folders is an image of the layout.
        """
        nothing = True
        for root in self._roots():
            for part in self._request.parts:
                for listed in list_of(self._base / root, part, self._cache):
                    nothing = False
                    yield self._item(Place(root, part.part, listed.name, listed.at), listed)
        if nothing:
            wanted = ", ".join(dict.fromkeys(str(part.images) for part in self._request.parts))
            raise UsageError(
                nothing_in(self._request.paths, f"image such as {wanted}"),
                where=", ".join(self._request.paths),
                mend="The patterns of a set start from its path; docs/masks.md shows the layouts.",
            )

    def _roots(self) -> list[str]:
        found = [path for pattern in self._request.paths for path in expand(pattern, self._base)]
        for path in found:
            if not path.is_dir():
                raise UsageError("is no folder.", where=str(path), mend="Unpack the set, and give its folder.")
        roots = list(dict.fromkeys(Path(os.path.relpath(path, self._base)).as_posix() for path in found))
        names = Counter(Path(root).name for root in roots)
        if twice := next((name for name, times in names.items() if times > 1), None):
            advice = "Give each a source and a `dataset` of its own."
            raise UsageError(f"two folders are called {twice}.", where=", ".join(roots), mend=advice)
        return roots

    def _item(self, place: Place, listed: Listed) -> Item:
        if listed.reason:
            return Item(source=SOURCE, key=_key(place), stamp=f"{_REASON}{listed.reason}: {listed.detail}"[:500])
        stats = [(path.name, *stat_of(path)) for path in listed.files]
        said = "\n".join([self._settings, *(f"{name}\0{stat}" for name, stat, _ in stats)])
        size_bytes = listed.size_bytes or sum(size for _, _, size in stats)
        return Item(
            source=SOURCE,
            key=_key(place),
            stamp=f"m{hashlib.sha256(said.encode()).hexdigest()[:32]}",
            size_bytes=size_bytes,
        )

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield the image of `item` with its mask, what was left out of it, or why there is none."""
        place = _place_of(item)
        part = next(part for part in self._request.parts if part.part == place.part)
        if item.stamp.startswith(_REASON):
            reason, _, detail = item.stamp.removeprefix(_REASON).partition(": ")
            yield self._dropped(place, part, reason, detail)
            return
        try:
            read = read_image(self._base / place.root, place.name, place.at, part, self._cache)
            yield from (self._dropped(place, part, reason, detail) for reason, detail in read.left_out)
            if not read.holds and part.empty == "drop":
                yield self._dropped(place, part, "no_objects", "no object is drawn in it, and empty: drop")
            else:
                self._tell_of_pieces(place, read)
                yield self._figure(place, part, read)
        except ReasonedError as error:
            yield self._dropped(place, part, error.reason, error.detail)

    def _tell_of_pieces(self, place: Place, read: Read) -> None:
        """Say once that a mask may be of another kind: 0 and 255, where each piece is an object."""
        if read.pieces >= _MANY_PIECES and not self._told:
            self._told = True
            said = "%s: all of %d pieces have one number, so they are one object; if each is one, say components: true"
            _log.warning(said, place.member, read.pieces)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:  # noqa: ARG002  (the protocol's)
        """Yield nothing: a file that changes is a new item of the next run."""
        yield from ()

    def evict(self, items: Iterable[Item]) -> None:
        """Forget what was unpacked of the files of `items`; an index of a COCO file stays for the next run."""
        for name in dict.fromkeys(f"{place.root}/{place.name}" for place in map(_place_of, items)):
            forget_unpacked(self._base / name, self._cache)

    def _source_id(self, place: Place) -> str:
        asked = [Path(os.path.relpath(self._base / path, self._base)).as_posix() for path in self._request.paths]
        alone = asked == [place.root]
        return f"{self._request.dataset}/{'' if alone else Path(place.root).name + '/'}{place.member}"

    def _id(self, place: Place, part: PresetPart, *more: str) -> str:
        return make_id(SOURCE, self._source_id(place), None, _figure_key(part), *more)

    def _dropped(self, place: Place, part: PresetPart, reason: str, detail: str) -> Dropped:
        more = (reason,) if reason.startswith("object_") else ()
        return Dropped(
            id=self._id(place, part, *more),
            stage=FIGURES,
            reason=reason,
            detail=f"{place.member}: {detail}"[:2000],
            source_id=self._source_id(place),
        )

    def _figure(self, place: Place, part: PresetPart, read: Read) -> Figure:
        request, pixels = self._request, read.pixels
        if (pixels.width_px, pixels.height_px) != read.mask_size:
            width_px, height_px = read.mask_size
            said = f"the image is {pixels.width_px} x {pixels.height_px} px, the mask {width_px} x {height_px} px"
            raise MaskError("mask_size_differs", said)
        told, source_id = "\n".join([place.name, *read.masks[:1]]), self._source_id(place)
        facts, group = facts_of(request, part, told), named_in(part.group, "group", told)
        um_per_px, doubts = agreed_scale(part.microns_per_pixel, scale_of_file(read.blob))
        return Figure(
            id=self._id(place, part),
            source=SOURCE,
            source_id=source_id,
            figure_key=_figure_key(part),
            member=place.member,
            url=request.url,
            article=request.article,
            family_key=f"{request.dataset}/{group}" if group else source_id.removesuffix(place.member) + place.name,
            caption=caption_of(facts),
            license=request.license,
            license_url=request.license_url,
            license_evidence=request.license_evidence,
            attribution=request.attribution,
            facts=[*facts, *rules_of(request, part, read.rule), *doubts],
            **picture_columns(read.blob, pixels),
            microns_per_pixel=um_per_px,
            dataset=request.dataset,
            official_split=named_in(part.official_split, "split", told),
            zero_shot=request.zero_shot,
            mask=read.mask,
            labels=labels_of(part, told),
        )


def _figure_key(part: PresetPart) -> str:
    return part.part or "image"


def _key(place: Place) -> str:
    """Return the name of an item for ever: its path relative to the manifest's folder, its section and its part."""
    tail = ",".join(map(str, place.at)) + (f"@{place.part}" if place.part else "")
    name = f"{place.root}//{place.name}"
    named = f"{name}#{tail}" if tail or "#" in place.name else name
    # a name that is no UTF-8 can't be kept in the ledger; it is told so, and fails when it is fetched
    return named.encode("utf-8", "backslashreplace").decode()


def _place_of(item: Item) -> Place:
    root, _, named = item.key.partition("//")
    name, _, tail = named.rpartition("#") if "#" in named else (named, "", "")
    at, _, part = tail.partition("@")
    return Place(root, part, name, tuple(map(int, at.split(","))) if at else ())
