"""Wire: every byte of an answer, its head included, is read under watch: a host that drips holds nobody."""

import http.client
import io
from functools import partial
from socket import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool

from ingest.session_manners import Manners
from ingest.session_pace import Clock
from schemas.errors import SourceError

_BUFFER_BYTES = 1 << 16


class _Watched(io.RawIOBase):
    """Reads from the socket, and measures what comes; a loop around it would miss what HTTP swallows itself."""

    def __init__(self, wire: io.RawIOBase, manners: Manners, clock: Clock) -> None:
        self._wire, self._manners, self._clock = wire, manners, clock
        self._began = clock.now()
        self._window: tuple[float, int] | None = None
        """When it began, and the bytes since; from the first byte on: a host may think before it speaks."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as it is there
        count = self._wire.readinto(buffer)
        self._judge(count or 0)
        return count

    def close(self) -> None:
        self._wire.close()
        super().close()

    def _judge(self, count: int) -> None:
        manners, now = self._manners, self._clock.now()
        if now - self._began > manners.deadline_s:
            raise SourceError("timeout", f"not complete after {manners.deadline_s:.0f} s")
        since, came = self._window or (now, 0)
        self._window = since, came + count
        if now - since < manners.slow_window_s:
            return
        if came + count < manners.slowest_bytes_per_s * (now - since):
            raise SourceError("too_slow", f"{came + count} bytes in {now - since:.0f} s")
        self._window = now, 0


def _watched_answer(
    sock: socket, debuglevel: int = 0, *, manners: Manners, clock: Clock, method: str | None = None
) -> http.client.HTTPResponse:
    """Return the answer that comes through `sock`; reading it raises SourceError, timeout or too_slow."""
    answer = http.client.HTTPResponse(sock, debuglevel, method)
    answer.fp = io.BufferedReader(_Watched(answer.fp.detach(), manners, clock), _BUFFER_BYTES)
    return answer


class WatchedAdapter(HTTPAdapter):
    """Lets every answer be read under watch."""

    def __init__(self, manners: Manners, clock: Clock) -> None:
        self._answer = partial(_watched_answer, manners=manners, clock=clock)
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> ConnectionPool:  # noqa: ANN401  as it is there
        pool = super().get_connection_with_tls_context(*args, **options)
        if isinstance(pool, HTTPConnectionPool) and "ConnectionCls" not in vars(pool):
            watched = {"response_class": staticmethod(self._answer)}
            vars(pool)["ConnectionCls"] = type("Watched", (pool.ConnectionCls,), watched)
        return pool
