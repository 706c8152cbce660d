"""Safetensors files: which tensors lie where in a checkpoint, and their bytes, read in pieces without torch.

The format: 8 bytes with the length of a header, the header as JSON, the tensors' bytes one behind the other
(github.com/huggingface/safetensors, looked at 2026-11).
"""

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.errors import UsageError

_MOST_HEADER_BYTES: Final = 100_000_000
"""The format's own limit."""
_OF_BITS: Final = {64: "F64 I64 U64 C64", 32: "F32 I32 U32", 16: "F16 BF16 I16 U16", 8: "I8 U8 BOOL"}
_BITS: Final = {kind: bits for bits, kinds in _OF_BITS.items() for kind in kinds.split()}
"""Of a number of each type; of the small ones, F8 and below, nothing is checked, since they aren't mixed."""
INDEX: Final = "model.safetensors.index.json"


class Tensor(NamedTuple):
    """Where a tensor lies."""

    file: Path
    dtype: str
    """As the format calls it: BF16, F32, ..."""
    shape: tuple[int, ...]
    start: int
    end: int
    """Its bytes, counted from the beginning of the file."""


@dataclass(frozen=True)
class Shard:
    """One file: its header as it is written, and its tensors in the order of their bytes."""

    path: Path
    head: bytes
    """All bytes before the tensors'."""
    tensors: Mapping[str, Tensor]


def shards_of(folder: Path) -> list[Shard]:
    """Return the files of a checkpoint.

    Raises:
        UsageError: the folder holds none, or one that is damaged or missing.
    """
    return [_shard(folder / name) for name in _names(folder)]


def pieces(tensor: Tensor, most_bytes: int) -> Iterator[bytes]:
    """Yield a tensor's bytes, at most so many at once."""
    with tensor.file.open("rb") as opened:
        opened.seek(tensor.start)
        left = tensor.end - tensor.start
        while left:
            piece = opened.read(min(left, most_bytes))
            if not piece:
                raise _damaged(tensor.file, "it ends too early")
            left -= len(piece)
            yield piece


def _names(folder: Path) -> list[str]:
    where = str(folder)
    if (folder / INDEX).is_file():
        try:
            placed = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
            names = sorted({Path(str(name)).name for name in placed.values()})
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise _damaged(folder / INDEX, "it is no index of shards") from error
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise UsageError(f"lacks {', '.join(missing[:4])}.", where=where, mend="Fetch the checkpoint again.")
        return names
    names = sorted(path.name for path in folder.glob("*.safetensors"))
    if names == ["model.safetensors"] or len(names) == 1:
        return names
    if not names:
        raise UsageError("has no *.safetensors.", where=where, mend="Save it by `save_pretrained`, which writes them.")
    raise UsageError(f"has {len(names)} *.safetensors and no {INDEX}.", where=where, mend="Fetch it again.")


def _shard(path: Path) -> Shard:
    size = path.stat().st_size
    with path.open("rb") as opened:
        length = opened.read(8)
        count = struct.unpack("<Q", length)[0] if len(length) == 8 else size
        if count > min(size - 8, _MOST_HEADER_BYTES):
            raise _damaged(path, "its header is longer than it")
        head = opened.read(count)
    try:
        said = json.loads(head)
        found = [(name, _tensor(path, told, 8 + count)) for name, told in said.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header can't be read, or contradicts itself") from error
    ranked = sorted(found, key=lambda one: one[1].start)
    place = 8 + count
    for name, tensor in ranked:
        if tensor.start != place or tensor.end > size:
            raise _damaged(path, f"the bytes of {name} aren't where they should be")
        place = tensor.end
    if place != size:
        raise _damaged(path, f"{size - place} bytes lie behind its last tensor")
    return Shard(path, length + head, dict(ranked))


def _tensor(path: Path, told: Mapping[str, Any], first: int) -> Tensor:
    """Return where a tensor lies; its bytes must be as many as its numbers need."""
    dtype, sides = str(told["dtype"]), list(told["shape"])
    start, end = told["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (start, end, *sides)):
        raise ValueError(told)
    bits = _BITS.get(dtype)
    if end < start or (bits and (end - start) * 8 != math.prod(sides) * bits):
        raise ValueError(told)
    return Tensor(path, dtype, tuple(sides), first + start, first + end)


def _damaged(path: Path, what: str) -> UsageError:
    return UsageError(f"is damaged: {what}.", where=str(path), mend="Fetch it again.")
