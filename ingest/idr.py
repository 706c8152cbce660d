"""IDR: images of studies in the Image Data Resource, with what their study and their annotations say of them.

Route: OMERO.web's JSON API and web gateway (`idr_api`) at idr.openmicroscopy.org. Terms: each study's own licence,
in its map annotation; IDR asks to be cited (`schemas.citations.IDR`). Last looked at in autumn 2026.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from ingest import idr_plan, idr_recheck
from ingest.believed import doubted
from ingest.connector import EVERYTHING, IN_DOUBT, Change, Item, Known, Plan
from ingest.idr_api import DAY_S, IdrApi
from ingest.idr_containers import Container, all_containers, described
from ingest.idr_facts import facts_of
from ingest.idr_pixels import ImageData, Wanted, image_data, of_omero, of_zarr, rendered
from ingest.idr_rows import SOURCE, VIEWER, Named, Picture, dropped, facts_of_picture, failed, figure_of
from ingest.idr_selection import IdrRequest, Place, chosen, place_of
from ingest.idr_study import Study
from ingest.sampling import few
from ingest.session import Clock, Manners, Session
from schemas.errors import ReasonedError, SourceError
from schemas.records import Dropped, Fact, Failed, Figure, Record

__all__ = ["SOURCE", "IdrConnector", "IdrRequest"]

_log = logging.getLogger(__name__)
_UNLISTED = "unlisted"
"""The stamp of a study that could not be listed; it fails, and the next run asks again."""
_ABSENT = "absent"
"""The stamp of a study that IDR doesn't list."""
_SHUT = "no-licence"
"""The stamp of a screen or project whose licence keeps its images out."""
_IMAGE = "/image-"
"""Stands in the keys of images, and in no other."""
_DOUBTS = {_UNLISTED: "no believable list", _ABSENT: "IDR lists no such study"}
"""Stamps that put a study or a part in doubt, as they are told."""
_LISTINGS = "idr-listings"
_MOST_UNLISTED = 3
"""More studies in a row, and it is IDR that doesn't answer."""
_CHUNKS_PER_SECOND = 5.0
_FOR_GOOD = {
    "http_404": "image_missing",
    "not_found": "image_missing",
    **{name: name for name in ("too_large_for_rendering", "plane_absent", "channel_absent", "zarr_absent")},
    **{name: name for name in ("pixels_missing", "pixel_type_unsupported", "image_too_large")},
}
"""Reasons for which another try would change nothing, as the dropped row calls them."""


def manners_of(request: IdrRequest) -> Manners:
    """Return how IDR is treated; its store of Zarr is a host of its own, made for many small requests."""
    return Manners(per_second=request.per_second, per_host={urlsplit(request.zarr_url).netloc: _CHUNKS_PER_SECOND})


class _Listed(Record):
    """What a list was asked for: the mark by which the next one is measured."""

    request: IdrRequest
    what: str


class IdrConnector:
    """The live route to IDR; implements `ingest.connector.Connector`."""

    def __init__(self, request: IdrRequest, *, contact: str, cache: Path, clock: Clock | None = None) -> None:
        if request.pixels == "omero":
            from ingest.omero_link import refuse_without_extra

            refuse_without_extra()
        self._request, self._cache, self._clock = request, cache, clock or Clock()
        session = Session(SOURCE, contact=contact, cache=cache, manners=manners_of(request), clock=clock)
        self._api = IdrApi(session, request.url)
        self._wanted = Wanted(request.pixels, request.plane, request.level, request.channels)

    def find(self) -> Iterator[Item]:
        """Yield the wanted images, study by study, and one item for each study or part that gives none.

        Where a study's list is in doubt, `EVERYTHING` comes last: nothing that is here leaves for it.
        """
        closed: list[Item] = []
        wanted, found = self._request, self._images(closed)
        yield from few(found, sample_n=wanted.sample_n, sample_seed=wanted.sample_seed, limit=wanted.limit)
        yield from closed
        if doubtful := [f"{item.key} ({_DOUBTS[item.stamp]})" for item in closed if item.stamp in IN_DOUBT]:
            advice = "`bricks refresh` asks IDR about every image that is here."
            _log.warning("idr: what is listed is in doubt of %s. %s", ", ".join(doubtful), advice)
            yield Item(source=SOURCE, key=EVERYTHING, stamp=_UNLISTED)

    def _images(self, closed: list[Item]) -> Iterator[Item]:
        """Yield the images of each study; what gives none is put into `closed`."""
        silent, there = 0, self._containers
        for study in sorted(set(self._request.studies)):
            try:
                yield from self._images_of(study, [one for one in there if one.study == study], closed)
            except SourceError as error:
                silent += 1
                if silent > _MOST_UNLISTED:
                    raise
                _log.warning("idr: %s could not be listed (%s). What is here of it stays.", study, error)
                closed.append(Item(source=SOURCE, key=study, stamp=_UNLISTED))
            else:
                silent = 0

    def _images_of(self, study: str, there: list[Container], closed: list[Item]) -> Iterator[Item]:
        if not there:
            closed.append(Item(source=SOURCE, key=study, stamp=_ABSENT))
        stamps = {one.name: self._stamp(one) for one in there}
        is_open = [one for one in there if stamps[one.name] in self._request.licenses]
        closed += [Item(source=SOURCE, key=one.name, stamp=stamps[one.name]) for one in there if one not in is_open]
        count = 0
        for place in chosen(self._api, is_open, self._request.images_per_study):
            count += 1
            yield Item(source=SOURCE, key=place.key, stamp=stamps[place.container])
        before = self._doubted(" ".join([study, *(one.name for one in is_open)]), count)
        if before is not None:
            raise SourceError("listing_in_doubt", f"{count} images where {before} were before", where=study)

    def _stamp(self, container: Container) -> str:
        """Return the licence of a container; a stated one that is suddenly not stated at all is in doubt."""
        license_id = self._study(container).terms.license
        if self._doubted(container.name, int(bool(license_id))) is not None:
            _log.warning("idr: %s states no licence any more. What is here of it stays.", container.name)
            return _UNLISTED
        return license_id or _SHUT

    def _doubted(self, what: str, count: int) -> int | None:
        """Return how many there were before, where `count` of them now is hard to believe."""
        return doubted(self._cache / _LISTINGS, _Listed(request=self._request, what=what), count)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield the picture of an image, or why there is none."""
        name = place_of(item.key).source_id if _IMAGE in item.key else item.key
        try:
            yield self._outcome(item)
        except ReasonedError as error:
            if error.reason in _FOR_GOOD or not isinstance(error, SourceError):
                yield dropped(name, _FOR_GOOD.get(error.reason, error.reason), error.detail)
                return
            if _IMAGE in item.key:  # a second try must not be judged by what may have been the mistake
                self._api.session.forget_all(self._kept(place_of(item.key)))
            yield failed(name, error.reason, error.detail, item.locator)

    def _outcome(self, item: Item) -> Figure | Dropped:
        if item.stamp == _UNLISTED:
            there = [one for one in self._containers if item.key in (one.study, one.name)]
            for one in there:
                self._study(one)
            list(chosen(self._api, there, 1))
            return dropped(
                item.key, "listed_later", "its images could not be listed at first; the next run brings them"
            )
        if item.stamp == _ABSENT:
            return dropped(item.key, "absent", "IDR lists no screen or project of this study")
        place = place_of(item.key) if _IMAGE in item.key else None
        name = place.container if place else item.key
        container = next((one for one in self._containers if one.name == name), None)
        if container is None:
            raise SourceError("listed_later", f"IDR lists no {name} any more; `bricks refresh` asks about what is here")
        study = self._study(container)
        if place is None or study.terms.license not in self._request.licenses:
            return _shut(item.key if place is None else place.source_id, study)
        return self._figure(place, study)

    def _figure(self, place: Place, study: Study) -> Figure:
        about = image_data(self._api.image_data(place.image), place.image)
        own = list(chain.from_iterable(self._annotated(kind, number) for kind, number in _subjects(place)))
        picture = self._picture(place, about)
        named = Named(
            source_id=place.source_id,
            family=place.family,
            url=f"{VIEWER}{place.image}",
            label=about.name or None,
        )
        return figure_of(study, named, picture, facts_of_picture(study.facts, [*own, *picture.facts]))

    def _annotated(self, kind: str, number: int) -> list[Fact]:
        pairs = self._api.annotations(kind, number, max_age_s=None)
        return facts_of(pairs, f"map annotation of {kind} {number}")

    def _picture(self, place: Place, about: ImageData) -> Picture:
        if self._request.pixels == "rendered":
            return rendered(self._api, about, self._wanted)
        if self._request.pixels == "omero":
            from ingest.omero_link import OmeroServer

            moment = datetime.fromtimestamp(self._clock.now(), UTC)
            return of_omero(OmeroServer(url=self._request.omero_url), about, self._wanted, moment)
        from ingest.idr_zarr import IdrZarr, folders_of

        store = IdrZarr(self._api.session, self._request.zarr_url)
        return of_zarr(store, about, folders_of(place.container), self._wanted)

    @cached_property
    def _containers(self) -> list[Container]:
        return all_containers(self._api)

    def _study(self, container: Container) -> Study:
        return described(self._api, container, max_age_s=DAY_S)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed in IDR since `known` was fetched; lists are measured anew after it."""
        yield from idr_recheck.changes(self._api, known)
        shutil.rmtree(self._cache / _LISTINGS, ignore_errors=True)

    def plan(self) -> Plan:
        """Return what fetching would take; downloads no image."""
        return idr_plan.plan(self._request, self._api)

    def evict(self, items: Iterable[Item]) -> None:
        """Remove everything that is kept of images: their figures are safe, or must go."""
        places = [place_of(item.key) for item in items if _IMAGE in item.key]
        self._api.session.forget_all(chain.from_iterable(map(self._kept, places)))
        if places and self._request.pixels == "zarr":
            self._api.session.purge(self._request.zarr_url)  # in one go: an image is many chunks

    def _kept(self, place: Place) -> Iterator[str]:
        return self._api.kept_of(place.image, _subjects(place), self._wanted.z_of)


def _subjects(place: Place) -> list[tuple[str, int]]:
    """Return what has annotations of its own that speak of an image."""
    well = [("well", place.well)] if place.well is not None else []
    return [*well, ("image", place.image)]


def _shut(name: str, study: Study) -> Dropped:
    terms = study.terms
    if terms.license is None and not terms.evidence:
        return dropped(name, "license_unknown", "its map annotation states no licence")
    reason = "license_not_allowed" if terms.license else "license_unknown"
    return dropped(name, reason, f"{terms.license or 'no licence that is known'} ({terms.evidence})")
