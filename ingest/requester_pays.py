"""Requester pays: lists and reads an S3 bucket whose readers are charged; every fault has a name.

boto3 (the extra `s3`) is imported when the first request leaves. It finds the credentials itself, in the
environment or its own files; none of them ever reaches an error or a log line.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from pydantic import NonNegativeInt

from schemas.errors import SourceError
from schemas.records import Record

MANY_AT_ONCE = 8
"""Requests under way at the same time. S3 bears thousands; beyond eight the wait for an answer no longer matters."""

_PAYER = {"RequestPayer": "requester"}
_KEYS_A_PAGE = 1000
_ATTEMPTS = 5
_BREAKS = 5
"""So often the body of one answer may break off; the next request goes on from there."""
_CONNECT_S, _READ_S = 10, 60
_CHUNK_BYTES = 1 << 18
_FORBIDDEN, _MISSING, _CHANGED = 403, 404, frozenset({412, 416})
_BUSY = frozenset({429, 503})
_NO_BOTO3 = "boto3 is not installed. Run: pip install 'bricks[s3]'"
_NO_CREDENTIALS = (
    "no AWS credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the account they belong to is"
    " charged for what is read (requester pays)"
)
_DENIED = (
    "the answer was {}. The bucket is requester pays: the credentials must be valid, allow s3:ListBucket and"
    " s3:GetObject on it, and their account is charged"
)


class Stored(Record):
    """An object of a bucket, as its listing tells."""

    key: str
    etag: str
    size_bytes: NonNegativeInt
    modified_at: datetime


class Traffic:
    """What was asked for so far, tries that failed included; several threads may count at once."""

    def __init__(self) -> None:
        self.lists = self.gets = self.received_bytes = 0
        self._lock = threading.Lock()

    def count(self, *, lists: int = 0, gets: int = 0, received_bytes: int = 0) -> None:
        """Add to the sums."""
        with self._lock:
            self.lists += lists
            self.gets += gets
            self.received_bytes += received_bytes


class PaidBucket:
    """A bucket whose readers pay; may be pickled, and used in several processes and threads at once."""

    def __init__(self, name: str, *, endpoint_url: str | None = None, region: str = "us-east-1") -> None:
        self.name, self._endpoint_url, self._region = name, endpoint_url, region
        self.traffic = Traffic()
        self._client: tuple[int, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in {"traffic", "_client"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"traffic": Traffic(), "_client": None}

    def connect(self) -> Any:  # noqa: ANN401  (boto3 makes its classes at run time)
        """Return this process's client; call it before threads share the bucket.

        Raises:
            SourceError: `bucket_unavailable`, where boto3 or credentials are missing.
        """
        # A connection that was open before a fork would be read by two processes.
        if self._client is None or self._client[0] != os.getpid():
            self._client = (os.getpid(), self._connected())
        return self._client[1]

    def objects(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects whose key starts with `prefix`, in the order of their keys.

        Raises:
            SourceError: named by what was answered.
        """
        pages = self.connect().get_paginator("list_objects_v2")
        with _named_faults(f"s3://{self.name}/{prefix}"):
            size = {"PageSize": _KEYS_A_PAGE}
            for page in pages.paginate(Bucket=self.name, Prefix=prefix, PaginationConfig=size, **_PAYER):
                for one in page.get("Contents", []):
                    yield Stored(
                        key=one["Key"],
                        etag=one["ETag"].strip('"'),
                        size_bytes=one["Size"],
                        modified_at=one["LastModified"],
                    )

    def read(self, stored: Stored, start: int, end: int) -> bytes:
        """Return the bytes of an object from `start` to `end`, which is not included."""
        return b"".join(self.chunks(stored, start, end))

    def chunks(self, stored: Stored, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of an object from `start` to `end`; where an answer breaks off, go on from there.

        Raises:
            SourceError: `changed`, when it isn't what was listed any more; else named by what was answered.
        """
        breaks = 0
        while start < end:
            answer = self._ask(stored, start, end)
            try:
                for chunk in _body(answer, f"s3://{self.name}/{stored.key}"):
                    self.traffic.count(received_bytes=len(chunk))
                    start += len(chunk)
                    yield chunk
            except SourceError:
                breaks += 1
                if breaks == _BREAKS:
                    raise

    def _ask(self, stored: Stored, start: int, end: int) -> Any:  # noqa: ANN401
        """Return the answer to a request for a range; botocore tries again where that can help."""
        client, where = self.connect(), f"s3://{self.name}/{stored.key}"
        with _named_faults(where):
            answer = client.get_object(
                Bucket=self.name, Key=stored.key, IfMatch=f'"{stored.etag}"', Range=f"bytes={start}-{end - 1}", **_PAYER
            )
        if answer["ContentLength"] != end - start:
            answer["Body"].close()
            detail = f"{end - start} bytes were asked for, {answer['ContentLength']} offered"
            raise SourceError("range_ignored", detail, where=where)
        return answer

    def _connected(self) -> Any:  # noqa: ANN401
        try:
            import boto3
            from botocore.config import Config
        except ModuleNotFoundError as error:
            raise SourceError("bucket_unavailable", _NO_BOTO3, where=f"s3://{self.name}") from error
        _hide_secrets()
        config = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            max_pool_connections=MANY_AT_ONCE,
        )
        with _named_faults(f"s3://{self.name}"):
            session = boto3.session.Session(region_name=self._region)
            if session.get_credentials() is None:
                raise SourceError("bucket_unavailable", _NO_CREDENTIALS, where=f"s3://{self.name}")
            client = session.client("s3", endpoint_url=self._endpoint_url, config=config)
        client.meta.events.register("before-send.s3", self._count)
        return client

    def _count(self, event_name: str, **_: object) -> None:
        listing = event_name.endswith("ListObjectsV2")
        self.traffic.count(lists=listing, gets=not listing)


def _body(answer: Any, where: str) -> Iterator[bytes]:  # noqa: ANN401
    # `closing`, not the body's own `with`: that gives the bare stream, which doesn't mind when bytes are missing.
    with _named_faults(where), closing(answer["Body"]) as body:
        yield from iter(lambda: body.read(_CHUNK_BYTES), b"")


def _hide_secrets() -> None:
    """Let botocore not log what it sends: a request's head names the key and holds the session's token."""
    for name in ("boto3", "botocore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))


@contextmanager
def _named_faults(where: str) -> Iterator[None]:
    """Turn what botocore raises into a SourceError; its own words, which may name the key, are left out."""
    from botocore import exceptions as faults

    try:
        yield
    except faults.ClientError as error:
        raise _refusal(error.response, where) from None
    except (faults.ConnectTimeoutError, faults.ReadTimeoutError):
        raise SourceError("timeout", "no byte came in time", where=where) from None
    except (faults.ResponseStreamingError, faults.IncompleteReadError) as error:
        raise SourceError("truncated", type(error).__name__, where=where) from None
    except faults.HTTPClientError as error:
        raise SourceError("connection", type(error).__name__, where=where) from None
    except (faults.NoCredentialsError, faults.PartialCredentialsError, faults.CredentialRetrievalError):
        raise SourceError("bucket_unavailable", _NO_CREDENTIALS, where=where) from None
    except faults.BotoCoreError as error:
        raise SourceError("bucket_unavailable", f"boto3 says {type(error).__name__}", where=where) from None


def _refusal(response: Any, where: str) -> SourceError:  # noqa: ANN401
    """Return the error for a status that is none of success."""
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(response.get("Error", {}).get("Code", ""))[:60]
    said = f"{status} {code}"
    if status == _FORBIDDEN:
        return SourceError("access_denied", _DENIED.format(said), where=where)
    if code == "NoSuchBucket":
        return SourceError("bucket_unavailable", f"the answer was {said}: there is no such bucket", where=where)
    if status == _MISSING:
        return SourceError("not_in_bucket", f"the answer was {said}", where=where)
    if status in _CHANGED:
        return SourceError("changed", f"the answer was {said}: it is not what was listed any more", where=where)
    return SourceError("throttled" if status in _BUSY else f"http_{status}", f"the answer was {said}", where=where)
