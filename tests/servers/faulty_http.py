"""HTTP over real sockets of the loopback, with faults on demand and a memory of who asked for what and when."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

HTML = b"<!DOCTYPE html><html><head><title>PMC</title></head><body>Please enable JavaScript</body></html>"


@dataclass(frozen=True)
class Seen:
    """A request that came in; `at` in seconds since 1970."""

    at: float
    service: str
    path: str
    query: dict[str, str]
    agent: str
    piece: str = ""
    """The Range that was asked for."""
    cookie: str = ""
    key: str = ""
    """What was shown as Authorization or apiKey."""
    repeated: dict[str, list[str]] = field(default_factory=dict)
    """Every value of every parameter; `query` has the first of each."""
    method: str = "GET"
    body: bytes = b""
    """What was sent; empty too where the connection was cut before its end."""

    @property
    def whole(self) -> str:
        return self.path + "?" + "&".join(f"{name}={value}" for name, value in self.query.items())


@dataclass
class Fault:
    """What goes wrong with requests whose address contains `within`, and how often still."""

    within: str
    times: int = 1
    status: int | None = None
    retry_after: str | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0
    """Seconds after each byte of the body."""
    truncate: bool = False
    corrupt: bool = False
    reset: bool = False
    html: bool = False
    whole: bool = False
    """Sends the whole file where a piece was asked for."""
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    raw: bytes | None = None
    """Bytes in place of the whole answer, head included; then the connection ends."""
    endless: bytes = b""
    """What follows `raw` again and again, until the client hangs up."""


Reply = tuple[int, str, bytes] | tuple[int, str, bytes, dict[str, str | None]]
"""Status, content type, body, and headers where there are more; None takes one away."""


class Log:
    """The requests that came, and the faults that are still to come."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()

    def fault(self, within: str, **what: Any) -> None:
        """Let requests whose address contains `within` go wrong, once unless `times` says otherwise."""
        self.faults.append(Fault(within, **what))

    def asked(self, within: str = "", *, service: str | None = None) -> list[Seen]:
        """Return the requests whose address contains `within`, in order."""
        with self._lock:
            seen = list(self.seen)
        return [one for one in seen if within in one.whole and service in (None, one.service)]

    def take_fault(self, seen: Seen) -> Fault:
        """Note a request, and return what goes wrong with it; the first fault that fits is used up first."""
        with self._lock:
            self.seen.append(seen)
            for fault in self.faults:
                if fault.times > 0 and fault.within in seen.whole:
                    fault.times -= 1
                    return fault
        return Fault("", 0)


def _spoilt(fault: Fault, reply: tuple[int, str, bytes]) -> tuple[int, str, bytes]:
    status, kind, body = reply
    if fault.location:
        return fault.status or 302, kind, b""
    if fault.html:
        return fault.status or 200, "text/html", HTML
    if fault.status:
        return fault.status, "application/xml", b"<Error/>"
    if fault.corrupt:
        return status, kind, body[:-1] + bytes([body[-1] ^ 1])
    return status, kind, body if fault.body is None else fault.body


def _piece(asked: str, reply: Reply) -> tuple[Reply, dict[str, str]]:
    """Return the part of a reply that a Range asks for, with the header that says so: RFC 9110, 14."""
    status, kind, body = reply
    if not asked or status != 200:
        return reply, {}
    first, _, last = asked.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last) + 1, len(body)) if first and last else len(body)
    if start >= end:
        return (416, kind, b""), {"Content-Range": f"bytes */{len(body)}"}
    return (206, kind, body[start:end]), {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}


def _handler(  # noqa: C901  (a class made of what it speaks of)
    log: Log, service: str, answer: Callable[[Seen], Reply]
) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            at, parts = time.time(), urlsplit(self.path)
            repeated = parse_qs(parts.query)
            query = {name: values[0] for name, values in repeated.items()}
            told = {name: self.headers.get(name, "") for name in ("User-Agent", "Range", "Cookie")}
            piece, key = told["Range"], self.headers.get("Authorization") or self.headers.get("apiKey", "")
            sent = self._sent()
            seen = Seen(at, service, parts.path, query, *told.values(), key, repeated, self.command, sent)
            fault = log.take_fault(seen)
            time.sleep(fault.delay_s)
            if fault.reset or fault.raw is not None:
                self.close_connection = True
                self._pour(fault.raw or b"", fault.drip_s)
                while fault.endless:
                    self.wfile.write(fault.endless)
                return
            status, kind, body, *more = answer(seen)
            reply, ranged = _piece("" if fault.whole else piece, _spoilt(fault, (status, kind, body)))
            self._send(fault, *reply, {**ranged, **dict(*more)})

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  (the names they have there)

        def _sent(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                return b"".join(iter(self._chunk, b""))
            whole = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(whole)
            return body if len(body) == whole else b""

        def _chunk(self) -> bytes:
            chunk = self.rfile.read(int(self.rfile.readline().partition(b";")[0] or b"0", 16))
            self.rfile.readline()
            return chunk

        def _send(self, fault: Fault, status: int, kind: str, body: bytes, told: dict[str, str | None]) -> None:
            self.send_response(status)
            named = {"Content-Type": kind, "Content-Length": str(len(body)), **told, **fault.headers}
            named |= {"Retry-After": fault.retry_after, "Location": fault.location or named.get("Location")}
            for name, value in named.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            self.close_connection = self.close_connection or fault.truncate
            sent = b"" if self.command == "HEAD" else body
            self._pour(sent[: len(sent) // 2] if fault.truncate else sent, fault.drip_s)

        def _pour(self, body: bytes, drip_s: float) -> None:
            for chunk in [body[at : at + 1] for at in range(len(body))] if drip_s else [body]:
                self.wfile.write(chunk)
                time.sleep(drip_s)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name it has there)
            pass

    return Handler


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are part of the tests."""


@contextmanager
def serving(log: Log, answers: Mapping[str, Callable[[Seen], Reply]]) -> Iterator[dict[str, str]]:
    """Serve each of `answers` on a free port of its own, and yield their addresses by name."""
    servers = {name: _Quiet(("127.0.0.1", 0), _handler(log, name, answer)) for name, answer in answers.items()}
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        for server in servers.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield {name: f"http://127.0.0.1:{server.server_port}/" for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def json_reply(said: Any) -> Reply:
    """Return an answer of JSON."""
    return 200, "application/json", json.dumps(said).encode()


def form_or_json(body: bytes) -> dict[str, Any]:
    """Return what a body says, in whichever of the two ways."""
    return dict(json.loads(body)) if body.startswith(b"{") else dict(parse_qs(body.decode()))
