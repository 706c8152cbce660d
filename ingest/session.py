"""Session: the one polite door to the network; nothing else in ingest speaks HTTP.

Every request has a contact, waits for its host's gate (see `session_pace`), is tried again only where a
second try can help, stays on the host it was meant for, and is kept on disk (see `session_cache`).
"""

import logging
import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import requests

from ingest import session_cache, session_pace
from ingest.session_body import (
    BYTES,
    IMAGE,
    JSON,
    XML,
    ZIP,
    Poured,
    Promise,
    examine,
    looks_like_html,
    refuse_encoding,
    refuse_other_piece,
    written,
)
from ingest.session_cache import Answer, public
from ingest.session_errors import named_errors
from ingest.session_key import Key
from ingest.session_manners import TRANSIENT, Manners, may_lead
from ingest.session_pace import Clock
from ingest.session_wire import WatchedAdapter
from schemas.errors import ReasonedError, SourceError, UsageError

__all__ = ["BYTES", "IMAGE", "JSON", "XML", "ZIP", "Answer", "Clock", "Manners", "Promise", "Session"]

_log = logging.getLogger(__name__)
_CHUNK_BYTES = 1 << 16
_OK, _ACCEPTED, _PARTIAL = 200, 202, 206
_Brought = TypeVar("_Brought")
_MOVED = frozenset({301, 302, 303, 307, 308})


class Session:
    """Gets answers of one source; may be pickled, and used in several processes at once."""

    def __init__(
        self,
        source: str,
        *,
        contact: str,
        cache: Path,
        manners: Manners | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not contact.strip() or not contact.isprintable():
            raise UsageError("a live source needs a contact", where=source, mend="Set `contact:` in the manifest.")
        self._source, self._cache = source, cache
        self._manners, self._clock = manners or Manners(), clock or Clock()
        self._auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = None
        self._hide: Callable[[bytes], bytes] = bytes
        """Takes what must not be told out of what a host says: messages quote it, and the disk keeps it."""
        self._agent = f"bricks/{_own_version()} (+{contact.strip()})"
        self._http: tuple[int, requests.Session] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_http": None}

    def show(self, key: Key) -> None:
        """Show `key` to its host with every request from now on; what ~/.netrc has for the host is not sent."""
        self._auth, self._hide = partial(_signed, key), key.hidden_in

    def get(
        self,
        url: str,
        *,
        promise: Promise = BYTES,
        params: Mapping[str, str] | None = None,
        md5: str | None = None,
        max_age_s: float | None = None,
    ) -> Answer:
        """Return the answer to `url`, from the cache where it is there and at most `max_age_s` old.

        Raises:
            SourceError: the host didn't give what was promised, after every try that made sense.
        """
        # The name of a piece is a fragment, which is never sent.
        full = _full(url, params) + (f"#{promise.piece}" if promise.piece else "")
        kept = session_cache.recall(self._cache, public(full), md5, promise.stamp)
        if kept and (max_age_s is None or self._age_s(kept) < max_age_s):
            return kept
        if promise.stamp:
            self.forget(url, params=params)  # what is of another state must not outlive a try that fails
        return self._persist(full, partial(self._try, promise=promise, md5=md5))

    def post(self, url: str, *, params: Mapping[str, str]) -> bytes:
        """Ask the host to begin something, and return what it says in JSON; nothing of it is kept.

        Raises:
            SourceError: the host didn't accept it, after every try that made sense.
        """
        return self._persist(_full(url, params), self._posted)

    def visit(self, url: str) -> None:
        """Ask for a page for the sake of its cookies, which stay in this process's memory; older ones are forgotten.

        Raises:
            SourceError: the host didn't answer, or no_cookie.
        """
        self._persist(_full(url, None), self._fetch_cookies)

    def kept(self, url: str, *, params: Mapping[str, str] | None = None) -> Answer | None:
        """Return the kept answer to `url`, if there is one; asks nobody."""
        return session_cache.recall(self._cache, public(_full(url, params)), None)

    def forget(self, url: str, *, params: Mapping[str, str] | None = None) -> None:
        """Remove the kept answer to `url`."""
        session_cache.forget(self._cache, _full(url, params))

    def forget_all(self, urls: Iterable[str]) -> None:
        """Remove the kept answers to `urls`, each with its parameters in it."""
        session_cache.forget_all(self._cache, map(_full, urls))

    def shelves(self, url: str) -> set[str]:
        """Return the first steps of the paths under which answers of the host of `url` are kept."""
        return session_cache.shelves(self._cache, url)

    def purge(self, prefix: str) -> None:
        """Remove every kept answer whose address starts with `prefix`."""
        session_cache.purge(self._cache, prefix)

    def _age_s(self, answer: Answer) -> float:
        return self._clock.now() - answer.retrieved_at.timestamp()

    def _persist(self, url: str, attempt: Callable[[str], _Brought]) -> _Brought:
        try:
            return self._tried_again(url, attempt)
        except ReasonedError as error:
            where = f"{self._source} {public(url)}"
            raise SourceError(error.reason, error.detail, where=where) from None

    def _tried_again(self, url: str, attempt: Callable[[str], _Brought]) -> _Brought:
        manners = self._manners
        for tried in range(1, manners.tries + 1):
            try:
                return attempt(url)
            except SourceError as error:
                if error.reason not in TRANSIENT or tried == manners.tries:
                    raise
                # Half of the pause is left to chance, so that processes don't come back all at once.
                backoff_s = min(manners.max_backoff_s, manners.backoff_s * 2 ** (tried - 1))
                _log.info("%s %s: %s; try %d of %d", self._source, public(url), error, tried + 1, manners.tries)
                self._clock.sleep(backoff_s * random.uniform(0.5, 1))  # noqa: S311  (no secret hangs on it)
        raise AssertionError("unreachable")

    def _fetch_cookies(self, url: str) -> None:
        self._connection().cookies.clear()
        with named_errors(), self._follow(url, None) as response:
            self._refuse_status(response, _OK)
        if not len(self._connection().cookies):
            raise SourceError("no_cookie", "answered without a cookie")

    def _posted(self, url: str) -> bytes:
        half = session_cache.half_written(self._cache, public(url))
        try:
            with named_errors(), self._send(url, None, "POST") as response:
                self._refuse_status(response, _OK if response.status_code == _OK else _ACCEPTED)
                self._poured(response, JSON, half)
            return half.read_bytes()
        finally:
            half.unlink(missing_ok=True)

    def _try(self, url: str, promise: Promise, md5: str | None) -> Answer:
        half = session_cache.half_written(self._cache, public(url))
        try:
            with named_errors(), self._follow(url, promise.piece) as response:
                self._refuse_status(response, _PARTIAL if promise.piece else _OK)
                refuse_other_piece(response.headers, promise.piece)
                poured = self._poured(response, promise, half)
            if md5 and poured.md5 != md5:
                raise SourceError("md5_mismatch", f"{poured.md5} came, {md5} was promised")
            answer = self._answer(url, response, poured, half)
            return session_cache.keep(self._cache, half, answer.model_copy(update={"stamp": promise.stamp}))
        finally:
            half.unlink(missing_ok=True)

    def _poured(self, response: requests.Response, promise: Promise, half: Path) -> Poured:
        """Write the body of an answer to `half`, and return what is known of it; it is what was promised."""
        refuse_encoding(response.headers)
        poured = written(_chunks(response), half, promise)
        if promise.kind == "json" and self._hide(told := half.read_bytes()) != told:
            poured = written([self._hide(told)], half, promise)
        examine(replace(poured, head=self._hide(poured.head)), promise, half)
        return poured

    def _answer(self, url: str, response: requests.Response, poured: Poured, half: Path) -> Answer:
        return Answer(
            url=public(url),
            status=response.status_code,
            sha256=poured.sha256,
            md5=poured.md5,
            size_bytes=poured.size_bytes,
            retrieved_at=datetime.fromtimestamp(self._clock.now(), UTC),
            body=half,
        )

    @contextmanager
    def _follow(self, url: str, piece: str | None) -> Iterator[requests.Response]:
        origin = url
        for _ in range(self._manners.redirects + 1):
            with self._send(url, piece) as response:
                if response.status_code not in _MOVED:
                    yield response
                    return
                url = urljoin(url, response.headers.get("Location", ""))
            if not may_lead(origin, url, self._manners.other_hosts):
                raise SourceError("redirect_refused", f"leads to {public(url)}")
        raise SourceError("redirect_refused", f"more than {self._manners.redirects} in a row")

    def _send(self, url: str, piece: str | None, method: str = "GET") -> requests.Response:
        host, manners = urlsplit(url).netloc, self._manners
        rate = manners.per_host.get(host, manners.per_host.get(host.partition(":")[0], manners.per_second))
        session_pace.take_turn(self._gate(url), 1 / rate, longest_s=manners.max_retry_after_s, clock=self._clock)
        # A body that was packed on its way would have the MD5 of something else.
        headers = {"User-Agent": self._agent, "Accept-Encoding": "identity"}
        if piece:
            headers["Range"] = piece
        response = self._connection().request(
            method, url, headers=headers, auth=self._auth, stream=True, allow_redirects=False, timeout=manners.timeout_s
        )
        for name, value in response.headers.items():
            response.headers[name] = self._hide(value.encode("latin-1")).decode("latin-1")
        return response

    def _gate(self, url: str) -> Path:
        return self._cache / "gates" / quote(urlsplit(url).netloc, safe="")

    def _connection(self) -> requests.Session:
        # A connection that was open before a fork would be read by two processes.
        if self._http is None or self._http[0] != os.getpid():
            self._http = (os.getpid(), requests.Session())
            for scheme in ("http://", "https://"):
                self._http[1].mount(scheme, WatchedAdapter(self._manners, self._clock))
            session_cache.hide_secrets()
        return self._http[1]

    def _refuse_status(self, response: requests.Response, wanted: int) -> None:
        status = response.status_code
        if status == wanted:
            return
        if status == _OK:
            raise SourceError("range_refused", "sends the whole file where a piece was asked for")
        longest_s = self._manners.max_retry_after_s
        if asked_s := session_pace.asked_pause_s(response.headers.get("Retry-After"), self._clock.now()):
            session_pace.pause(self._gate(response.url), asked_s, longest_s=longest_s, clock=self._clock)
            session_pace.refuse_pause(asked_s, longest_s)
        if status == requests.codes.too_many_requests:
            raise SourceError("throttled", f"answered {status}")
        if status == requests.codes.forbidden and looks_like_html(response.raw.read(2048, decode_content=True)):
            raise SourceError("blocked", "answered 403 with a web page: it wants no programs")
        raise SourceError(f"http_{status}", f"answered {status}")


def _signed(key: Key, request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers.update(key.headers(request.url))
    return request


def _full(url: str, params: Mapping[str, str] | None = None) -> str:
    with named_errors():
        return requests.Request("GET", url, params=params).prepare().url or url


def _own_version() -> str:
    try:
        return version("bricks")
    except PackageNotFoundError:
        return "0"


def _chunks(response: requests.Response) -> Iterator[bytes]:
    # read1 gives what has come; read would wait for a full chunk.
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        yield chunk
