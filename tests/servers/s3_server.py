"""A local S3 of moto's behind a guard: whoever doesn't say that the requester pays is refused, as Amazon does.

with running() as server:
    server.put("Current_Content/January_2026/0a1b.meca", body, modified=datetime(2026, 1, 5, tzinfo=UTC))
    server.fault("0a1b.meca", status=503, times=2)
    ... server.endpoint_url, server.ranges(), server.asked("0a1b")
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import faulty_http
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

_ACCOUNT, _PARTITION = "123456789012", "aws"


@dataclass(frozen=True)
class Asked(faulty_http.Seen):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """A request that came in."""

    method: str = "GET"
    span: str = ""
    """The head `Range`."""
    pays: bool = False


class S3Server(faulty_http.Log):  # type: ignore[misc, name-defined]
    """What the buckets hold, what goes wrong, and who asked for what."""

    def __init__(self, bucket: str, *, guarded: bool = True) -> None:
        super().__init__()
        self.bucket, self.endpoint_url, self.guarded = bucket, "", guarded
        s3_backends.reset()
        self._backend = s3_backends[_ACCOUNT][_PARTITION]
        self.make(bucket)

    def make(self, bucket: str) -> None:
        """Make a bucket that is empty."""
        self._backend.create_bucket(bucket, "us-east-1")

    def put(self, key: str, body: bytes, *, modified: datetime | None = None, parts: bool = False) -> None:
        """Store an object; one that came in `parts` has an ETag that is no MD5."""
        stored = self._backend.put_object(self.bucket, key, body)
        if parts:
            stored._etag = f"{'0' * 32}-2"
        if modified:
            stored.last_modified = modified.replace(tzinfo=None)  # as moto keeps it, in UTC

    def remove(self, key: str) -> None:
        """Remove an object."""
        self._backend.delete_object(self.bucket, key)

    def objects(self) -> list[Any]:
        """Return what the bucket holds: objects with a `name` and a `value`."""
        return list(self._backend.get_bucket(self.bucket).keys.values())

    def ranges(self, within: str = "") -> list[Asked]:
        """Return the requests for a part of an object whose address contains `within`, in order."""
        return [one for one in self.asked(within) if one.span]

    def spoiling(self, wrapped: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """Return the application `wrapped` behind the guard and the faults."""

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            asked = Asked(
                at=time.time(),
                service="s3",
                path=unquote(environ["PATH_INFO"]),
                query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
                agent=environ.get("HTTP_USER_AGENT", ""),
                method=environ["REQUEST_METHOD"],
                span=environ.get("HTTP_RANGE", ""),
                pays=environ.get("HTTP_X_AMZ_REQUEST_PAYER") == "requester",
            )
            fault = self.take_fault(asked)
            time.sleep(fault.delay_s)
            if fault.reset:
                _hang_up(environ["werkzeug.socket"])
            if fault.status or (self.guarded and not asked.pays):
                return _refused(fault.status or 403, start)
            body = wrapped(environ, start)
            return _spoilt(fault, b"".join(body)) if fault.truncate or fault.corrupt else body

        return answer


def environment(server: S3Server) -> dict[str, str]:
    """Return what Arrow reads of the environment to find a server, with a key and a secret that nobody may see."""
    return {
        "AWS_ENDPOINT_URL": server.endpoint_url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret-of-mine",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _refused(status: int, start: Callable[..., Any]) -> Iterable[bytes]:
    code = {403: "AccessDenied", 404: "NoSuchKey", 503: "SlowDown"}.get(status, "InternalError")
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    start(f"{status} {code}", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def _spoilt(fault: Any, body: bytes) -> Iterable[bytes]:
    return [body[: len(body) // 2]] if fault.truncate else [body[:-1] + bytes([body[-1] ^ 1])]


def _hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (the name it has there)
        """Say nothing."""


@contextmanager
def running(bucket: str = "biorxiv-src-monthly", *, guarded: bool = True) -> Iterator[S3Server]:
    """Start the service on a free port of the loopback with one empty bucket, and stop it at the end.

    One that isn't `guarded` lets in whoever comes, as a bucket of one's own does.
    """
    server = S3Server(bucket, guarded=guarded)
    moto = DomainDispatcherApplication(create_backend_app)
    http = make_server("127.0.0.1", 0, server.spoiling(moto), threaded=True, request_handler=_Silent)
    server.endpoint_url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
