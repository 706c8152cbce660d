"""Zarr array: one plane out of an array, and no chunk more; bombs and strange codecs are refused before reading.

Arrays that come out are [row, column] or [channel, row, column].
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.pixels import MAX_PIXELS
from schemas.errors import MACHINE_FAULTS, ArchiveError, ReasonedError

Array = npt.NDArray[Any]

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
    | {"bitround", "packbits", "astype", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3", "zfpy"}
    | {"pcodec", "bytes", "endian", "transpose", "sharding_indexed"}
)


@contextmanager
def reasoned(path: str) -> Iterator[None]:
    """Turn whatever zarr raises about what lies at `path` into an ArchiveError with a reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what isn't specified yet; what matters is whether it can be read
            yield
    except ReasonedError:
        raise
    except MemoryError as error:
        raise ArchiveError("image_too_large", f"{path}: out of memory") from error
    except (
        Exception
    ) as error:  # zarr and its codecs raise ValueError, TypeError, KeyError, RuntimeError, zlib.error, ...
        if isinstance(error, OSError) and error.errno in MACHINE_FAULTS:
            raise
        raise ArchiveError(_reason(error), f"{path}: {type(error).__name__}: {error}"[:300]) from error


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnknownCodecError":  # numcodecs and zarr have one each
        return "zarr_codec_unsupported"
    return "zarr_array_missing" if isinstance(error, FileNotFoundError) else "zarr_metadata_broken"


def open_array(watch: Any, path: str, *, zarr_format: int) -> Any:  # noqa: ANN401  (zarr is heavy to import)
    """Return the array at `path` of a store, once it is known to hold numbers that may be unpacked.

    Raises:
        ArchiveError: `zarr_array_missing`, `zarr_metadata_broken`, `zarr_codec_unsupported`, `zarr_dtype_unsupported`.
    """
    import zarr

    with reasoned(path):
        array = zarr.open_array(store=watch, path=path, mode="r", zarr_format=2 if zarr_format == 2 else 3)
        strange = sorted(set(_codecs(array.metadata)) - _CODECS)
        if strange:
            raise ArchiveError("zarr_codec_unsupported", f"{path}: {', '.join(strange)}")
        if array.dtype.kind not in _KINDS:
            raise ArchiveError("zarr_dtype_unsupported", f"{path}: samples of type {array.dtype}")
        if not array.shape or min(array.shape) < 1:
            raise ArchiveError("zarr_metadata_broken", f"{path}: an array of shape {array.shape}")
    return array


def _codecs(metadata: Any) -> Iterator[str]:  # noqa: ANN401
    if metadata.zarr_format == 2:
        for codec in (*(metadata.filters or ()), metadata.compressor):
            if codec is not None:
                yield str(codec.codec_id)
        return
    for codec in metadata.codecs:
        yield from _names(codec.to_dict())


def _names(codec: Any) -> Iterator[str]:  # noqa: ANN401
    yield str(codec["name"]).removeprefix("numcodecs.")
    inner = codec.get("configuration", {})
    for within in (*inner.get("codecs", ()), *inner.get("index_codecs", ())):
        yield from _names(within)


def refusal(array: Any, axes: Sequence[str], channels: int) -> str | None:  # noqa: ANN401
    """Return why a plane with `channels` of its channels is not read; None where it may be."""
    size = dict(zip(axes, array.shape, strict=True))
    chunk = dict(zip(axes, array.chunks, strict=True))
    plane_px = size["y"] * size["x"]
    if plane_px > MAX_PIXELS:
        return f"{size['x']} x {size['y']} px"
    if plane_px * channels * array.dtype.itemsize > MOST_BYTES:
        return f"{channels} channels of {size['x']} x {size['y']} px, {array.dtype}"
    if math.prod(array.chunks) * array.dtype.itemsize > _MOST_CHUNK_BYTES:
        return f"chunks of {array.chunks}, {array.dtype}"
    tiles = math.prod(math.ceil(size[name] / chunk[name]) for name in "yx") * channels
    return f"{tiles} chunks" if tiles > _MOST_CHUNKS else None


def read_samples(array: Any, axes: Sequence[str], at: dict[str, int | list[int] | slice]) -> Array:  # noqa: ANN401
    """Return the samples at a place: an index for each axis but y and x, channels by their list.

    Raises:
        ArchiveError: `zarr_chunk_corrupt`.
    """
    place = tuple(at.get(name, slice(None)) for name in axes)
    with reasoned(array.path):
        try:
            samples = np.asarray(array.oindex[place] if any(isinstance(one, list) for one in place) else array[place])
        except (ReasonedError, OSError, MemoryError):
            raise
        except Exception as error:
            said = f"{array.path}: {type(error).__name__}: {error}"
            raise ArchiveError("zarr_chunk_corrupt", said[:300]) from error
    left = [name for name in axes if not isinstance(at.get(name), int)]
    samples = samples.transpose([left.index(name) for name in ("c", "y", "x") if name in left])
    return np.ascontiguousarray(samples, samples.dtype.newbyteorder("="))
