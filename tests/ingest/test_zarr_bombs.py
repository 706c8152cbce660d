"""A chunk that would unpack to more than its array says is refused before anything unpacks it."""

import bz2
import gzip
import json
import lzma
import resource
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numcodecs
import numpy as np
import pytest
from zarr.codecs import GzipCodec, ZstdCodec

from ingest.ome_zarr import read_plane
from ingest.zarr_bombs import Bounds, ShardIndex, refuse_bomb
from ingest.zarr_store import FolderStore
from schemas.errors import ArchiveError

UNSIZED = b"\x28\xb5\x2f\xfd\x00\x58"
"""The head of a zstd frame with a window of 2 MiB and no size: RFC 8878, 3.1.1.1."""
SMALL, LARGE = bytes(1000), bytes(1 << 20)
PACK: dict[str, Any] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "gzip in two": lambda plain: gzip.compress(plain[:9]) + gzip.compress(plain[9:]),
    "bz2": bz2.compress,
    "bz2 in two": lambda plain: bz2.compress(plain[:9]) + bz2.compress(plain[9:]),
    "lzma": lzma.compress,
    "blosc": numcodecs.Blosc("lz4").encode,
    "blosc of zstd": numcodecs.Blosc("zstd").encode,
    "lz4": numcodecs.LZ4().encode,
    "zstd": numcodecs.Zstd().encode,
    "zstd with a checksum": numcodecs.Zstd(checksum=True).encode,
}


def refused(blob: bytes, codec: str, chunk_bytes: int = 1000) -> str | None:
    try:
        refuse_bomb(blob, codec, chunk_bytes)
    except ArchiveError as error:
        return error.reason
    return None


@pytest.mark.parametrize("name", PACK)
def test_what_unpacks_to_more_than_the_array_says_is_refused(name: str) -> None:
    codec = name.partition(" ")[0]
    assert refused(PACK[name](SMALL), codec) is None
    assert refused(PACK[name](LARGE), codec) == "zarr_chunk_bomb"
    assert refused(PACK[name](LARGE), codec, len(LARGE)) is None


@pytest.mark.parametrize("size", [200, 300, 70_000])
def test_zstd_states_its_size_in_one_two_or_four_bytes(size: int) -> None:
    assert refused(numcodecs.Zstd().encode(bytes(size)), "zstd", size) is None


def test_zstd_that_states_no_size_is_measured() -> None:
    unsized = UNSIZED + b"".join(_run(1 << 17, last=at == 7) for at in range(8))
    assert len(imagecodecs.zstd_decode(unsized, out=1 << 21)) == 1 << 20
    assert refused(unsized, "zstd") == "zarr_chunk_bomb"
    assert refused(unsized, "zstd", 1 << 20) is None


def _run(size: int, *, last: bool) -> bytes:
    """Return a block of zstd that repeats one byte: RFC 8878, 3.1.1.2."""
    return (size << 3 | 1 << 1 | last).to_bytes(3, "little") + b"a"


@pytest.mark.parametrize("codec", [*PACK, "bytes"])
@pytest.mark.parametrize("blob", [b"", b"\x00", b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"no chunk at all"])
def test_what_is_damaged_is_left_to_its_codec(codec: str, blob: bytes) -> None:
    packer = codec.partition(" ")[0]
    assert refused(blob, packer, 1 << 30) is None


@pytest.mark.parametrize("at_start", [True, False])
def test_of_a_whole_shard_every_chunk_is_measured(*, at_start: bool) -> None:
    chunks = [zlib.compress(SMALL), zlib.compress(LARGE)]
    offset = 48 if at_start else 0
    places = [(offset, len(chunks[0])), (2**64 - 1, 2**64 - 1), (offset + len(chunks[0]), len(chunks[1]))]
    index = b"".join(number.to_bytes(8, "little") for place in places for number in place)
    shard = index + b"".join(chunks) if at_start else b"".join(chunks) + index
    where = ShardIndex(3, 48, at_start=at_start)
    assert list(where.chunks(shard)) == chunks
    assert list(where.chunks(b"short")) == []
    bounds = Bounds("zlib", 1000, where)
    with pytest.raises(ArchiveError, match="zarr_chunk_bomb"):
        bounds.measure(shard, None)
    bounds.measure(chunks[0], (48, 99))
    with pytest.raises(ArchiveError, match="zarr_chunk_bomb"):
        bounds.measure(chunks[1], (48, 99))
    if at_start:
        bounds.measure(chunks[1], (0, 48))


def _deflated(wbits: int) -> bytes:
    """Return 256 MiB of zeros, packed without ever being there."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()


_HUGE: dict[str, Callable[[], bytes]] = {
    "Zlib": lambda: _deflated(15),
    "GzipCodec": lambda: _deflated(31),
    "ZstdCodec": lambda: UNSIZED + b"".join(_run(1 << 17, last=at == 2047) for at in range(2048)),
}


@pytest.mark.parametrize(
    "stored",
    [
        {"version": "0.4", "compressors": numcodecs.Zlib()},
        {"version": "0.5", "compressors": GzipCodec()},
        {"version": "0.5", "compressors": ZstdCodec()},
    ],
    ids=["2", "3 gzip", "3 zstd"],
)
def test_a_bomb_in_an_image_takes_no_memory(zarr_images: Any, tmp_path: Path, stored: dict[str, Any]) -> None:
    zarr_images.image(tmp_path, np.ones((16, 16), np.uint8), axes="yx", chunks=(16, 16), **stored)
    (chunk,) = [path for path in (tmp_path / "level0").rglob("*") if path.name == "0" and path.is_file()]
    chunk.write_bytes(_HUGE[type(stored["compressors"]).__name__]())
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ArchiveError) as caught:
        read_plane(FolderStore(tmp_path))
    assert caught.value.reason == "zarr_chunk_bomb"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 100 << 10


@pytest.mark.parametrize("whole", [True, False])
def test_a_bomb_in_a_shard_is_found(zarr_images: Any, tmp_path: Path, *, whole: bool) -> None:
    samples = np.ones((1, 16, 16) if whole else (2, 16, 16), np.uint8)
    zarr_images.image(
        tmp_path, samples, axes="zyx", version="0.5", chunks=(1, 16, 16), shards=samples.shape, compressors=GzipCodec()
    )
    (shard,) = [path for path in (tmp_path / "level0").rglob("*") if path.name == "0" and path.is_file()]
    bomb = gzip.compress(LARGE)
    index = b"".join(number.to_bytes(8, "little") for number in (0, len(bomb)) * len(samples))
    checksum = numcodecs.CRC32C(location="end").encode(index)
    shard.write_bytes(bomb + bytes(checksum))
    with pytest.raises(ArchiveError) as caught:
        read_plane(FolderStore(tmp_path))
    assert caught.value.reason == "zarr_chunk_bomb"


@pytest.mark.parametrize("change", ["packed twice", "big endian index"])
def test_what_no_writer_writes_is_refused(zarr_images: Any, tmp_path: Path, change: str) -> None:
    zarr_images.image(tmp_path, np.ones((16, 16), np.uint8), axes="yx", version="0.5", chunks=(8, 8), shards=(16, 16))
    file = tmp_path / "level0/zarr.json"
    said = json.loads(file.read_text())
    how = said["codecs"][0]["configuration"]
    if change == "packed twice":
        how["codecs"].append({"name": "gzip", "configuration": {"level": 1}})
    else:
        how["index_codecs"][0]["configuration"]["endian"] = "big"
    file.write_text(json.dumps(said))
    with pytest.raises(ArchiveError) as caught:
        read_plane(FolderStore(tmp_path))
    assert caught.value.reason == "zarr_codec_unsupported"
