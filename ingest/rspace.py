"""RSpace: documents of a running notebook that its API names, each packed by an export job of its own.

Which ones: the list of the API, version 1 (`rspace_api`); what is in them: `rspace_archive`, `eln_reading`. Terms: the
licence that the manifest states. Last looked at in autumn 2026.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import PositiveFloat, PositiveInt

from ingest.believed import doubted, measured_anew
from ingest.connector import EVERYTHING, Change, Item, Known, Plan
from ingest.eln_reading import opened
from ingest.eln_records import figures_of
from ingest.notebooks import Access, Reading
from ingest.rechecking import GONE, change, one_by_one
from ingest.rspace_api import RspaceApi
from ingest.rspace_archive import with_crate
from ingest.sampling import few
from ingest.session import Clock, Manners, Session
from ingest.session_key import key_for
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError, SourceError
from schemas.records import Dropped, Failed, Figure, Record, make_id

SOURCE = "rspace"
_LISTINGS = "rspace-listings"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\S+")
_REFUSED = frozenset({"http_401", "http_403"})
_FOR_GOOD = frozenset({"access_denied", "absent"})
"""Reasons for which another try would change nothing."""
_REQUESTS, _DOCUMENT_BYTES = 4, 2_000_000
"""A job, two looks at it, its archive; and a guess: lists don't tell how large a document is."""
_log = logging.getLogger(__name__)


class RspaceRequest(Record):
    """Which documents are wanted, and where they are asked for."""

    url: str
    tags: tuple[str, ...] = ()
    modified_since: date | None = None
    limit: PositiveInt | None = None
    sample_n: PositiveInt | None = None
    sample_seed: int = 0
    per_second: PositiveFloat = 1


def manners_of(request: RspaceRequest) -> Manners:
    """Return how the notebook is treated."""
    return Manners(per_second=request.per_second)


class RspaceConnector:
    """The live route to one RSpace; implements `ingest.connector.Connector`."""

    def __init__(self, request: RspaceRequest, reading: Reading, access: Access) -> None:
        self._request, self._reading, self._listings = request, reading, access.cache / _LISTINGS
        session = Session(SOURCE, contact=access.contact, cache=access.cache, manners=manners_of(request))
        self._key = key_for(request.url, "apiKey", access.key, where=f"{SOURCE} {request.url}")
        session.show(self._key)
        self._host = make_id(urlsplit(request.url).netloc.lower())[:12]
        self._kept = access.cache / "rspace" / self._host
        self._api = RspaceApi(session, request.url, access.cache / "rspace-jobs" / self._host, Clock())

    @property
    def route(self) -> str:
        """Return the route: a server and how its documents are taken."""
        return f"{SOURCE}/live {self._request.url.rstrip('/')} {self._reading.mark}"

    def find(self) -> Iterator[Item]:
        """Yield the wanted documents; where they are suddenly far fewer, `EVERYTHING` comes last.

        Raises:
            SourceError: the list is not complete: nothing that is here leaves for it.
        """
        items = self._wanted()
        yield from items
        before = doubted(self._listings, self._request, len(items))
        if before is not None:
            _log.warning("rspace: %d documents are listed, and %d were before. What is here stays.", len(items), before)
            yield Item(source=SOURCE, key=EVERYTHING, stamp=EVERYTHING)

    def _wanted(self) -> list[Item]:
        asked = self._request
        rows = (row for row in self._api.documents() if _has_tag(row, asked.tags))
        items = (Item(source=SOURCE, key=f"SD{row['id']}", stamp=str(row.get("lastModified"))) for row in rows)
        since = asked.modified_since.isoformat() if asked.modified_since else ""
        found = (item for item in items if item.stamp >= since)
        return list(few(found, sample_n=asked.sample_n, sample_seed=asked.sample_seed, limit=asked.limit))

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of a document, or why there is none; the key is in none of their words."""
        yield from map(self._key.hidden_of, self._fetched(item))

    def _fetched(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        try:
            yield from self._figures(item)
        except ReasonedError as error:
            reason = self._reason(item, error.reason)
            told = {"reason": reason, "detail": error.detail, "source_id": item.key}
            row_id = make_id(SOURCE, self._host, item.key, item.stamp)
            # a second try must not be judged by an archive that may have been the mistake
            self._path(item).unlink(missing_ok=True)
            if reason in _FOR_GOOD:
                yield Dropped(id=row_id, stage=FIGURES, **told)
            else:
                yield Failed(id=row_id, stage=FIGURES, locator=item.locator, **told)

    def _reason(self, item: Item, reason: str) -> str:
        """Return why a document didn't come; a job says 401 whatever the matter is, the document tells more."""
        if reason == "http_404":
            return "absent"
        if reason not in _REFUSED:
            return reason
        try:
            self._api.document(_number_of(item.key))
        except SourceError as error:
            return "absent" if error.reason == "http_404" else "key_refused"
        return "access_denied"

    def _figures(self, item: Item) -> Iterator[Figure | Dropped]:
        if not _MOMENT.fullmatch(item.stamp):
            raise SourceError("record_invalid", f"lastModified is {item.stamp!r:.40}")
        path = self._document(item)
        came = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with opened(path, keep=self._reading.keep) as export:
            export.hide = self._key.hidden_from
            for outcome in figures_of(export, SOURCE, self._reading.terms, self._reading.contract):
                yield outcome.model_copy(update={"retrieved_at": came} if isinstance(outcome, Figure) else {})

    def _document(self, item: Item) -> Path:
        """Return the file of a document, dated by when it came; it is there or not, and never half."""
        path, number = self._path(item), _number_of(item.key)
        if not path.exists():
            answer = self._api.packed(number)
            half = path.with_name(f".{path.name}.{os.getpid()}")
            half.parent.mkdir(parents=True, exist_ok=True)
            try:
                with_crate(answer.body, half, f"{self._host}-{item.key}", number, modified=item.stamp)
                os.utime(half, (answer.retrieved_at.timestamp(),) * 2)
                half.replace(path)
            finally:
                half.unlink(missing_ok=True)
                self._api.session.forget(answer.url)
        return path

    def _path(self, item: Item) -> Path:
        return self._kept / f"{make_id(item.key, item.stamp)}.eln"

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed of documents since `known` was fetched; lists are measured anew after it."""
        yield from measured_anew(self._listings, known, lambda asked: one_by_one(asked, self._changes_of, "documents"))

    def _changes_of(self, known: Known) -> Iterator[Change]:
        try:
            told: dict[str, Any] = self._api.document(_number_of(known.key))
        except SourceError as error:
            if error.reason not in GONE:
                raise
            yield change(known, "gone", known.stamp, None, error.detail)
            return
        if str(told.get("lastModified")) != known.stamp:
            now = str(told.get("lastModified"))
            yield change(known, "version", known.stamp, now, "it was changed; the next run brings it")

    def plan(self) -> Plan:
        """Return what fetching would take; asks for the list only."""
        documents = len(self._wanted())
        requests = documents * _REQUESTS
        size_bytes, seconds = documents * _DOCUMENT_BYTES, requests / self._request.per_second
        return Plan(articles=documents, requests=requests, size_bytes=size_bytes, seconds=seconds)

    def evict(self, items: Iterable[Item]) -> None:
        """Remove every document that is kept: their figures are safe, or must go."""
        for path in (*map(self._path, items), *self._kept.glob(".*")):  # those with a dot are what a kill left
            path.unlink(missing_ok=True)


def _number_of(key: str) -> int:
    return int(key.removeprefix("SD"))


def _has_tag(row: dict[str, Any], tags: tuple[str, ...]) -> bool:
    own = {tag.strip() for tag in str(row.get("tags") or "").split(",")}
    return not tags or not own.isdisjoint(tags)
