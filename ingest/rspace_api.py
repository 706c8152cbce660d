"""RSpace's API, version 1: lists of documents, one document, and the export job that packs one.

Facts: rspace-os/rspace-web, src/main/java/com/researchspace/api/v1 (ExportApiController, JobsApiController,
ApiPaginationCriteria, ExportApiSpringBatchHandlerImpl) and rspace-os/api-tutorial, jobs.md; last looked at in autumn
2026. A user has one job at a time, 429 to the next. What a job packs by the API is RSpace's XML, never an .eln.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ingest.eln_crate import split_address
from ingest.session import JSON, ZIP, Answer, Clock, Promise, Session
from pipeline.pace import Pace
from schemas.errors import SourceError

_ROWS_PER_PAGE = 100
_ROUNDS = 5
_MOST_PAGES = 10_000
_MOST_WAIT_S = 3600.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_ENDED_BADLY = frozenset({"FAILED", "ABANDONED", "STOPPED"})
_KEY_REASONS = frozenset({"http_401", "http_403"})


class RspaceApi(NamedTuple):
    """What an RSpace answers."""

    session: Session
    url: str
    jobs: Path
    """A file whose lock says that a job is running."""
    clock: Clock = Clock()

    def _at(self, path: str) -> str:
        return f"{self.url.rstrip('/').removesuffix('/api/v1')}/api/v1/{path}"

    def documents(self) -> list[dict[str, Any]]:
        """Return what is listed of the documents that the key may read, once each, by number.

        Raises:
            SourceError: the list is not complete, or none; key_refused.
        """
        for _ in range(_ROUNDS):
            rows = self._round()
            if rows is not None:
                return [rows[number] for number in sorted(rows)]
        raise SourceError("listing_incomplete", f"it changed while it was read, in each of {_ROUNDS} rounds")

    def _round(self) -> dict[int, dict[str, Any]] | None:
        """Return the rows of all pages by number; None where they don't add up."""
        rows: dict[int, dict[str, Any]] = {}
        totals = set()
        for number in Pace("pages of the list of documents").over(range(_MOST_PAGES)):
            page = self._page(number)
            totals.add(page["totalHits"])
            rows |= {int(row["id"]): row for row in page["documents"]}
            if not page["documents"] or len(rows) >= page["totalHits"]:
                break
        return rows if totals == {len(rows)} else None

    def _page(self, number: int) -> dict[str, Any]:
        params = {"orderBy": "created asc", "pageSize": str(_ROWS_PER_PAGE), "pageNumber": str(number)}
        try:
            return self._json("documents", _refuse_other_than_page, params)
        except SourceError as error:
            if error.reason in _KEY_REASONS:
                raise SourceError("key_refused", f"it refuses the key ({error.detail})") from None
            raise

    def document(self, number: int) -> dict[str, Any]:
        """Return what is said now of one document.

        Raises:
            SourceError: http_404 and the like, or no answer.
        """
        return self._json(f"documents/{number}", _refuse_other_than_numbered)

    def _json(self, path: str, check: Callable[[bytes], None], params: dict[str, str] | None = None) -> dict[str, Any]:
        promise = Promise("json", JSON.max_bytes, check)
        try:
            body = self.session.get(self._at(path), promise=promise, params=params, max_age_s=0).read()
        finally:
            self.session.forget(self._at(path), params=params)
        told: dict[str, Any] = json.loads(body)
        return told

    def packed(self, number: int) -> Answer:
        """Return the archive of one document, packed for it by a job; the document alone, without what it links to.

        Raises:
            SourceError: export_failed, timeout, or the host didn't give it.
        """
        with _alone(self.jobs):
            link = self._link_of(self._ended(self._begun(number)))
        return self.session.get(link, promise=ZIP, max_age_s=0)

    def _begun(self, number: int) -> int:
        """Return the job that packs a document, once another that runs for the same user has ended."""
        asked = {"selections": str(number), "includeRevisionHistory": "false", "maxLinkLevel": "0"}
        for pause_s in _pauses():
            try:
                told = json.loads(self.session.post(self._at("export/xml/selection"), params=asked))
            except SourceError as error:
                if error.reason != "throttled":
                    raise
            else:
                if not isinstance(told, dict) or not _is_number(told.get("id")):
                    raise SourceError("export_failed", f"no job: {told!r:.100}")
                return int(told["id"])
            self.clock.sleep(pause_s)
        raise SourceError("throttled", f"another job of the user has not ended after {_MOST_WAIT_S:.0f} s")

    def _ended(self, job: int) -> dict[str, Any]:
        for pause_s in _pauses():
            told = self._json(f"jobs/{job}", _refuse_other_than_numbered)
            if told.get("status") == "COMPLETED":
                return told
            if told.get("status") in _ENDED_BADLY:
                raise SourceError("export_failed", f"job {job}: {told['status']}, {told.get('result')!r:.200}")
            self.clock.sleep(pause_s)
        raise SourceError("timeout", f"job {job} has not ended after {_MOST_WAIT_S:.0f} s")

    def _link_of(self, job: dict[str, Any]) -> str:
        """Return where an archive lies; on another host, such as S3, the key must not go, and bricks doesn't follow."""
        links = [one for one in job.get("_links") or [] if isinstance(one, dict) and one.get("rel") == "enclosure"]
        link = str(links[0].get("link")) if links else ""
        own, there = split_address(self.url), split_address(link)
        if (there.scheme, there.netloc) != (own.scheme, own.netloc):
            raise SourceError("redirect_refused", f"the archive lies at {there.netloc or 'no address'}")
        return link


def _pauses() -> Iterator[float]:
    """Yield ever longer pauses, as long as it is worth waiting."""
    waited_s, pause_s = 0.0, _FIRST_PAUSE_S
    while waited_s < _MOST_WAIT_S:
        yield pause_s
        waited_s, pause_s = waited_s + pause_s, min(_LONGEST_PAUSE_S, pause_s * 2)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time in: a second job would be refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _refuse_other_than_page(body: bytes) -> None:
    page = json.loads(body)
    rows = page.get("documents") if isinstance(page, dict) else None
    fine = isinstance(rows, list) and all(isinstance(row, dict) and _is_number(row.get("id")) for row in rows)
    if not fine or not _is_number(page.get("totalHits")):
        raise SourceError("not_a_listing", f"no list of documents: {body[:100]!r}")


def _refuse_other_than_numbered(body: bytes) -> None:
    told = json.loads(body)
    if not isinstance(told, dict) or not _is_number(told.get("id")):
        raise SourceError("not_an_entry", f"nothing with a number: {body[:100]!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
