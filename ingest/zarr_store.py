"""Zarr stores: a read-only store over the polite door, and a watch on what is read of any store.

Imports zarr, which takes 0.3 s: whoever needs a store imports this module inside the function that does.
"""

import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

from ingest.session import JSON, Promise, Session
from ingest.zarr_bombs import Bounds
from schemas.errors import ArchiveError, SourceError

_METADATA = frozenset({"zarr.json", ".zattrs", ".zarray", ".zgroup", ".zmetadata"})
_ABSENT = frozenset({"http_404", "http_410"})
_CHUNK = Promise("bytes", 512 << 20)
"""A chunk, or a shard that is wanted as a whole, packed."""


class FolderStore(LocalStore):
    """A folder that nothing is written to, and no link leads out of."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, read_only=True)
        self._inside = os.path.realpath(folder)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return what lies under `key`, whole or in part.

        Raises:
            ArchiveError: `archive_link`.
        """
        self._refuse_link(key)
        return await super().get(key, prototype, byte_range)

    def _refuse_link(self, key: str) -> None:
        if not Path(os.path.realpath(self.root / key)).is_relative_to(self._inside):
            raise ArchiveError("archive_link", f"{key} leads out of the folder")


class SessionStore(Store):
    """A hierarchy of a web server or bucket, read through a session, which keeps what came.

    What the server doesn't have (404) is absent; any other fault is a SourceError. A hierarchy is of one format, so
    what only the other has isn't asked for once the first metadata are here; `zarr_format` says it before.
    """

    def __init__(self, session: Session, url: str, *, zarr_format: int | None = None) -> None:
        super().__init__(read_only=True)
        self._session, self._url, self._format = session, url.rstrip("/"), zarr_format
        self._absent: set[str] = set()
        self.retrieved_at: datetime | None = None
        """When the last answer that was used came over the network."""

    @property
    def url(self) -> str:
        """Return where the hierarchy begins."""
        return self._url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SessionStore) and self._url == other._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __repr__(self) -> str:
        return f"SessionStore({self._url!r})"

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return what lies under `key`, whole or in part."""
        name = key.rpartition("/")[2]
        format_ = (3 if name == "zarr.json" else 2) if name in _METADATA else None
        if key in self._absent or (format_ and self._format not in (None, format_)):
            return None
        try:
            body = self._body(key, JSON if format_ else _CHUNK, byte_range)
        except SourceError as error:
            if error.reason not in _ABSENT:
                raise
            self._absent.add(key)
            return None
        self._format = self._format or format_
        return prototype.buffer.from_bytes(body)

    def _body(self, key: str, promise: Promise, wanted: ByteRequest | None) -> bytes:
        asked = promise if wanted is None else Promise("bytes", promise.max_bytes, piece=_spoken(wanted))
        answer = self._session.get(f"{self._url}/{quote(key)}", promise=asked)
        self.retrieved_at = max(answer.retrieved_at, self.retrieved_at or answer.retrieved_at)
        return answer.read()

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return several pieces, in order."""
        return [await self.get(key, prototype, wanted) for key, wanted in key_ranges]

    async def exists(self, key: str) -> bool:
        """Return whether something lies under `key`."""
        from zarr.core.buffer import default_buffer_prototype

        return await self.get(key, default_buffer_prototype()) is not None

    supports_writes = False
    supports_deletes = False
    supports_listing = False

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse: nobody writes to a source."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refuse: nobody writes to a source."""
        raise NotImplementedError

    def list(self) -> AsyncIterator[str]:
        """Refuse: a web server doesn't say what it has."""
        raise NotImplementedError

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Refuse: a web server doesn't say what it has."""
        raise NotImplementedError

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Refuse: a web server doesn't say what it has."""
        raise NotImplementedError


def _spoken(wanted: ByteRequest) -> str:
    """Return a range as HTTP has it: RFC 9110, 14.1.2."""
    match wanted:
        case RangeByteRequest(start, end):
            return f"bytes={start}-{end - 1}"
        case OffsetByteRequest(offset):
            return f"bytes={offset}-"
        case SuffixByteRequest(suffix):
            return f"bytes=-{suffix}"


class ArrayWatch(WrapperStore[Store]):
    """A store for reading one array: counts the chunks that are there, and leaves the array's attributes alone."""

    chunks_read = 0
    bounds: Bounds | None = None
    """What chunks may unpack to; looked at before they are."""

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return what lies under `key`."""
        name = key.rpartition("/")[2]
        if name == ".zattrs":  # no word of it is about samples, and over a network each key costs a request
            return None
        found = await super().get(key, prototype, byte_range)
        if found is not None and name not in _METADATA:
            self.chunks_read += 1
            if self.bounds and not isinstance(byte_range, SuffixByteRequest):  # only an index is read from the end
                span = (byte_range.start, byte_range.end) if isinstance(byte_range, RangeByteRequest) else None
                self.bounds.measure(found.to_bytes(), span)
        return found
