"""bioRxiv API: what bioRxiv and medRxiv tell of their preprints, by days of posting and by DOI.

https://api.biorxiv.org, no account, no published limit: one request a second is customary. Seen through public code
in autumn 2026, not probed by us.
"""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from ingest.biorxiv_pages import Listing, page_of, whole
from ingest.biorxiv_records import Fault, Preprint, Server, key_of_link, key_of_preprint, link_of, preprint_of
from ingest.session import JSON, Promise, Session
from pipeline.pace import Pace
from schemas.errors import SourceError

__all__ = ["Api", "Fault", "Preprint", "Server"]

_log = logging.getLogger(__name__)
_MOST_DAYS = 3


class _Days(NamedTuple):
    first: date
    last: date


class Api:
    """The API, seen through a session."""

    def __init__(self, session: Session, url: str) -> None:
        self._session, self._url = session, url.rstrip("/")
        self.faults: list[Fault] = []
        """The records of the listings read so far that can't be relied on."""

    def window(self, server: Server, since: date, until: date, *, max_age_s: float | None) -> Iterator[Preprint]:
        """Yield the versions that were posted from `since` to `until`, each once.

        Raises:
            SourceError: listing_incomplete, where the API shows less than it counts, however often it is asked.
        """
        pace = Pace(f"asking {server} for days", (until - since).days + 1)
        for days in _windows(since, until):
            rows = self._rows("details", server, days, max_age_s)
            pace.step((days.last - days.first).days + 1)
            found = [preprint_of(row, server) for row in rows]
            preprints = [one for one in found if isinstance(one, Preprint)]
            if preprints and not any(days.first <= one.date <= days.last for one in preprints):
                detail = f"{len(preprints)} preprints, and none is of {days.first} to {days.last}"
                raise SourceError("listing_incomplete", detail, where=f"{self._url}/details/{server}")
            self._note(server, days, [one for one in found if isinstance(one, Fault)])
            yield from preprints

    def versions(self, server: Server, doi: str, *, max_age_s: float | None) -> list[Preprint]:
        """Return the versions of a preprint, the first one first; none where the API doesn't know it.

        Raises:
            SourceError: record_invalid, where one of them can't be relied on.
        """
        url = f"{self._url}/details/{server}/{quote(doi.lower(), safe='/')}/na/json"
        rows: list[Any] = []
        for age_s in (max_age_s, 0):  # that there is nothing is believed when it is said twice
            rows = rows or page_of(self._session.get(url, promise=_DOI_PAGE, max_age_s=age_s).read()).rows
        found: dict[int, Preprint] = {}
        for row in rows:
            one = preprint_of(row, server)
            if isinstance(one, Fault) or one.doi != doi.lower():
                detail = one.detail if isinstance(one, Fault) else f"it is that of {one.doi}"
                raise SourceError("record_invalid", detail, where=url)
            found[one.version] = one
        return [found[version] for version in sorted(found)]

    def published(
        self, server: Server, since: date, until: date, *, max_age_s: float | None
    ) -> Iterator[tuple[str, str]]:
        """Yield the DOIs of preprint and article for what journals published from `since` to `until`.

        Raises:
            SourceError: listing_incomplete, as for `window`.
        """
        pace = Pace(f"asking {server} for publications by day", (until - since).days + 1)
        for days in _windows(since, until):
            found = [link_of(row, server) for row in self._rows("pubs", server, days, max_age_s)]
            pace.step((days.last - days.first).days + 1)
            self._note(server, days, [one for one in found if isinstance(one, Fault)])
            yield from (one for one in found if not isinstance(one, Fault))

    def article_of(self, server: Server, doi: str, *, max_age_s: float | None) -> str | None:
        """Return the DOI of the article that a preprint became, as far as /pubs knows."""
        url = f"{self._url}/pubs/{server}/{quote(doi.lower(), safe='/')}/na/json"
        rows = page_of(self._session.get(url, promise=_DOI_PAGE, max_age_s=max_age_s).read()).rows
        links = (link_of(row, server) for row in rows)
        return next((link[1] for link in links if not isinstance(link, Fault) and link[0] == doi.lower()), None)

    def _rows(self, route: str, server: Server, days: _Days, max_age_s: float | None) -> list[Any]:
        key = key_of_preprint if route == "details" else key_of_link
        address = f"{self._url}/{route}/{server}/{days.first}/{days.last}"
        return whole(Listing(self._session, address, key), max_age_s=max_age_s)

    def _note(self, server: Server, days: _Days, faults: list[Fault]) -> None:
        self.faults += [fault for fault in faults if fault not in self.faults]
        if faults:
            _log.warning(
                "%s: %d records of %s to %s can't be relied on and are left out: %s",
                server,
                len(faults),
                *days,
                "; ".join(f"{fault.key}: {fault.detail}" for fault in faults[:3]),
            )


def _refuse_strange(body: bytes) -> None:
    page_of(body)


_DOI_PAGE = Promise("json", JSON.max_bytes, _refuse_strange)


def _windows(since: date, until: date) -> Iterator[_Days]:
    """Yield the days from `since` to `until` in pieces that are the same wherever a span begins and ends.

    So a span that moves on with time asks for the same addresses again.
    """
    first = since
    while first <= until:
        last = min(until, first + timedelta(days=_MOST_DAYS - 1 - first.toordinal() % _MOST_DAYS))
        yield _Days(first, last)
        first = last + timedelta(days=1)
