"""Zarr array: one plane out of an array, and no chunk more; bombs and strange codecs are refused before reading.

Arrays that come out are [row, column] or [channel, row, column].
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.zarr_bombs import PACKERS, Bounds, ShardIndex
from pipeline.pixels import MAX_PIXELS
from pipeline.refusals import refuse_shortage
from schemas.errors import MACHINE_FAULTS, ArchiveError, ReasonedError

if TYPE_CHECKING:  # zarr is heavy to import
    from ingest.zarr_store import ArrayWatch

Array = npt.NDArray[Any]
ZarrArray = Any
"""A zarr.Array; zarr's own types don't know all that it takes and gives."""

CHOSEN_PIXELS = 4096 * 4096
"""Where nobody asks for a level, no plane has more: the frame of any camera comes as it was taken (sCMOS chips have
up to 4096 x 4096 pixels), slides and mosaics come from a coarser level, as a picture one can look at."""

MOST_BYTES = 1 << 30
"""Of the samples of a plane, all wanted channels together, unpacked."""

_MOST_CHUNK_BYTES = 256 << 20
"""Of one chunk, unpacked; zarr unpacks up to ten at a time."""

_MOST_CHUNKS = 100_000
"""A plane of MAX_PIXELS in tiles of 256 x 256, and 36 channels of it."""

_KINDS = "biuf"
_CODECS = frozenset(
    # Of numcodecs' those that only unpack numbers. Its `pickle` runs what strangers wrote.
    {"blosc", "zlib", "gzip", "bz2", "lzma", "zstd", "lz4", "delta", "shuffle", "fixedscaleoffset", "quantize"}
    | {"bitround", "packbits", "astype", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3"}
    | {"bytes", "endian", "transpose", "sharding_indexed"}
)
_SHARDS = "sharding_indexed"


@contextmanager
def reasoned(
    path: str, *, missing: str = "zarr_metadata_missing", otherwise: str = "zarr_metadata_broken"
) -> Iterator[None]:
    """Turn whatever zarr raises about what lies at `path` into an ArchiveError with a reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what isn't specified yet; what matters is whether it can be read
            yield
    except ReasonedError:
        raise
    except MemoryError as error:
        refuse_shortage(error)
        raise ArchiveError("image_too_large", f"{path}: out of memory") from error
    except Exception as error:  # zarr and its codecs raise ValueError, TypeError, RuntimeError, zlib.error, ...
        if isinstance(error, OSError) and error.errno in MACHINE_FAULTS:
            raise
        reason = missing if isinstance(error, FileNotFoundError) else otherwise
        if type(error).__name__ == "UnknownCodecError":  # numcodecs and zarr have one each
            reason = "zarr_codec_unsupported"
        raise ArchiveError(reason, f"{path}: {type(error).__name__}: {error}"[:300]) from error


def open_array(watch: "ArrayWatch", path: str, *, zarr_format: int) -> ZarrArray:
    """Return the array at `path` of a store, once it is known to hold numbers that may be unpacked.

    Raises:
        ArchiveError: `zarr_array_missing`, `zarr_metadata_broken`, `zarr_codec_unsupported`, `zarr_dtype_unsupported`.
    """
    import zarr

    with reasoned(path, missing="zarr_array_missing"):
        array = zarr.open_array(store=watch, path=path, mode="r", zarr_format=2 if zarr_format == 2 else 3)
        codecs = list(_codecs(array))
        strange = sorted(set(codecs) - _CODECS)
        packers = [codec for codec in codecs if codec in PACKERS]
        if strange or len(packers) > 1 or codecs.count(_SHARDS) > 1:
            raise ArchiveError("zarr_codec_unsupported", f"{path}: {', '.join(strange or codecs)}")
        if array.dtype.kind not in _KINDS:
            raise ArchiveError("zarr_dtype_unsupported", f"{path}: samples of type {array.dtype}")
        if not array.shape or min(*array.shape, *array.chunks) < 1:
            raise ArchiveError("zarr_metadata_broken", f"{path}: shape {array.shape}, chunks {array.chunks}"[:200])
        if packers:
            watch.bounds = Bounds(packers[0], chunk_bytes(array), _index(array) if _SHARDS in codecs else None)
    return array


def _index(array: ZarrArray) -> ShardIndex:
    """Return where the index of each shard of `array` lies.

    Raises:
        ArchiveError: `zarr_codec_unsupported` for an index that is written otherwise than the default.
    """
    (codec,) = [one.to_dict() for one in array.metadata.codecs if one.to_dict()["name"] == _SHARDS]
    how, count = codec["configuration"], math.prod(array.shards) // math.prod(array.chunks)
    first, *others = how["index_codecs"]
    checksums = [one["name"] for one in others]
    if first["name"] != "bytes" or first["configuration"]["endian"] != "little" or checksums not in ([], ["crc32c"]):
        raise ArchiveError("zarr_codec_unsupported", f"{array.path}: index codecs {how['index_codecs']}")
    return ShardIndex(count, count * 16 + 4 * len(checksums), at_start=how["index_location"] == "start")


def chunk_bytes(array: ZarrArray) -> int:
    """Return the size of an unpacked chunk; of a shard, of one chunk in it."""
    return int(math.prod(array.chunks) * array.dtype.itemsize)


def _codecs(array: ZarrArray) -> Iterator[str]:
    metadata = array.metadata
    if metadata.zarr_format == 2:
        for codec in (*(metadata.filters or ()), metadata.compressor):
            if codec is not None:
                yield str(codec.codec_id)
        return
    for codec in metadata.codecs:
        yield from _names(codec.to_dict())


def _names(codec: dict[str, Any]) -> Iterator[str]:
    yield str(codec["name"]).removeprefix("numcodecs.")
    inner = codec.get("configuration", {})
    for within in (*inner.get("codecs", ()), *inner.get("index_codecs", ())):
        yield from _names(within)


def refusal(array: ZarrArray, axes: Sequence[str], channels: int) -> str | None:
    """Return why a plane with `channels` of its channels is not read; None where it may be."""
    size = dict(zip(axes, array.shape, strict=True))
    chunk = dict(zip(axes, array.chunks, strict=True))
    plane_px = size["y"] * size["x"]
    if plane_px > MAX_PIXELS:
        return f"{size['x']} x {size['y']} px"
    if plane_px * channels * array.dtype.itemsize > MOST_BYTES:
        return f"{channels} channels of {size['x']} x {size['y']} px, {array.dtype}"
    if chunk_bytes(array) > _MOST_CHUNK_BYTES:
        return f"chunks of {array.chunks}, {array.dtype}"
    tiles = math.prod(math.ceil(size[name] / chunk[name]) for name in "yx") * channels
    return f"{tiles} chunks" if tiles > _MOST_CHUNKS else None


def read_samples(array: ZarrArray, axes: Sequence[str], at: dict[str, int | list[int] | slice]) -> Array:
    """Return the samples at a place: an index for each axis but y and x, channels by their list.

    Raises:
        ArchiveError: `zarr_chunk_corrupt`.
    """
    place = tuple(at.get(name, slice(None)) for name in axes)
    with reasoned(array.path, otherwise="zarr_chunk_corrupt"):
        samples = np.asarray(array.oindex[place] if any(isinstance(one, list) for one in place) else array[place])
    left = [name for name in axes if not isinstance(at.get(name), int)]
    samples = samples.transpose([left.index(name) for name in ("c", "y", "x") if name in left])
    return np.ascontiguousarray(samples, samples.dtype.newbyteorder("="))
