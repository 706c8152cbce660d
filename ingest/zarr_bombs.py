"""Zarr bombs: refuses a packed chunk that would unpack to more than its array says, before its codec tries.

Codecs unpack without measure: 2 MB may become gigabytes. A chunk that states its size is believed, since its codec
believes it too; any other is unpacked here first, as far as it may go.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from schemas.errors import ArchiveError

_SLACK_BYTES = 64 << 10
_MOST_GROWTH = 8
"""Filters may have widened the samples before they were packed, at most from 8 to 64 bits."""

_ZSTD = b"\x28\xb5\x2f\xfd"


_NO_CHUNK = (1 << 64) - 1
"""In a shard's index: the offset and length of a chunk that isn't there."""


@dataclass(frozen=True)
class ShardIndex:
    """Where a shard's index lies: `count` pairs of offset and length, maybe with a checksum behind them."""

    count: int
    size_bytes: int
    at_start: bool

    def chunks(self, shard: bytes) -> Iterator[bytes]:
        """Yield the packed chunks of a shard."""
        index = shard[: self.size_bytes] if self.at_start else shard[-self.size_bytes :]
        if len(index) < self.count * 16:
            return
        for offset, length in struct.iter_unpack("<QQ", index[: self.count * 16]):
            if offset != _NO_CHUNK:
                yield shard[offset : offset + length]


@dataclass(frozen=True)
class Bounds:
    """What chunks packed by `codec` may unpack to; `index` where they lie in shards."""

    codec: str
    chunk_bytes: int
    index: ShardIndex | None = None

    def measure(self, blob: bytes, piece: tuple[int, int] | None) -> None:
        """Refuse what was read, `piece` (first byte, end) of its key or all of it, where a chunk in it is a bomb.

        Raises:
            ArchiveError: `zarr_chunk_bomb`.
        """
        if self.index and self.index.at_start and piece == (0, self.index.size_bytes):
            return
        for chunk in self.index.chunks(blob) if self.index and piece is None else [blob]:
            refuse_bomb(chunk, self.codec, self.chunk_bytes)


def refuse_bomb(blob: bytes, codec: str, chunk_bytes: int) -> None:
    """Refuse a chunk, packed by `codec`, that unpacks to more than chunks of `chunk_bytes` can have.

    Raises:
        ArchiveError: `zarr_chunk_bomb`.
    """
    limit_bytes = chunk_bytes * _MOST_GROWTH + _SLACK_BYTES
    if codec in _SIZES and _SIZES[codec](blob, limit_bytes) > limit_bytes:
        raise ArchiveError("zarr_chunk_bomb", f"packed as {codec}, more than a chunk of {chunk_bytes} bytes")


def _stated(blob: bytes, _: int, *, at: int) -> int:
    return int.from_bytes(blob[at : at + 4], "little")


def _of_zstd(blob: bytes, limit_bytes: int) -> int:
    """Return the size in a frame's head (RFC 8878, 3.1.1.1), or where it has none, what it unpacks to."""
    if not blob.startswith(_ZSTD) or len(blob) < 5:
        return 0
    alone, flag = blob[4] >> 5 & 1, blob[4] >> 6
    length = (1 if alone else 0, 2, 4, 8)[flag]
    at = 5 + (not alone) + (0, 1, 2, 4)[blob[4] & 3]
    if length:
        return int.from_bytes(blob[at : at + length], "little") + (256 if flag == 1 else 0)
    import imagecodecs

    try:
        return len(imagecodecs.zstd_decode(blob, out=limit_bytes))
    except imagecodecs.ZstdError as error:
        return limit_bytes + 1 if "too small" in str(error) else 0


def _unpacked(blob: bytes, limit_bytes: int, *, unpacker: Callable[[], Any]) -> int:
    """Return to how many bytes `blob` unpacks, all its streams together; no more than one above the limit."""
    size_bytes = 0
    while blob and size_bytes <= limit_bytes:
        stream = unpacker()
        try:
            size_bytes += len(stream.decompress(blob, limit_bytes + 1 - size_bytes))
        except (zlib.error, OSError, EOFError, lzma.LZMAError):  # damaged: the codec will say so
            return size_bytes
        blob = stream.unused_data if stream.eof else b""
    return size_bytes


_ANY_ZLIB = 47
"""zlib's wbits for a zlib or gzip head."""
_of_zlib = partial(_unpacked, unpacker=partial(zlib.decompressobj, _ANY_ZLIB))

_SIZES: dict[str, Callable[[bytes, int], int]] = {
    "blosc": partial(_stated, at=4),
    "lz4": partial(_stated, at=0),
    "zstd": _of_zstd,
    "zlib": _of_zlib,
    "gzip": _of_zlib,
    "bz2": partial(_unpacked, unpacker=bz2.BZ2Decompressor),
    "lzma": partial(_unpacked, unpacker=lzma.LZMADecompressor),
}
PACKERS = frozenset(_SIZES)
"""Codecs that make small what is large."""
