"""eLabFTW: entries of a running notebook that its API names, each by its own .eln.

Which ones: the lists of the API, version 2 (`elabftw_api`); what is in them: `eln_reading`. Terms: the licence that the
manifest states; the one in an export is eLabFTW's default and no consent. Last looked at in autumn 2026.
"""

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import parse_qs

from ingest import elabftw_recheck
from ingest.believed import doubted, measured_anew
from ingest.connector import EVERYTHING, Change, Item, Known, Plan, fault_of
from ingest.elabftw_api import MOST_DIGITS, ROWS_PER_PAGE, ElabftwApi, Kind
from ingest.elabftw_selection import SOURCE, ElabftwRequest, Place, place_of, wanted
from ingest.eln_crate import split_address, text_of
from ingest.eln_entries import ElnEntry
from ingest.eln_reading import opened
from ingest.eln_records import figures_of
from ingest.notebooks import Access, Reading
from ingest.session import Manners, Session
from ingest.session_key import key_for
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError, SourceError
from schemas.records import Dropped, Failed, Figure, make_id

__all__ = ["SOURCE", "ElabftwConnector", "ElabftwRequest"]

_log = logging.getLogger(__name__)
_LISTINGS = "elabftw-listings"
_FOR_GOOD = {"http_403": "access_denied", "http_404": "absent"}
"""Answers for which another try would change nothing, as the dropped row calls them."""
_LINKED = "linked_entry"
"""Of entries that come along because the one that was asked for links to them."""
_ENTRY_BYTES = 2_000_000
"""A guess: lists don't tell how large an entry is."""


def manners_of(request: ElabftwRequest) -> Manners:
    """Return how the notebook is treated."""
    return Manners(per_second=request.per_second)


class ElabftwConnector:
    """The live route to one eLabFTW; implements `ingest.connector.Connector`."""

    def __init__(self, request: ElabftwRequest, reading: Reading, access: Access) -> None:
        self._request, self._reading, self._listings = request, reading, access.cache / _LISTINGS
        session = Session(SOURCE, contact=access.contact, cache=access.cache, manners=manners_of(request))
        self._key = key_for(request.url, "Authorization", access.key, where=f"{SOURCE} {request.url}")
        session.show(self._key)
        self._api = ElabftwApi(session, request.url)

    @property
    def route(self) -> str:
        """Return the route: a server and how its entries are taken."""
        return f"{SOURCE}/live {self._request.url.rstrip('/')} {self._reading.mark}"

    def find(self) -> Iterator[Item]:
        """Yield the wanted entries; where they are suddenly far fewer, `EVERYTHING` comes last.

        Raises:
            SourceError: a list is not complete: nothing that is here leaves for it.
        """
        items = wanted(self._request, self._api)
        yield from items
        before = doubted(self._listings, self._request, len(items))
        if before is not None:
            _log.warning(
                "elabftw: %d entries are listed, and %d were before. What is here stays; `bricks refresh` asks about "
                "each of them.",
                *(len(items), before),
            )
            yield Item(source=SOURCE, key=EVERYTHING, stamp=EVERYTHING)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of an entry, or why there is none; the key is in none of their words."""
        yield from map(self._key.hidden_of, self._fetched(item))

    def _fetched(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        try:
            yield from self._figures(item)
        except ReasonedError as error:
            if error.reason in _FOR_GOOD:
                yield self._dropped(item, _FOR_GOOD[error.reason], error.detail)
                return
            # a second try must not be judged by an archive that may have been the mistake
            self._api.session.forget(self._api.export_url(*place_of(item.key)))
            yield self._failed(item, "key_refused" if error.reason == "http_401" else error.reason, error.detail)

    def _figures(self, item: Item) -> Iterator[Figure | Dropped]:
        if fault := fault_of(item):
            raise SourceError("record_invalid", fault)
        place = place_of(item.key)
        answer = self._api.export(*place, item.stamp)
        with opened(answer.body, keep=self._reading.keep) as export:
            export.hide = self._key.hidden_from
            export.narrow(lambda entry: _place_in(entry) == place, _LINKED, f"{item.key} links to it")
            if not any(export.documents()) and all(left.reason == _LINKED for left in export.left_out):
                raise SourceError("http_404", "its export doesn't hold it")
            for outcome in figures_of(export, SOURCE, self._reading.terms, self._reading.contract):
                came = {"retrieved_at": answer.retrieved_at} if isinstance(outcome, Figure) else {}
                yield outcome.model_copy(update=came)

    def _dropped(self, item: Item, reason: str, detail: str) -> Dropped:
        row_id = make_id(self.route, item.key, item.stamp, reason)
        return Dropped(id=row_id, stage=FIGURES, reason=reason, detail=detail, source_id=item.key)

    def _failed(self, item: Item, reason: str, detail: str) -> Failed:
        told = {"reason": reason, "detail": detail, "source_id": item.key, "locator": item.locator}
        return Failed(id=make_id(self.route, item.key, item.stamp), stage=FIGURES, **told)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed of entries since `known` was fetched; lists are measured anew after it."""
        yield from measured_anew(self._listings, known, partial(elabftw_recheck.changes, self._api))

    def plan(self) -> Plan:
        """Return what fetching would take; asks for lists only."""
        entries = len(wanted(self._request, self._api))
        requests = entries + entries // ROWS_PER_PAGE + 1
        seconds = requests / self._request.per_second
        return Plan(articles=entries, requests=requests, size_bytes=entries * _ENTRY_BYTES, seconds=seconds)

    def evict(self, items: Iterable[Item]) -> None:
        """Remove every export that is kept: their figures are safe, or must go."""
        self._api.session.forget_all(self._api.export_url(*place_of(item.key)) for item in items)


def _place_in(entry: ElnEntry) -> Place | None:
    """Return where the server has an entry of an export, by its address: …/experiments.php?mode=view&id=42."""
    address = split_address(text_of(entry.node.get("url")))
    number = parse_qs(address.query).get("id", [""])[0]
    kind: Kind = "experiments" if address.path.endswith("/experiments.php") else "items"
    return Place(kind, int(number)) if number.isdecimal() and len(number) <= MOST_DIGITS else None
