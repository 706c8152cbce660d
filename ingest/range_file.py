"""Range file: a remote file read in pieces, so that zipfile sees an archive's heads and not its pictures."""

import os
from collections.abc import Callable
from itertools import groupby

from schemas.errors import ArchiveError

_BLOCK_BYTES = 16 << 10
_TAIL_BYTES = 32 << 10
"""Asked for at once. The list of members stands at the end, in real MECA files with manifest.xml before it."""

MOST_BYTES = 4 << 20
"""Of one archive. A list of 30,000 members fits; what needs more lies about itself."""


class RangeFile:
    """A file of `size_bytes` that `fetch(start, end)` gives in pieces; each piece is fetched once."""

    def __init__(self, size_bytes: int, fetch: Callable[[int, int], bytes]) -> None:
        self._size_bytes, self._fetch = size_bytes, fetch
        self._place, self._fetched_bytes = 0, 0
        self._blocks: dict[int, bytes] = {}

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise OSError("a place before the file's first byte")
        self._place = base + offset
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        """Return the next `size` bytes, fewer only at the end.

        Raises:
            ArchiveError: `archive_head_too_large`, before more than MOST_BYTES of the file are asked for.
        """
        start = self._place
        end = self._size_bytes if size < 0 else min(start + size, self._size_bytes)
        if start >= end:
            return b""
        first, last = start // _BLOCK_BYTES, (end - 1) // _BLOCK_BYTES
        self._bring(first, last)
        self._place = end
        blocks = b"".join(self._blocks[number] for number in range(first, last + 1))
        return blocks[start - first * _BLOCK_BYTES :][: end - start]

    def _bring(self, first: int, last: int) -> None:
        """Fetch those blocks from `first` to `last` that are not here, neighbours with one request."""
        if last not in self._blocks and (last + 1) * _BLOCK_BYTES >= self._size_bytes:
            first = min(first, max(self._size_bytes - _TAIL_BYTES, 0) // _BLOCK_BYTES)
        missing = [number for number in range(first, last + 1) if number not in self._blocks]
        # Neighbours are as far from each other as their places in the list are.
        for _, run in groupby(enumerate(missing), key=lambda at: at[1] - at[0]):
            numbers = [number for _, number in run]
            start = numbers[0] * _BLOCK_BYTES
            piece = self._piece(start, min((numbers[-1] + 1) * _BLOCK_BYTES, self._size_bytes))
            for number in numbers:
                self._blocks[number] = piece[number * _BLOCK_BYTES - start :][:_BLOCK_BYTES]

    def _piece(self, start: int, end: int) -> bytes:
        self._fetched_bytes += end - start
        if self._fetched_bytes > MOST_BYTES:
            raise ArchiveError("archive_head_too_large", f"what names its members is more than {MOST_BYTES} bytes")
        return self._fetch(start, end)
