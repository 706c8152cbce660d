"""A local PMC over real sockets: the bucket on one port, E-utilities on another, with faults on demand.

    with running() as server:
        server.add(11370360, version=2)
        server.fault("PMC11370360.2.xml", status=503, times=2)
        ... server.cloud_url, server.eutils_url, server.seen
"""

import gzip
import hashlib
import http.server
import importlib.util
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_RANGE = re.compile(r"(AND|NOT) (\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[(?:pmcrdat|edat)\]")
_HTML = b"<!DOCTYPE html><html><head><title>PMC</title></head><body>Please enable JavaScript</body></html>"
_INVENTORY = "inventory-reports/pmc-oa-opendata/metadata/"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None  # noqa: PT018  (no assertion of a test)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


articles = _load("pmc_articles")


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    at: float
    service: str
    path: str
    query: dict[str, str]
    agent: str


@dataclass
class Fault:
    """What goes wrong, and how often still; the first that matches is used up first."""

    within: str
    times: int = 1
    status: int | None = None
    retry_after: str | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0
    truncate: bool = False
    corrupt: bool = False
    reset: bool = False
    html: bool = False
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class PmcServer:
    """What the bucket holds, what a search finds, what went wrong, and who asked."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.catalogue: dict[int, tuple[date, str]] = {}
        """Number -> day of release and title: what esearch sees."""
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.most_ids = 9_999
        self.page_keys = 1000
        self.page_ids = 100_000
        self.searches_per_second = 0
        self.cloud_url = self.eutils_url = ""
        self._history: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    # -- what is there

    def add(self, number: int, **known: Any) -> Any:
        """Store an article's version and return it; a second call with another version adds that one."""
        metadata = known.pop("metadata", {})
        stored = articles.Stored(number, metadata=metadata, **known)
        self.objects |= articles.objects(stored)
        self.catalogue[number] = (stored.released, stored.title)
        return stored

    def remove(self, number: int) -> None:
        """Withdraw every version of an article."""
        starts = (f"PMC{number}.", f"metadata/PMC{number}.")
        self.objects = {key: body for key, body in self.objects.items() if not key.startswith(starts)}
        self.catalogue.pop(number, None)

    def add_inventory(self, stamp: str, rows: list[tuple[str, str]], *, whole: bool = True, shards: int = 2) -> None:
        """Store a report with rows of (key, last modified); one that isn't `whole` lacks its last shard."""
        files = []
        for n in range(shards):
            lines = "".join(f'"pmc-oa-opendata","{key}","{day}","{n:032x}"\n' for key, day in rows[n::shards])
            body, key = gzip.compress(lines.encode(), mtime=0), f"{_INVENTORY}data/{stamp}-{n}.csv.gz"
            files.append({"key": key, "size": len(body), "MD5checksum": hashlib.md5(body).hexdigest()})
            if whole or n < shards - 1:
                self.objects[key] = body
        told = {"sourceBucket": "pmc-oa-opendata", "fileFormat": "CSV", "files": files}
        told["fileSchema"] = "Bucket, Key, LastModifiedDate, ETag"
        self.objects[f"{_INVENTORY}{stamp}/manifest.json"] = json.dumps(told).encode()
        self.objects[f"{_INVENTORY}hive/dt={stamp}/symlink.txt"] = b""

    def fault(self, within: str, **what: Any) -> None:
        """Let requests whose address contains `within` go wrong, once unless `times` says otherwise."""
        self.faults.append(Fault(within, **what))

    # -- who asked

    def asked(self, within: str = "", *, service: str | None = None) -> list[Seen]:
        """Return the requests whose path or parameters contain `within`, in order."""
        with self._lock:
            seen = list(self.seen)
        return [one for one in seen if within in _whole(one) and service in (None, one.service)]

    def take_fault(self, seen: Seen) -> Fault | None:
        with self._lock:
            self.seen.append(seen)
            for fault in self.faults:
                if fault.times > 0 and fault.within in _whole(seen):
                    fault.times -= 1
                    return fault
        return None

    # -- what is answered

    def answer(self, seen: Seen) -> tuple[int, str, bytes]:
        """Return status, content type and body."""
        if seen.service == "eutils":
            return self._search(seen)
        if seen.path == "/":
            return 200, "application/xml", self._list(seen.query)
        key = unquote(seen.path.lstrip("/"))
        if key not in self.objects:
            return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"
        return 200, "application/octet-stream", self.objects[key]

    def _list(self, query: dict[str, str]) -> bytes:
        prefix = query.get("prefix", "")
        rests = (key[len(prefix) :] for key in self.objects if key.startswith(prefix))
        names = sorted({prefix + rest.partition("/")[0] + "/" for rest in rests if "/" in rest})
        start = int(query.get("continuation-token", "0"))
        shown, more = names[start : start + self.page_keys], start + self.page_keys < len(names)
        entries = "".join(f"<CommonPrefixes><Prefix>{escape(n)}</Prefix></CommonPrefixes>" for n in shown)
        token = f"<NextContinuationToken>{start + self.page_keys}</NextContinuationToken>" if more else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>pmc-oa-opendata</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount><MaxKeys>1000</MaxKeys>"
            f"<Delimiter>/</Delimiter><IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}"
            "</ListBucketResult>"
        ).encode()

    def _too_fast(self, seen: Seen) -> bool:
        with self._lock:
            recent = [one for one in self.seen if one.service == "eutils" and one.at > seen.at - 1]
        return bool(self.searches_per_second) and len(recent) > self.searches_per_second

    def _search(self, seen: Seen) -> tuple[int, str, bytes]:
        if self._too_fast(seen):
            return 429, "application/json", b'{"error":"API rate limit exceeded","count":"4"}'
        query = seen.query
        found = self._history.get(query.get("WebEnv", ""), None)
        if found is None:
            found = self._found(query.get("term", ""))
        env = f"MCID_{len(self._history)}"
        self._history[env] = found
        first, most = int(query.get("retstart", "0")), int(query.get("retmax", "20"))
        shown = found[first : min(first + min(most, self.page_ids), self.most_ids)]
        result = {"count": str(len(found)), "retmax": str(len(shown)), "retstart": str(first)}
        result |= {"querykey": "1", "webenv": env}
        told = {"header": {}, "esearchresult": {**result, "idlist": [str(number) for number in shown]}}
        return 200, "application/json", json.dumps(told).encode()

    def _found(self, term: str) -> list[int]:
        ranges = _RANGE.findall(term)
        words = re.findall(r"[a-z]{3,}", re.sub(r"\S+\[\w+\]|\b(?:AND|OR|NOT)\b", " ", _RANGE.sub("", term)).lower())
        return [
            number
            for number, (day, title) in sorted(self.catalogue.items(), reverse=True)
            if all(word in title.lower() for word in words)
            and all((first <= f"{day:%Y/%m/%d}" <= last) == (sign == "AND") for sign, first, last in ranges)
        ]


def _whole(seen: Seen) -> str:
    return seen.path + "?" + "&".join(f"{name}={value}" for name, value in seen.query.items())


def _handler(server: PmcServer, service: str) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            at, parts = time.time(), urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            seen = Seen(at, service, parts.path, query, self.headers.get("User-Agent", ""))
            fault = server.take_fault(seen) or Fault("", 0)
            time.sleep(fault.delay_s)
            if fault.reset:
                self.close_connection = True
                return
            status, kind, body = server.answer(seen)
            status, kind, body = _spoilt(fault, status, kind, body)
            self._send(fault, status, kind, body)

        def _send(self, fault: Fault, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            named = {"Retry-After": fault.retry_after, "Location": fault.location, **fault.headers}
            for name, value in named.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            shown = body[: len(body) // 2] if fault.truncate else body
            self.close_connection = self.close_connection or fault.truncate
            if not fault.drip_s:
                self.wfile.write(shown)
                return
            for byte in shown:
                self.wfile.write(bytes([byte]))
                time.sleep(fault.drip_s)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name it has there)
            pass

    return Handler


def _spoilt(fault: Fault, status: int, kind: str, body: bytes) -> tuple[int, str, bytes]:
    if fault.location:
        return fault.status or 302, kind, b""
    if fault.status:
        return fault.status, "text/html" if fault.html else "application/xml", _HTML if fault.html else b"<Error/>"
    if fault.html:
        return 200, "text/html", _HTML
    if fault.corrupt:
        return status, kind, body[:-1] + bytes([body[-1] ^ 1])
    return (status, kind, body if fault.body is None else fault.body)


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are part of the tests."""


@contextmanager
def running() -> Iterator[PmcServer]:
    """Start the two services on free ports of the loopback, and stop them at the end."""
    server = PmcServer()
    services = {name: _Quiet(("127.0.0.1", 0), _handler(server, name)) for name in ("cloud", "eutils")}
    server.cloud_url = f"http://127.0.0.1:{services['cloud'].server_port}/"
    server.eutils_url = f"http://127.0.0.1:{services['eutils'].server_port}/entrez/eutils/"
    threads = [
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        for one in services.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield server
    finally:
        for one in services.values():
            one.shutdown()
            one.server_close()
        for thread in threads:
            thread.join()
