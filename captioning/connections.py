"""Connections: those to one server: kept open while it answers, thrown away where it may have been started anew.

A request that goes out on a connection of before an outage reaches a server that is about to end, or nobody; where no
packet said so (a host that lost power, a gateway that forgot), the system notices by probes of its own (TCP keepalive).
Imported where a client is made, since it needs OpenAI's.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator

import httpx2

_KEPT_S = 4.0
"""Unused; uvicorn and others close theirs after five."""
_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""After how many silent seconds a connection is probed, how often, and how many probes it takes: tcp(7), macOS too."""


class TooLargeError(Exception):
    """An answer is larger than any can be."""


class Connections(httpx2.AsyncBaseTransport):
    """Carries requests; an answer of more than `most_bytes` is broken off with `TooLargeError`."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=_KEPT_S)
        self._most_bytes = most_bytes
        self._trusted = httpx2.create_ssl_context()  # made once: it reads all certificates
        self._pool = self._made()
        self._under_way: Counter[httpx2.AsyncHTTPTransport] = Counter()
        self._closing: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        request.headers["Accept-Encoding"] = "identity"  # so that `most_bytes` counts what is unpacked
        pool = self._pool
        self._under_way[pool] += 1
        try:
            answer = await pool.handle_async_request(request)
        except BaseException:
            self.leave(pool)
            raise
        answer.stream = _Bounded(answer.stream, pool, self)  # type: ignore[arg-type]
        return answer

    def renew(self) -> None:
        """Let requests that come go out on new connections; what is under way ends on the old ones."""
        before, self._pool = self._pool, self._made()
        self._close_if_left(before)

    def leave(self, pool: httpx2.AsyncHTTPTransport) -> None:
        """Take note that a request is over."""
        self._under_way[pool] -= 1
        self._close_if_left(pool)

    async def aclose(self) -> None:
        """Close all."""
        await asyncio.gather(*(pool.aclose() for pool in {self._pool, *self._under_way}), *self._closing)

    def _close_if_left(self, pool: httpx2.AsyncHTTPTransport) -> None:
        """Close connections that nobody uses, in a task of its own: whoever left may be cancelled."""
        if pool is not self._pool and not self._under_way[pool]:
            del self._under_way[pool]
            task = asyncio.get_running_loop().create_task(pool.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    @property
    def most_bytes(self) -> int:
        """Return how large an answer may be."""
        return self._most_bytes

    def _made(self) -> httpx2.AsyncHTTPTransport:
        probed = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        probed += [
            (socket.IPPROTO_TCP, getattr(socket, name), value)
            for name, value in _PROBES.items()
            if hasattr(socket, name)
        ]
        return httpx2.AsyncHTTPTransport(verify=self._trusted, limits=self._limits, socket_options=probed)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(
        self, stream: httpx2.AsyncByteStream, pool: httpx2.AsyncHTTPTransport, connections: Connections
    ) -> None:
        self._stream, self._pool, self._connections, self._is_over = stream, pool, connections, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._stream:
            seen += len(chunk)
            if seen > self._connections.most_bytes:
                raise TooLargeError
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._leave()

    def _leave(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._connections.leave(self._pool)
