"""bioRxiv and medRxiv: preprints that a span of days or DOIs name, with their pictures, by the routes that are asked.

Which ones: the API (`biorxiv_api`); their files: `biorxiv_routes`. Terms: the licence that the authors chose governs
reuse, the stricter of what the API and the XML say; the bucket itself must not be passed on. Last looked at in
autumn 2026.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ingest import biorxiv_plan, biorxiv_recheck
from ingest.believed import doubted
from ingest.biorxiv_api import Api
from ingest.biorxiv_records import Preprint
from ingest.biorxiv_routes import Routes
from ingest.biorxiv_selection import (
    BiorxivRequest,
    State,
    doi_of,
    item_of,
    item_of_fault,
    linked,
    reason_of,
    state_of,
    told_of,
    wanted,
)
from ingest.connector import EVERYTHING, Change, Item, Known, Plan, fault_of
from ingest.europepmc import PER_SECOND as EUROPEPMC_PER_SECOND
from ingest.session import Clock, Manners, Session
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError, SourceError
from schemas.licence import parse_licence
from schemas.records import Dropped, Failed, Figure, make_id

_log = logging.getLogger(__name__)
_LISTING_AGE_S = 3600.0
"""So long a listing is good: a killed run doesn't ask again, tomorrow's does."""
_CLOSED = "cc_no"
"""The API's code for all rights reserved."""


class BiorxivConnector:
    """The live route to one of the two servers; implements `ingest.connector.Connector`."""

    def __init__(self, request: BiorxivRequest, *, contact: str, cache: Path, clock: Clock | None = None) -> None:
        self._request = request
        session = Session(request.server, contact=contact, cache=cache, manners=_manners_of(request), clock=clock)
        self._listings = cache / "listings"
        self._api = Api(session, request.api_url)
        self._routes = Routes(request, session, contact=contact, cache=cache, clock=clock)

    def find(self) -> Iterator[Item]:
        """Yield the wanted preprints; the bucket's index is brought up to date for those that may be fetched."""
        refused, fit = self._found()
        fit = linked(self._request, self._api, fit)
        self._routes.prepare(fit)
        for one in sorted([*refused, *fit], key=lambda one: (one.doi, one.version)):
            yield item_of(one, self._request)
        yield from map(item_of_fault, self._api.faults)
        before = doubted(self._listings, self._request, len(refused) + len(fit))
        if before is not None:
            _log.warning(
                "%s: the API names %d preprints, and named %d before. What is here stays; `bricks refresh` asks about "
                "each of them.",
                *(self._request.server, len(refused) + len(fit), before),
            )
            yield Item(source=self._request.server, key=EVERYTHING, stamp=EVERYTHING)

    def _found(self) -> tuple[list[Preprint], list[Preprint]]:
        """Return what is wanted and refused by what the API says, and what may be fetched."""
        found: tuple[list[Preprint], list[Preprint]] = ([], [])
        for one in wanted(self._request, self._api, max_age_s=_LISTING_AGE_S):
            found[not self._refusal(told_of(one))].append(one)
        return found

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of a preprint by the first route that leads to it, or why there is none."""
        if fault := fault_of(item):
            yield _failed(item, {"api": SourceError(reason_of(fault), fault)})
            return
        state = state_of(item.stamp)
        refused = self._refusal(state)
        if refused:
            yield _dropped(item, *refused)
            return
        faults: dict[str, ReasonedError] = {}
        for route in self._request.routes:
            try:
                outcomes = self._routes.outcomes(route, item, state)
            except ReasonedError as error:
                faults[route] = error
                continue
            yield from outcomes
            return
        yield _failed(item, faults)

    def _refusal(self, state: State) -> tuple[str, str] | None:
        """Return why a preprint isn't fetched, by what the API says alone."""
        if state.withdrawn:
            return "withdrawn", "the API says that it was withdrawn"
        license_id = parse_licence(state.license).license
        closed = license_id is None and state.license.lower().replace("-", "_") == _CLOSED
        if closed or (license_id and license_id not in self._request.licenses):
            return "license_not_allowed", f"license {state.license} in the API, version {state.version} of {state.day}"
        return None

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed at the server since `known` was fetched."""
        return biorxiv_recheck.changes(self._api, self._request.server, known)

    def plan(self) -> Plan:
        """Return what fetching would take; asks the API, and downloads nothing."""
        return biorxiv_plan.plan(self._request, self._routes.bucket, *self._found())

    def evict(self, items: Iterable[Item]) -> None:
        """Remove everything that is kept of preprints: their figures are safe, or must go."""
        for item in items:
            if not fault_of(item):
                self._routes.forget(item, state_of(item.stamp))


def _manners_of(request: BiorxivRequest) -> Manners:
    rates = {
        urlsplit(request.europepmc_url).netloc: EUROPEPMC_PER_SECOND,
        urlsplit(request.api_url).netloc: request.api_per_second,
    }
    return Manners(per_second=request.api_per_second, per_host=rates)


def _dropped(item: Item, reason: str, detail: str) -> Dropped:
    return Dropped(
        id=make_id(item.source, item.key, item.stamp, reason),
        stage=FIGURES,
        reason=reason,
        detail=detail,
        source_id=doi_of(item),
    )


_FIRST = ("blocked",)
_LAST = ("not_in_bucket", "bucket_unavailable", "not_in_pmc", "not_posted_yet")


def _failed(item: Item, faults: dict[str, ReasonedError]) -> Failed:
    """Return the failure of a preprint that no route led to; it bears the reason that says most."""
    by_weight = sorted(faults.values(), key=lambda error: (error.reason not in _FIRST, error.reason in _LAST))
    return Failed(
        id=make_id(item.source, item.key, item.stamp),
        stage=FIGURES,
        reason=by_weight[0].reason,
        detail="; ".join(f"{route}: {error.reason}, {error.detail}" for route, error in faults.items()),
        source_id=doi_of(item),
        locator=item.locator,
    )
